"""Budget lines: opened, allocated, transferred and closed by act; and how an amount is shared among lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    BudgetLine,
    Instalment,
    InstalmentShare,
    LedgerEntry,
    Organisation,
    Region,
    User,
)

from .. import audit
from ..errors import ActRefused, Conflict
from . import rights, rules
from .ledger import Kind, Posting, post, reversal

FEN = Decimal("0.01")


@dataclass(frozen=True)
class Portion:
    """Which part of every instalment a line bears, as a fraction of one."""

    line: BudgetLine
    part: Decimal


def split(amount: Decimal, parts: Sequence[Decimal]) -> list[Decimal]:
    """`amount` divided by `parts` (which make one), exact to the 分; what rounding leaves goes to the last."""
    if sum(parts) != 1 or any(part <= 0 for part in parts):
        raise ActRefused(_("各部分的比例之和应为 100%%，且都大于 0。"))
    found = [(amount * part).quantize(FEN, ROUND_DOWN) for part in parts[:-1]]
    return [*found, amount - sum(found, Decimal(0))]


def shared(amount: Decimal, portions: Sequence[Portion]) -> list[tuple[BudgetLine, Decimal]]:
    """Which line bears how much of `amount`: lines that would bear nothing are left out."""
    amounts = split(amount, [portion.part for portion in portions])
    return [(portion.line, part) for portion, part in zip(portions, amounts, strict=True) if part]


@transaction.atomic
def open_line(
    year: int, source: str, region: Region, share: str, *, organisation: Organisation, actor: User
) -> BudgetLine:
    """A new, empty line kept by `organisation`. Raises `Conflict` when it is there already."""
    rights.require(actor, roles.Act.MANAGE_BUDGET, organisation)
    try:
        with transaction.atomic():
            line = BudgetLine.objects.create(
                year=year, source=source, source_title=rules.source_title(source), region=region, share=share,
                organisation=organisation,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("该年度、来源、县市区和分担方式的预算指标已经建立。")) from None
    audit.record("budget_opened", actor=actor, subject=f"budget:{line.pk}", detail={"year": year})
    return line


def _budget(line: BudgetLine, kind: str, amount: Decimal, reason: str) -> Posting:
    if amount <= 0:
        raise ActRefused(_("金额应大于 0。"))
    if len(reason.strip()) < 4:
        raise ActRefused(_("请写明依据或原因（至少4个字）。"), code="reason")
    return Posting(kind, amount, line, rules.edition(), reason=reason.strip())


@transaction.atomic
def allocate(line: BudgetLine, amount: Decimal, *, actor: User, reason: str) -> BudgetLine:
    """下达预算: `amount` 元 more on the line."""
    rights.require(actor, roles.Act.MANAGE_BUDGET, line.organisation)
    post(
        [_budget(line, Kind.ALLOCATE, amount, reason)],
        action="budget_allocated",
        subject=f"budget:{line.pk}",
        approver=actor,
    )
    line.refresh_from_db()
    return line


@transaction.atomic
def transfer(
    source: BudgetLine, target: BudgetLine, amount: Decimal, *, actor: User, reason: str
) -> BudgetLine:
    """调剂: `amount` 元 from what is still free on `source` to `target`, within one year. Returns the target."""
    if source.pk == target.pk or source.year != target.year:
        raise ActRefused(_("只能在同一年度的两个不同指标之间调剂。"))
    for line in (source, target):
        rights.require(actor, roles.Act.MANAGE_BUDGET, line.organisation)
    post(
        [
            _budget(source, Kind.TRANSFER_OUT, amount, reason),
            _budget(target, Kind.TRANSFER_IN, amount, reason),
        ],
        action="budget_transferred",
        subject=f"budget:{source.pk}>{target.pk}",
        approver=actor,
    )
    source.refresh_from_db()
    target.refresh_from_db()
    return target


@transaction.atomic
def correct(entry: LedgerEntry, *, actor: User, reason: str) -> BudgetLine:
    """Take a wrong allocation back by an entry against it; at most once, and only what is still free."""
    if entry.kind != Kind.ALLOCATE or entry.reverses_id:
        raise ActRefused(_("这里只能冲销下达预算的台账；拨付和收回请在各自的页面更正。"))
    rights.require(actor, roles.Act.MANAGE_BUDGET, entry.line.organisation)
    _budget(entry.line, entry.kind, entry.amount, reason)
    rights.lock_lines([entry.line_id])
    post(
        [reversal(entry, reason=reason.strip())],
        action="budget_corrected",
        subject=f"budget:{entry.line_id}",
        approver=actor,
    )
    entry.line.refresh_from_db()
    return entry.line


@transaction.atomic
def close_year(
    line: BudgetLine, *, actor: User, reason: str, carry_to: BudgetLine | None = None
) -> BudgetLine:
    """年终结账: what is free is returned, what is reserved goes over to `carry_to`, the line is closed.

    Refused while a batch is on its way, and when something is reserved and no line of a later year takes it.
    """
    rights.require(actor, roles.Act.MANAGE_BUDGET, line.organisation)
    shares = InstalmentShare.objects.filter(line=line).exclude(instalment__state__in=Instalment.CLOSED)
    rights.lock_cases(shares.values_list("instalment__award__case_id", flat=True))
    locked = rights.lock_lines([line.pk, *([carry_to.pk] if carry_to else [])])
    line = locked[line.pk]
    if line.closed_at:
        raise Conflict(_("%(line)s 已经结账。") % {"line": line})
    if line.committed:
        raise ActRefused(_("%(line)s 还有拨付中的批次，请等银行回盘后再结账。") % {"line": line})
    postings = []
    if line.reserved:
        if carry_to is None or carry_to.year <= line.year:
            raise ActRefused(
                _("%(line)s 还有已预留的分期，请先建立下一年度的预算指标并选择结转到该指标。")
                % {"line": line}
            )
        if carry_to.organisation_id != line.organisation_id:
            raise ActRefused(_("只能结转到同一管理部门的指标。"))
        postings = _carried(shares, line, locked[carry_to.pk])
    free = line.available + sum((p.amount for p in postings if p.kind == Kind.RELEASE), Decimal(0))
    if free:
        postings.append(_budget(line, Kind.RETURN, free, reason))
    post(postings, action="budget_closed", subject=f"budget:{line.pk}", approver=actor)
    BudgetLine.objects.filter(pk=line.pk).update(closed_at=timezone.now())
    if not postings:
        audit.record("budget_closed", actor=actor, subject=f"budget:{line.pk}")
    line.refresh_from_db()
    return line


def _carried(shares, line: BudgetLine, target: BudgetLine) -> list[Posting]:
    """Every open share leaves the old line and is reserved on the new one."""
    postings = []
    rows = shares.select_related("instalment__award__edition").order_by("pk")
    for share in rows:
        award = share.instalment.award
        reason = _("结转到%(year)d年") % {"year": target.year}
        for kind, where in ((Kind.RELEASE, line), (Kind.RESERVE, target)):
            postings.append(
                Posting(
                    kind, share.amount, where, award.edition, award.case_id, share.instalment, reason=reason
                )
            )
        if InstalmentShare.objects.filter(instalment=share.instalment, line=target).exists():
            raise ActRefused(_("分期 %(one)s 已由该指标分担，不能再次结转。") % {"one": share.instalment})
        InstalmentShare.objects.filter(pk=share.pk).update(line=target)
    return postings
