"""P13: a term ended before its time, taken over by somebody else, or renewed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core.models import User
from talent.core.services import calendar, cases
from talent.core.services.errors import ActRefused
from talent.placements import rules
from talent.placements.models import Placement, PlacementCase, Suspension

from . import places
from .changing import coded, locked, write
from .sides import standing_for, tell_sides


@transaction.atomic
def end_early(
    placement: Placement,
    *,
    actor: User,
    side: str,
    last_day: date,
    reason: str,
    text: str,
    settled_days: int,
    settled_pay: Decimal,
    all_agree: bool = False,
) -> Placement:
    """Ended before its time by any side, with notice and the days and money that are settled.

    all_agree: the three sides agree, so the notice may be shorter. Raises `ActRefused` with the bound broken.
    """
    standing = standing_for(placement.case, side, actor=actor)
    placement = locked(placement)
    book = places.book_of(placement.case)
    found = coded(book.end_reasons, reason, _("终止原因"))
    try:
        term = placement.term.end(last_day, told_on=calendar.today(), rules=book.term, notice=not all_agree)
    except rules.Refusal as refusal:
        raise ActRefused(str(refusal), code="term") from None
    if placement.days.counting().filter(day__gt=last_day).exists():
        raise ActRefused(_("终止日之后已有登记的在岗日，请先核对。"), code="term")
    if settled_pay < 0:
        raise ActRefused(_("结算报酬不能为负数。"), code="settled_pay")
    placement.end_reason, placement.end_text = reason, text.strip()
    placement.settled_days, placement.settled_pay = settled_days, settled_pay
    placement.suspensions.filter(starts_on__gt=last_day).update(resumed=True)
    Suspension.objects.filter(placement=placement, resumed=False).update(resumed=True)
    write(placement, term)
    cases.record(
        placement.case, "ended_early", actor=actor, standing=standing, title=_("提前终止"),
        public_text=_("于%(day)s提前终止。原因：%(reason)s。结算在岗%(days)d天、报酬%(pay)s元。")
        % {"day": last_day, "reason": found.text, "days": settled_days, "pay": settled_pay},
        figures={"at_fault": found.at_fault},
    )  # fmt: skip
    tell_sides(
        placement.case, kind="ended_early", subject=_("任职提前终止"), but=side,
        body=_("办件 %(number)s 将于%(day)s提前终止，原因见办件页面。")
        % {"number": placement.case.number, "day": last_day},
    )  # fmt: skip
    return placement


def require_replaceable(case: PlacementCase, *, starts_on: date, months: int) -> None:
    """Whether somebody may take the post of `case` over from `starts_on`; raises `ActRefused`."""
    placement = case.placement
    book = places.book_of(case)
    try:
        placement.term.successor(starts_on, months, kind=book.kind(case.kind), rules=book.term)
    except rules.Refusal as refusal:
        raise ActRefused(str(refusal), code="term") from None
    if placement.ended_on is None:
        raise ActRefused(_("原任职没有提前终止，不需要更换人选；期满后可以续聘或者另行申请。"), code="term")


def renewal_fields(placement: Placement, *, months: int) -> dict[str, Any]:
    """What a renewed case is opened with; raises `ActRefused` when the rating forbids it."""
    case = placement.case
    rating = places.last_rating(case)
    if rating:
        finding = rules.renewable(rating, book=places.book_of(case))
        if not finding.passed:
            raise ActRefused(finding.sentence, code="renewable")
    return {
        "renews": case,
        "starts_on": placement.ends_on + timedelta(days=1),
        "term_months": months,
        "degree": case.degree,
        "title_rank": case.title_rank,
    }
