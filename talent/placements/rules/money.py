"""What a rating means for money: a share of the pay actually paid up to a cap, once to the university, or nothing."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .rows import Subsidy
from .rulebook import Rulebook

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Amount:
    """Yuan to be paid, how they were worked out in words, and by which clauses."""

    yuan: Decimal
    reason: str
    clauses: tuple[str, ...]


def subsidy(
    code: str,
    *,
    book: Rulebook,
    kind: str,
    months: int,
    rating: str,
    previous_rating: str = "",
    pay_paid: Decimal = Decimal(0),
    already_paid: bool = False,
    ended_at_fault: bool = False,
) -> Amount:
    """The amount of subsidy `code` for one year's `rating`.

    pay_paid: yuan the firm has really paid in the rated year; previous_rating: of the year before, which may have
    stopped this one; months: the agreed term; already_paid: whether a one-off payment was made before.
    """
    row = next(one for one in book.subsidies if one.code == code)
    nothing = _why_nothing(row, book, kind, months, rating, previous_rating, already_paid, ended_at_fault)
    if nothing is not None:
        return nothing
    if row.basis == "once":
        return Amount(Decimal(row.cap).quantize(_CENT), f"一次性{row.cap}元", (row.clause,))
    result = book.rating(rating)
    share = (pay_paid * result.subsidy_percent / 100).quantize(_CENT, ROUND_HALF_UP)
    yuan = min(share, Decimal(row.cap).quantize(_CENT))
    reason = f"实付报酬{pay_paid:.2f}元 × {result.subsidy_percent}%（{result.title}）= {share}元"
    if share > yuan:
        reason += f"，超过上限，按{row.cap}元"
    return Amount(yuan, reason, (result.clause, row.clause))


def _why_nothing(
    row: Subsidy, book: Rulebook, kind: str, months: int, rating: str, previous: str, paid: bool, fault: bool
) -> Amount | None:
    def nothing(reason: str, *clauses: str) -> Amount:
        return Amount(Decimal("0.00"), reason, clauses or (row.clause,))

    if kind not in row.kinds:
        return nothing(f"{book.kind(kind).title}没有{row.title}")
    if months < row.min_months:
        return nothing(f"约定聘期{months}个月，不满{row.min_months}个月")
    if previous and not book.rating(previous).next_subsidy:
        return nothing(f"上一次考核为{book.rating(previous).title}，本期停发", book.rating(previous).clause)
    if row.basis == "once":
        if paid:
            return nothing("一次性补助已经发放")
        if fault:
            return nothing("因一方过错提前终止")
        if not book.rating(rating).next_subsidy:
            return nothing(f"考核为{book.rating(rating).title}，不予发放", book.rating(rating).clause)
    elif not book.rating(rating).subsidy_percent:
        return nothing(f"考核为{book.rating(rating).title}，没有补助", book.rating(rating).clause)
    return None
