"""A batch: what finance pays in one file. Previewed, prepared, signed by others, taken back when something is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    Award,
    BatchLine,
    Case,
    Instalment,
    Offset,
    Organisation,
    PaymentBatch,
    Recovery,
    Signature,
    User,
    YuanField,
)

from .. import audit, calendar, sequences
from ..errors import ActRefused, Conflict, NotAllowed
from . import bankfile, rights, rules
from .instalments import State, move, stated
from .ledger import Kind, Posting, post
from .words import in_words

ZERO = Decimal(0)
# The audit chain is held while a batch is written: a larger one would keep everybody else waiting too long.
MOST_LINES = 200


@dataclass(frozen=True)
class Preview:
    """What a batch of some instalments would be: 元, per county, in words, and who must sign."""

    count: int
    gross: Decimal
    offset: Decimal
    net: Decimal
    words: str
    by_region: tuple[tuple[str, int, Decimal], ...]
    rule: rules.SignatureRule


def payable(organisation: Organisation) -> QuerySet[Instalment]:
    """What `organisation` may put into a batch now: rechecked, and its award is not suspended."""
    return (
        Instalment.objects.filter(
            state=State.RECHECKED, award__paying_organisation=organisation, award__state=Award.State.ACTIVE
        )
        .select_related("award__case__region", "award__case__applicant", "award__edition")
        .order_by("due_on", "pk")
    )


def preview(instalments: Sequence[Instalment]) -> Preview:
    """Nothing is written. Offsets are those that `prepare` would keep back now."""
    by_region: dict[str, list] = {}
    owed: dict[tuple, list[list]] = {}
    gross = offset = ZERO
    for instalment in instalments:
        region = by_region.setdefault(instalment.award.case.region.name, [0, ZERO])
        region[0] += 1
        region[1] += instalment.amount
        gross += instalment.amount
        key = _debtor(instalment.award)
        if key not in owed:
            owed[key] = [[recovery, recovery.balance] for recovery in _owing(instalment.award)]
        left = instalment.amount
        for debt in owed[key]:
            part = min(left, debt[1])
            debt[1] -= part
            left -= part
            offset += part
    return Preview(
        len(instalments), gross, offset, gross - offset, in_words(gross - offset),
        tuple((name, count, amount) for name, (count, amount) in by_region.items()), rules.signature_rule(gross),
    )  # fmt: skip


@transaction.atomic
def prepare(organisation: Organisation, instalments: Sequence[Instalment], *, actor: User) -> PaymentBatch:
    """编制批次: the chosen instalments leave the list of due lines and their money is committed.

    Recoveries of the same payee are kept back from what is paid. Raises `Conflict` when one of the instalments is no
    longer to be paid or is in another batch: nothing is prepared then.
    """
    rights.require(actor, roles.Act.PREPARE_PAYMENT, organisation)
    keys = sorted({instalment.pk for instalment in instalments})
    if not keys:
        raise ActRefused(_("请至少选择一笔待拨付的分期。"))
    if len(keys) > MOST_LINES:
        raise ActRefused(
            _("一个批次最多 %(most)d 笔，所选 %(count)d 笔，请分批编制。")
            % {"most": MOST_LINES, "count": len(keys)}
        )
    rights.lock_cases(Case.objects.filter(awards__instalments__in=keys).values_list("pk", flat=True))
    rows = list(payable(organisation).filter(pk__in=keys).prefetch_related("award__payees", "shares__line"))
    if len(rows) != len(keys):
        raise Conflict(
            _(
                "所选的 %(chosen)d 笔中有 %(gone)d 笔已不在待拨付之列（已编入其他批次、被暂缓或不属本单位），请刷新后重选。"
            )
            % {"chosen": len(keys), "gone": len(keys) - len(rows)}
        )
    for row in rows:
        reason = rights.recusal_reason(actor, row.award.case)
        if reason:
            raise NotAllowed(
                _("办件 %(number)s：%(reason)s") % {"number": row.award.case.number, "reason": reason}
            )
    gross = sum((row.amount for row in rows), ZERO)
    rule = rules.signature_rule(gross)
    year = calendar.today().year
    serial = sequences.next_number(f"batch:{organisation.code}", year)
    batch = PaymentBatch.objects.create(
        number=f"BF-{organisation.code}-{year}-{serial:04d}", organisation=organisation, count=len(rows), gross=gross,
        net=gross, required_signatures=rule.signatures, head_required=rule.head, signature_rule=rule.clause,
        prepared_by=actor,
    )  # fmt: skip
    kept = ZERO
    postings: list[Posting] = []
    for place, row in enumerate(rows, 1):
        if row.award.payee is None:
            raise ActRefused(_("“%(one)s”没有收款账户，请退回经办单位补充。") % {"one": row})
        move(row, State.IN_BATCH, leaving=(State.RECHECKED,), owner=organisation, role=roles.FINANCE)
        line = BatchLine.objects.create(
            batch=batch, place=place, instalment=row, payee=row.award.payee, gross=row.amount, net=row.amount
        )
        line.net -= _keep_back(line, row.award)
        if line.net != line.gross:
            line.save(update_fields=["net"])
        kept += line.gross - line.net
        postings += along(Kind.COMMIT, row)
    batch.net = gross - kept
    batch.save(update_fields=["net"])
    post(postings, action="batch_prepared", subject=batch.number, approver=actor)
    return batch


def along(kind: str, instalment: Instalment, *, reason: str = "") -> list[Posting]:
    """One posting of `kind` for each line that bears the instalment."""
    award = instalment.award
    return [
        Posting(kind, share.amount, share.line, award.edition, award.case_id, instalment, reason=reason)
        for share in instalment.shares.all()
    ]


def _debtor(award: Award) -> tuple:
    payee = award.payee
    return (payee.person_id, payee.organisation_id) if payee else (None, None)


def _owing(award: Award) -> QuerySet[Recovery]:
    """Recoveries whose debtor is the payee of `award`, oldest first; none while nobody is named."""
    person, organisation = _debtor(award)
    if person is None and organisation is None:
        return Recovery.objects.none()
    return (
        Recovery.objects.owing()
        .filter(
            award__payees__current=True,
            award__payees__person=person,
            award__payees__organisation=organisation,
        )
        .order_by("pk")
    )


def _keep_back(line: BatchLine, award: Award) -> Decimal:
    """Set aside what the payee owes, up to the payment. Whatever is left of the debt stays owed. Returns 元."""
    left = line.gross
    for recovery in _owing(award):
        part = min(left, recovery.balance)
        if part <= 0:
            continue
        kept = Recovery.objects.filter(
            pk=recovery.pk,
            amount__gte=F("reserved")
            + F("offset")
            + F("received")
            + F("written_off")
            + Value(part, YuanField()),
        ).update(reserved=F("reserved") + Value(part, YuanField()))
        if kept:
            Offset.objects.create(recovery=recovery, line=line, amount=part)
            left -= part
    return line.gross - left


def free_offsets(line: BatchLine) -> None:
    """The payment did not happen: what was to be kept back is owed again."""
    for offset in line.offsets.filter(state=Offset.State.RESERVED).order_by("pk"):
        Recovery.objects.filter(pk=offset.recovery_id).update(
            reserved=F("reserved") - Value(offset.amount, YuanField())
        )
        Offset.objects.filter(pk=offset.pk).update(state=Offset.State.VOID)


@transaction.atomic
def sign(batch: PaymentBatch, *, actor: User, opinion: str = "") -> PaymentBatch:
    """签批. With the last signature the file is fixed by its hash. Never by the preparer, never twice by one person."""
    batch = rights.lock_batch(batch)
    post_held = rights.require(actor, roles.Act.SIGN_PAYMENT, batch.organisation)
    if batch.state != PaymentBatch.State.SIGNING:
        raise Conflict(_("批次 %(number)s 现在是“%(state)s”，不需要签批。") % _named(batch))
    people = {actor.pk, post_held.principal.pk if post_held.principal else actor.pk}
    if batch.prepared_by_id in people:
        raise NotAllowed(_("批次 %(number)s 由您编制，签批须由其他人办理。") % _named(batch))
    signed = list(batch.signatures.all())
    if people & {one.signer_id for one in signed} | people & {one.on_behalf_of_id for one in signed}:
        raise Conflict(_("您已签批过批次 %(number)s。") % _named(batch))
    head = roles.BUREAU_HEAD
    heads = sum(one.role == head.codename for one in signed) + (post_held.role is head)
    missing = batch.required_signatures - len(signed) - 1
    if batch.head_required and not heads and missing <= 0:
        raise ActRefused(
            _("该批次须由部门负责人签批（%(rule)s），请转部门负责人。") % {"rule": batch.signature_rule}
        )
    Signature.objects.create(
        batch=batch, place=len(signed) + 1, signer=actor, on_behalf_of=post_held.principal,
        role=post_held.role.codename, prepared_by=batch.prepared_by, opinion=opinion.strip()[:200],
    )  # fmt: skip
    if missing <= 0:
        batch.state, batch.approved_at = PaymentBatch.State.APPROVED, timezone.now()
        batch.file_hash = bankfile.file_hash(batch)
        batch.save(update_fields=["state", "approved_at", "file_hash"])
    audit.record("batch_signed", actor=actor, subject=batch.number, detail={"signatures": len(signed) + 1})
    return batch


@transaction.atomic
def take_back(batch: PaymentBatch, *, actor: User, reason: str) -> PaymentBatch:
    """退回: the batch is dissolved before it goes out and its instalments stand in the list again."""
    batch = rights.lock_batch(batch)
    if not any(
        rights.post_for(actor, act, batch.organisation)
        for act in (roles.Act.PREPARE_PAYMENT, roles.Act.SIGN_PAYMENT)
    ):
        rights.require(actor, roles.Act.PREPARE_PAYMENT, batch.organisation)
    if batch.state not in (PaymentBatch.State.SIGNING, PaymentBatch.State.APPROVED):
        raise Conflict(_("批次 %(number)s 现在是“%(state)s”，不能退回。") % _named(batch))
    lines = locked_lines(batch)
    postings: list[Posting] = []
    for line in lines:
        free_offsets(line)
        BatchLine.objects.filter(pk=line.pk).update(state=BatchLine.State.REMOVED)
        move(
            line.instalment,
            State.RECHECKED,
            leaving=(State.IN_BATCH,),
            owner=batch.organisation,
            role=roles.FINANCE,
        )
        postings += along(Kind.UNCOMMIT, line.instalment, reason=stated(reason))
    batch.state, batch.return_reason = PaymentBatch.State.RETURNED, stated(reason)[:300]
    batch.save(update_fields=["state", "return_reason"])
    post(postings, action="batch_returned", subject=batch.number, approver=actor)
    return batch


def locked_lines(batch: PaymentBatch) -> list[BatchLine]:
    """The lines of a locked batch with everything an act needs, their cases locked first."""
    rights.lock_cases(
        Case.objects.filter(awards__instalments__batch_lines__batch=batch).values_list("pk", flat=True)
    )
    return list(
        batch.lines.select_related(
            "instalment__award__case__applicant", "instalment__award__edition", "payee",
            "instalment__award__handling_organisation", "instalment__award__case__edition", "batch__organisation",
        ).prefetch_related("instalment__shares__line")
    )  # fmt: skip


def _named(batch: PaymentBatch) -> dict[str, str]:
    return {"number": batch.number, "state": batch.get_state_display()}
