"""The city's working days and the clocks of a case, read from the database (行政许可法 art. 82).

`talent.core.clock` does the counting; this module brings it the holidays that `load_policy` wrote and the events
that the case recorded. Days are dates in Asia/Shanghai, limits are working days.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from time import monotonic

from django.db.models import Q
from django.utils import timezone

from talent.core.clock import Calendar, CaseClock, ClockEvent, clock_from_events
from talent.core.models import Case, CaseEvent, Holiday, HolidayYear

from . import policy

# Seconds after which the holidays are read again: a server process notices what `load_policy` wrote elsewhere.
_KEPT_FOR = 60
# (calendar, read at): one tuple, put and taken in one step, because server threads share it.
_kept: list[tuple[Calendar, float]] = []


def current() -> Calendar:
    """The calendar with every holiday loaded, kept in this process for a minute or until `forget`."""
    for calendar, read_at in tuple(_kept):
        if monotonic() - read_at < _KEPT_FOR:
            return calendar
    days = list(Holiday.objects.values_list("day", "working"))
    published = HolidayYear.objects.filter(published=True).values_list("year", flat=True)
    calendar = Calendar(
        holidays=frozenset(day for day, working in days if not working),
        workdays=frozenset(day for day, working in days if working),
        published_years=frozenset(published),
    )
    _kept[:] = [(calendar, monotonic())]
    return calendar


def forget() -> None:
    """Read the holidays anew at the next question."""
    _kept.clear()


# Holidays are loaded with the policy.
policy.also_forget(forget)


def now() -> datetime:
    """This moment, with its time zone."""
    return timezone.now()


def today() -> date:
    """Today in Shanghai."""
    return timezone.localdate()


def effective_day(moment: datetime) -> date:
    """The day on which `moment` counts: the next working day after hours or on a day off."""
    return current().effective_day(moment)


def due_after(day: date, count: int) -> date:
    """The last day of a limit of `count` working days that begins after `day`."""
    return current().add_working_days(day, count)


def elapsed_share(day: date) -> Decimal:
    """What part of the year's working days is over at the end of `day`: between 0 and 1 (序时进度)."""
    eve = date(day.year, 1, 1) - timedelta(days=1)
    whole = current().working_days_between(eve, date(day.year, 12, 31))
    return Decimal(current().working_days_between(eve, day)) / whole


def warn_day(due: date, days_before: int) -> date:
    """The day on which to warn: `days_before` working days before `due`; 0 warns on the due day itself."""
    day, calendar = due, current()
    for _step in range(days_before):
        day = calendar.previous_working_day(day)
    return day


def reminders_passed(case: Case, name: str, *, due_on: date, day: date) -> tuple[int, int]:
    """Working days left until `due_on`, and how many of the edition's reminders `name` are due by `day`.

    After the last day nothing is reminded any more: the second figure is then 0.
    """
    left = current().working_days_between(day, due_on)
    due = sum(1 for before in policy.figures(case.edition).reminders(name) if left <= before)
    return left, due if left >= 0 else 0


def case_clock(case: Case, *, promise: bool = False) -> CaseClock | None:
    """The legal clock of `case`, or with `promise` the promised one; None before acceptance."""
    return case_clocks(case)[1 if promise else 0]


def case_clocks(
    case: Case, *, events: Iterable[CaseEvent] | None = None
) -> tuple[CaseClock | None, CaseClock | None]:
    """The legal and the promised clock; both None before acceptance.

    events: all of the case, first to last, when they have just been read; else one query. Both clocks run over the
    same events and differ only in the edition's limit. Events that a 撤回 reversed do not count.
    """
    if events is None:
        events = list(
            CaseEvent.objects.filter(Q(kind="taken_back") | ~Q(clock=""), case_id=case.pk).order_by("seq")
        )
    reversed_events = {
        seq for event in events if event.kind == "taken_back" for seq in event.figures.get("reverses", ())
    }
    counted = [
        ClockEvent(event.clock, event.clock_day, _reason(event), event.clock_days)
        for event in events
        if event.clock and event.seq not in reversed_events
    ]
    figures = policy.figures(case.edition)
    legal, promised = (
        clock_from_events(
            counted,
            calendar=current(),
            limit=figures.limit(limit),
            warn_days=figures.limit("near_due_days"),
        )
        for limit in ("legal_days", "promised_days")
    )
    return legal, promised


def _reason(event: CaseEvent) -> str:
    """Why the clock stands still: the act that paused it. A resume names nothing and so closes the latest pause."""
    return event.title if event.clock == CaseEvent.ClockEffect.PAUSE else ""
