"""The two kinds of nodes in which somebody acts.

`ReviewTask(...).By(role).Within(step)` is an officer's step: the right is asked on the case's organisation
when the step is claimed **and** when it is decided. `WaitFor(who)` awaits an outsider or a date.
"""

from collections.abc import Callable
from typing import Self

from viewflow import this
from viewflow.utils import is_owner
from viewflow.workflow import PROCESS, nodes
from viewflow.workflow.activation import Activation
from viewflow.workflow.nodes.handle import HandleActivation
from viewflow.workflow.nodes.view import ViewActivation

from talent.core import roles
from talent.core.models import Case, Organisation, User
from talent.core.services import appointments, calendar, cases, policy
from workflows.models import OpenStep, StepSpan

# Nodes that the pages of applicants and employers and the calendar answer: every flow that has such a step calls
# it so. CONFIRM is where the applicant fills in the dossier and hands it in, whoever began the case.
CONFIRM, REVISE, EMPLOYER, PROMISE, PUBLICITY = "confirm", "revise", "employer", "promise", "publicity"
# Also the outcome by which any step hands the case to the applicant for 补正.
SUPPLEMENT = "supplement"


def _open(
    activation: Activation, *, waiting: str, role: roles.Role | None, due_from_edition: bool = True
) -> OpenStep:
    """Write the open step of a fresh task and note on the case row where the case is now."""
    node, task = activation.flow_task, activation.task
    case = activation.process.artifact
    step = policy.figures(case.edition).step(node.step_code)
    organisation = node.organisation_for(case)
    due = warn = None
    if due_from_edition and step.limit:
        today = calendar.effective_day(calendar.now())
        due = node.due_on(activation) if node.due_on else calendar.due_after(today, step.limit)
        warn = calendar.warn_day(due, step.warn)
    elif node.due_on:
        due = node.due_on(activation)
        warn = calendar.warn_day(due, step.warn)
    opened = OpenStep.objects.create(
        task=task,
        case_id=case.pk,
        policy=case.policy,
        node=node.name,
        title=node.title_in(step, case),
        public_title=step.public_title,
        waiting=waiting,
        role=role.codename if role else "",
        organisation=organisation,
        owner=task.owner,
        claimed_at=calendar.now() if task.owner_id else None,
        due_on=due,
        warn_on=warn,
    )
    note_place(case, opened)
    return opened


def note_place(case: Case, opened: OpenStep) -> None:
    """Put the open step's names and holder on the case row, which every list shows."""
    cases.move_to(case, **opened.task.flow_task.place(case, opened))


def _close(activation: Activation) -> None:
    OpenStep.objects.filter(task=activation.task).delete()


def _finish(activation: Activation) -> None:
    """Keep what the step took, for the boards and the public promise, and close it."""
    # Read under the lock together with its task, or asked for here.
    opened = getattr(activation.task, "open_step", None)
    if opened is not None:
        officer = opened.waiting == OpenStep.Waiting.OFFICER
        arrived, today = calendar.effective_day(opened.opened_at), calendar.today()
        StepSpan.objects.create(
            task=activation.task,
            case_id=opened.case_id,
            policy=opened.policy,
            step=activation.flow_task.step_code,
            title=opened.title,
            officer=officer,
            organisation_id=opened.organisation_id,
            opened_on=arrived,
            closed_on=today,
            due_on=opened.due_on,
            # Done after hours or on a day off, a step can be over before the day on which it counts as arrived.
            days=max(0, calendar.current().working_days_between(arrived, today)),
            # An applicant's delay is not the office's, and a publicity is over only when its last day is.
            kept=today <= opened.due_on if officer and opened.due_on else None,
        )
    _close(activation)


class Awaited:
    """What both kinds of nodes say of the step they open."""

    step_code: str = ""
    due_on: Callable | None = None

    def Within(self, step_code: str) -> Self:  # noqa: N802 Viewflow's own chaining style
        """Names and working days come from the edition's step `step_code`."""
        self.step_code = step_code
        return self

    def title_in(self, step: policy.Step, case: Case) -> str:
        """What officers call the open step."""
        return step.title

    def organisation_for(self, case: Case) -> Organisation | None:
        """Whose step it is; None when an outsider is awaited."""
        return None

    def place(self, case: Case, opened: OpenStep) -> dict[str, str]:
        """Where the case is while this step is open, as `cases.move_to` takes it."""
        return {"step": opened.node, "public_step": opened.public_title, "waiting_on": opened.holder}


class ReviewActivation(ViewActivation):
    """An officer's step: writes and removes its open step, keeps the permission when revived."""

    @classmethod
    def create(cls, flow_task, prev_activation, token, data=None, seed=None):
        activation = super().create(flow_task, prev_activation, token, data=data, seed=seed)
        _open(activation, waiting=OpenStep.Waiting.OFFICER, role=flow_task.role)
        return activation

    def prepare_revived_task(self, task) -> None:
        """Viewflow forgets whose task it was; without this a revived task is everybody's."""
        task.owner_permission = self.task.owner_permission
        task.owner_permission_content_type = self.task.owner_permission_content_type
        task.owner_permission_obj_pk = self.task.owner_permission_obj_pk

    @Activation.status.super()
    def complete(self):
        super().complete.original()
        _finish(self)

    @Activation.status.super()
    def cancel(self):
        super().cancel.original()
        _close(self)

    @Activation.status.super()
    def undo(self):
        raise NotImplementedError("a decision is taken back by acts.take_back, never undone")

    @Activation.status.super()
    def revive(self):
        if self.process.status != PROCESS.NEW:
            raise NotImplementedError("a finished process is not revived")
        task = super().revive.original()
        _open(type(self)(task), waiting=OpenStep.Waiting.OFFICER, role=self.flow_task.role)
        return task


class ReviewTask(Awaited, nodes.View):
    """An officer's step.

    form: the form class of the step (`talent.<policy>.forms`), shown beside the dossier.
    do: the flow's method that acts on the clean form: do(case, *, actor, standing, **facts) -> outcome.
    Built on the plain node without Viewflow's URL mixins: nothing of it can be mounted by accident.
    """

    activation_class = ReviewActivation
    role: roles.Role
    where: Callable | None = None
    separated_from: tuple[str, ...] = ()
    final = False
    given: Callable | None = None

    def __init__(self, form: type, do: Callable, **kwargs) -> None:
        super().__init__(view=None, **kwargs)
        self.form_class = form
        self.perform = do

    def _resolve(self, instance) -> None:
        super()._resolve(instance)
        self.perform = this.resolve(instance, self.perform)
        self.given = this.resolve(instance, self.given)
        self.where = this.resolve(instance, self.where)

    def By(self, role: roles.Role, where: Callable | None = None) -> Self:  # noqa: N802 Viewflow's own chaining style
        """Only holders of `role` in the organisation that stands to the case in the role's capacity.

        where: another organisation, named by a method of the flow, case → organisation.
        """
        self.role, self.where = role, where
        return self.Permission(role.permission, obj=lambda process: self.organisation_for(process.artifact))

    def organisation_for(self, case: Case) -> Organisation | None:
        """The organisation whose holders of the role take this step."""
        return self.where(case) if self.where else case.organisation_in(self.role.of)

    def NotBy(self, *kinds: str) -> Self:  # noqa: N802
        """Four eyes: whoever did one of these acts (event kinds) on the case may not take this step."""
        self.separated_from = kinds
        return self

    def Given(self, choices: Callable) -> Self:  # noqa: N802
        """What the form is built with besides the case: a method of the flow, case → keyword arguments."""
        self.given = choices
        return self

    def Final(self) -> Self:  # noqa: N802
        """The outcome leaves the house at once (a public page, a letter): it cannot be taken back."""
        self.final = True
        return self

    def form_for(self, case: Case, data=None):
        """The step's form, unbound or bound to `data`."""
        return self.form_class(data, case=case, **(self.given(case) if self.given else {}))

    def refusal(self, user: User, task, *, for_whom: int | None = None) -> str:
        """Why `user` may not act in this step; empty when he may. for_whom: key of the person he stands in for."""
        case = task.process.artifact
        return appointments.refusal(
            user,
            self.role,
            self.organisation_for(case),
            case,
            separated_from=self.separated_from,
            for_whom=for_whom,
        )

    def stands_in(self, user: User, task) -> bool:
        """Whether `user` is, for this step, a deputy of the person who has taken it."""
        if task.owner_id in (None, user.pk):
            return False
        case = task.process.artifact
        post = appointments.standing(
            user, self.role, self.organisation_for(case), policy=case.policy, for_whom=task.owner_id
        )
        return post is not None and post.principal is not None and post.principal.pk == task.owner_id

    def can_assign(self, user, task) -> bool:
        return bool(
            user
            and user.is_active
            and not task.owner_id
            and task.owner_permission
            and not self.refusal(user, task)
        )

    def can_execute(self, user, task) -> bool:
        """The owner decides only while the post is still held: an officer who lost the role loses the task."""
        return bool(
            is_owner(task.owner, user)
            and user.is_active
            and task.process.status == PROCESS.NEW
            and task.owner_permission
            and not self.refusal(user, task)
        )

    def can_unassign(self, user, task) -> bool:
        return is_owner(task.owner, user)

    def calc_owner(self, activation):
        """After a supplement the step goes back to the officer who asked, while he holds the post."""
        process = activation.process
        if getattr(process, "asked_from", "") != self.name or not process.asked_by:
            return None
        asker = User.objects.filter(pk=process.asked_by, is_active=True).first()
        if asker is None or self.refusal(asker, activation.task):
            return None
        return asker


class WaitActivation(HandleActivation):
    @classmethod
    def create(cls, flow_task, prev_activation, token, data=None, seed=None):
        activation = super().create(flow_task, prev_activation, token, data=data, seed=seed)
        _open(activation, waiting=flow_task.who, role=None)
        return activation

    @Activation.status.super()
    def complete(self):
        super().complete.original()
        _finish(self)

    @Activation.status.super()
    def cancel(self):
        super().cancel.original()
        _close(self)

    @Activation.status.super()
    def undo(self):
        raise NotImplementedError("what an outsider did is not undone")


class WaitFor(Awaited, nodes.Handle):
    """Awaits an outsider (`applicant`, `recommender`, `employer`) or a date (`system`); run by `acts.answer`."""

    activation_class = WaitActivation
    who = OpenStep.Waiting.APPLICANT

    def __init__(self, who: str, func=None, **kwargs) -> None:
        super().__init__(func=func, **kwargs)
        self.who = OpenStep.Waiting(who)

    def Until(self, due_on: Callable) -> Self:  # noqa: N802
        """The due date is not counted from now but read by a method of the flow."""
        self.due_on = due_on
        return self

    @property
    def function(self) -> Callable:
        return this.resolve(self.flow_class.instance, self._func)

    def _resolve(self, instance) -> None:
        super()._resolve(instance)
        self.due_on = this.resolve(instance, self.due_on)
