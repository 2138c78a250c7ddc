"""P13: a term ended before its time, taken over by somebody else, or renewed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from talent.core.models import User
from talent.core.services import calendar, cases
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused
from talent.placements import rules
from talent.placements.models import Placement, PlacementCase, ServiceDay, Suspension, TermProposal

from . import places
from .changing import coded, write
from .sides import tell_sides


def ended_term(placement: Placement, last_day: date, *, notice: bool) -> rules.Term:
    """The term ended on `last_day`; raises `ActRefused` with the bound broken, or when days after it are entered."""
    try:
        term = placement.term.end(
            last_day, told_on=calendar.today(), rules=places.book_of(placement.case).term, notice=notice
        )
    except rules.Refusal as refusal:
        raise ActRefused(str(refusal), code="term") from None
    if placement.days.counting().filter(day__gt=last_day).exists():
        raise ActRefused(_("终止日之后已有登记的在岗日，请先核对。"), code="term")
    return term


def settlement(placement: Placement, last_day: date) -> rules.Settlement:
    """What the records show for an end on `last_day`: days confirmed and agreed until then, and the pay they come to."""
    confirmed = placement.days.filter(state=ServiceDay.State.CONFIRMED, day__lte=last_day).count()
    return rules.settlement(
        replace(placement.term, ended_on=last_day), days_per_year=placement.days_per_year,
        pay_per_year=placement.pay_per_year, confirmed=confirmed,
    )  # fmt: skip


def require_settlement(placement: Placement, *, days: int, pay: Decimal) -> None:
    """Raise `ActRefused` when more days are settled than were entered, or the pay is below zero."""
    entered = placement.days.counting().count()
    if days > entered:
        raise ActRefused(
            _("结算%(days)d天，多于登记的%(entered)d天；漏记的日期请本人先补记。")
            % {"days": days, "entered": entered},
            code="settled_days",
        )
    if pay < 0:
        raise ActRefused(_("结算报酬不能为负数。"), code="settled_pay")


def end_early(
    placement: Placement, proposal: TermProposal, *, actor: User, standing: Standing | None
) -> Placement:
    """Put an early end into effect: given notice of, or signed by all three sides.

    placement: locked by the caller, whose transaction this is.
    """
    last_day = proposal.first_day
    term = ended_term(placement, last_day, notice=proposal.by_notice)
    found = coded(places.book_of(placement.case).end_reasons, proposal.reason, _("终止原因"))
    placement.end_reason, placement.end_text = proposal.reason, proposal.text
    placement.settled_days, placement.settled_pay = proposal.settled_days, proposal.settled_pay
    placement.suspensions.filter(starts_on__gt=last_day).update(resumed=True)
    Suspension.objects.filter(placement=placement, resumed=False).update(resumed=True)
    write(placement, term)
    cases.record(
        placement.case, "ended_early", actor=actor, standing=standing, title=_("提前终止"),
        public_text=_("于%(day)s提前终止。原因：%(reason)s。结算在岗%(days)d天、报酬%(pay)s元。")
        % {"day": last_day, "reason": found.text, "days": proposal.settled_days, "pay": proposal.settled_pay},
        figures={"at_fault": found.at_fault},
    )  # fmt: skip
    tell_sides(
        placement.case, kind="ended_early", subject=_("任职提前终止"),
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
