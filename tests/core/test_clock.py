"""The clock against hand-counted days of 2026 and against a day-by-day count (行政许可法 arts. 45, 82)."""

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from talent.core.clock import (
    LIGHT_LABELS,
    SHANGHAI,
    Calendar,
    CaseClock,
    ClockEvent,
    Light,
    Pause,
    clock_from_events,
)

DAY = timedelta(days=1)


def days(first: str, last: str) -> set[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return {start + DAY * step for step in range((end - start).days + 1)}


# The State Council's arrangement for 2026.
HOLIDAYS = frozenset(
    days("2026-01-01", "2026-01-03")
    | days("2026-02-15", "2026-02-23")
    | days("2026-04-04", "2026-04-06")
    | days("2026-05-01", "2026-05-05")
    | days("2026-06-19", "2026-06-21")
    | days("2026-09-25", "2026-09-27")
    | days("2026-10-01", "2026-10-07")
)
MAKE_UP = frozenset(
    date(2026, month, day) for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))
)
CALENDAR = Calendar(HOLIDAYS, MAKE_UP, frozenset({2026}))


def vectors() -> list[dict[str, str]]:
    with Path(__file__).with_name("clock_vectors.csv").open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


def clock_of(row: dict[str, str]) -> CaseClock:
    pauses = [pause.split("~") for pause in row["pauses"].split("|") if pause]
    return CaseClock(
        CALENDAR,
        CALENDAR.effective_day(datetime.fromisoformat(row["moment"])),
        int(row["limit"]),
        tuple(int(extension) for extension in row["extensions"].split("|") if extension),
        tuple(Pause(date.fromisoformat(a), date.fromisoformat(b) if b else None) for a, b in pauses),
        date.fromisoformat(row["stopped"]) if row["stopped"] else None,
    )


@pytest.mark.parametrize("row", vectors(), ids=lambda row: row["case"])
def test_a_hand_counted_case_comes_out_as_counted(row):
    clock, today = clock_of(row), date.fromisoformat(row["today"])
    assert {
        "due": clock.due(today).isoformat(),
        "used": str(clock.used(today)),
        "remaining": str(clock.remaining(today)),
        "light": clock.light(today).value,
        "provisional": "|".join(map(str, clock.is_provisional(today))),
    } == {key: row[key] for key in ("due", "used", "remaining", "light", "provisional")}


# --- the calendar ----------------------------------------------------------------------------------


def test_five_working_days_from_30_september_2026_end_on_13_october():
    assert CALENDAR.add_working_days(date(2026, 9, 30), 5) == date(2026, 10, 13)


def test_no_working_days_on_is_the_day_itself_even_a_day_off():
    assert CALENDAR.add_working_days(date(2026, 10, 3), 0) == date(2026, 10, 3)


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_working_days(date(2026, 10, 3), -1)


def test_make_up_days_are_worked_and_the_weekdays_off_are_not():
    assert all(CALENDAR.is_working_day(day) and day.weekday() >= 5 for day in MAKE_UP)
    assert not any(CALENDAR.is_working_day(day) for day in HOLIDAYS)


def test_the_year_2026_has_248_working_days():
    # 261 weekdays, less the 19 that are off, plus 6 make-up days.
    assert CALENDAR.working_days_between(date(2025, 12, 31), date(2026, 12, 31)) == 248


def test_entries_of_an_unpublished_year_are_ignored_until_it_is_published():
    new_year = date(2027, 1, 1)
    draft = Calendar(frozenset({new_year}), frozenset({date(2027, 1, 3)}), frozenset({2026}))
    published = Calendar(draft.holidays, draft.workdays, frozenset({2026, 2027}))
    assert (draft.is_working_day(new_year), draft.is_working_day(date(2027, 1, 3))) == (True, False)
    assert (published.is_working_day(new_year), published.is_working_day(date(2027, 1, 3))) == (False, True)


def test_unpublished_years_are_named_whichever_way_the_span_is_given():
    start, end = date(2025, 12, 1), date(2027, 1, 1)
    assert CALENDAR.unpublished_years(start, end) == (2025, 2027)
    assert CALENDAR.unpublished_years(end, start) == (2025, 2027)
    assert CALENDAR.unpublished_years(date(2026, 1, 1), date(2026, 12, 31)) == ()


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.effective_day(datetime(2026, 9, 30, 10))  # noqa: DTZ001 - that is the point


def test_closing_time_is_the_calendars_own():
    early = Calendar(HOLIDAYS, MAKE_UP, frozenset({2026}), closes=time(16, 0))
    moment = datetime(2026, 9, 29, 16, 30, tzinfo=SHANGHAI)
    assert (CALENDAR.effective_day(moment), early.effective_day(moment)) == (
        date(2026, 9, 29),
        date(2026, 9, 30),
    )


# --- against a naive count -------------------------------------------------------------------------

SPAN = st.dates(date(2025, 11, 1), date(2027, 3, 31))
CALENDARS = st.builds(
    Calendar,
    st.frozensets(SPAN, max_size=60),
    st.frozensets(SPAN, max_size=20),
    st.frozensets(st.sampled_from([2025, 2026, 2027]), max_size=3),
) | st.just(CALENDAR)


@st.composite
def clocks(draw) -> CaseClock:
    started = draw(SPAN)
    near = st.integers(-5, 60).map(lambda shift: started + DAY * shift)
    pauses = st.builds(Pause, near, st.none() | near, st.sampled_from(["补正", "专家评审", ""]))
    return CaseClock(
        draw(CALENDARS),
        started,
        draw(st.integers(0, 30)),
        draw(st.lists(st.integers(0, 10), max_size=2).map(tuple)),
        draw(st.lists(pauses, max_size=4).map(tuple)),
        draw(st.none() | near),
    )


def naive_working(calendar: Calendar, day: date) -> bool:
    if day.year in calendar.published_years:
        if day in calendar.workdays:
            return True
        if day in calendar.holidays:
            return False
    return day.strftime("%a") not in ("Sat", "Sun")


def naive_paused(clock: CaseClock, today: date) -> set[date]:
    paused = set()
    for pause in clock.pauses:
        end = pause.end
        if end is None:
            end = today if clock.stopped is None or today < clock.stopped else clock.stopped
        day = pause.start
        while day < end:
            day += DAY
            paused.add(day)
    return paused


@settings(max_examples=300, deadline=None, database=None)
@given(clock=clocks(), shift=st.integers(0, 90))
def test_the_clock_agrees_with_counting_day_by_day(clock, shift):
    today = clock.started + DAY * shift
    paused = naive_paused(clock, today)
    last = today if clock.stopped is None or today < clock.stopped else clock.stopped
    allowed = clock.limit + sum(clock.extensions)

    counted, due, used = 0, clock.started, 0
    for step in range(1, 400):
        day = clock.started + DAY * step
        if not naive_working(clock.calendar, day) or day in paused:
            continue
        counted += 1
        if counted == allowed:
            due = day
        if day <= last:
            used = counted
    assert (clock.due(today), clock.used(today), clock.remaining(today)) == (due, used, allowed - used)

    listed = clock.days(today)
    assert [day.day for day in listed] == [
        clock.started + DAY * step for step in range(1, (last - clock.started).days + 1)
    ]
    assert all(counted != bool(reason) for _day, counted, reason in listed), (
        "a day not counted has its reason"
    )


@settings(max_examples=200, deadline=None, database=None)
@given(calendar=CALENDARS, start=SPAN, count=st.integers(0, 60))
@example(calendar=CALENDAR, start=date(2026, 9, 30), count=5)
def test_counting_on_and_counting_between_agree(calendar, start, count):
    end = calendar.add_working_days(start, count)
    assert calendar.working_days_between(start, end) == count
    assert calendar.working_days_between(end, start) == -count
    assert calendar.previous_working_day(calendar.next_working_day(start)) <= start


@settings(max_examples=200, deadline=None, database=None)
@given(clock=clocks(), shift=st.integers(0, 60))
def test_a_further_pause_never_shortens_the_time_left(clock, shift):
    today = clock.started + DAY * shift
    more = Pause(clock.started + DAY, clock.started + 9 * DAY, "补正")
    paused = CaseClock(
        clock.calendar, clock.started, clock.limit, clock.extensions, (*clock.pauses, more), clock.stopped
    )
    assert paused.due(today) >= clock.due(today)
    assert paused.remaining(today) >= clock.remaining(today)


# --- from events -------------------------------------------------------------------------------------


def june(day: int) -> date:
    return date(2026, 6, day)


def from_events(*events: ClockEvent) -> CaseClock | None:
    return clock_from_events(events, calendar=CALENDAR, limit=10)


def test_there_is_no_clock_before_the_start():
    assert from_events() is None
    assert from_events(ClockEvent("pause", june(1), "补正"), ClockEvent("extend", june(2), days=5)) is None


def test_the_first_start_and_the_first_stop_count():
    clock = from_events(
        ClockEvent("start", june(1)),
        ClockEvent("stop", june(5)),
        ClockEvent("start", june(8)),
        ClockEvent("stop", june(9)),
    )
    assert (clock.started, clock.stopped) == (june(1), june(5))


def test_a_pause_within_a_pause_leaves_the_outer_one_running():
    clock = from_events(
        ClockEvent("start", june(1)),
        ClockEvent("pause", june(3), "补正"),
        ClockEvent("pause", june(5), "专家评审"),
        ClockEvent("resume", june(8), "专家评审"),
    )
    assert set(clock.pauses) == {Pause(june(5), june(8), "专家评审"), Pause(june(3), None, "补正")}
    assert clock.light(june(9)) == Light.PAUSED


def test_resuming_the_outer_pause_closes_that_one_and_not_the_latest():
    clock = from_events(
        ClockEvent("start", june(1)),
        ClockEvent("pause", june(3), "补正"),
        ClockEvent("pause", june(5), "专家评审"),
        ClockEvent("resume", june(8), "补正"),
    )
    assert set(clock.pauses) == {Pause(june(3), june(8), "补正"), Pause(june(5), None, "专家评审")}


def test_resuming_for_another_reason_closes_the_latest_pause():
    clock = from_events(
        ClockEvent("start", june(1)),
        ClockEvent("pause", june(3), "补正"),
        ClockEvent("pause", june(5), "专家评审"),
        ClockEvent("resume", june(8), "恢复办理"),
        ClockEvent("resume", june(9)),
        ClockEvent("resume", june(10)),
    )
    assert clock.pauses == (Pause(june(5), june(8), "专家评审"), Pause(june(3), june(9), "补正"))


def test_a_pause_open_at_the_stop_ends_there_and_extensions_add_up():
    clock = from_events(
        ClockEvent("start", june(1)),
        ClockEvent("extend", june(2), days=5),
        ClockEvent("pause", june(3), "补正"),
        ClockEvent("extend", june(4), days=3),
        ClockEvent("stop", june(8)),
    )
    assert (clock.allowed, clock.pauses) == (18, (Pause(june(3), june(8), "补正"),))
    assert clock.due(date(2026, 8, 1)) == clock.due(june(8)), "the due day stands still after the end"


def test_an_unknown_effect_is_refused():
    with pytest.raises(ValueError, match="unknown effect"):
        from_events(ClockEvent("restart", june(1)))


def test_a_day_off_is_told_apart_from_a_pause():
    clock = CaseClock(CALENDAR, date(2026, 6, 18), 5, pauses=(Pause(date(2026, 6, 21), None, "补正"),))
    assert clock.days(date(2026, 6, 22)) == [
        (date(2026, 6, 19), False, "节假日"),
        (date(2026, 6, 20), False, "周末"),
        (date(2026, 6, 21), False, "周末"),
        (date(2026, 6, 22), False, "补正"),
    ]


def test_a_case_that_ends_later_still_runs_today():
    clock = CaseClock(CALENDAR, june(1), 10, stopped=june(5))
    assert (clock.light(june(4)), clock.light(june(5))) == (Light.GREEN, Light.DONE)


def test_every_light_has_its_word():
    assert [light.label for light in Light] == ["正常", "临期", "超期", "暂停", "办结"]
    assert set(LIGHT_LABELS) == set(Light)
