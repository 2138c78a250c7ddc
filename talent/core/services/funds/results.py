"""What becomes of a batch at the bank: sent, answered line by line, and money that comes back after all (退汇)."""

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    Award,
    BatchLine,
    LedgerEntry,
    Offset,
    PaymentBatch,
    Recovery,
    ResultFile,
    User,
    YuanField,
)

from .. import audit, calendar, cases, letters
from ..errors import ActRefused, Conflict
from ..supplements import tell_applicant
from . import rights
from .awards import complete_if_paid
from .bankfile import Answer, check_code, read_answer
from .batches import along, free_offsets, locked_lines
from .instalments import State, call_off, handling_role, move, stated
from .ledger import Kind, Posting, post, reversal
from .letters import PaymentNotice
from .sharing import borne_by
from .words import yuan

Line = BatchLine.State


@transaction.atomic
def send(batch: PaymentBatch, *, actor: User) -> PaymentBatch:
    """送出: the file has gone to the bank. Lines of which nothing is paid after offsets are settled at once."""
    batch = rights.lock_batch(batch)
    rights.require(actor, roles.Act.SEND_PAYMENT, batch.organisation)
    if batch.state != PaymentBatch.State.APPROVED:
        raise Conflict(
            _("批次 %(number)s 现在是“%(state)s”，不能送出。")
            % {"number": batch.number, "state": batch.get_state_display()}
        )
    lines = locked_lines(batch)
    for line in lines:
        move(
            line.instalment,
            State.SENT,
            leaving=(State.IN_BATCH,),
            owner=batch.organisation,
            role=roles.FINANCE,
        )
        line.state = Line.SENT
        line.save(update_fields=["state"])
    batch.state, batch.sent_by, batch.sent_at = PaymentBatch.State.SENT, actor, timezone.now()
    batch.save(update_fields=["state", "sent_by", "sent_at"])
    audit.record("batch_sent", actor=actor, subject=batch.number, detail={"lines": len(lines)})
    postings: list[Posting] = []
    for line in lines:
        if not line.net:
            postings += _pay(line, calendar.today(), "")
    post(postings, action="batch_settled", subject=batch.number, approver=_approver(batch))
    _keep_offsets(lines, _approver(batch))
    _tell([line for line in lines if not line.net], actor)
    return _close_if_answered(batch)


def _approver(batch: PaymentBatch) -> User:
    """Whoever gave the last signature answers for the payments."""
    return batch.signatures.select_related("signer").order_by("-place").first().signer


@transaction.atomic
def take_in(batch: PaymentBatch, content: bytes, *, name: str = "", actor: User) -> ResultFile:
    """回盘: read the bank's answer and settle its lines. The whole file or nothing.

    A file taken in before is a `Conflict`; a line that was not sent, has another amount or check code, or contradicts
    what is known, refuses the file and names the row (altered). An answer may come in several files.
    """
    batch = rights.lock_batch(batch)
    rights.require(actor, roles.Act.RECORD_PAYMENT, batch.organisation)
    fingerprint = hashlib.sha256(content).hexdigest()
    if ResultFile.objects.filter(sha256=fingerprint).exists():
        raise Conflict(_("这份回盘文件已经登记过，不能重复登记。"), code="replayed")
    if batch.state != PaymentBatch.State.SENT:
        raise Conflict(
            _("批次 %(number)s 现在是“%(state)s”，不能登记回盘。")
            % {"number": batch.number, "state": batch.get_state_display()}
        )
    answers = read_answer(content, batch)
    lines = {line.place: line for line in locked_lines(batch)}
    _require_unaltered(answers, lines)
    postings: list[Posting] = []
    settled = []
    for answer in answers:
        line = lines[answer.place]
        postings += (
            _pay(line, answer.settled_on, answer.reference) if answer.paid else _fail(line, answer.reason)
        )
        settled.append(line)
    post(postings, action="batch_settled", subject=batch.number, approver=_approver(batch))
    _keep_offsets(settled, _approver(batch))
    _call_off_stopped(settled, actor)
    try:
        with transaction.atomic():
            taken = ResultFile.objects.create(
                batch=batch, sha256=fingerprint, name=name[:120], taken_by=actor,
                paid=sum(answer.paid for answer in answers), failed=sum(not answer.paid for answer in answers),
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("这份回盘文件已经登记过，不能重复登记。"), code="replayed") from None
    audit.record(
        "result_taken_in", actor=actor, subject=batch.number,
        detail={"sha256": fingerprint, "paid": taken.paid, "failed": taken.failed},
    )  # fmt: skip
    _tell(settled, actor)
    _close_if_answered(batch)
    return taken


def _require_unaltered(answers: Sequence[Answer], lines: dict[int, BatchLine]) -> None:
    problems = []
    for answer in answers:
        line = lines.get(answer.place)
        if line is None or not line.net:
            problems.append(_("行号 %(place)d 不在本批次送出的明细中"))
        elif line.state != Line.SENT:
            problems.append(_("行号 %(place)d 已经登记过结果"))
        elif answer.amount != line.net:
            problems.append(_("行号 %(place)d 的金额与送出的不一致"))
        elif answer.code != check_code(line, line.payee.account.reveal()):
            problems.append(_("行号 %(place)d 的校验码不符"))
        else:
            continue
        problems[-1] %= {"place": answer.place}
    if problems:
        raise ActRefused(
            _("回盘文件与送出的批次不符，未登记任何一笔：%(list)s。请向银行核实。")
            % {"list": "；".join(problems[:20])},
            code="altered",
        )


def _pay(line: BatchLine, day: date, reference: str) -> list[Posting]:
    """The bank has paid: the instalment is done, what was kept back has been kept back."""
    move(line.instalment, State.PAID, leaving=(State.SENT,), paid_on=day)
    line.state, line.settled_on, line.bank_reference = Line.PAID, day, reference
    line.save(update_fields=["state", "settled_on", "bank_reference"])
    complete_if_paid(line.instalment.award)
    return along(Kind.PAY, line.instalment)


def _keep_offsets(lines: Sequence[BatchLine], approver: User) -> None:
    """What was set aside from the paid lines has been kept back. One by one: each sees where the one before stands."""
    paid = [line.pk for line in lines if line.state == Line.PAID]
    rows = Offset.objects.filter(line__in=paid, state=Offset.State.RESERVED)
    for offset in rows.select_related("recovery__award__edition", "line__instalment", "line__batch").order_by(
        "pk"
    ):
        amount = Value(offset.amount, YuanField())
        Recovery.objects.filter(pk=offset.recovery_id).update(
            reserved=F("reserved") - amount, offset=F("offset") + amount
        )
        Offset.objects.filter(pk=offset.pk).update(state=Offset.State.DONE)
        settle_if_back(offset.recovery)
        post(
            borne_by(Kind.OFFSET, offset.recovery, offset.amount, instalment=offset.line.instalment),
            action="recovery_offset",
            subject=offset.recovery.number,
            approver=approver,
        )


def settle_if_back(recovery: Recovery) -> None:
    """结清: everything has come back, was kept back or was written off."""
    Recovery.objects.filter(
        pk=recovery.pk, state=Recovery.State.NOTIFIED, reserved=0,
        amount=F("offset") + F("received") + F("written_off"),
    ).update(state=Recovery.State.SETTLED, state_since=timezone.now())  # fmt: skip


def _fail(line: BatchLine, reason: str) -> list[Posting]:
    """The bank has not paid: the line goes back to the handling organisation, which owns it with the reason."""
    award = line.instalment.award
    free_offsets(line)
    line.state, line.reason = Line.FAILED, reason
    line.save(update_fields=["state", "reason"])
    text = _("银行退回：%(reason)s。请核对收款账户。") % {"reason": reason}
    move(
        line.instalment, State.FAILED, leaving=(State.SENT, State.PAID), owner=award.handling_organisation,
        role=handling_role(award), reason=text, paid_on=None,
    )  # fmt: skip
    return along(Kind.UNCOMMIT, line.instalment, reason=reason)


def _call_off_stopped(lines: Sequence[BatchLine], actor: User) -> None:
    """A payment that failed under an award stopped meanwhile is not tried again."""
    for line in lines:
        award = line.instalment.award
        if line.state == Line.FAILED and award.state == Award.State.STOPPED:
            call_off([line.instalment], award, State.CANCELLED, actor=actor, reason=award.state_reason)


def _tell(lines: Sequence[BatchLine], actor: User) -> None:
    """One event on each case, a message to the person, and 拨付通知书 for what was paid."""
    for line in lines:
        case, paid = line.instalment.award.case, line.state == Line.PAID
        facts = {"one": line.instalment.title, "amount": yuan(line.net), "reason": line.reason}
        if paid and line.net != line.gross:
            facts["offset"] = yuan(line.gross - line.net)
            text = _("“%(one)s”已拨付 %(amount)s 元，另抵扣应追回款 %(offset)s 元。") % facts
        elif paid:
            text = _("“%(one)s”已拨付 %(amount)s 元。") % facts
        else:
            text = _("“%(one)s”未能到账，银行退回原因：%(reason)s。请核对收款账户并联系经办单位。") % facts
        cases.record(
            case,
            "instalment_paid" if paid else "instalment_failed",
            actor=actor,
            title=_("已到账") if paid else _("拨付失败"),
            public_text=text,
            figures={"batch": line.batch.number, "line": line.place, "net": str(line.net)},
        )
        tell_applicant(
            case, kind="payment_settled", subject=_("补助已到账") if paid else _("补助未能到账"),
            body=_("办件 %(number)s：%(text)s") % {"number": case.number, "text": text},
        )  # fmt: skip
        if paid:
            notice = PaymentNotice.of(case, line.instalment)
            letters.issue(case, notice, issuer=line.batch.organisation, actor=actor)


def _close_if_answered(batch: PaymentBatch) -> PaymentBatch:
    if not batch.lines.filter(state=Line.SENT).exists():
        batch.state, batch.settled_at = PaymentBatch.State.SETTLED, timezone.now()
        batch.save(update_fields=["state", "settled_at"])
    return batch


@transaction.atomic
def bounce(line: BatchLine, *, actor: User, reason: str) -> BatchLine:
    """退汇: money confirmed as paid came back. Its entries are reversed, each once, and the instalment has failed."""
    batch = rights.lock_batch(line.batch)
    rights.require(actor, roles.Act.RECORD_PAYMENT, batch.organisation)
    reason = stated(reason)
    line = next(one for one in locked_lines(batch) if one.pk == line.pk)
    if line.state != Line.PAID or not line.net:
        raise Conflict(_("该笔不是已到账的付款，不能登记退汇。"))
    award = line.instalment.award
    if Recovery.objects.filter(award=award, state__in=Recovery.OPEN).exists():
        raise ActRefused(_("该资助正在追回，退回的款项请登记为追回收款。"))
    entries = LedgerEntry.objects.filter(instalment=line.instalment, kind=Kind.PAY, reverses__isnull=True)
    postings = [
        reversal(entry, reason=reason)
        for entry in entries.filter(reversed_by__isnull=True).select_related("line", "edition").order_by("pk")
    ]
    for offset in line.offsets.filter(state=Offset.State.DONE).select_related("recovery"):
        postings += _offset_undone(offset, line, reason)
    Award.objects.filter(pk=award.pk, state=Award.State.COMPLETED).update(
        state=Award.State.ACTIVE, state_since=timezone.now()
    )
    postings += _fail(line, reason)
    post(postings, action="payment_bounced", subject=batch.number, approver=actor)
    award.refresh_from_db(fields=["state", "state_reason"])
    _call_off_stopped([line], actor)
    _tell([line], actor)
    return line


def _offset_undone(offset: Offset, line: BatchLine, reason: str) -> list[Posting]:
    """What was kept back from a payment that did not happen is owed again."""
    changed = Recovery.objects.filter(pk=offset.recovery_id, offset__gte=offset.amount).update(
        offset=F("offset") - Value(offset.amount, YuanField()), state=Recovery.State.NOTIFIED
    )
    if not changed:
        raise Conflict(_("抵扣记录与追回余额不符，请先运行台账核对。"))
    Offset.objects.filter(pk=offset.pk).update(state=Offset.State.VOID)
    left, postings = offset.amount, []
    entries = LedgerEntry.objects.filter(
        recovery=offset.recovery, kind=Kind.OFFSET, reverses__isnull=True, reversed_by__isnull=True,
        instalment=line.instalment,
    )  # fmt: skip
    for entry in entries.select_related("line", "edition").order_by("pk"):
        postings.append(reversal(entry, reason=reason))
        left -= entry.amount
    if left != Decimal(0):
        raise Conflict(_("抵扣记录与台账不符，请先运行台账核对。"))
    return postings
