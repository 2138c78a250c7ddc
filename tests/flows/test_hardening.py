"""Every sharp edge of Viewflow on our own flow, with a twin that takes the guard away and shows the damage."""

import json
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from viewflow import this
from viewflow.workflow import PROCESS, STATUS, flow, nodes
from viewflow.workflow.context import Context
from viewflow.workflow.flow.viewset import FlowViewset
from viewflow.workflow.models import Task
from viewflow.workflow.nodes.view import ViewActivation
from viewflow.workflow.signals import task_failed

from talent.core import roles
from talent.core.models import Case
from talent.core.services import appointments
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.green_channel import forms
from talent.green_channel.services import deciding
from tests import factories
from workflows.base import CaseFlow, ReviewTask, WaitFor, acts
from workflows.base.checks import flow_problems
from workflows.base.flow import forget_locals
from workflows.base.nodes import ReviewActivation
from workflows.flows.green_channel import GreenChannelFlow, GreenChannelProcess
from workflows.models import OpenStep

pytestmark = pytest.mark.database


def dismiss(world, who: str) -> None:
    post = world.people[who].appointments.get()
    appointments.dismiss(post, actor=None, reason="调离", system=True)


PASSED = {"outcome": "pass", "opinion": "材料相符。", "ticks": {}, "missing": []}


# --- the post is asked when the step is claimed and when it is decided (VF-07, VF-11, VF-12) --------------


def test_an_officer_who_lost_the_post_after_claiming_cannot_decide(world):
    case = world.at_form_review()
    world.claim("checker", case, "form_review")
    dismiss(world, "checker")
    with pytest.raises(NotAllowed):
        acts.decide(world.step(case), actor=world.people["checker"], facts=PASSED)
    # Without the post the case itself is out of sight.
    world.form_review(case, who="checker", expect=403)
    assert world.fresh(case).step == "form_review"


def test_without_asking_again_the_dismissed_officer_decides(world, monkeypatch):
    case = world.at_form_review()
    world.claim("checker", case, "form_review")
    dismiss(world, "checker")
    monkeypatch.setattr(ReviewTask, "refusal", lambda self, user, task: "")
    acts.decide(world.step(case), actor=world.people["checker"], facts=PASSED)
    assert world.fresh(case).step == "draft_decision"
    assert world.event(case, "form_reviewed").organisation is None, "in no post at all"


def test_a_step_without_a_permission_is_nobodys(world):
    task = world.step(world.at_form_review()).task
    node = task.flow_task
    assert node.can_assign(world.people["checker"], task)
    task.owner_permission = None
    assert not node.can_assign(world.people["checker"], task)
    task.owner = world.people["checker"]
    assert not node.can_execute(world.people["checker"], task)
    assert not node.can_assign(AnonymousUser(), task)


def test_the_stock_step_without_a_permission_is_everybodys(world):
    task = world.step(world.at_form_review()).task
    task.owner_permission = None
    assert nodes.View.can_assign(task.flow_task, world.people["stranger"], task)


def test_the_permission_of_a_step_is_asked_on_the_organisation_of_its_case_only(world):
    county = factories.account("county", "县区审查")
    factories.appoint(county, roles.CHECKER, factories.bureau("370811-kjj"))
    case = world.at_form_review()
    task = world.step(case).task
    assert task.owner_permission == roles.CHECKER.permission
    assert task.owner_permission_obj == factories.bureau("kjj")
    assert not task.flow_task.can_assign(county, task)
    with pytest.raises(NotAllowed):
        acts.claim(world.step(case), actor=county)


def test_drafter_and_recommender_cannot_even_claim_the_decision(world):
    for who in ("intake2", "recommender"):
        held = world.people[who].appointments.get()
        factories.appoint(
            world.people[who], roles.INTAKE, factories.bureau("zzb")
        ) if who == "recommender" else None
        assert held
    case = world.at_draft()
    step = world.step(case)
    with pytest.raises(NotAllowed, match="同一人"):
        acts.claim(step, actor=world.people["recommender"])
    factories.appoint(world.people["intake2"], roles.DECIDER, factories.bureau("zzb"))
    case = world.draft(case)
    with pytest.raises(NotAllowed, match="同一人"):
        acts.claim(world.step(case), actor=world.people["intake2"])


def test_without_four_eyes_on_the_step_the_drafter_holds_his_own_draft(world, monkeypatch):
    factories.appoint(world.people["intake2"], roles.DECIDER, factories.bureau("zzb"))
    case = world.at_decide()
    monkeypatch.setattr(GreenChannelFlow.instance.node("decide"), "separated_from", ())
    step = acts.claim(world.step(case), actor=world.people["intake2"])
    assert step.owner == world.people["intake2"]
    # The service asks once more: the decision itself stays refused.
    with pytest.raises(NotAllowed, match="拟定人"):
        acts.decide(step, actor=world.people["intake2"], facts={"outcome": "approve"})


# --- revive, undo, cancel (VF-04, VF-05, VF-06, VF-13, VF-17) ----------------------------------------------


def cancelled_task(world) -> tuple[Case, Task]:
    """A step cancelled in code while its process runs on."""
    case = world.at_form_review()
    task = world.step(case).task
    with transaction.atomic():
        task.flow_task.activation_class(task).cancel()
    return case, Task.objects.get(pk=task.pk)


def test_a_revived_step_keeps_its_permission_and_its_place_on_the_worklist(world):
    case, task = cancelled_task(world)
    assert world.step(case) is None
    with transaction.atomic():
        revived = task.flow_task.activation_class(task).revive()
    assert revived.owner_permission == task.owner_permission == roles.CHECKER.permission
    assert revived.owner_permission_obj == factories.bureau("kjj")
    assert world.step(case).task == revived
    assert not revived.flow_task.can_assign(world.people["stranger"], revived)
    assert world.form_review(case).step == "draft_decision"


def test_the_stock_revival_forgets_whose_step_it_was(world, monkeypatch):
    monkeypatch.setattr(ReviewActivation, "prepare_revived_task", ViewActivation.prepare_revived_task)
    _case, task = cancelled_task(world)
    with transaction.atomic():
        revived = task.flow_task.activation_class(task).revive()
    assert revived.owner_permission is None
    assert nodes.View.can_assign(revived.flow_task, world.people["stranger"], revived)


def test_nothing_is_revived_in_a_finished_process(world):
    case = world.at_form_review()
    task = world.step(case).task
    acts.withdraw(case, actor=world.people["talent"], reason="个人原因")
    task = Task.objects.get(pk=task.pk)
    assert task.status == STATUS.CANCELED
    with pytest.raises(NotImplementedError), transaction.atomic():
        task.flow_task.activation_class(task).revive()
    assert world.step(case) is None


def test_the_stock_revival_brings_a_finished_process_back(world):
    case = world.at_form_review()
    task = world.step(case).task
    acts.withdraw(case, actor=world.people["talent"], reason="个人原因")
    task = Task.objects.get(pk=task.pk)
    with transaction.atomic():
        revived = ViewActivation(task).revive()
    assert (revived.status, revived.process.status) == (STATUS.NEW, PROCESS.CANCELED)


def done_task(case: Case, node: str) -> Task:
    return Task.objects.get(
        process=acts.process_of(case), flow_task=GreenChannelFlow.instance.node(node), status=STATUS.DONE
    )


def test_a_decision_is_never_undone(world):
    case = world.dispatch(world.at_dispatch())
    world.claim("checker", case, "form_review")
    for node in ("dispatch", "confirm"):
        task = done_task(case, node)
        # What follows was cancelled, so that Viewflow's own condition is met.
        Task.objects.filter(previous=task).update(status=STATUS.CANCELED)
        with pytest.raises(NotImplementedError), transaction.atomic():
            task.flow_task.activation_class(task).undo()
        assert Task.objects.get(pk=task.pk).status == STATUS.DONE


def test_the_stock_undo_leaves_a_case_in_nobodys_hands(world):
    case = world.at_form_review()
    OpenStep.objects.filter(case=case).delete()
    task = done_task(case, "dispatch")
    Task.objects.filter(previous=task).update(status=STATUS.CANCELED)
    with transaction.atomic():
        ViewActivation(task).undo()
    process = acts.process_of(case)
    assert process.status == PROCESS.NEW
    assert not process.task_set.filter(status__in=(STATUS.NEW, STATUS.ASSIGNED)).exists()


def test_nobody_manages_a_process_by_viewflows_own_doors(world, django_user_model):
    process = acts.process_of(world.submitted())
    root = django_user_model.objects.create_superuser(username="root", password="Story-test-2026")
    for user in (root, *world.people.values()):
        assert not GreenChannelFlow.instance.has_manage_permission(user, process)
        assert not GreenChannelFlow.instance.has_manage_permission(user)
    assert not GreenChannelFlow.instance.has_view_permission(world.people["intake"])
    assert GreenChannelFlow.instance.has_view_permission(world.people["intake"], process)
    assert not GreenChannelFlow.instance.has_view_permission(world.people["stranger"], process)


def test_a_process_that_was_finished_meanwhile_is_not_cancelled(world):
    case = world.at_decide(exempt_reason="项目涉密，不宜公开。")
    case = world.sign(case)
    stale = acts.process_of(case)
    case = world.issue(case)
    with pytest.raises(Conflict):
        GreenChannelFlow.end_early(stale)
    assert acts.process_of(case).status == PROCESS.DONE


def test_the_stock_cancel_turns_a_finished_process_into_a_cancelled_one(world):
    case = world.sign(world.at_decide(exempt_reason="项目涉密，不宜公开。"))
    stale = acts.process_of(case)
    case = world.issue(case)
    GreenChannelFlow.instance.cancel(stale)
    assert acts.process_of(case).status == PROCESS.CANCELED
    assert world.fresh(case).status == Case.Status.COMPLETED, (
        "recognised, says the case; cancelled, says the engine"
    )


# --- methods and addresses (VF-02, VF-03, VF-08, VF-09, VF-28) --------------------------------------------


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_other_method_than_get_and_post_reaches_a_page(world, method):
    case = world.at_form_review()
    browser = world.browser("checker")
    step = f"/desk/cases/{case.number}/steps/form_review/"
    for address in (step, f"{step}claim/", "/accounts/password/", "/accounts/login/", "/desk/claim/", "/"):
        assert getattr(browser, method)(address).status_code == 405, address
    assert world.step(case).owner is None


def test_without_the_doorkeeper_a_put_reaches_the_form_of_a_page(world, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("Doorkeeper")]
    browser = Client()
    browser.force_login(world.people["checker"], "django.contrib.auth.backends.ModelBackend")
    assert browser.put("/accounts/password/").status_code == 200


def patterns(resolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    """Every address of a URLconf with its pattern."""
    found = []
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            found += patterns(one, f"{prefix}{one.pattern}")
        else:
            found.append((f"{prefix}{one.pattern}", one))
    return found


def engine_addresses(resolver) -> list[str]:
    """Addresses that lead into Viewflow's own pages or name a row of the engine."""
    found = []
    for address, pattern in patterns(resolver):
        view = getattr(pattern.callback, "view_class", pattern.callback)
        names = set(pattern.pattern.converters)
        if view.__module__.startswith("viewflow") or names & {"process_pk", "task_pk", "process", "task"}:
            found.append(address)
    return found


def test_no_page_of_viewflow_is_mounted_and_no_address_holds_a_row_of_the_engine():
    assert len(patterns(get_resolver())) > 50
    assert engine_addresses(get_resolver()) == []


def test_a_mounted_viewset_would_be_found():
    viewset = FlowViewset(GreenChannelFlow)
    mounted = SimpleNamespace(url_patterns=[*get_resolver().url_patterns, path("flow/", viewset.urls)])
    found = engine_addresses(mounted)
    assert any("cancel" in address for address in found)
    assert any("process_pk" in address for address in found)


def test_the_engines_rows_are_not_in_the_admin():
    from talent.core.admin import site

    assert not [model for model in site._registry if model._meta.app_label in ("viewflow", "guardian")]


def test_a_step_is_only_reached_through_its_own_case(world):
    mine = world.at_form_review()
    for number, node, status in (
        ("ZTC2026-9999", "form_review", 404),
        (mine.number, "no_such_step", 404),
        (mine.number, "intake", 409),
        (mine.number, "publicity", 409),
    ):
        address = f"/desk/cases/{number}/steps/{node}/"
        assert world.browser("checker").post(address, {"outcome": "pass"}).status_code == status, address
    assert world.step(mine).owner is None


def test_a_waiting_step_is_not_decided_by_an_officer(world):
    case = world.at_publicity()
    for address in ("", "claim/"):
        answer = world.browser("intake").post(
            f"/desk/cases/{case.number}/steps/publicity/{address}", {"outcome": "clear"}
        )
        assert answer.status_code < 500, address
    assert world.fresh(case).status == Case.Status.PUBLICITY
    assert world.step(case).owner is None
    with pytest.raises(Conflict):
        acts.claim(world.step(case), actor=world.people["intake"])


def test_reading_a_step_changes_nothing(world):
    case = world.at_form_review()
    before = list(Task.objects.order_by("pk").values_list("pk", "status", "owner"))
    events = case.sealed_events
    for _reading in range(3):
        world.get("checker", "desk:decide", case.number, "form_review")
        world.get("checker", "desk:case", case.number)
    assert list(Task.objects.order_by("pk").values_list("pk", "status", "owner")) == before
    assert world.fresh(case).sealed_events == events


# --- the database keeps one open step --------------------------------------------------------------------


def twin_of(task: Task) -> Task:
    return Task(
        process=task.process, flow_task=task.flow_task, flow_task_type=task.flow_task_type, token=task.token
    )


def test_the_database_refuses_a_second_open_step_of_the_same_place(world):
    task = world.step(world.at_form_review()).task
    with pytest.raises(IntegrityError), transaction.atomic():
        twin_of(task).save()


def test_without_the_index_a_case_has_two_steps_at_once(world):
    task = world.step(world.at_form_review()).task
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_open_task")
    twin_of(task).save()
    live = Task.objects.filter(process=task.process, status=STATUS.NEW)
    assert live.count() == 2


# --- what a failure leaves behind (VF-14) -----------------------------------------------------------------


def ask_first(monkeypatch, question) -> None:
    """Put `question` before all others after the form review."""
    node = GreenChannelFlow.instance.node("form_outcome")
    monkeypatch.setattr(node, "_activate_next", [(node._activate_next[0][0], question), *node._activate_next])


def fail_in_the_background(world, monkeypatch) -> dict:
    """Let the question after the dispatch fail with somebody's number in its locals; what the row keeps."""
    case = world.at_form_review()
    number = world.number

    def is_supplement(activation):
        id_number = number
        raise LookupError(f"no person with {id_number}")

    ask_first(monkeypatch, is_supplement)
    with Context(propagate_exception=False):
        acts.decide(world.step(case), actor=world.people["checker"], facts=PASSED)
    failed = Task.objects.get(process=acts.process_of(case), status=STATUS.ERROR)
    return failed.data


def test_a_step_that_failed_in_the_background_keeps_no_locals(world, monkeypatch):
    data = fail_in_the_background(world, monkeypatch)
    assert data["_exception"] == {"title": "LookupError"}
    assert world.number not in json.dumps(data)


def test_the_stock_failure_keeps_the_number_of_a_person(world, monkeypatch):
    task_failed.disconnect(dispatch_uid="forget_locals")
    try:
        data = fail_in_the_background(world, monkeypatch)
    finally:
        task_failed.connect(forget_locals, dispatch_uid="forget_locals")
    assert world.number in json.dumps(data)


def test_a_failure_in_a_request_rolls_everything_back(world, monkeypatch):
    case = world.at_form_review()

    def is_supplement(activation):
        raise LookupError("broken question")

    ask_first(monkeypatch, is_supplement)
    with pytest.raises(LookupError):
        acts.decide(world.step(case), actor=world.people["checker"], facts=PASSED)
    step = world.step(case)
    assert (step.node, step.owner, step.task.status) == ("form_review", None, STATUS.NEW)
    assert not case.events.filter(kind="form_reviewed").exists()


# --- a flow that is not hardened does not start -------------------------------------------------------------


def test_our_flows_pass_their_checks():
    assert flow_problems(GreenChannelFlow) == []
    call_command("check", "--tag", "models", verbosity=0)


def ids(flow_class) -> set[str]:
    return {problem.id for problem in flow_problems(flow_class)}


def test_a_flow_without_our_lock_is_reported():
    class NoLockFlow(flow.Flow):
        process_class = GreenChannelProcess
        start = flow.StartHandle().Next(this.end)
        end = flow.End()

    class OtherLockFlow(CaseFlow):
        process_class = GreenChannelProcess
        lock_impl = flow.Flow.lock_impl
        start = flow.StartHandle().Next(this.end)
        end = flow.End()

    assert "workflows.E001" in ids(NoLockFlow)
    assert "workflows.E001" in ids(OtherLockFlow)


def test_a_step_for_everybody_is_reported():
    class OpenFlow(CaseFlow):
        process_class = GreenChannelProcess
        start = flow.StartHandle().Next(this.review)
        review = ReviewTask(forms.DecideForm, this.do).Within("decide").Next(this.end)
        end = flow.End()

        def do(self, case, **facts):
            return ""

    class StockFlow(CaseFlow):
        process_class = GreenChannelProcess
        start = flow.StartHandle().Next(this.review)
        review = flow.View(None).Permission("core.act_as_decider").Next(this.end)
        end = flow.End()

    assert "workflows.E002" in ids(OpenFlow)
    assert "workflows.E002" in ids(StockFlow)


def test_inherited_nodes_are_reported():
    # A base of its own: inheriting from the real flow spoils its nodes, and its chart, for the whole process.
    class ParentFlow(CaseFlow):
        process_class = GreenChannelProcess
        start = flow.StartHandle().Next(this.wait)
        wait = WaitFor("applicant").Within("confirm").Next(this.end)
        end = flow.End()

    class Grandchild(ParentFlow):
        process_class = GreenChannelProcess

    assert "workflows.E003" in ids(Grandchild)


def test_a_step_without_name_and_limit_is_reported():
    class NamelessFlow(CaseFlow):
        process_class = GreenChannelProcess
        start = flow.StartHandle().Next(this.wait)
        wait = WaitFor("applicant").Next(this.end)
        end = flow.End()

    assert "workflows.E004" in ids(NamelessFlow)


def test_a_flow_on_the_common_process_is_reported():
    from viewflow.workflow.models import Process

    class SharedFlow(CaseFlow):
        process_class = Process
        start = flow.StartHandle().Next(this.end)
        end = flow.End()

    assert "workflows.E006" in ids(SharedFlow)


def test_the_loser_of_a_claim_reads_who_was_faster(world):
    case = world.at_form_review()
    step = world.step(case)
    acts.claim(step, actor=world.people["checker"])
    with pytest.raises(Conflict, match="审查甲"):
        acts.claim(step, actor=world.people["checker2"])
    with pytest.raises(ActRefused):
        acts.decide(step, actor=world.people["checker2"], facts=PASSED)
    world.form_review(case, who="checker2", expect=409)
    assert world.step(case).owner == world.people["checker"]


def test_a_page_opened_before_somebody_else_decided_does_nothing(world):
    case = world.at_form_review()
    stale = world.step(case)
    world.form_review(case)
    with pytest.raises(Conflict):
        acts.decide(stale, actor=world.people["checker2"], facts=PASSED)
    world.form_review(case, who="checker2", expect=409)
    assert case.events.filter(kind="form_reviewed").count() == 1


# --- the service asks for itself who drafted --------------------------------------------------------------


def decided_by_its_drafter(world) -> str:
    """The decision called past flow and page, by whoever drafted it and holds both posts."""
    case = world.at_decide()
    drafter = world.people["intake2"]
    factories.appoint(drafter, roles.DECIDER, factories.bureau("zzb"))
    post = appointments.standing(drafter, roles.DECIDER, factories.bureau("zzb"))
    return deciding.decide(case, actor=drafter, standing=post, outcome="approve")


def test_the_service_itself_refuses_the_drafter(world):
    with pytest.raises(NotAllowed, match="拟定人不能审定"):
        decided_by_its_drafter(world)


def test_without_the_question_in_the_service_the_drafter_decides(world, monkeypatch):
    monkeypatch.setattr(deciding, "_require_another_hand", lambda *_args: None)
    assert decided_by_its_drafter(world) == "publicity"
