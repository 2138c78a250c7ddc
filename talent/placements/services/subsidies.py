"""What a rated year gives, and who may claim it now. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from talent.core.models import Organisation
from talent.placements import rules
from talent.placements.models import Placement, Rating, SubsidyClaim
from talent.placements.models.claims import OVER

from . import places

ONCE = 0
# A yuan of pay is enough to see whether anything at all would be granted.
_ONE = Decimal(1)


def previous_rating(rating: Rating) -> str:
    """The result of the year before, in this term or at the end of the one it renews; empty for a first year."""
    placement = rating.placement
    if rating.number > 1:
        known = {one.number: one.result for one in placement.ratings.all()}
        return known.get(rating.number - 1, "")
    renewed = placement.case.renews
    if renewed is None:
        return ""
    given = [
        one
        for one in renewed.placement.ratings.all()
        if one.state in (Rating.State.GIVEN, Rating.State.FINAL)
    ]
    return max(given, key=lambda one: one.number).result if given else ""


Once = tuple[int, int, str]


def paid_once(claimants: Iterable[int]) -> set[Once]:
    """One-off payments that were granted to the given organisations: person, claimant, code; one query."""
    rows = SubsidyClaim.objects.filter(
        claimant__in=list(claimants), period=ONCE, state=SubsidyClaim.State.GRANTED
    )
    return set(rows.values_list("person", "claimant", "code"))


def amount_for(
    rating: Rating, code: str, *, pay_paid: Decimal, paid: set[Once] | None = None
) -> rules.Amount:
    """What subsidy `code` gives for a rated year and the pay (元) really paid in it, with its reason and clauses.

    paid: what `paid_once` says, when many years are looked at together.
    """
    placement = rating.placement
    book = places.book_of(placement.case)
    payee = payee_of(placement, book.subsidy(code))
    paid = paid_once([payee.pk]) if paid is None else paid
    return rules.subsidy(
        code,
        book=book,
        kind=placement.kind,
        months=placement.months,
        rating=rating.result,
        previous_rating=previous_rating(rating),
        pay_paid=pay_paid,
        already_paid=(placement.person_id, payee.pk, code) in paid,
        ended_at_fault=places.ended_at_fault(placement),
    )


@dataclass(frozen=True)
class Claimable:
    """A rated year for which a side may claim a subsidy now."""

    rating: Rating
    code: str
    title: str
    once: bool


def claimable(
    placement: Placement, organisations: Iterable[int], *, paid: set[Once] | None = None
) -> list[Claimable]:
    """What the given firms or universities may claim for a place: final ratings that give something, not claimed yet."""
    ours = set(organisations)
    book = places.book_of(placement.case)
    claimed = {(one.code, one.period) for one in placement.claims.all() if one.state not in OVER}
    found: list[Claimable] = []
    for row in book.subsidies:
        if payee_of(placement, row).pk not in ours or placement.kind not in row.kinds:
            continue
        for rating in sorted(placement.ratings.all(), key=lambda one: one.number):
            if rating.state != Rating.State.FINAL or (row.code, period_of(rating, row)) in claimed:
                continue
            rating.placement = placement
            if amount_for(rating, row.code, pay_paid=_ONE, paid=paid).yuan > 0:
                found.append(Claimable(rating, row.code, row.title, row.basis == "once"))
                if row.basis == "once":
                    break
    return found


def period_of(rating: Rating, row: rules.Subsidy) -> int:
    return ONCE if row.basis == "once" else rating.number


def payee_of(placement: Placement, row: rules.Subsidy) -> Organisation:
    return placement.firm if row.payee == "firm" else placement.university
