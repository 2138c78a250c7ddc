"""The acts that work at every step of every process: claim, put back, transfer, decide, answer, withdraw, stop, take back.

Each takes the flow's lock on the task's **own** process, reads the task again under it, checks, and only then
acts. The loser of a race gets `Conflict` (409), somebody without the post `NotAllowed` (403): never half an act.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext as _
from viewflow.utils import is_owner
from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.models import Process, Task

from talent.core import roles
from talent.core.models import Case, CaseParty, Extension, Promise, Supplement, User, together
from talent.core.services import (
    appointments,
    calendar,
    cases,
    checks,
    extensions,
    letters,
    policy,
    supplements,
)
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from workflows.models import OpenStep, StepSpan, TakeBack

from .nodes import SUPPLEMENT, ReviewTask, note_place

# What a decision may change on the case row and `take_back` puts back.
_RESTORED = (
    "status", "submitted_at", "accepted_at", "lead_organisation_id", "deciding_organisation_id", "steward_id",
    "no_publicity", "level_code", "step", "public_step", "waiting_on",
)  # fmt: skip


def process_of(case: Case) -> Process:
    """The running or last process of a case (content type + id: the one place that knows the generic link)."""
    types = ContentType.objects.get_for_models(
        type(case), *type(case).__subclasses__(), for_concrete_models=True
    )
    found = (
        Process.objects.filter(artifact_content_type__in=list(types.values()), artifact_object_id=case.pk)
        .order_by("-pk")
        .first()
    )
    if found is None:
        raise Conflict(_("办件 %(number)s 还没有进入流程。") % {"number": case.number})
    return found.coerced


def locked_task(step: OpenStep) -> Task:
    """The task of a step, read again under the lock together with its case and the case's parties.

    Raises `Conflict` when it is no longer live.
    """
    found = OpenStep.objects.filter(task=step.task_id).select_related("task__process").order_by()
    model = step.task.process.artifact_content_type.model_class()
    kept = model.objects.filter(pk=step.case_id).order_by()
    parties = CaseParty.objects.filter(case=step.case_id)
    together.fill(found, kept, parties)
    task = found[0].task if found else None
    if task is None or task.status not in (STATUS.NEW, STATUS.ASSIGNED) or task.process.status != PROCESS.NEW:
        raise Conflict(_("该环节已由他人办理或已结束，请刷新页面查看最新状态。"))
    together.keep(kept[0], parties=parties)
    found[0].of(kept[0])
    return task


def _flow_of(step: OpenStep):
    return step.task.flow_task.flow_class


def _standing(user: User, task: Task, *, for_whom: int | None = None) -> Standing:
    """The post in which `user` acts in this task (for `for_whom`, if he is his deputy); raises `NotAllowed`."""
    node = task.flow_task
    if not isinstance(node, ReviewTask):
        raise Conflict(_("该环节等待%(who)s，不由工作人员办理。") % {"who": node.who.label})
    refused = node.refusal(user, task, for_whom=for_whom)
    if refused:
        raise NotAllowed(refused)
    case = task.process.artifact
    return appointments.standing(
        user, node.role, node.organisation_for(case), policy=case.policy, for_whom=for_whom
    )


def claim(step: OpenStep, *, actor: User) -> OpenStep:
    """领取: take a step nobody has taken; a deputy takes over what the person he stands in for has taken."""
    flow_class = _flow_of(step)
    with flow_class.lock(step.task.process_id):
        task = locked_task(step)
        if task.owner_id == actor.pk:
            return OpenStep.objects.get(task=task)
        principal = task.owner_id
        if principal and not _stands_in(actor, task):
            raise Conflict(_("该环节已由%(name)s领取。") % {"name": task.owner})
        standing = _standing(actor, task, for_whom=principal)
        if principal:
            unassign(task)
            task = locked_task(step)
        _assign(task, actor, standing)
        step = OpenStep.objects.select_related("case", "organisation", "owner").get(task=task)
        cases.record(
            step.case,
            "claimed",
            actor=actor,
            standing=standing,
            title=_("领取“%(step)s”") % {"step": step.title},
            public=False,
        )
    return step


def _stands_in(user: User, task: Task) -> bool:
    return isinstance(task.flow_task, ReviewTask) and task.flow_task.stands_in(user, task)


def _assign(task: Task, actor: User, standing: Standing) -> None:
    task.flow_task.activation_class(task).assign(actor)
    OpenStep.objects.filter(task=task).update(
        owner=actor, on_behalf_of=standing.principal, claimed_at=timezone.now()
    )
    step = OpenStep.objects.select_related("case", "organisation", "owner", "task").get(task=task)
    note_place(step.case, step)


def put_back(step: OpenStep, *, actor: User, reason: str) -> OpenStep:
    """退回待领取: the holder gives a taken step back to the post."""
    _need_reason(reason)
    with _flow_of(step).lock(step.task.process_id):
        task = locked_task(step)
        if task.owner_id != actor.pk:
            raise NotAllowed(_("只有当前经办人可以放回该环节。"))
        unassign(task)
        cases.record(
            step.case, "put_back", actor=actor, title=_("放回待领取"), public=False, internal_text=reason
        )
    return OpenStep.objects.get(task=task)


def unassign(task: Task) -> None:
    task.flow_task.activation_class(task).unassign()
    OpenStep.objects.filter(task=task).update(owner=None, on_behalf_of=None, claimed_at=None)
    step = OpenStep.objects.select_related("case", "organisation", "task").get(task=task)
    note_place(step.case, step)


def transfer(step: OpenStep, *, actor: User, to: User, reason: str) -> OpenStep:
    """转办: hand a step to another holder of the same post; by its owner or by the head of the organisation."""
    _need_reason(reason)
    with _flow_of(step).lock(step.task.process_id):
        task = locked_task(step)
        case = task.process.artifact
        head = appointments.standing(actor, roles.BUREAU_HEAD, step.organisation, policy=case.policy)
        if task.owner_id != actor.pk and head is None:
            raise NotAllowed(_("只有当前经办人或本单位部门负责人可以转办。"))
        if to.pk == task.owner_id:
            raise ActRefused(_("%(name)s已经是经办人，无需转办。") % {"name": to})
        standing = _standing(to, task)
        if task.owner_id:
            unassign(task)
            task = locked_task(step)
        _assign(task, to, standing)
        cases.record(
            case, "transferred", actor=actor, standing=head, title=_("转办给%(name)s") % {"name": to}, public=False,
            internal_text=reason,
        )  # fmt: skip
    return OpenStep.objects.get(task=task)


def decide(step: OpenStep, *, actor: User, facts: dict[str, Any]) -> Case:
    """Decide a step: claim it if need be, let the flow act on `facts` (the form's clean data), move on; one transaction.

    The node's own `do_…` method calls the policy's service and returns the outcome by which the flow goes on.
    """
    flow_class = _flow_of(step)
    with flow_class.lock(step.task.process_id), appointments.remembered():
        task = locked_task(step)
        if task.owner_id and task.owner_id != actor.pk:
            raise Conflict(_("该环节已由%(name)s领取，您不能办理。") % {"name": task.owner})
        task.process.artifact.know(step.task.process.artifact)
        standing = _standing(actor, task, for_whom=step.on_behalf_of_id)
        if task.owner_id is None:
            # The step is over in a moment: its owner is written with its end, its place in the lists not at all.
            task.owner, task.status = actor, STATUS.ASSIGNED
        activation = task.flow_task.activation_class(task)
        if not is_owner(task.owner, actor) or task.process.status != PROCESS.NEW:
            raise NotAllowed(_("您已不再担任办理该环节的岗位。"))
        case = activation.process.artifact
        before = _snapshot(case)
        activation.start(None)
        process = activation.process
        process.outcome = outcome = task.flow_task.perform(case, actor=actor, standing=standing, **facts)
        if outcome == SUPPLEMENT:
            process.asked_from, process.asked_by = task.flow_task.name, actor.pk
        process.save()
        activation.execute()
        _remember(case, task, actor, before, outcome)
    return case


def _snapshot(case: Case) -> dict:
    values = {name: getattr(case, name) for name in _RESTORED}
    for name in ("submitted_at", "accepted_at"):
        values[name] = values[name].isoformat() if values[name] else None
    values["parties"] = [party.pk for party in case.parties.all()]
    values["events"] = case.sealed_events
    values["at"] = timezone.now().isoformat()
    return values


def _remember(case: Case, task: Task, actor: User, before: dict, outcome: str) -> None:
    if task.flow_task.final or case.ended:
        TakeBack.objects.filter(case_id=case.pk).delete()
        return
    kept = {
        "node": task.flow_task.name,
        "task": task,
        "actor": actor,
        "before": before | {"outcome": outcome},
        "first_event": before["events"] + 1,
        "last_event": case.sealed_events,
        "made_at": timezone.now(),
    }
    # The case is locked, so nobody makes the row between the two.
    if not TakeBack.objects.filter(case_id=case.pk).update(**kept):
        TakeBack.objects.create(case_id=case.pk, **kept)


def refusal_to_take_back(case: Case, user: User) -> str:
    """Why `user` cannot take the last decision back; empty when he can."""
    kept = TakeBack.objects.filter(case_id=case.pk).first()
    if kept is None or kept.actor_id != user.pk:
        return _("最近一次办理不是您作出的，或该环节的结果已经送出，不能撤回。")
    if case.sealed_events != kept.last_event:
        return _("后续环节已经开始，不能撤回；如需更正，请在后续环节处理。")
    if case.open_steps.filter(owner__isnull=False).exclude(owner=user).exists():
        return _("后续环节已被领取，不能撤回。")
    return ""


def take_back(case: Case, *, actor: User, reason: str) -> Case:
    """撤回: undo one's own last decision while the next step has not begun. Letters of that act are revoked."""
    _need_reason(reason)
    process = process_of(case)
    flow_class = process.flow_class
    with flow_class.lock(process.pk):
        case = type(case).objects.get(pk=case.pk)
        refused = refusal_to_take_back(case, actor)
        if refused:
            raise ActRefused(refused)
        kept = TakeBack.objects.select_related("task").get(case_id=case.pk)
        node = kept.task.flow_task
        if node.refusal(actor, kept.task):
            raise NotAllowed(node.refusal(actor, kept.task))
        for letter in case.letters.filter(state="valid", issued_at__gte=kept.before["at"]):
            letters.revoke(letter, actor=actor, reason=_("经办人撤回办理：%(reason)s") % {"reason": reason})
        for supplement in case.supplements.filter(state=Supplement.State.OPEN):
            supplements.withdraw(supplement, actor=actor, standing=None)
        promises_open = case.promises.filter(state=Promise.State.OFFERED)
        promises_open.update(state=Promise.State.CANCELLED, settled_at=timezone.now())
        last = None
        for task in Task.objects.filter(process=process, status__in=(STATUS.NEW, STATUS.ASSIGNED)):
            last = task.flow_task.activation_class(task)
            last.cancel()
        checks.take_back(case, first_event=kept.first_event)
        CaseParty.objects.filter(case=case).exclude(pk__in=kept.before["parties"]).delete()
        Case.objects.filter(pk=case.pk).update(**{name: kept.before[name] for name in _RESTORED})
        case.refresh_from_db()
        cases.record(
            case, "taken_back", actor=actor, title=_("撤回“%(step)s”的办理") % {"step": node.task_title}, public=False,
            internal_text=reason, figures={"reverses": list(range(kept.first_event, kept.last_event + 1))},
        )  # fmt: skip
        cases.refresh_due(case)
        # What was taken back has not been done.
        StepSpan.objects.filter(task=kept.task).delete()
        reopened = node._create(last, kept.task.token)
        standing = _standing(actor, reopened.task)
        if reopened.task.owner_id is None:
            _assign(reopened.task, actor, standing)
        kept.delete()
    case.refresh_from_db()
    return case


def answer(case: Case, node_name: str, *, actor: User | None, **facts: Any) -> Case:
    """An outsider (or the calendar) answers a waiting node. Permission was asked by the page."""
    step = case.open_steps.filter(node=node_name).select_related("task__process").first()
    if step is None:
        raise Conflict(_("该事项已经办理，或当前不需要您办理，请刷新页面。"))
    flow_class = _flow_of(step)
    with flow_class.lock(step.task.process_id):
        task = locked_task(step)
        activation = task.flow_task.activation_class(task)
        activation.run(task.flow_task.function, actor=actor, **facts)
        activation.process.save()
        activation.execute()
        TakeBack.objects.filter(case_id=case.pk).delete()
    case.refresh_from_db()
    return case


@contextmanager
def _held(case: Case) -> Iterator[Case]:
    """The case as it is once its process is locked: a decision made at this moment is either over or has to wait."""
    process = process_of(case)
    with process.flow_class.lock(process.pk):
        yield type(case).objects.get(pk=case.pk)


@contextmanager
def hold(several: Iterable[Case]) -> Iterator[None]:
    """The locks of several processes at once, in one order, for an act that moves all of them on or none."""
    with ExitStack() as held:
        for case in sorted(several, key=lambda one: one.pk):
            process = process_of(case)
            held.enter_context(process.flow_class.lock(process.pk))
        yield


def withdraw(case: Case, *, actor: User, reason: str = "") -> Case:
    """撤回申报 by the applicant, at any time before the decision is final."""
    with _held(case) as held:
        if held.ended:
            raise ActRefused(_("办件已经结束，不能撤回。"))
        if held.status == Case.Status.APPROVED:
            raise ActRefused(_("办件已经审定，不能撤回；如不再需要，请联系受理单位终止。"))
        end_process(held)
        cases.close(
            held, Case.Status.WITHDRAWN, actor=actor, kind="withdrawn", title=_("申请人撤回"),
            public_text=reason or _("申请人撤回申报。撤回后可以重新申报，已提交的材料可以直接复用。"),
        )  # fmt: skip
    return held


def stop(case: Case, *, actor: User, reason: str, clause: str) -> Case:
    """终止办理 by an officer who may: with a reason and a clause, which the letter states."""
    _need_reason(reason)
    if not clause.strip():
        raise ActRefused(_("请写明终止办理的依据条款。"))
    with _held(case) as held:
        standing = appointments.standing_on(actor, held, roles.Act.STOP)
        if standing is None:
            raise NotAllowed(_("您没有终止该办件的岗位授权。"))
        if held.ended:
            raise ActRefused(_("办件已经结束。"))
        end_process(held)
        cases.close(
            held, Case.Status.STOPPED, actor=actor, standing=standing, kind="stopped", title=_("终止办理"),
            public_text=_("办理终止。原因：%(reason)s。依据：%(clause)s。") % {"reason": reason, "clause": clause},
        )  # fmt: skip
        letters.issue(
            held,
            letters.Termination.of(held, reason=reason, clause=clause),
            issuer=standing.organisation,
            actor=actor,
        )
    return held


def settle_extension(extension: Extension, *, approved: bool, note: str, actor: User) -> Extension:
    """Approve or refuse 延期; approval also moves the last day of the officer's step in which the case stands."""
    with _held(extension.case):
        settled = extensions.settle(extension, approved=approved, note=note, actor=actor)
        waiting = extension.case.open_steps.filter(waiting=OpenStep.Waiting.OFFICER, due_on__isnull=False)
        for step in waiting if approved else ():
            before = policy.figures(extension.case.edition).step(step.task.flow_task.step_code).warn
            step.due_on = calendar.due_after(step.due_on, extension.days)
            step.warn_on = calendar.warn_day(step.due_on, before)
            # There is a new end to be reminded of.
            step.warned_at = step.escalated_at = None
            step.save(update_fields=["due_on", "warn_on", "warned_at", "escalated_at"])
    return settled


def end_process(case: Case) -> None:
    """Cancel the process of a case that ends outside its own end nodes."""
    process = process_of(case)
    if process.status == PROCESS.NEW:
        process.flow_class.end_early(process)
    TakeBack.objects.filter(case_id=case.pk).delete()


def _need_reason(reason: str) -> None:
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明原因（至少2个字）。"))
