"""Working days and the case clock. Plain Python: events and a calendar in, dates and days out.

行政许可法 art. 82: limits are working days without statutory holidays; the day of the event is not counted.
Art. 45: time for expert review, hearing and the like is not counted. A submission after hours or on a day off
counts from the next working day. The clock is derived, never counted up by a nightly job.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Which days are worked.

    holidays: days off although they may be weekdays; workdays: weekend days that are worked (调休);
    published_years: years whose holidays the State Council has published. In every other year plain weekends
    count and entries are ignored, as the pages that show such a date say.
    """

    holidays: frozenset[date]
    workdays: frozenset[date]
    published_years: frozenset[int]
    opens: time = time(9, 0)
    closes: time = time(17, 0)

    def is_working_day(self, day: date) -> bool:
        weekday = day.weekday() < 5
        if day.year not in self.published_years:
            return weekday
        return day in self.workdays or (weekday and day not in self.holidays)

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        day += _DAY
        while not self.is_working_day(day):
            day += _DAY
        return day

    def previous_working_day(self, day: date) -> date:
        """The last working day before `day`."""
        day -= _DAY
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself is not counted; 0 gives `day`.

        Raises `ValueError` for a negative count.
        """
        if count < 0:
            raise ValueError("count of working days is negative")
        for _step in range(count):
            day = self.next_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; when `end` is before `start`, minus the way back."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(start + _DAY * step) for step in range(1, (end - start).days + 1))

    def effective_day(self, moment: datetime) -> date:
        """The day on which `moment` counts: after closing time or on a day off it is the next working day.

        Raises `ValueError` for a moment without a time zone: around midnight it could be either day.
        """
        if moment.tzinfo is None:
            raise ValueError("moment has no time zone")
        local = moment.astimezone(SHANGHAI)
        if self.is_working_day(local.date()) and local.time() <= self.closes:
            return local.date()
        return self.next_working_day(local.date())

    def unpublished_years(self, start: date, end: date) -> tuple[int, ...]:
        """Years between two days (in either order) whose holidays are not published: dates there are provisional."""
        first, last = sorted((start.year, end.year))
        return tuple(year for year in range(first, last + 1) if year not in self.published_years)


@dataclass(frozen=True)
class Pause:
    """Days that do not count: after `start` up to and including `end`; an open pause lasts until today."""

    start: date
    end: date | None
    reason: str = ""


class Light(StrEnum):
    """How a case stands against its limit."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    PAUSED = "paused"
    DONE = "done"

    @property
    def label(self) -> str:
        return LIGHT_LABELS[self]


LIGHT_LABELS = {
    Light.GREEN: "正常",
    Light.YELLOW: "临期",
    Light.RED: "超期",
    Light.PAUSED: "暂停",
    Light.DONE: "办结",
}


class CountedDay(NamedTuple):
    """One day of the clock: whether it counted, and if not, why."""

    day: date
    counted: bool
    reason: str = ""


@dataclass(frozen=True)
class CaseClock:
    """The clock of one case: `limit` working days and its extensions, from the day after `started`.

    Every answer is as of `today`. Overlapping pauses count once; nothing counts after `stopped`.
    """

    calendar: Calendar
    started: date
    limit: int
    extensions: tuple[int, ...] = ()
    pauses: tuple[Pause, ...] = ()
    stopped: date | None = None
    warn_days: int = 2

    @property
    def allowed(self) -> int:
        return self.limit + sum(self.extensions)

    def _until(self, today: date) -> date:
        return min(today, self.stopped) if self.stopped else today

    def _pause_on(self, day: date, today: date) -> Pause | None:
        for pause in self.pauses:
            if pause.start < day <= (pause.end or self._until(today)):
                return pause
        return None

    def due(self, today: date) -> date:
        """The last day of the limit; an open pause counts as if it ended today."""
        day, left = self.started, self.allowed
        while left > 0:
            day += _DAY
            if self.calendar.is_working_day(day) and self._pause_on(day, today) is None:
                left -= 1
        return day

    def days(self, today: date) -> list[CountedDay]:
        """Every day since the start, with the reason when it did not count."""
        listed, day, until = [], self.started, self._until(today)
        while day < until:
            day += _DAY
            pause = self._pause_on(day, today)
            if not self.calendar.is_working_day(day):
                listed.append(CountedDay(day, False, "周末" if day.weekday() >= 5 else "节假日"))
            elif pause is not None:
                listed.append(CountedDay(day, False, pause.reason or "时限暂停"))
            else:
                listed.append(CountedDay(day, True))
        return listed

    def used(self, today: date) -> int:
        """Working days counted so far."""
        return sum(day.counted for day in self.days(today))

    def remaining(self, today: date) -> int:
        """Working days left; negative when the limit is exceeded."""
        return self.allowed - self.used(today)

    def is_stopped(self, today: date) -> bool:
        return self.stopped is not None and self.stopped <= today

    def is_paused(self, today: date) -> bool:
        """Whether a pause runs today that nothing has ended yet."""
        return not self.is_stopped(today) and any(
            pause.start <= today and (pause.end is None or today < pause.end) for pause in self.pauses
        )

    def is_over(self, today: date) -> bool:
        """Whether the limit has passed: a day after the due day lies outside every pause, be it a day off."""
        until, day = self._until(today), self.due(today)
        while day < until:
            day += _DAY
            if self._pause_on(day, today) is None:
                return True
        return False

    def light(self, today: date) -> Light:
        """Done before over before paused: a pause opened after the limit passed does not hide that."""
        if self.is_stopped(today):
            return Light.DONE
        if self.is_over(today):
            return Light.RED
        if self.is_paused(today):
            return Light.PAUSED
        return Light.YELLOW if self.remaining(today) <= self.warn_days else Light.GREEN

    def is_provisional(self, today: date) -> tuple[int, ...]:
        """Years up to the due day whose holidays are not published and may still move it; empty when none."""
        return self.calendar.unpublished_years(self.started, self.due(today))


Effect = Literal["start", "pause", "resume", "extend", "stop"]


@dataclass(frozen=True)
class ClockEvent:
    """What one event does to the clock; `days` is the length of an extension in working days."""

    effect: Effect
    day: date
    reason: str = ""
    days: int = 0


def clock_from_events(
    events: Iterable[ClockEvent], *, calendar: Calendar, limit: int, warn_days: int = 2
) -> CaseClock | None:
    """The clock that a case's events make, in their order; None when nothing started it.

    The first start and the first stop count. Every pause opens one of its own; a resume closes the latest open one
    with its reason, else the latest; one still open at the stop ends there. Raises `ValueError` for an unknown effect.
    """
    started: date | None = None
    stopped: date | None = None
    extensions: list[int] = []
    opened: list[tuple[date, str]] = []
    pauses: list[Pause] = []
    for event in events:
        match event.effect:
            case "start":
                started = started or event.day
            case "pause":
                opened.append((event.day, event.reason))
            case "resume":
                if opened:
                    same = [place for place, (_day, reason) in enumerate(opened) if reason == event.reason]
                    start, reason = opened.pop(same[-1] if same else -1)
                    pauses.append(Pause(start, event.day, reason))
            case "extend":
                extensions.append(event.days)
            case "stop":
                stopped = stopped or event.day
            case _:
                raise ValueError(f"unknown effect on the clock: {event.effect}")
    if started is None:
        return None
    pauses += [Pause(start, stopped, reason) for start, reason in opened]
    return CaseClock(calendar, started, limit, tuple(extensions), tuple(pauses), stopped, warn_days)
