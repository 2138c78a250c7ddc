"""The procedure of the training grant: an applicant begins, intake accepts, a decider grants."""

from viewflow import this
from viewflow.workflow import flow

from talent.core import roles
from talent.core.forms import IntakeForm, PersonPart
from talent.core.models import Case
from talent.core.services.intake import answer_supplement, supplement_end
from workflows.base import Begins, CaseFlow, Process, ReviewTask, WaitFor
from workflows.models import CaseProcess

from . import forms, services


class TrainingGrantProcess(CaseProcess):
    class Meta:
        proxy = True
        app_label = "second_process"


class TrainingGrantFlow(CaseFlow):
    """示例培训补贴"""

    process_class = TrainingGrantProcess

    begun = flow.StartHandle(this.begin).Annotation(title="建立申报书").Next(this.confirm)
    confirm = (
        WaitFor("applicant", this.do_submit)
        .Annotation(title="填写申报书")
        .Within("confirm")
        .Next(this.intake)
    )
    intake = (
        ReviewTask(IntakeForm, this.do_take_in)
        .Annotation(title="受理")
        .By(roles.INTAKE)
        .Within("intake")
        .Next(this.intake_outcome)
    )
    intake_outcome = (
        flow.Switch()
        .Annotation(title="受理结果")
        .Case(this.supplement, this.is_supplement)
        .Case(this.not_accepted, this.is_refused)
        .Default(this.decide)
    )
    supplement = (
        WaitFor("applicant", this.do_supplement)
        .Annotation(title="补正")
        .Within("supplement")
        .Until(this.supplement_end)
        .Next(this.intake)
    )
    decide = (
        ReviewTask(forms.GrantForm, this.do_grant)
        .Annotation(title="审定")
        .By(roles.DECIDER)
        .Within("decide")
        .Final()
        .Next(this.granted)
    )
    granted = flow.End().Annotation(title="同意补贴")
    not_accepted = flow.End().Annotation(title="不予受理")

    def is_supplement(self, activation):
        return activation.process.outcome == "supplement"

    def is_refused(self, activation):
        return activation.process.outcome == "refuse"

    def supplement_end(self, activation):
        return supplement_end(activation.process.artifact)

    def do_submit(self, activation, *, actor):
        services.submit(activation.process.artifact, actor=actor)

    def do_take_in(self, case, **facts):
        return services.take_in(case, **facts)

    def do_supplement(self, activation, *, actor, answers):
        answer_supplement(activation.process.artifact, actor=actor, answers=answers)

    def do_grant(self, case, **facts):
        return services.grant(case, **facts)


PROCESS = Process(
    slug="training-grant",
    policy="training_grant",
    case=Case,
    flow=TrainingGrantFlow,
    services=services,
    begins=Begins.APPLICANT,
    begin_form=forms.BeginForm,
    begin=services.begin,
    parts=(PersonPart,),
)
