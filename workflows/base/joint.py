"""联审、核查 in a flow: one named branch per subject between a split and a join.

In a flow file:

    ask_bureaus = AskBureaus("identity", "finance", concluded_by="conclude_checks").Annotation(title="提请核查")
    check_identity, confirm_identity, identity_answered = branch("identity", "身份", within="background_checks", then=this.gathered)
    check_finance, confirm_finance, finance_answered = branch("finance", "资金", within="background_checks", then=this.gathered)
    gathered = flow.Join().Annotation(title="核查齐备").Next(this.conclude_checks)

The nodes are named after the subject, for the split finds them by name: `check_…`, `confirm_…`, `…_answered`. Which
branches open is read from the case's checks, so that asking more bureaus, an edit that voids a confirmation and a
second round are one thing: the rows change, then `open_branches` lets the engine follow, under the process lock.
"""

from django.utils.translation import gettext as _
from viewflow import this
from viewflow.workflow import STATUS, Activation, flow
from viewflow.workflow.models import Process, Task
from viewflow.workflow.token import Token

from talent.core import roles
from talent.core.forms import ConfirmForm, OpinionForm
from talent.core.models import Case, Check, Organisation, User
from talent.core.services import appointments, cases, checks, policy
from talent.core.services.errors import Conflict, NotAllowed
from workflows.models import OpenStep

from .acts import process_of
from .nodes import ReviewActivation, ReviewTask

_OVER = (STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED)


class CheckActivation(ReviewActivation):
    """One bureau's step: the others stay open when it ends, and the case says how many have answered."""

    @Activation.status.super()
    def complete(self):
        super().complete.original()
        case = self.process.artifact
        left = OpenStep.objects.filter(case_id=case.pk).select_related("task").first()
        if left is not None:
            cases.move_to(case, **left.task.flow_task.place(case, left))


class CheckTask(ReviewTask):
    """A step of one bureau in a joint check, for the check of `subject` that is open.

    Not taken back: the officer edits the opinion, the head sends it back, and both stay on record.
    """

    activation_class = CheckActivation
    final = True

    def __init__(self, subject: str, form: type, do, **kwargs) -> None:
        super().__init__(form, lambda case, **facts: do(case, self.check(case), **facts), **kwargs)
        self.subject = subject
        self.given = lambda case: {"check": self.check(case)}
        self.due_on = lambda activation: self.check(activation.process.artifact).due_on

    def check(self, case: Case) -> Check:
        return checks.open_check(case, self.subject)

    def organisation_for(self, case: Case) -> Organisation:
        return self.check(case).organisation

    def title_in(self, step: policy.Step, case: Case) -> str:
        return f"{step.title}·{policy.figures(case.edition).check(self.subject).title}"

    def place(self, case: Case, opened: OpenStep) -> dict[str, str]:
        """The step of the edition, and n of m instead of the one holder."""
        title = policy.figures(case.edition).step(self.step_code).title
        return {
            "step": self.step_code,
            "public_step": opened.public_title,
            "waiting_on": f"{title}（{checks.words(case)}）",
        }


class ConfirmTask(CheckTask):
    """The bureau's head confirms what somebody else of the bureau found."""

    def title_in(self, step: policy.Step, case: Case) -> str:
        return _("%(title)s（确认）") % {"title": super().title_in(step, case)}

    def refusal(self, user: User, task, *, for_whom: int | None = None) -> str:
        refused = super().refusal(user, task, for_whom=for_whom)
        if refused:
            return refused
        case = task.process.artifact
        check = self.check(case)
        post = appointments.standing(
            user, self.role, check.organisation, policy=case.policy, for_whom=for_whom
        )
        return checks.refusal_to_confirm(check, user, post.principal)


class AskBureaus(flow.Split):
    """Opens the branch of every check that is open: at the opinion, or at the confirmation of an edited one."""

    def __init__(self, *subjects: str, concluded_by: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.subjects, self.concluded_by = subjects, concluded_by
        for subject in subjects:
            self.Next(getattr(this, f"check_{subject}"), case=_awaits(subject, Check.State.ASKED))
            self.Next(getattr(this, f"confirm_{subject}"), case=_awaits(subject, Check.State.ANSWERED))


def _awaits(subject: str, state: str):
    """The question whether the check of `subject` is open in `state`; the rows are read once per gateway."""

    def asked(activation: Activation) -> bool:
        if not hasattr(activation, "open_checks"):
            rows = activation.process.artifact.checks.open()
            activation.open_checks = set(rows.values_list("subject", "state"))
        return (subject, state) in activation.open_checks

    return asked


def branch(subject: str, title: str, *, within: str, then, not_by: tuple[str, ...] = ()) -> tuple:
    """The three nodes of one subject: opinion, confirmation, and the question whether the head sent it back."""
    opinion = (
        CheckTask(subject, OpinionForm, _answer)
        .Annotation(title=f"{title}核查")
        .By(roles.CHECKER)
        .Within(within)
        .NotBy(*not_by)
        .Next(getattr(this, f"confirm_{subject}"))
    )
    confirmation = (
        ConfirmTask(subject, ConfirmForm, _confirm)
        .Annotation(title=f"{title}核查确认")
        .By(roles.BUREAU_HEAD)
        .Within(within)
        .NotBy(*not_by)
        .Next(getattr(this, f"{subject}_answered"))
    )
    sent_back = (
        flow.If(_awaits(subject, Check.State.ASKED))
        .Annotation(title=f"{title}核查退回")
        .Then(getattr(this, f"check_{subject}"))
        .Else(then)
    )
    return opinion, confirmation, sent_back


def _answer(case: Case, check: Check, *, outcome: str, opinion: str, **facts) -> str:
    return checks.answer(case, check, finding=outcome, text=opinion, **facts)


def _confirm(case: Case, check: Check, *, outcome: str, opinion: str, **facts) -> str:
    act = checks.confirm if outcome == "confirm" else checks.send_back
    return act(case, check, text=opinion, **facts)


def phrases(case: Case, check: Check) -> list[str]:
    """The stock phrases of the step in which `check` is answered."""
    node = process_of(case).flow_class.instance.node(f"check_{check.subject}")
    return policy.figures(case.edition).phrases(node.step_code)


# --- acts beside the steps --------------------------------------------------------------------------


def require_lead(actor: User, case: Case) -> appointments.Standing:
    """The post in which `actor` may ask further bureaus; raises `NotAllowed` without it."""
    standing = appointments.standing_on(actor, case, roles.Act.CHECK)
    if standing is None:
        raise NotAllowed(_("只有牵头部门的审查人员可以增加核查部门。"))
    return standing


def ask_more(case: Case, *, actor: User, chosen: dict[str, Organisation], reason: str) -> Case:
    """The lead asks further bureaus while the answers are being gathered or the conclusion is not made."""
    process = process_of(case)
    with process.flow_class.lock(process.pk):
        case = type(case).objects.get(pk=case.pk)
        standing = require_lead(actor, case)
        asked = checks.ask(case, chosen, actor=actor, standing=standing, reason=reason)
        open_branches(process, case, asked)
    case.refresh_from_db()
    return case


def revise(case: Case, check: Check, *, actor: User, finding: str, text: str, version: int) -> Case:
    """An officer of the bureau edits its opinion; a confirmed one goes to the head once more."""
    process = process_of(case)
    with process.flow_class.lock(process.pk):
        case = type(case).objects.get(pk=case.pk)
        check = case.checks.select_related("organisation").get(pk=check.pk)
        refused = appointments.refusal(actor, roles.CHECKER, check.organisation, case)
        if refused:
            raise NotAllowed(refused)
        standing = appointments.standing(actor, roles.CHECKER, check.organisation, policy=case.policy)
        was_confirmed = check.state == Check.State.CONFIRMED
        check = checks.revise(
            case, check, actor=actor, standing=standing, finding=finding, text=text, version=version
        )
        if was_confirmed:
            open_branches(process, case, [check])
    case.refresh_from_db()
    return case


def withdraw(
    case: Case, check: Check, *, actor: User, reason: str, instead: Organisation | None = None
) -> Case:
    """The lead takes a wrongly addressed check back before it is answered; the other branches go on.

    instead: who is asked in its place. With the last awaited branch gone the conclusion begins.
    """
    process = process_of(case)
    with process.flow_class.lock(process.pk):
        case = type(case).objects.get(pk=case.pk)
        standing = require_lead(actor, case)
        check = case.checks.get(pk=check.pk)
        asked = checks.withdraw(case, check, actor=actor, standing=standing, reason=reason, instead=instead)
        names = (f"check_{check.subject}", f"confirm_{check.subject}")
        gone = list(OpenStep.objects.filter(case_id=case.pk, node__in=names).select_related("task"))
        if asked:
            # Before the old branch ends, or the join would think that nobody is awaited.
            open_branches(process, case, asked)
        for step in gone:
            step.task.flow_task.activation_class(step.task).cancel()
        _let_join_go(process)
        left = OpenStep.objects.filter(case_id=case.pk).select_related("task").first()
        if left is not None:
            cases.move_to(case, **left.task.flow_task.place(case, left))
    case.refresh_from_db()
    return case


def _let_join_go(process: Process) -> None:
    """A branch was put away: a join that waits asks anew whether somebody is still awaited."""
    for task in Task.objects.filter(process=process, flow_task_type="JOIN", status=STATUS.STARTED):
        join = task.flow_task.activation_class(task)
        if join.complete.can_proceed():
            join.complete()
            join.activate_next()


def open_branches(process: Process, case: Case, opened: list[Check]) -> None:
    """Let the engine follow rows that have opened outside a step, under the process lock.

    While the join waits, further branches get the next tokens of the same split, which is how Viewflow counts what a
    join awaits: live tasks whose token begins with the split's. When the join is over and only the conclusion is
    open, that step is put away and the split begins anew. Raises `Conflict` when neither is so.
    """
    flow_class = process.flow_class
    split = next(
        node
        for node in flow_class.instance.nodes()
        if isinstance(node, AskBureaus) and opened[0].subject in node.subjects
    )
    tasks = Task.objects.filter(process=process)
    last = tasks.filter(flow_task=split).exclude(status=STATUS.CANCELED).order_by("-pk").first()
    prefix = f"{last.token}/{last.pk}_" if last else ""
    branches = tasks.filter(token__startswith=prefix) if last else tasks.none()
    if branches.exclude(status__in=_OVER).exists():
        number = max(int(str(task.token)[len(prefix) :].split("/")[0]) for task in branches)
        for check in opened:
            number += 1
            kind = "check" if check.state == Check.State.ASKED else "confirm"
            node = flow_class.instance.node(f"{kind}_{check.subject}")
            node._create(split.activation_class(last), Token(f"{prefix}{number}"))
        return
    waiting = OpenStep.objects.filter(case_id=case.pk, node=split.concluded_by).select_related("task").first()
    if waiting is None:
        raise Conflict(_("核查已经汇总，或尚未开始，不能再征询或修改。"))
    conclusion = waiting.task.flow_task.activation_class(waiting.task)
    conclusion.cancel()
    again = split._create(conclusion, waiting.task.token)
    again._activate_next({again})
