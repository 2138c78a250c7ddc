"""A term under anything that may happen to it: it never overlaps itself, never leaves its bounds, and its days never
exceed the calendar."""

from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talent.placements import rules
from tests.placements.rulebook import BOOK

RULES = BOOK.term
KIND = BOOK.kind("tech_deputy")
DAY = timedelta(days=1)
YEAR = rules.Term(date(2026, 3, 1), 12)


def test_two_months_of_suspension_move_the_end_by_two_months():
    term = YEAR.suspend(date(2026, 7, 1), date(2026, 9, 1), rules=RULES)
    assert YEAR.ends_on == date(2027, 2, 28)
    assert term.ends_on == date(2027, 4, 30)
    assert term.resume(date(2026, 8, 1), rules=RULES).ends_on == date(2027, 3, 31)


def test_odd_days_of_suspension_move_the_end_by_as_many_days():
    term = YEAR.suspend(date(2026, 7, 1), date(2026, 7, 21), rules=RULES)
    assert term.ends_on == date(2027, 3, 20)


@pytest.mark.parametrize(
    ("start", "until"),
    [
        (date(2026, 2, 1), date(2026, 4, 1)),  # before the term
        (date(2026, 7, 1), date(2026, 7, 10)),  # shorter than a suspension may be
        (date(2026, 4, 1), date(2026, 12, 1)),  # longer than it may be
        (date(2027, 3, 1), date(2027, 4, 1)),  # after the term
    ],
)
def test_a_suspension_outside_its_bounds_is_refused_with_the_bounds(start, until):
    with pytest.raises(rules.Refusal) as refusal:
        YEAR.suspend(start, until, rules=RULES)
    assert refusal.value.finding.remedy


def test_suspensions_do_not_overlap_and_a_third_is_refused():
    once = YEAR.suspend(date(2026, 4, 1), date(2026, 5, 1), rules=RULES)
    with pytest.raises(rules.Refusal, match="重叠"):
        once.suspend(date(2026, 6, 1), date(2026, 7, 1), rules=RULES)
    once = once.resume(date(2026, 5, 1), rules=RULES)
    with pytest.raises(rules.Refusal, match="重叠"):
        once.suspend(date(2026, 4, 20), date(2026, 5, 20), rules=RULES)
    twice = once.suspend(date(2026, 8, 1), date(2026, 9, 1), rules=RULES).resume(
        date(2026, 9, 1), rules=RULES
    )
    with pytest.raises(rules.Refusal, match="最多2次"):
        twice.suspend(date(2026, 11, 1), date(2026, 12, 1), rules=RULES)


def test_an_extension_is_bounded_and_given_once():
    longer = YEAR.extend(12, rules=RULES)
    assert longer.ends_on == date(2028, 2, 29)
    with pytest.raises(rules.Refusal, match="延长1次"):
        longer.extend(1, rules=RULES)
    with pytest.raises(rules.Refusal, match="最多12个月"):
        YEAR.extend(13, rules=RULES)


def test_an_early_end_keeps_the_notice_unless_all_agree():
    with pytest.raises(rules.Refusal, match="提前30天"):
        YEAR.end(date(2026, 6, 20), told_on=date(2026, 6, 1), rules=RULES)
    assert YEAR.end(date(2026, 6, 20), told_on=date(2026, 6, 1), rules=RULES, notice=False).ends_on == date(
        2026, 6, 20
    )


def test_whoever_takes_over_begins_after_the_other_has_ended():
    ended = YEAR.end(date(2026, 9, 30), told_on=date(2026, 6, 1), rules=RULES)
    with pytest.raises(rules.Refusal):
        ended.successor(date(2026, 9, 30), 12, kind=KIND, rules=RULES)
    assert ended.successor(date(2026, 10, 1), 12, kind=KIND, rules=RULES).ends_on == date(2027, 9, 30)


@pytest.mark.parametrize(
    ("left", "due"), [(61, ()), (60, (60,)), (30, (60, 30)), (7, (60, 30, 7)), (0, (60, 30, 7))]
)
def test_warnings_come_sixty_thirty_and_seven_days_before_the_end(left, due):
    assert YEAR.warnings_due(YEAR.ends_on - left * DAY, RULES) == due


def test_a_term_that_is_over_warns_no_more():
    assert YEAR.warnings_due(YEAR.ends_on + DAY, RULES) == ()


# --- anything that may happen --------------------------------------------------------------------------------

acts = st.lists(
    st.one_of(
        st.tuples(st.just("suspend"), st.integers(0, 900), st.integers(-5, 250)),
        st.tuples(st.just("resume"), st.integers(0, 1100), st.just(0)),
        st.tuples(st.just("extend"), st.integers(-1, 14), st.just(0)),
        st.tuples(st.just("end"), st.integers(-10, 1300), st.integers(0, 60)),
        st.tuples(st.just("replace"), st.integers(-20, 60), st.integers(10, 40)),
    ),
    max_size=12,
)


def play(starts_on: date, months: int, steps) -> list[rules.Term]:
    """One post through all `steps`; refused ones change nothing. The terms of everybody who held it, in order."""
    terms = [rules.Term(starts_on, months)]
    for act, first, second in steps:
        term = terms[-1]
        day = term.starts_on + first * DAY
        with suppress(rules.Refusal):
            match act:
                case "suspend":
                    terms[-1] = term.suspend(day, day + second * DAY, rules=RULES)
                case "resume":
                    terms[-1] = term.resume(day, rules=RULES)
                case "extend":
                    terms[-1] = term.extend(first, rules=RULES)
                case "end":
                    terms[-1] = term.end(day, told_on=day - second * DAY, rules=RULES)
                case "replace":
                    terms.append(term.successor(term.ends_on + first * DAY, second, kind=KIND, rules=RULES))
    return terms


@settings(max_examples=300, deadline=None)
@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(KIND.term_min, KIND.term_max), acts)
def test_nothing_that_happens_to_a_term_makes_it_overlap_or_leave_its_bounds(starts_on, months, steps):
    terms = play(starts_on, months, steps)
    for earlier, later in pairwise(terms):
        assert earlier.ends_on < later.starts_on
    for term in terms:
        assert term.starts_on <= term.ends_on <= term.full_end
        assert KIND.term_min <= term.months <= KIND.term_max
        assert sum(one.months for one in term.extensions) <= RULES.extension_max_months
        assert len(term.pauses) <= RULES.suspension_max_times
        assert term.suspended_days <= RULES.suspension_total_days
        pauses = sorted(term.pauses, key=lambda one: one.starts_on)
        assert all(term.starts_on <= one.starts_on < one.ends_on for one in pauses)
        assert all(0 < one.days <= RULES.suspension_max_days for one in pauses)
        assert all(a.ends_on <= b.starts_on for a, b in pairwise(pauses))
        assert sum(not one.resumed for one in term.pauses) <= 1
        days = (term.ends_on - term.starts_on).days + 1
        served = sum(term.covers(term.starts_on + n * DAY) for n in range(days))
        assert served == days - sum(
            (min(one.ends_on, term.ends_on + DAY) - one.starts_on).days for one in term.pauses
        )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(1, 36), st.integers(1, 366)),
        min_size=1,
        max_size=4,
    )
)
def test_posts_that_are_admitted_together_never_hold_more_days_than_the_calendar(wanted):
    admitted: list[rules.HeldPost] = []
    for starts_on, months, days in wanted:
        facts = rules.Facts(
            kind="rd_director", starts_on=starts_on, months=months, days_per_year=days, firm_class="general",
            birth_date=date(1985, 1, 1), degree="doctor", title="", person_posts=tuple(admitted),
        )  # fmt: skip
        found = {one.condition: one for one in rules.examine(facts, book=BOOK)}
        if found["days_overlap"].passed:
            ends_on = rules.add_months(starts_on, months) - DAY
            admitted.append(rules.HeldPost("rd_director", "某公司", starts_on, ends_on, days))
    for year in range(2025, 2032):
        shares = [
            rules.promised_by_year(one.starts_on, one.ends_on, one.days_per_year).get(year, 0)
            for one in admitted
        ]
        assert sum(shares) <= (366 if year == 2028 else 365)
