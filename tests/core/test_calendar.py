"""The clocks of a case as its events and its edition make them."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from talent.core.clock import Light
from talent.core.models import Case, Organisation, PolicyEdition, Region, TalentProfile, User
from talent.core.services import calendar, cases, policy

pytestmark = pytest.mark.django_db


def edition_promising(days: int) -> PolicyEdition:
    """The green channel's edition with another promise than its legal limit."""
    known = policy.edition_for("green_channel")
    limits = [row | {"days": days} if row["code"] == "promised_days" else row for row in known.data["limit"]]
    return PolicyEdition.objects.create(
        policy=known.policy, code="promising", title=known.title, effective_from=known.effective_from,
        data=known.data | {"limit": limits}, digest="0" * 64, source_file="none",
    )  # fmt: skip


@pytest.fixture
def case() -> Case:
    policy.load_all()
    user = User.objects.create(username="clerk", name="经办人")
    return Case.objects.create(
        number="ZTC2026-0001",
        policy="green_channel",
        edition=edition_promising(16),
        title="直通车",
        applicant=TalentProfile.objects.create(name="申请人"),
        intake_organisation=Organisation.objects.get(code="zzb"),
        region=Region.objects.get(code="370811"),
        created_by=user,
        query_code="ABCDEFGH",
    )


def happen(
    case: Case, clock: str, day: str, *, kind: str = "step_taken", days: int = 0, figures: dict | None = None
):
    return cases.record(
        case, kind, actor=case.created_by, title="补正" if clock == "pause" else "事项", clock=clock,
        clock_day=date.fromisoformat(day), clock_days=days, figures=figures,
    )  # fmt: skip


def test_before_acceptance_there_is_no_clock(case):
    assert calendar.case_clock(case) is None
    happen(case, "", "2026-09-01")
    assert calendar.case_clock(case) is None


def test_the_two_clocks_run_over_the_same_events_with_their_own_limits(case):
    happen(case, "start", "2026-09-30")
    today = date(2026, 10, 8)
    legal, promise = calendar.case_clock(case), calendar.case_clock(case, promise=True)
    assert (legal.allowed, promise.allowed) == (20, 16)
    assert legal.used(today) == promise.used(today) == 1
    assert promise.due(today) < legal.due(today)
    assert legal.due(today) == calendar.due_after(date(2026, 9, 30), 20)


def test_supplementing_stops_the_clock_and_the_day_list_says_why(case):
    happen(case, "start", "2026-11-02")
    happen(case, "pause", "2026-11-04")
    today = date(2026, 11, 13)
    clock = calendar.case_clock(case)
    assert clock.light(today) == Light.PAUSED
    assert clock.used(today) == 2
    assert "补正" in {day.reason for day in clock.days(today)}
    happen(case, "resume", "2026-11-11")
    assert calendar.case_clock(case).used(today) == 4


def test_a_pause_that_was_taken_back_counts_as_if_it_had_never_been(case):
    happen(case, "start", "2026-11-02")
    pause = happen(case, "pause", "2026-11-04")
    happen(case, "", "2026-11-05", kind="taken_back", figures={"reverses": [pause.seq]})
    assert calendar.case_clock(case).used(date(2026, 11, 13)) == 9


def test_only_taking_back_reverses_an_event(case):
    happen(case, "start", "2026-11-02")
    pause = happen(case, "pause", "2026-11-04")
    happen(case, "", "2026-11-05", kind="noted", figures={"reverses": [pause.seq]})
    assert calendar.case_clock(case).used(date(2026, 11, 13)) == 2


def test_an_extension_lengthens_both_limits(case):
    happen(case, "start", "2026-11-02")
    happen(case, "extend", "2026-11-10", days=10)
    assert calendar.case_clock(case).allowed == 30
    assert calendar.case_clock(case, promise=True).allowed == 26


def test_a_clock_running_into_an_unpublished_year_says_so(case):
    happen(case, "start", "2026-12-21")
    assert calendar.case_clock(case).is_provisional(date(2026, 12, 22)) == (2027,)


def test_after_hours_and_on_days_off_the_next_working_day_counts(case):
    def at(day: str, time: str) -> date:
        return calendar.effective_day(timezone.make_aware(datetime.fromisoformat(f"{day} {time}")))

    assert at("2026-09-30", "16:59") == date(2026, 9, 30)
    assert at("2026-09-30", "17:01") == date(2026, 10, 8)
    assert at("2026-10-10", "10:00") == date(2026, 10, 10)
    assert at("2026-10-11", "10:00") == date(2026, 10, 12)


def test_a_warning_falls_on_the_working_day_before(case):
    assert calendar.warn_day(date(2026, 10, 8), 1) == date(2026, 9, 30)
    assert calendar.warn_day(date(2026, 10, 8), 0) == date(2026, 10, 8)
