"""On which budget lines recovered money stands: those that paid the award, never more than they paid."""

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from talent.core.models import BudgetLine, Instalment, LedgerEntry, Recovery

from ..errors import Conflict
from .ledger import Kind, Posting

ZERO = Decimal(0)
BACK = (Kind.OFFSET, Kind.RECEIVE)


def borne_by(
    kind: str, recovery: Recovery, amount: Decimal, *, instalment: Instalment | None = None, reason: str = ""
) -> list[Posting]:
    """`amount` of `recovery` spread over the lines that paid its award, oldest line first.

    A write-off changes no sum and stands on the first of them.
    """
    award, left, postings = recovery.award, amount, []
    mine = LedgerEntry.objects.filter(case_id=award.case_id)
    paid = _sums(mine.filter(kind=Kind.PAY, instalment__award=award))
    back = _sums(mine.filter(kind__in=BACK, recovery__award=award))
    lines = BudgetLine.objects.in_bulk(paid)
    for key in sorted(paid):
        free = left if kind == Kind.WRITE_OFF else min(left, paid[key] - back.get(key, ZERO))
        if free > 0:
            postings.append(
                Posting(
                    kind, free, lines[key], award.edition, award.case_id, instalment, recovery, reason=reason
                )
            )
            left -= free
    if left:
        raise Conflict(_("追回金额超过该资助已拨付的金额，请先运行台账核对。"))
    return postings


def _sums(entries) -> dict[int, Decimal]:
    return {
        row["line_id"]: row["sum"]
        for row in entries.order_by().values("line_id").annotate(sum=Sum("amount"))
        if row["sum"]
    }
