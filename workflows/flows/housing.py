"""The procedure of 人才安居, node by node as the policy's edition lists its steps."""

from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import flow

from housing import dossier, forms, services
from housing.models import HousingCase
from housing.services import flats, rosters
from talent.core import roles
from talent.core.forms import IntakeForm
from talent.core.services import funds
from workflows.base import AskBureaus, Begins, CaseFlow, Due, Process, ReviewTask, WaitFor, branch
from workflows.models import CaseProcess

# Subjects of the joint check, named as in the edition's `[[check]]`.
_SUBJECTS = ("insurance", "housing", "estate", "tax", "civil")
# Amount and decision are three people's: who worked it out, who checked it, who decides.
_AMOUNT = ("amount_calculated", "amount_verified")


def _bureau(subject: str, title: str) -> tuple:
    return branch(subject, title, within="joint_check", then=this.gathered)


class HousingProcess(CaseProcess):
    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("人才安居流程")


class HousingFlow(CaseFlow):
    """人才安居

    依据：济政发〔2025〕8号第9项。填报 → 单位确认 → 受理 → 县市区审核 → 并联核查 → 核定 → 复核 → 组织部门审核 → 公示 → 审定。
    """

    process_class = HousingProcess

    # 申请人 (H1) and 用人单位 (H2)
    begun = flow.StartHandle(this.begin).Annotation(title="开始").Next(this.confirm)
    confirm = WaitFor("applicant", this.do_submit).Annotation(title="填报").Within("confirm").Next(this.filed)
    filed = (
        flow.If(this.is_confirmed_by_list)
        .Annotation(title="单位是否已批量确认")
        .Then(this.intake)
        .Else(this.employer)
    )
    employer = (
        WaitFor("employer", this.do_answer_employer)
        .Annotation(title="单位确认")
        .Within("employer")
        .Next(this.employer_answer)
    )
    employer_answer = (
        flow.If(this.is_declined).Annotation(title="单位是否确认").Then(this.confirm).Else(this.intake)
    )

    # 县市区人社局, or the city's for its own units: 受理 (H3)
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
        .Case(this.promise, this.is_deferral)
        .Case(this.not_accepted, this.is_refused)
        .Default(this.route)
    )
    promise = (
        WaitFor("applicant", this.do_answer_promise)
        .Annotation(title="容缺承诺")
        .Within("promise")
        .Next(this.promise_answer)
    )
    promise_answer = flow.If(this.is_promised).Annotation(title="是否承诺").Then(this.route).Else(this.intake)
    route = (
        flow.If(this.is_city_level)
        .Annotation(title="是否市级直接办理")
        .Then(this.asking)
        .Else(this.county_review)
    )

    # 补正, from whichever step asked
    supplement = (
        WaitFor("applicant", this.do_supplement)
        .Annotation(title="补正")
        .Within("supplement")
        .Until(this.supplement_end)
        .Next(this.resume)
    )
    resume = (
        flow.Switch()
        .Annotation(title="回到原环节")
        .Case(this.county_review, this.is_asked_by_county_review)
        .Case(this.calculate, this.is_asked_by_calculate)
        .Case(this.verify, this.is_asked_by_verify)
        .Default(this.intake)
    )

    # 县市区审核 (H4)
    county_review = (
        ReviewTask(forms.CountyReviewForm, this.do_review_in_county)
        .Annotation(title="县市区审核")
        .By(roles.CHECKER)
        .Within("county_review")
        .Next(this.county_outcome)
    )
    county_outcome = (
        flow.If(this.is_supplement).Annotation(title="审核结果").Then(this.supplement).Else(this.asking)
    )

    # 并联核查 (H5): each bureau by officer and head; nobody waits for anybody
    asking = (
        flow.If(this.is_asking).Annotation(title="是否提请核查").Then(this.ask_bureaus).Else(this.calculate)
    )
    ask_bureaus = AskBureaus(*_SUBJECTS, concluded_by="calculate").Annotation(title="提请核查")
    check_insurance, confirm_insurance, insurance_answered = _bureau("insurance", "社会保险和学历")
    check_housing, confirm_housing, housing_answered = _bureau("housing", "住房和网签")
    check_estate, confirm_estate, estate_answered = _bureau("estate", "不动产登记")
    check_tax, confirm_tax, tax_answered = _bureau("tax", "税务")
    check_civil, confirm_civil, civil_answered = _bureau("civil", "婚姻登记")
    gathered = flow.Join().Annotation(title="核查齐备").Next(this.calculate)

    # 市人社局: 核定 and 复核 (H6) by two officers
    calculate = (
        ReviewTask(forms.CalculateForm, this.do_calculate)
        .Annotation(title="核定")
        .By(roles.CHECKER)
        .Within("calculate")
        .Given(this.calculate_choices)
        .Next(this.calculated)
    )
    calculated = (
        flow.Switch()
        .Annotation(title="核定结果")
        .Case(this.county_review, this.is_returned)
        .Case(this.supplement, this.is_supplement)
        .Default(this.verify)
    )
    verify = (
        ReviewTask(forms.VerifyForm, this.do_verify)
        .Annotation(title="复核")
        .By(roles.CHECKER)
        .Within("verify")
        .NotBy("amount_calculated")
        .Final()
        .Next(this.verified)
    )
    verified = (
        flow.Switch()
        .Annotation(title="复核结果")
        .Case(this.calculate, this.is_redo)
        .Case(this.supplement, this.is_supplement)
        .Case(this.decide, this.is_refused)
        .Case(this.endorse, this.is_for_endorsement)
        .Default(this.publicity)
    )

    # 市委组织部, for the levels the edition names
    endorse = (
        ReviewTask(forms.EndorseForm, this.do_endorse)
        .Annotation(title="组织部门审核")
        .By(roles.DECIDER)
        .Within("endorse")
        .NotBy(*_AMOUNT)
        .Final()
        .Next(this.endorsed)
    )
    endorsed = flow.If(this.is_redo).Annotation(title="是否同意").Then(this.calculate).Else(this.publicity)

    # 公示 (H7)
    publicity = (
        WaitFor("system", this.do_end_publicity)
        .Annotation(title="公示")
        .Within("publicity")
        .Until(this.publicity_end)
        .Next(this.publicity_outcome)
    )
    publicity_outcome = (
        flow.If(this.is_upheld).Annotation(title="异议是否成立").Then(this.calculate).Else(this.decide)
    )

    # 审定 (H8); 资金 (H9) follows here
    decide = (
        ReviewTask(forms.DecideForm, this.do_decide)
        .Annotation(title="审定")
        .By(roles.DECIDER)
        .Within("decide")
        .NotBy(*_AMOUNT)
        .Final()
        .Next(this.decided)
    )
    decided = (
        flow.Switch()
        .Annotation(title="审定结果")
        .Case(this.calculate, this.is_redo)
        .Case(this.refused, this.is_refused_in_decision)
        .Default(this.granted)
    )

    granted = flow.End().Annotation(title="已批准")
    refused = flow.End().Annotation(title="不予批准")
    not_accepted = flow.End().Annotation(title="不予受理")

    # --- questions
    def is_confirmed_by_list(self, activation):
        return activation.process.artifact.employer_confirmed_at is not None

    def is_declined(self, activation):
        return activation.process.outcome == "declined"

    def is_supplement(self, activation):
        return activation.process.outcome == "supplement"

    def is_deferral(self, activation):
        return activation.process.outcome == "defer"

    def is_refused(self, activation):
        return activation.process.outcome == "refuse"

    def is_promised(self, activation):
        return activation.process.outcome == "promised"

    def is_city_level(self, activation):
        return activation.process.artifact.city_level

    def is_asked_by_county_review(self, activation):
        return activation.process.asked_from == "county_review"

    def is_asked_by_calculate(self, activation):
        return activation.process.asked_from == "calculate"

    def is_asked_by_verify(self, activation):
        return activation.process.asked_from == "verify"

    def is_asking(self, activation):
        return activation.process.artifact.checks.open().exists()

    def is_returned(self, activation):
        return activation.process.outcome == "return"

    def is_redo(self, activation):
        return activation.process.outcome == "redo"

    def is_for_endorsement(self, activation):
        return activation.process.outcome == "endorse"

    def is_upheld(self, activation):
        return activation.process.outcome == "upheld"

    def is_refused_in_decision(self, activation):
        return activation.process.outcome == "refused"

    # --- dates
    def supplement_end(self, activation):
        return services.supplement_end(activation.process.artifact)

    def publicity_end(self, activation):
        return services.publicity_end(activation.process.artifact)

    # --- choices
    def calculate_choices(self, case):
        return services.calculate_choices(case)

    # --- acts, one service call each
    def do_submit(self, activation, *, actor):
        services.submit(activation.process.artifact, actor=actor)

    def do_answer_employer(self, activation, *, actor, confirmed, note):
        activation.process.outcome = services.answer_employer(
            activation.process.artifact, actor=actor, confirmed=confirmed, note=note
        )

    def do_take_in(self, case, **facts):
        return services.take_in(case, **facts)

    def do_answer_promise(self, activation, *, actor, accepted):
        activation.process.outcome = services.answer_promise(
            activation.process.artifact, actor=actor, accepted=accepted
        )

    def do_supplement(self, activation, *, actor, answers):
        services.answer_supplement(activation.process.artifact, actor=actor, answers=answers)

    def do_review_in_county(self, case, **facts):
        return services.review_in_county(case, **facts)

    def do_calculate(self, case, **facts):
        return services.calculate(case, **facts)

    def do_verify(self, case, **facts):
        return services.verify(case, **facts)

    def do_endorse(self, case, **facts):
        return services.endorse(case, **facts)

    def do_end_publicity(self, activation, *, actor=None):
        activation.process.outcome = services.end_publicity(activation.process.artifact)

    def do_decide(self, case, **facts):
        return services.decide(case, **facts)


def go_on_with_rosters() -> int:
    """File what is left of lists whose page was closed, a few people in each transaction. Returns how many lists."""
    found = list(rosters.unfinished())
    for roster in found:
        while roster.state == roster.State.RUNNING:
            roster = rosters.advance(roster, begin=HousingFlow.start_for)  # noqa: PLW2901 read again
    return len(found)


PROCESS = Process(
    slug="housing",
    policy="housing",
    case=HousingCase,
    flow=HousingFlow,
    services=services,
    begins=Begins.APPLICANT,
    begin_form=dossier.BeginForm,
    begin=services.begin,
    parts=dossier.PARTS,
    employer_facts=HousingCase.employer_facts,
    check_form=dossier.CheckForm,
    overlaps=services.overlaps,
    explain=services.explain,
    explanation="portal/_amount.html",
    paying=services.paying,
    sheet=services.approval_sheet,
    recovery=(services.recovery_events, services.recovery_of),
    taken_over=(services.COUNTY_STEPS, services.may_take_over, services.take_over),
    beside=(("my:flats", _("申请人才公寓")),),
    due=(
        Due("在岗确认开始", services.paying.rounds_due, services.paying.open_round),
        Due("在岗确认提醒", funds.to_remind, lambda asked, day: funds.remind(asked)),
        Due("在岗确认逾期", funds.silent, services.paying.note_silence),
        Due("年度复核开始", services.paying.reviews_due, services.paying.open_review),
        Due(_("批量申报到期放弃"), rosters.overdue, lambda roster, day: rosters.drop(roster, actor=None)),
        *(Due(*one) for one in flats.DUE),
    ),
    nightly=((_("批量申报继续办理"), go_on_with_rosters),),
)
