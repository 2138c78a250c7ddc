"""The procedure of 校聘企用 from the application to the final evaluation, node by node as the edition lists its steps.

P1 to P3 (需求登记、核验、发布) come before there is a person, so they are acts on the need, not steps of a case
(`talent.placements.services.needs`). What comes again and again while the term runs (days, reports, ratings,
suspensions) are rows with dates of their own beside the one node `running`.
"""

from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import flow

from talent.core import roles
from talent.placements import forms, services
from talent.placements.models import PlacementCase
from talent.placements.services import (
    agreeing,
    applying,
    countersigning,
    rating,
    reporting,
    reviewing,
    watching,
)
from workflows.base import Begins, CaseFlow, Due, Process, ReviewTask, WaitFor, acts
from workflows.base.joint import AskBureaus, branch
from workflows.models import CaseProcess


class PlacementProcess(CaseProcess):
    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("校聘企用流程")


class PlacementFlow(CaseFlow):
    """校聘企用

    依据：济政发〔2025〕8号第8项。申请或邀请 → 双方确认 → 派出单位意见 → 审查 → 公示 → 三方协议 → 聘书 → 在岗 → 期满评估。
    """

    process_class = PlacementProcess

    # 本人 and 企业 (P4): whoever did not begin confirms
    applied = flow.StartHandle(this.begin).Annotation(title="申请或邀请").Next(this.who_confirms)
    who_confirms = (
        flow.If(this.is_invited)
        .Annotation(title="由谁确认")
        .Then(this.confirm_person)
        .Else(this.confirm_firm)
    )
    confirm_person = (
        WaitFor("applicant", this.do_confirm)
        .Annotation(title="本人确认")
        .Within("confirm_person")
        .Next(this.confirmation)
    )
    confirm_firm = (
        WaitFor("employer", this.do_confirm)
        .Annotation(title="单位确认")
        .Within("confirm_firm")
        .Next(this.confirmation)
    )
    confirmation = (
        flow.If(this.is_confirmed).Annotation(title="是否确认").Then(this.consent).Else(this.declined)
    )

    # 派出单位 (P5)
    consent = (
        WaitFor("university", this.do_consent)
        .Annotation(title="派出单位意见")
        .Within("consent")
        .Next(this.consent_given)
    )
    consent_given = (
        flow.If(this.is_consented)
        .Annotation(title="派出单位是否同意")
        .Then(this.ask_bureaus)
        .Else(this.consent_refused)
    )

    # 人社局、教育局、组织部 (P6) side by side, brought together by the lead bureau
    ask_bureaus = AskBureaus("personnel", "education", "organisation", concluded_by="conclude").Annotation(
        title="提请联合审查"
    )
    check_personnel, confirm_personnel, personnel_answered = branch(
        "personnel", "人事", within="joint_review", then=this.gathered
    )
    check_education, confirm_education, education_answered = branch(
        "education", "教学", within="joint_review", then=this.gathered
    )
    check_organisation, confirm_organisation, organisation_answered = branch(
        "organisation", "任职", within="joint_review", then=this.gathered
    )
    gathered = flow.Join().Annotation(title="联合审查齐备").Next(this.conclude)
    conclude = (
        ReviewTask(forms.ConcludeForm, this.do_conclude)
        .Annotation(title="汇总审查意见")
        .By(roles.INTAKE)
        .Within("conclude")
        .Final()
        .Next(this.conclusion)
    )
    conclusion = flow.If(this.is_refused).Annotation(title="审查结论").Then(this.refused).Else(this.publicity)

    # 公示 (P7)
    publicity = (
        WaitFor("system", this.do_end_publicity)
        .Annotation(title="公示")
        .Within("publicity")
        .Until(this.publicity_end)
        .Next(this.publicity_outcome)
    )
    publicity_outcome = (
        flow.If(this.is_upheld).Annotation(title="异议是否成立").Then(this.conclude).Else(this.agreement)
    )

    # 三方 (P8) and 聘书 (P9)
    agreement = (
        WaitFor("parties", this.do_complete_agreement)
        .Annotation(title="签订三方协议")
        .Within("agreement")
        .Next(this.appoint)
    )
    appoint = (
        ReviewTask(forms.AppointForm, this.do_appoint)
        .Annotation(title="颁发聘书")
        .By(roles.BUREAU_HEAD)
        .Within("appoint")
        .NotBy("review_concluded")
        .Final()
        .Next(this.running)
    )

    # 在岗 (P10 to P13) and 期满评估 (P14)
    running = (
        WaitFor("system", this.do_end_term).Annotation(title="在岗服务").Within("running").Next(this.evaluate)
    )
    evaluate = (
        ReviewTask(forms.EvaluateForm, this.do_evaluate)
        .Annotation(title="期满评估")
        .By(roles.CHECKER)
        .Within("evaluate")
        .Final()
        .Next(this.evaluated)
    )

    evaluated = flow.End().Annotation(title="已评估归档")
    refused = flow.End().Annotation(title="不予通过")
    consent_refused = flow.End().Annotation(title="派出单位不同意")
    declined = flow.End().Annotation(title="未达成意向")

    # --- questions
    def is_invited(self, activation):
        return activation.process.artifact.invited

    def is_confirmed(self, activation):
        return activation.process.outcome == "confirmed"

    def is_consented(self, activation):
        return activation.process.outcome == "consented"

    def is_refused(self, activation):
        return activation.process.outcome == "refused"

    def is_upheld(self, activation):
        return activation.process.outcome == "upheld"

    # --- dates
    def publicity_end(self, activation):
        return reviewing.publicity_end(activation.process.artifact)

    # --- acts, one service call each
    def do_confirm(self, activation, *, actor, agreed, **facts):
        act = applying.confirm if agreed else applying.decline
        activation.process.outcome = act(activation.process.artifact, actor=actor, **facts)

    def do_consent(self, activation, *, actor, agreed, **facts):
        act = applying.consent if agreed else applying.refuse_consent
        activation.process.outcome = act(activation.process.artifact, actor=actor, **facts)

    def do_conclude(self, case, **facts):
        return reviewing.conclude(case, **facts)

    def do_end_publicity(self, activation, *, actor=None):
        activation.process.outcome = reviewing.end_publicity(activation.process.artifact)

    def do_complete_agreement(self, activation, *, actor):
        activation.process.outcome = agreeing.complete(activation.process.artifact, actor=actor)

    def do_appoint(self, case, **facts):
        return agreeing.appoint(case, **facts)

    def do_end_term(self, activation, *, actor=None):
        activation.process.outcome = watching.end(activation.process.artifact)

    def do_evaluate(self, case, **facts):
        return rating.evaluate(case, **facts)


PROCESS = Process(
    slug="placements",
    policy="placements",
    case=PlacementCase,
    flow=PlacementFlow,
    services=services,
    begins=Begins.PAGE,
    begin_page="needs",
    begin_title=_("查看岗位需求"),
    my_page="my:placement",
    unit_page="unit:placement",
    due=(
        Due(
            _("聘期届满"), watching.to_end, lambda place, day: acts.answer(place.case, "running", actor=None)
        ),
        Due(_("中止与恢复"), watching.to_switch, watching.switch),
        Due(_("会签逾期"), countersigning.to_lapse, countersigning.lapse),
        Due(_("聘期届满提醒"), watching.to_warn, lambda due, day: watching.warn(*due)),
        Due(_("定期报告提醒"), reporting.to_remind, reporting.remind),
        Due(_("年度考核"), rating.due_years, lambda due, day: rating.begin(*due)),
        Due(_("考核结果生效"), rating.to_finalise, lambda given, day: rating.finalise(given)),
    ),
    may_read=agreeing.may_read,
)
