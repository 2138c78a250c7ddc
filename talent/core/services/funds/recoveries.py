"""追回: assessed by a policy's rule, decided by a second person, notified by letter, objected to, and brought back.

What is owed is paid back in parts, kept back from later instalments (`batches`), or written off with approval. The
balance is what remains of the amount, whatever it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Award, LedgerEntry, Receipt, Recovery, User, WriteOff, YuanField

from .. import audit, calendar, cases, letters, sequences
from ..errors import ActRefused, Conflict, NotAllowed
from ..supplements import tell_applicant
from . import rights, rules
from .awards import Line, paid_of
from .instalments import stated
from .ledger import Kind, post, reversal
from .letters import RecoveryNotice
from .results import settle_if_back
from .sharing import borne_by
from .words import yuan

State = Recovery.State
ZERO = Decimal(0)


def recoverable(award: Award) -> Decimal:
    """What was paid under `award` and is in no recovery, 元."""
    asked = award.recoveries.exclude(state=State.WITHDRAWN).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return paid_of(award) - asked


@dataclass(frozen=True)
class Claim:
    """What a policy's rule asks back: 元, the lines that lead to it, why, and by which clause."""

    amount: Decimal
    lines: tuple[Line, ...]
    reason: str
    clause: str


@transaction.atomic
def assess(
    award: Award, amount: Decimal, *, lines: Sequence[Line], reason: str, clause: str, actor: User
) -> Recovery:
    """认定: `amount` 元 as the policy's rule found it, with the `lines` that lead to it.

    Refused for more than was paid under the award and has not come back already. The case's handling organisation.
    """
    award = rights.lock_award(award)
    standing = rights.require(actor, roles.Act.ASSESS_RECOVERY, award.handling_organisation, case=award.case)
    if amount <= 0:
        raise ActRefused(_("应追回金额应大于 0；按规则计算为 0 的不需要追回。"))
    most = recoverable(award)
    if amount > most:
        raise ActRefused(
            _("应追回 %(amount)s 元，超过该资助已拨付且未在追回的 %(most)s 元，请核对。")
            % {"amount": yuan(amount), "most": yuan(most)}
        )
    year = calendar.today().year
    recovery = Recovery.objects.create(
        number=f"ZH{year}-{sequences.next_number('recovery', year):05d}", award=award, amount=amount,
        basis=[{"text": one.text, "amount": str(one.amount), "clause": one.clause} for one in lines],
        reason=stated(reason)[:300], clause=stated(clause)[:200], owner_organisation=award.handling_organisation,
        assessed_by=actor,
    )  # fmt: skip
    cases.record(
        award.case, "recovery_assessed", actor=actor, standing=standing, title=_("认定应追回款"), public=False,
        internal_text=_("%(amount)s 元：%(reason)s") % {"amount": yuan(amount), "reason": reason},
        figures={"recovery": recovery.number, "amount": str(amount)},
    )  # fmt: skip
    return recovery


def _require_decider(recovery: Recovery, actor: User):
    award = recovery.award
    for organisation in (award.handling_organisation, award.case.deciding_organisation):
        post_held = organisation and rights.post_for(
            actor, roles.Act.DECIDE_RECOVERY, organisation, award.case.policy
        )
        if post_held:
            return rights.require(actor, roles.Act.DECIDE_RECOVERY, organisation, case=award.case)
    return rights.require(actor, roles.Act.DECIDE_RECOVERY, award.handling_organisation)


def _require_state(recovery: Recovery, *states: str) -> None:
    if recovery.state not in states:
        raise Conflict(
            _("追回 %(number)s 现在是“%(state)s”，不能再办理这一步。")
            % {"number": recovery.number, "state": recovery.get_state_display()}
        )


def _move(recovery: Recovery, state: str, **fields) -> None:
    for name, value in {"state": state, "state_since": timezone.now(), **fields}.items():
        setattr(recovery, name, value)
    recovery.save(update_fields=["state", "state_since", *fields])


@transaction.atomic
def decide(recovery: Recovery, *, actor: User) -> Recovery:
    """审定 by a second person: the notice is issued, and from now on later instalments are kept back."""
    recovery = rights.lock_recovery(recovery)
    _require_state(recovery, State.ASSESSED)
    standing = _require_decider(recovery, actor)
    if actor.pk == recovery.assessed_by_id or (
        standing.principal and standing.principal.pk == recovery.assessed_by_id
    ):
        raise NotAllowed(_("追回 %(number)s 由您认定，审定须由其他人办理。") % {"number": recovery.number})
    case, today = recovery.award.case, calendar.today()
    due_on = calendar.due_after(today, rules.limit("refund_days"))
    letter = letters.issue(
        case,
        RecoveryNotice.of(
            case, recovery, due_on=due_on, object_by=calendar.due_after(today, rules.limit("objection_days"))
        ),
        issuer=recovery.award.handling_organisation,
        actor=actor,
    )
    _move(recovery, State.NOTIFIED, decided_by=actor, decided_at=timezone.now(), letter=letter, due_on=due_on)
    text = _("应退回 %(amount)s 元：%(reason)s（%(clause)s），期限 %(day)s。") % {
        "amount": yuan(recovery.amount), "reason": recovery.reason, "clause": recovery.clause,
        "day": f"{due_on:%Y-%m-%d}",
    }  # fmt: skip
    cases.record(
        case, "recovery_notified", actor=actor, standing=standing, title=_("追回通知"), public_text=text,
        figures={"recovery": recovery.number, "letter": letter.number},
    )  # fmt: skip
    tell_applicant(case, kind="recovery_notified", subject=_("收到追回通知书"), body=text)
    return recovery


@transaction.atomic
def withdraw(recovery: Recovery, *, actor: User, reason: str) -> Recovery:
    """撤销 before it was decided: nothing was asked of anybody yet."""
    recovery = rights.lock_recovery(recovery)
    _require_state(recovery, State.ASSESSED)
    standing = rights.require(
        actor, roles.Act.ASSESS_RECOVERY, recovery.award.handling_organisation, case=recovery.award.case
    )
    _move(recovery, State.WITHDRAWN, finding=stated(reason))
    cases.record(
        recovery.award.case, "recovery_withdrawn", actor=actor, standing=standing, title=_("撤销追回"), public=False,
        internal_text=reason, figures={"recovery": recovery.number},
    )  # fmt: skip
    return recovery


@transaction.atomic
def object_to(recovery: Recovery, text: str, *, actor: User) -> Recovery:
    """异议 of the person within the days of the notice; nothing is kept back until it has been looked into."""
    recovery = rights.lock_recovery(recovery)
    case = recovery.award.case
    if case.applicant.user_id != actor.pk:
        raise NotAllowed(_("只有该办件的申请人可以对追回提出异议。"))
    _require_state(recovery, State.NOTIFIED)
    if recovery.objected_at:
        raise Conflict(_("对追回 %(number)s 已提出过异议，不能再次提出。") % {"number": recovery.number})
    last = calendar.due_after(timezone.localdate(recovery.decided_at), rules.limit("objection_days"))
    if calendar.today() > last:
        raise ActRefused(
            _("提出异议的期限 %(day)s 已过，可以依通知书所列渠道申请救济。") % {"day": f"{last:%Y-%m-%d}"}
        )
    if recovery.reserved:
        raise ActRefused(_("正有一期在拨付中抵扣，请在银行回盘后再提出。"))
    _move(recovery, State.OBJECTED, objection=stated(text)[:2000], objected_at=timezone.now())
    cases.record(
        case, "recovery_objected", actor=actor, title=_("对追回提出异议"), public_text=text,
        figures={"recovery": recovery.number},
    )  # fmt: skip
    return recovery


@transaction.atomic
def settle_objection(recovery: Recovery, *, upheld: bool, finding: str, actor: User) -> Recovery:
    """The finding: upheld, the recovery ends and what came back meanwhile is refunded by the policy; else it goes on.

    Not by whoever assessed it. Refused when upheld although money has come back: receipts are reversed first.
    """
    recovery = rights.lock_recovery(recovery)
    _require_state(recovery, State.OBJECTED)
    standing = _require_decider(recovery, actor)
    if actor.pk == recovery.assessed_by_id:
        raise NotAllowed(_("追回 %(number)s 由您认定，异议须由其他人核查。") % {"number": recovery.number})
    if upheld and (recovery.offset or recovery.received or recovery.written_off):
        raise ActRefused(_("已有收回或抵扣的款项，请先冲销后再撤销追回。"))
    _move(recovery, State.WITHDRAWN if upheld else State.NOTIFIED, finding=stated(finding)[:2000])
    settle_if_back(recovery)
    cases.record(
        recovery.award.case, "recovery_objection_settled", actor=actor, standing=standing, title=_("追回异议核查"),
        public_text=_("%(verdict)s：%(finding)s")
        % {"verdict": _("异议成立，撤销追回") if upheld else _("异议不成立"), "finding": finding},
        figures={"recovery": recovery.number, "upheld": upheld},
    )  # fmt: skip
    recovery.refresh_from_db()
    return recovery


def _take(recovery: Recovery, name: str, amount: Decimal) -> None:
    """Add `amount` to one of the sums if the balance bears it; what is too much is refused, never cut off."""
    more = Value(amount, YuanField())
    taken = Recovery.objects.filter(
        pk=recovery.pk,
        amount__gte=F("reserved") + F("offset") + F("received") + F("written_off") + more,
    ).update(**{name: F(name) + more})
    recovery.refresh_from_db()
    if not taken:
        raise ActRefused(
            _("追回 %(number)s 尚欠 %(balance)s 元，本次 %(amount)s 元超过了余额，请核对。")
            % {"number": recovery.number, "balance": yuan(recovery.balance), "amount": yuan(amount)},
            code="balance",
        )


@transaction.atomic
def receive(
    recovery: Recovery, amount: Decimal, *, reference: str, received_on: date, actor: User
) -> Receipt:
    """收回: one part that came in. A bank reference is counted once; more than the balance is refused."""
    recovery = rights.lock_recovery(recovery)
    award = recovery.award
    rights.require(actor, roles.Act.RECORD_PAYMENT, award.paying_organisation, case=award.case)
    _require_state(recovery, State.NOTIFIED, State.OBJECTED)
    if amount <= 0 or not reference.strip():
        raise ActRefused(_("请填写大于 0 的金额和缴款凭证号。"))
    if received_on > calendar.today():
        raise ActRefused(_("到账日期不能晚于今天。"))
    _take(recovery, "received", amount)
    try:
        with transaction.atomic():
            receipt = Receipt.objects.create(
                recovery=recovery, amount=amount, reference=reference.strip()[:40], received_on=received_on,
                recorded_by=actor,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("缴款凭证号已经登记过，不能重复登记。"), code="replayed") from None
    post(
        borne_by(Kind.RECEIVE, recovery, amount, reason=receipt.reference),
        action="recovery_received", subject=recovery.number, approver=actor,
    )  # fmt: skip
    settle_if_back(recovery)
    recovery.refresh_from_db()
    cases.record(
        award.case, "recovery_received", actor=actor, title=_("收回款项"),
        public_text=_("已收到退回 %(amount)s 元，尚欠 %(balance)s 元。")
        % {"amount": yuan(amount), "balance": yuan(recovery.balance)},
        figures={"recovery": recovery.number, "amount": str(amount)},
    )  # fmt: skip
    receipt.recovery = recovery
    return receipt


@transaction.atomic
def reverse_receipt(receipt: Receipt, *, actor: User, reason: str) -> Recovery:
    """冲销 a receipt recorded by mistake: its entries are reversed, each once, and the amount is owed again."""
    recovery = rights.lock_recovery(receipt.recovery)
    award = recovery.award
    rights.require(actor, roles.Act.RECORD_PAYMENT, award.paying_organisation, case=award.case)
    reason = stated(reason)
    if not Receipt.objects.filter(pk=receipt.pk, reversed_at__isnull=True).update(reversed_at=timezone.now()):
        raise Conflict(_("该笔收款已经冲销。"))
    entries = LedgerEntry.objects.filter(
        recovery=recovery, kind=Kind.RECEIVE, reason=receipt.reference, reverses__isnull=True
    )
    post(
        [reversal(entry, reason=reason) for entry in entries.select_related("line", "edition").order_by("pk")],
        action="receipt_reversed", subject=recovery.number, approver=actor,
    )  # fmt: skip
    state = State.NOTIFIED if recovery.state == State.SETTLED else recovery.state
    Recovery.objects.filter(pk=recovery.pk).update(
        received=F("received") - Value(receipt.amount, YuanField()), state=state
    )
    cases.record(
        award.case, "receipt_reversed", actor=actor, title=_("冲销收款"), public_text=reason,
        figures={"recovery": recovery.number, "receipt": receipt.pk},
    )  # fmt: skip
    recovery.refresh_from_db()
    return recovery


# --- 核销 ----------------------------------------------------------------------------------------------


@transaction.atomic
def propose_write_off(
    recovery: Recovery, amount: Decimal, *, reason: str, clause: str, actor: User
) -> WriteOff:
    """提请核销: by the handling organisation, with the clause that allows it. Nothing is forgone yet."""
    recovery = rights.lock_recovery(recovery)
    award = recovery.award
    rights.require(actor, roles.Act.ASSESS_RECOVERY, award.handling_organisation, case=award.case)
    _require_state(recovery, State.NOTIFIED)
    if not 0 < amount <= recovery.balance:
        raise ActRefused(
            _("核销金额应大于 0，且不超过尚欠的 %(balance)s 元。") % {"balance": yuan(recovery.balance)},
            code="balance",
        )
    try:
        with transaction.atomic():
            proposed = WriteOff.objects.create(
                recovery=recovery, amount=amount, reason=stated(reason)[:300], clause=stated(clause)[:200],
                proposed_by=actor,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("追回 %(number)s 已有一项核销待批准。") % {"number": recovery.number}) from None
    audit.record("write_off_proposed", actor=actor, subject=recovery.number, detail={"amount": str(amount)})
    return proposed


@transaction.atomic
def settle_write_off(write_off: WriteOff, *, approve: bool, actor: User) -> Recovery:
    """批准 or 不予批准, by a second person. Approved, the amount is forgone and stands in the ledger."""
    recovery = rights.lock_recovery(write_off.recovery)
    standing = _require_decider(recovery, actor)
    if actor.pk == write_off.proposed_by_id:
        raise NotAllowed(_("核销由您提出，须由其他人批准。"))
    settled = (
        {"approved_by": actor, "approved_at": timezone.now()} if approve else {"refused_at": timezone.now()}
    )
    waiting = Q(approved_at__isnull=True, refused_at__isnull=True)
    if not WriteOff.objects.filter(waiting, pk=write_off.pk).update(**settled):
        raise Conflict(_("该项核销已经有人处理。"))
    if approve:
        _require_state(recovery, State.NOTIFIED)
        _take(recovery, "written_off", write_off.amount)
        post(
            borne_by(Kind.WRITE_OFF, recovery, write_off.amount, reason=write_off.reason),
            action="recovery_written_off", subject=recovery.number, approver=actor,
        )  # fmt: skip
        settle_if_back(recovery)
    cases.record(
        recovery.award.case, "write_off_settled", actor=actor, standing=standing,
        title=_("批准核销") if approve else _("不予核销"), public=False, internal_text=write_off.reason,
        figures={"recovery": recovery.number, "amount": str(write_off.amount), "approved": approve},
    )  # fmt: skip
    recovery.refresh_from_db()
    return recovery
