"""The same moment, several hands: one effect, the others get a sentence, never half an act and never a 500."""

import contextlib
from functools import partial

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from viewflow.workflow import PROCESS, STATUS

from talent.core import roles
from talent.core.models import Case, Supplement, TalentProfile, User
from talent.core.services import cases, supplements
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.green_channel.models import GreenChannelCase
from tests import factories, steps
from tests.flows.racing import at_once, met_after
from workflows import tick
from workflows.base import acts
from workflows.base.flow import CaseLock
from workflows.models import OpenStep

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings(PROFILE),
]
HANDS = 8
PASSED = {"outcome": "pass", "opinion": "材料相符。", "ticks": {}, "missing": []}


def checkers(number: int = HANDS) -> list[User]:
    """As many holders of the same post."""
    people = [factories.account(f"hand{one}", f"审查{one}") for one in range(number)]
    for person in people:
        factories.appoint(person, roles.CHECKER, factories.bureau("kjj"))
    return people


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser


def assert_whole(case: Case) -> None:
    """The engine and the case say the same, and every open step stands once."""
    process = acts.process_of(case)
    live = process.task_set.filter(status__in=(STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED))
    case = GreenChannelCase.objects.get(pk=case.pk)
    assert live.count() == (0 if case.ended else 1)
    assert (process.status == PROCESS.NEW) == (not case.ended)
    assert set(OpenStep.objects.filter(case=case).values_list("task", flat=True)) == set(
        live.values_list("pk", flat=True)
    )
    events = list(case.events.order_by("seq"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert all(event.hash == event.computed_hash() for event in events)


# --- one step, eight hands -----------------------------------------------------------------------------


def test_eight_officers_decide_the_same_step_and_one_decision_counts(world):
    people = checkers()
    case = world.at_form_review()
    address = reverse("desk:decide", args=[case.number, "form_review"])
    sent = {"outcome": "pass", "opinion": "材料相符。", **world.ticks(case)}
    answers = at_once(*(partial(browser_of(person).post, address, sent) for person in people))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 302
    assert set(statuses[1:]) <= {403, 409}, statuses
    assert case.events.filter(kind="form_reviewed").count() == 1
    assert world.step(case).node == "draft_decision"
    assert_whole(case)


def test_one_officer_clicks_eight_times_and_one_decision_counts(world):
    case = world.at_form_review()
    address = reverse("desk:decide", args=[case.number, "form_review"])
    sent = {"outcome": "pass", "opinion": "材料相符。", **world.ticks(case)}
    browsers = [browser_of(world.people["checker"]) for _hand in range(HANDS)]
    statuses = sorted(
        answer.status_code for answer in at_once(*(partial(one.post, address, sent) for one in browsers))
    )
    assert statuses[0] == 302
    assert set(statuses[1:]) <= {403, 409}, statuses
    assert case.events.filter(kind="form_reviewed").count() == 1
    assert_whole(case)


def test_eight_officers_claim_the_same_step_and_one_has_it(world):
    people = checkers()
    case = world.at_form_review()
    step = world.step(case)
    outcomes = at_once(*(partial(acts.claim, OpenStep.objects.get(pk=step.pk), actor=one) for one in people))
    winners = [one for one in outcomes if isinstance(one, OpenStep)]
    assert len(winners) == 1
    assert all(isinstance(one, Conflict) for one in outcomes if one not in winners), outcomes
    assert world.step(case).owner == winners[0].owner
    assert case.events.filter(kind="claimed").count() == 1
    assert_whole(case)


@pytest.mark.postgres
def test_without_lock_and_index_one_step_is_decided_several_times(world, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    people = checkers(4)
    case = world.at_form_review()
    step = world.step(case)

    @contextlib.contextmanager
    def no_lock(self, flow_class, process_pk):
        with transaction.atomic():
            yield

    monkeypatch.setattr(CaseLock, "__call__", no_lock)
    monkeypatch.setattr(acts, "locked_task", met_after(acts.locked_task, 4))
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_open_task")
    try:
        at_once(
            *(partial(acts.claim, OpenStep.objects.get(pk=step.pk), actor=one) for one in people),
        )
        assert case.events.filter(kind="claimed").count() > 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX one_open_task ON viewflow_task (process_id, flow_task, token)"
                " WHERE status IN ('NEW', 'ASSIGNED', 'STARTED') AND flow_task_type IN ('HUMAN', 'FUNCTION')"
            )


# --- an end and a decision at the same moment -------------------------------------------------------------


def test_a_withdrawal_and_a_decision_at_once_leave_a_whole_case(world):
    case = world.at_form_review()
    step = world.step(case)
    outcomes = at_once(
        partial(acts.withdraw, case, actor=world.people["talent"], reason="个人原因"),
        partial(acts.decide, step, actor=world.people["checker"], facts=PASSED),
    )
    assert all(isinstance(one, Case | ActRefused) for one in outcomes), outcomes
    assert isinstance(outcomes[0], Case), "who withdraws may do so before and after the decision"
    assert world.fresh(case).status == Case.Status.WITHDRAWN
    assert_whole(case)


def test_a_withdrawal_and_the_last_signature_at_once_leave_one_result(world):
    case = world.at_decide(exempt_reason="项目涉密，不宜公开。")
    step = world.step(case)
    outcomes = at_once(
        partial(acts.withdraw, case, actor=world.people["talent"], reason="个人原因"),
        partial(acts.decide, step, actor=world.people["decider"], facts={"outcome": "approve"}),
    )
    assert sum(isinstance(one, Case) for one in outcomes) == 1, outcomes
    assert isinstance(next(one for one in outcomes if not isinstance(one, Case)), ActRefused)
    case = world.fresh(case)
    assert case.status in (Case.Status.WITHDRAWN, Case.Status.APPROVED)
    assert case.no_publicity == (case.status == Case.Status.APPROVED)
    assert_whole(case)


def test_a_stop_and_a_withdrawal_at_once_end_the_case_once(world):
    case = world.at_form_review()
    outcomes = at_once(
        partial(acts.withdraw, case, actor=world.people["talent"], reason="个人原因"),
        partial(acts.stop, case, actor=world.people["intake"], reason="单位已注销", clause="第7项"),
    )
    assert sum(isinstance(one, Case) for one in outcomes) == 1, outcomes
    assert case.events.filter(kind__in=("withdrawn", "stopped")).count() == 1
    assert_whole(case)


def test_an_answer_and_the_tick_at_once_leave_one_of_both(world):
    case = world.take_in(world.submitted(), "supplement", supplement={"G05": "缺少投资测算"})
    world.upload(case, "G05")
    supplement = case.supplements.get()
    world.at(steps.day_after(supplement.due_on))
    outcomes = at_once(
        partial(acts.answer, case, "supplement", actor=world.people["talent"], answers={}), tick.run
    )
    case = world.fresh(case)
    assert case.status in (Case.Status.LAPSED, Case.Status.SUBMITTED)
    assert isinstance(outcomes[0], Conflict) == (case.status == Case.Status.LAPSED)
    assert not outcomes[1].failed
    supplement.refresh_from_db()
    assert supplement.state == ("lapsed" if case.ended else "answered")
    assert_whole(case)


# --- the calendar, twice ------------------------------------------------------------------------------------


def lapsing(world) -> Case:
    """A case whose notice ended yesterday, and two ticks that both have seen it."""
    case = world.take_in(world.submitted(), "supplement", supplement={"G05": "缺少投资测算"})
    world.at(steps.day_after(case.supplements.get().due_on))
    return case


def see_together(monkeypatch) -> None:
    """Both ticks read what is due before either acts."""
    monkeypatch.setattr(supplements, "overdue", met_after(supplements.overdue, 2))


def test_two_ticks_at_once_end_a_case_once(world, monkeypatch):
    case = lapsing(world)
    see_together(monkeypatch)
    reports = at_once(tick.run, tick.run)
    assert [report.failed for report in reports] == [[], []]
    assert sum(report.done.get("补正逾期", 0) for report in reports) == 1
    assert world.letters(case).count("termination") == 1
    assert case.events.filter(kind="supplement_lapsed").count() == 1
    assert_whole(case)


def test_without_claiming_the_row_and_the_process_two_ticks_send_two_letters(world, monkeypatch):
    case = lapsing(world)
    see_together(monkeypatch)

    def careless(supplement):
        Supplement.objects.filter(pk=supplement.pk).update(state=Supplement.State.LAPSED)
        return cases.close(
            supplement.case, Case.Status.LAPSED, actor=None, kind="supplement_lapsed", title="逾期未补正"
        )

    monkeypatch.setattr(supplements, "lapse", careless)
    monkeypatch.setattr(acts, "end_process", lambda case: None)
    at_once(tick.run, tick.run)
    assert world.letters(case).count("termination") == 2


def test_two_ticks_at_once_close_a_publicity_once(world):
    case = world.at_publicity()
    world.at(steps.day_after(case.publicities.get().ends_on))
    reports = at_once(tick.run, tick.run)
    assert [report.failed for report in reports] == [[], []]
    assert case.events.filter(kind="publicity_closed").count() == 1
    assert world.step(case).node == "recognise"
    assert_whole(case)


# --- two recommendations at the same moment -----------------------------------------------------------------


def test_the_same_form_sent_four_times_at_once_makes_one_case(world):
    number = factories.identity_number()
    sent = world.recommendation(candidate_name="钱样例", candidate_id_number=number)
    browsers = [browser_of(world.people["recommender"]) for _hand in range(4)]
    answers = at_once(
        *(partial(one.post, reverse("unit:begin", args=["green-channel"]), sent) for one in browsers)
    )
    assert all(answer.status_code in (200, 302, 409) for answer in answers), answers
    assert GreenChannelCase.objects.count() == 1
    assert TalentProfile.objects.filter(name="钱样例").count() == 1


def test_two_recommenders_name_the_same_person_at_once_and_one_case_runs(world):
    forms = {who: world.recommendation(who) for who in ("recommender", "hr")}
    answers = at_once(
        *(
            partial(browser_of(world.people[who]).post, reverse("unit:begin", args=["green-channel"]), form)
            for who, form in forms.items()
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert GreenChannelCase.objects.count() == 1


def test_a_post_ended_at_the_moment_of_the_decision_gives_no_half_act(world):
    case = world.at_form_review()
    world.claim("checker", case, "form_review")
    step = world.step(case)
    post = world.people["checker"].appointments.get()
    from talent.core.services import appointments

    outcomes = at_once(
        partial(appointments.dismiss, post, actor=None, reason="调离", system=True),
        partial(acts.decide, step, actor=world.people["checker"], facts=PASSED),
    )
    assert isinstance(outcomes[1], Case | NotAllowed), outcomes
    assert case.events.filter(kind="form_reviewed").count() == isinstance(outcomes[1], Case)
    assert_whole(case)
