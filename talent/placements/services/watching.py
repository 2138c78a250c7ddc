"""What the calendar does to running terms: warnings, suspensions that begin and end, terms that are over."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.services import calendar, cases
from talent.core.services.errors import ActRefused
from talent.placements.models import Extension, Placement, PlacementCase, Suspension, TermWarning

from . import places
from .changing import locked
from .sides import tell_sides


def to_warn(today: date) -> list[tuple[Placement, int]]:
    """Places whose end comes within one of the edition's warnings, each with the nearest one not given yet."""
    found = []
    running = (
        Placement.objects.serving()
        .filter(ends_on__gte=today)
        .select_related("case__edition", "firm", "university", "person")
    )
    for placement in running.prefetch_related("suspensions", "extensions").order_by("pk"):
        due = placement.term.warnings_due(today, places.book_of(placement.case).term)
        if due and not placement.warnings.filter(ends_on=placement.ends_on, days_before=due[-1]).exists():
            found.append((placement, due[-1]))
    return found


@transaction.atomic
def warn(placement: Placement, days_before: int) -> bool:
    """Tell the three sides that a term ends; missed warnings are one warning. False when it was given already."""
    _row, fresh = TermWarning.objects.get_or_create(
        placement=placement, ends_on=placement.ends_on, days_before=days_before
    )
    if not fresh:
        return False
    tell_sides(
        placement.case, kind="term_ends", subject=_("聘期即将届满"),
        body=_("办件 %(number)s 的聘期将于%(day)s届满。需要延长、续聘的，请在届满前提出；届满后自动结束。")
        % {"number": placement.case.number, "day": placement.ends_on},
        key=f"term:{placement.pk}:{placement.ends_on}:{days_before}",
    )  # fmt: skip
    return True


def to_switch(today: date):
    """Places whose suspension begins or is over today but whose state does not say so."""
    begins = Placement.objects.filter(
        state=Placement.State.ACTIVE, suspensions__starts_on__lte=today, suspensions__ends_on__gt=today,
        suspensions__resumed=False,
    )  # fmt: skip
    over = Placement.objects.filter(
        state=Placement.State.SUSPENDED, suspensions__ends_on__lte=today, suspensions__resumed=False
    )
    return list((begins | over).distinct().order_by("pk"))


@transaction.atomic
def switch(placement: Placement, today: date) -> bool:
    """A suspension begins on its day, and is over on the day planned when nobody resumed it earlier."""
    placement = locked(placement)
    pause = placement.suspensions.filter(resumed=False).first()
    if pause is None:
        return False
    if pause.ends_on <= today:
        pause.resumed, placement.state = True, Placement.State.ACTIVE
        pause.save(update_fields=["resumed"])
        title = _("按期恢复")
    elif pause.starts_on <= today and placement.state == Placement.State.ACTIVE:
        placement.state, title = Placement.State.SUSPENDED, _("开始中止")
    else:
        return False
    placement.save(update_fields=["state"])
    cases.record(placement.case, "state_followed_calendar", actor=None, title=title)
    return True


def to_end(today: date) -> list[Placement]:
    """Places whose last day has passed: an agreement that has run out is never active by silence."""
    return list(Placement.objects.serving().filter(ends_on__lt=today).select_related("case").order_by("pk"))


@transaction.atomic
def end(case: PlacementCase) -> str:
    """The term is over, by its end or early: the place is free and the final evaluation begins. Returns "ended"."""
    placement = locked(Placement.objects.select_related("firm", "person").get(case=case))
    if placement.ends_on >= calendar.today():
        raise ActRefused(_("聘期至%(day)s，尚未届满。") % {"day": f"{placement.ends_on:%Y-%m-%d}"})
    Suspension.objects.filter(placement=placement, resumed=False).update(resumed=True)
    placement.extensions.filter(state=Extension.State.PENDING).update(
        state=Extension.State.WITHDRAWN, decided_at=timezone.now()
    )
    placement.state = Placement.State.ENDED
    placement.save(update_fields=["state"])
    cases.record(
        case, "term_ended", actor=None, title=_("聘期结束"),
        public_text=_("聘期于%(day)s结束，进入期满评估。") % {"day": placement.ends_on},
    )  # fmt: skip
    return "ended"
