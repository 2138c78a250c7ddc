"""Several bureaus at the same moment: the join opens once, an edit and a confirmation leave one consistent result."""

import contextlib
import threading
from functools import partial

import pytest
from django.db import connection, transaction
from viewflow.workflow import STATUS

from talent.core.models import Case, Check, CheckConfirmation, CheckOpinion
from talent.core.services.errors import Conflict
from tests import steps
from tests.flows.racing import at_once
from workflows.base import acts, joint
from workflows.base.flow import CaseLock
from workflows.flows.green_channel import GreenChannelProcess

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
AGREED = {"outcome": "confirm", "opinion": "", "version": 1}


def answered(world, *subjects: str) -> Case:
    """A case whose bureaus have all found something and whose heads have not confirmed yet."""
    world.staff_bureaus()
    case = world.form_review(world.dispatch(world.at_dispatch_soon(), **world.ask_bureaus(*subjects)))
    findings = {"identity": "consistent", "finance": "sound", "integrity": "clean"}
    for subject in subjects:
        case = world.opine(case, subject, findings[subject])
    return case


def confirmation(world, case: Case, subject: str):
    """The head of the subject's bureau confirms what he has read before the others began."""
    step = case.open_steps.select_related("task__process", "organisation", "owner").get(
        node=f"confirm_{subject}"
    )
    head = world.people[f"{steps.CHECKING[subject]}_head"]
    return partial(acts.decide, step, actor=head, facts=AGREED)


def tasks(case: Case, *status: str) -> list[str]:
    found = acts.process_of(case).task_set.filter(status__in=status)
    return sorted(task.flow_task.name for task in found)


def test_the_last_bureaus_confirm_at_once_and_the_join_opens_once(world):
    case = answered(world, "identity", "finance", "integrity")
    outcomes = at_once(*(confirmation(world, case, one) for one in ("identity", "finance", "integrity")))
    assert all(isinstance(one, Case) for one in outcomes), outcomes
    assert tasks(case, STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED) == ["conclude_checks"]
    assert tasks(case, STATUS.DONE).count("gathered") == 1
    case = world.fresh(case)
    assert (case.step, case.open_steps.count()) == ("conclude_checks", 1)
    assert CheckConfirmation.objects.count() == 3


@pytest.mark.postgres
def test_without_the_lock_of_the_process_the_case_would_wait_for_ever(world, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    case = answered(world, "identity", "finance")
    met = threading.Barrier(2)

    @contextlib.contextmanager
    def no_lock(self, flow_class, process_pk):
        with transaction.atomic():
            yield
            # Both have looked for live branches before either commits.
            met.wait(timeout=30)

    monkeypatch.setattr(CaseLock, "__call__", no_lock)
    # Whatever else both write would queue them too.
    monkeypatch.setattr(joint.cases, "record", lambda *args, **kwargs: None)
    monkeypatch.setattr(joint.cases, "move_to", lambda case, **kwargs: case)
    monkeypatch.setattr(GreenChannelProcess, "save", lambda self, **kwargs: None)
    at_once(confirmation(world, case, "identity"), confirmation(world, case, "finance"))
    assert not case.checks.open().exists(), "both have answered"
    assert tasks(case, STATUS.NEW, STATUS.ASSIGNED) == [], "and nobody is asked to conclude"


def test_an_edit_and_a_confirmation_at_once_leave_one_consistent_result(world):
    case = answered(world, "identity")
    check = case.checks.get()
    outcomes = at_once(
        confirmation(world, case, "identity"),
        partial(
            joint.revise, case, check, actor=world.people["rsj_checker"], finding="inconsistent",
            text="补充核实后情况有变。", version=1,
        ),
    )  # fmt: skip
    assert isinstance(outcomes[1], Case), "an edit is possible before and after the confirmation"
    assert isinstance(outcomes[0], Case | Conflict), outcomes
    check.refresh_from_db()
    assert (check.version, check.state) == (2, Check.State.ANSWERED)
    assert CheckConfirmation.objects.filter(opinion__version=1).exists() == isinstance(outcomes[0], Case)
    assert not CheckConfirmation.objects.filter(opinion__version=2).exists()
    assert tasks(case, STATUS.NEW, STATUS.ASSIGNED) == ["confirm_identity"]


def test_without_the_version_a_head_would_confirm_what_he_has_not_read(world):
    case = answered(world, "identity")
    seen = confirmation(world, case, "identity")
    joint.revise(
        case,
        case.checks.get(),
        actor=world.people["rsj_checker"],
        finding="inconsistent",
        text="情况有变。",
        version=1,
    )
    step = case.open_steps.select_related("task__process", "organisation", "owner").get()
    acts.decide(step, actor=world.people["rsj_head"], facts=AGREED | {"version": None})
    assert CheckConfirmation.objects.get().opinion.version == 2
    with pytest.raises(Conflict):
        seen()


def test_a_further_bureau_and_the_last_confirmation_at_once_leave_the_case_waiting_for_the_further_one(world):
    case = answered(world, "identity")
    more = {"finance": steps.factories.bureau("czj")}
    outcomes = at_once(
        confirmation(world, case, "identity"),
        partial(joint.ask_more, case, actor=world.people["checker"], chosen=more, reason="会商需要"),
    )
    assert all(isinstance(one, Case) for one in outcomes), outcomes
    assert tasks(case, STATUS.NEW, STATUS.ASSIGNED) == ["check_finance"]
    assert world.fresh(case).waiting_on == "背景核查（1/2）"


def test_two_officers_of_one_bureau_answer_at_once_and_one_opinion_counts(world):
    world.staff_bureaus()
    case = world.form_review(world.dispatch(world.at_dispatch_soon(), **world.ask_bureaus("identity")))
    other = steps.factories.account("rsj2", "人社乙")
    steps.factories.appoint(other, steps.roles.CHECKER, steps.factories.bureau("rsj"))
    step = case.open_steps.select_related("task__process", "organisation", "owner").get()
    facts = {"outcome": "consistent", "opinion": "经核实一致。", "version": 0}
    outcomes = at_once(
        *(partial(acts.decide, step, actor=one, facts=facts) for one in (world.people["rsj_checker"], other))
    )
    assert sum(isinstance(one, Case) for one in outcomes) == 1, outcomes
    assert CheckOpinion.objects.count() == 1


def test_a_withdrawal_and_a_confirmation_at_once_leave_nothing_open(world):
    case = answered(world, "identity", "finance")
    outcomes = at_once(
        partial(acts.withdraw, case, actor=world.people["talent"], reason="个人原因"),
        confirmation(world, case, "identity"),
    )
    assert isinstance(outcomes[0], Case), outcomes
    assert isinstance(outcomes[1], Case | Conflict), outcomes
    assert tasks(case, STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED) == []
    assert not case.checks.open().exists()
    assert world.fresh(case).status == Case.Status.WITHDRAWN
