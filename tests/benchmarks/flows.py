"""Two procedures of eight human steps: one as the house builds them, one as Viewflow does by itself."""

from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.flow.views import UpdateProcessView
from viewflow.workflow.models import Process

from talent.core import roles
from talent.core.forms import StepForm
from talent.core.models import Case
from talent.core.services import cases
from workflows.base import CaseFlow, ReviewTask
from workflows.models import CaseProcess

STEPS = 8


class EightStepsProcess(CaseProcess):
    class Meta:
        proxy = True
        app_label = "benchmarks"


def _reviewed(following):
    return (
        ReviewTask(StepForm, this.do_work)
        .By(roles.INTAKE)
        .Within("intake")
        .NotBy("recommended")
        .Next(following)
    )


class EightSteps(CaseFlow):
    """At every step: the right, 回避, four eyes, event, audit row, open step, its span, what can be taken back."""

    process_class = EightStepsProcess

    started = flow.StartHandle(this.begin).Next(this.step1)
    step1 = _reviewed(this.step2)
    step2 = _reviewed(this.step3)
    step3 = _reviewed(this.step4)
    step4 = _reviewed(this.step5)
    step5 = _reviewed(this.step6)
    step6 = _reviewed(this.step7)
    step7 = _reviewed(this.step8)
    step8 = _reviewed(this.done)
    done = flow.End()

    def do_work(self, case, *, actor, standing, opinion):
        # The first one starts the clock, as an acceptance does.
        clock = "" if case.accepted_at else "start"
        if clock:
            cases.set_status(case, Case.Status.ACCEPTED, accepted_at=case.submitted_at)
        cases.record(
            case, "worked", actor=actor, standing=standing, title="办理", internal_text=opinion, clock=clock
        )
        return "pass"


def _view(following):
    return flow.View(UpdateProcessView.as_view(fields=[])).Next(following)


class StockSteps(flow.Flow):
    """The same shape with a lock, and nothing else."""

    process_class = Process
    lock_impl = lock.select_for_update_lock

    started = flow.StartHandle(this.begin).Next(this.step1)
    step1 = _view(this.step2)
    step2 = _view(this.step3)
    step3 = _view(this.step4)
    step4 = _view(this.step5)
    step5 = _view(this.step6)
    step6 = _view(this.step7)
    step7 = _view(this.step8)
    step8 = _view(this.done)
    done = flow.End()

    def begin(self, activation):
        return activation.process
