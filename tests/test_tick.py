"""What is due is done: on its day or when somebody at last asks, once however often, all of it though one row fails."""

import threading
from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from talent.core import roles
from talent.core.models import (
    Appointment,
    AuditEntry,
    Case,
    CaseEvent,
    CreditMark,
    Letter,
    Message,
    Objection,
    Promise,
    Publicity,
    Supplement,
)
from talent.core.services import appointments, letters, publicity
from tests import factories, steps
from tests.access.world import World
from workflows import tick
from workflows.base import acts
from workflows.models import OpenStep

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(PROFILE)]
LAST = date(2026, 4, 20)


class Town(World):
    """One case of each kind that the calendar moves, in each county: 补正, 容缺, 公示, and steps with a limit."""

    stages = ("supplement", "promise", "review", "publicity")

    def _make_promise(self, side, stage="promise"):
        case = super()._make_promise(side, stage)
        return acts.answer(case, "promise", actor=case.applicant.user, accepted=True)

    def _make_publicity(self, side):
        case = super()._make_publicity(side)
        publicity.settle(
            side.things["objection"], upheld=False, finding="经核查异议不成立。", actor=self.people["intake"],
            standing=appointments.standing(self.people["intake"], roles.INTAKE, factories.bureau("zzb")),
        )  # fmt: skip
        return case

    def _surroundings(self, side) -> None:
        """Nothing lies around here."""

    def _sign_in(self) -> None:
        """Nobody needs a browser."""


class Clock:
    """Moves the day; an hour is enough for a tick."""

    def __init__(self, traveller) -> None:
        self.traveller = traveller

    def to(self, day: date, hour: int = 7) -> date:
        self.traveller.move_to(datetime.combine(day, time(hour), tzinfo=steps.SHANGHAI))
        return day


@pytest.fixture
def clock():
    with time_machine.travel(steps.START, tick=True) as traveller:
        yield Clock(traveller)


@pytest.fixture(scope="module")
def built(build):
    return build(Town)


@pytest.fixture
def town(built, clock, _strict_pages, settings, db):
    """The town of this module as it was built; what a test does to it is rolled back."""
    settings.MEDIA_ROOT = built.media
    return built


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=one) for one in range((last - first).days + 1)]


def state() -> dict:
    """What the calendar decides about, without the moments at which it was asked."""
    return {
        "cases": sorted(Case.objects.values_list("number", "status", "step", "paused")),
        "events": Counter(CaseEvent.objects.values_list("case__number", "kind")),
        "letters": Counter(Letter.objects.values_list("case__number", "kind", "state")),
        "marks": Counter(CreditMark.objects.values_list("case__number", flat=True)),
        "open": Counter(OpenStep.objects.values_list("case__number", "node")),
        "over": Counter(OpenStep.objects.filter(escalated_at__isnull=False).values_list("case__number", "node")),
        "periods": [
            Counter(model.objects.values_list("case__number", "state")) for model in (Supplement, Promise, Publicity)
        ],
        "unread": Counter(Message.objects.exclude(kind__endswith="reminder").exclude(kind="step_near_due")
                          .values_list("case__number", "kind", "recipient__username")),
    }  # fmt: skip


def played(clock: Clock, asked: list[date], times: int = 1) -> dict:
    """The state after ticks on the `asked` days; then the town is as it was before."""
    with transaction.atomic():
        for day in asked:
            clock.to(day)
            for _time in range(times):
                report = tick.run()
                assert report.failed == []
        after = state()
        transaction.set_rollback(True)
    clock.to(steps.START.date(), 10)
    return after


@pytest.mark.database
def test_five_days_missed_and_then_asked_twice_come_to_the_same_as_every_day(town, clock):
    every = days(steps.START.date() + timedelta(days=1), LAST)
    daily = played(clock, every)
    # Something happened to each kind, or the comparison says nothing.
    assert {"lapsed", "approved", "accepted"} <= {status for _number, status, *_rest in daily["cases"]}
    assert sum(daily["marks"].values()) == 2
    assert sum(daily["over"].values()) == 4
    assert played(clock, [*every[4::5], LAST], times=2) == daily


@pytest.mark.database
def test_a_second_tick_of_the_day_does_nothing(town, clock):
    clock.to(LAST)
    first = tick.run()
    before, rows = state(), AuditEntry.objects.count()
    second = tick.run()
    assert sum(first.done.values()) > 10
    assert {name for name, number in second.done.items() if number} <= {"期限重算"}
    assert state() == before
    assert AuditEntry.objects.count() == rows


def test_a_step_near_its_end_is_warned_of_and_an_overdue_one_reported_once(town, clock):
    step = OpenStep.objects.get(case=town.sides["a"].cases["review"])
    holder, head = town.people["checker"], town.people["head"]
    assert step.warn_on < step.due_on
    for day in days(steps.START.date(), step.due_on):
        clock.to(day)
        tick.run()
        step.refresh_from_db()
        assert bool(step.warned_at) is (day >= step.warn_on)
        assert step.escalated_at is None
    warned = Message.objects.filter(kind="step_near_due", case=step.case)
    assert [one.recipient for one in warned] == [holder]
    for day in days(step.due_on + timedelta(days=1), step.due_on + timedelta(days=4)):
        clock.to(day)
        tick.run()
    step.refresh_from_db()
    reported = Message.objects.filter(kind="step_overdue", case=step.case)
    assert [one.recipient for one in reported] == [head]
    assert step.escalated_to == str(head)
    assert step.case.events.filter(kind="step_escalated").count() == 1
    assert warned.count() == 1


def test_an_appointment_begins_and_ends_with_its_days(town, clock):
    start = steps.START.date()
    user, office = factories.account("later", "将来者"), factories.bureau("zzb")
    appointments.appoint(
        user, roles.INTAKE, office, actor=town.people["security_admin"], reason="测试任命",
        starts_on=start + timedelta(days=1), ends_on=start + timedelta(days=2),
    )  # fmt: skip
    held = {}
    for day in days(start, start + timedelta(days=3)):
        clock.to(day)
        tick.run()
        fresh = type(user).objects.get(pk=user.pk)
        held[day] = (fresh.has_perm(roles.INTAKE.permission, office), bool(appointments.posts_of(fresh)))
    assert list(held.values()) == [(False, False), (True, True), (True, True), (False, False)]


def test_waiting_letters_get_their_files(town, clock):
    assert Letter.objects.filter(rendered_at__isnull=True).count() > 10
    clock.to(steps.START.date() + timedelta(days=1))
    report = tick.run()
    assert report.failed == []
    assert not Letter.objects.filter(rendered_at__isnull=True).exists()
    for letter in Letter.objects.all():
        with letters.open_pdf(letter) as file:
            assert file.read(5) == b"%PDF-"


def test_a_row_that_fails_is_named_and_stops_no_other(town, clock):
    """A case of a policy nobody knows: its lapse, its promise and its step fail, those of the other county do not."""
    Case.objects.filter(pk__in=[case.pk for case in town.sides["a"].cases.values()]).update(policy="unknown")
    OpenStep.objects.filter(case=town.sides["a"].cases["review"]).update(role="act_as_nobody")
    clock.to(LAST)
    report = tick.run()
    assert len(report.failed) >= 3
    other = town.sides["b"]
    for stage, status in (("supplement", "lapsed"), ("promise", "lapsed"), ("publicity", "approved")):
        assert Case.objects.get(pk=other.cases[stage].pk).status == status
    assert OpenStep.objects.get(case=other.cases["review"]).escalated_at
    failed = town.sides["a"]
    assert Supplement.objects.get(case=failed.cases["supplement"]).state == Supplement.State.OPEN
    assert Promise.objects.get(case=failed.cases["promise"]).state == Promise.State.ACCEPTED
    # Nothing of the failed act is left half done: the process of the case still runs.
    assert failed.cases["supplement"].open_steps.exists()
    with pytest.raises(CommandError, match="补正逾期"):
        call_command("tick")


def test_a_reminder_that_fails_is_said_later_and_stops_no_other(town, clock):
    notice = Supplement.objects.get(case=town.sides["a"].cases["supplement"])
    # An edition without its reminders cannot answer when to remind.
    edition = notice.case.edition
    broken = type(edition).objects.create(
        policy=edition.policy, code="broken", title="缺项", effective_from=date(2020, 1, 1), data={},
        digest="0" * 64, source_file="none",
    )  # fmt: skip
    Case.objects.filter(pk=notice.case_id).update(edition=broken)
    clock.to(notice.due_on)
    report = tick.run()
    assert any("补正提醒" in line for line in report.failed)
    other = Supplement.objects.get(case=town.sides["b"].cases["supplement"])
    assert other.reminded > 0
    assert Message.objects.filter(kind="supplement_reminder", case=other.case).count() == 1
    Case.objects.filter(pk=notice.case_id).update(edition=edition)
    tick.run()
    assert Message.objects.filter(kind="supplement_reminder", case=notice.case).count() == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_do_each_thing_once(built, clock, settings, transactional_db):
    """The last to use the town: what two threads commit is not rolled back, the tables are emptied behind it."""
    town, settings.MEDIA_ROOT = built, built.media
    clock.to(LAST)
    barrier, reports = threading.Barrier(2), []

    def ask() -> None:
        try:
            barrier.wait(timeout=10)
            reports.append(tick.run())
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    assert [report.failed for report in reports] == [[], []]
    for side in town.sides.values():
        assert kinds(side.cases["supplement"])["supplement_lapsed"] == 1
        assert kinds(side.cases["promise"])["promise_lapsed"] == 1
        assert kinds(side.cases["publicity"])["publicity_closed"] == 1
        assert kinds(side.cases["review"])["step_escalated"] == 1
        for stage in ("supplement", "promise"):
            assert side.cases[stage].letters.filter(kind="termination").count() == 1
            assert not side.cases[stage].open_steps.exists()
        assert side.cases["publicity"].open_steps.count() == 1
    assert CreditMark.objects.count() == 2
    assert not Letter.objects.filter(rendered_at__isnull=True).exists()
    assert Appointment.objects.exists()
    assert not Objection.objects.filter(state="open").exists()


def kinds(case: Case) -> Counter:
    return Counter(case.events.values_list("kind", flat=True))
