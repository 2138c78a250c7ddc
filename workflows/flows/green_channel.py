"""The procedure of the 直通车, node by node as the policy's edition lists its steps."""

from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import flow

from talent.core import roles
from talent.green_channel import dossier, forms, services
from talent.green_channel.models import GreenChannelCase
from workflows.base import AskBureaus, Begins, CaseFlow, Due, Process, ReviewTask, WaitFor, branch
from workflows.models import CaseProcess

# Whoever recommended takes no step of the office in the same case, whatever other post he holds.
_RECOMMENDING = ("recommended", "recommendation_revised")

# The lead bureau, or its experts, advise against the case.
_AGAINST = ("fail", "refuse", "failed")

_CHECKS = {"within": "background_checks", "then": this.gathered, "not_by": _RECOMMENDING}


class GreenChannelProcess(CaseProcess):
    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("直通车流程")


class GreenChannelFlow(CaseFlow):
    """顶尖人才直通车

    依据：济政发〔2025〕8号第7项。推荐 → 本人确认 → 受理 → 分办 → 形式审查 → 背景核查 → 专家评审 → 联席会议 → 拟定 → 审定 → 公示 → 认定。
    """

    process_class = GreenChannelProcess

    # 推荐单位 and the talent (G1)
    recommended = flow.StartHandle(this.begin).Annotation(title="推荐").Next(this.confirm)
    confirm = (
        WaitFor("applicant", this.do_submit).Annotation(title="本人确认").Within("confirm").Next(this.intake)
    )
    revise = (
        WaitFor("recommender", this.do_revise)
        .Annotation(title="修改推荐")
        .Within("recommend")
        .Next(this.confirm)
    )

    # 市委组织部: intake (G2) and dispatch (G3)
    intake = (
        ReviewTask(forms.IntakeForm, this.do_take_in)
        .Annotation(title="受理")
        .By(roles.INTAKE)
        .Within("intake")
        .NotBy(*_RECOMMENDING)
        .Next(this.intake_outcome)
    )
    intake_outcome = (
        flow.Switch()
        .Annotation(title="受理结果")
        .Case(this.supplement, this.is_supplement)
        .Case(this.promise, this.is_deferral)
        .Case(this.revise, this.is_returned)
        .Case(this.not_accepted, this.is_refused)
        .Default(this.dispatch)
    )
    promise = (
        WaitFor("applicant", this.do_answer_promise)
        .Annotation(title="容缺承诺")
        .Within("promise")
        .Next(this.promise_answer)
    )
    promise_answer = (
        flow.If(this.is_promised).Annotation(title="是否承诺").Then(this.dispatch).Else(this.intake)
    )
    dispatch = (
        ReviewTask(forms.DispatchForm, this.do_dispatch)
        .Annotation(title="分办")
        .By(roles.INTAKE)
        .Within("dispatch")
        .NotBy(*_RECOMMENDING)
        .Given(this.dispatch_choices)
        .Next(this.form_review)
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
        .Case(this.form_review, this.is_asked_by_form_review)
        .Case(this.conclude_checks, this.is_asked_by_conclusion)
        .Default(this.intake)
    )

    # 牵头部门 (G4)
    form_review = (
        ReviewTask(forms.FormReviewForm, this.do_review_form)
        .Annotation(title="形式审查")
        .By(roles.CHECKER)
        .Within("form_review")
        .NotBy(*_RECOMMENDING)
        .Next(this.form_outcome)
    )
    form_outcome = (
        flow.Switch()
        .Annotation(title="审查结果")
        .Case(this.supplement, this.is_supplement)
        .Case(this.ask_bureaus, this.is_checked)
        .Case(this.panel, this.is_for_experts)
        .Case(this.meeting, this.is_for_meeting)
        .Default(this.draft_decision)
    )

    # 背景核查 (G5): the bureaus asked, at once; then 牵头部门 concludes.
    ask_bureaus = AskBureaus(
        "identity", "ip", "integrity", "finance", "security", concluded_by="conclude_checks"
    ).Annotation(title="提请核查")
    check_identity, confirm_identity, identity_answered = branch("identity", "身份与履历", **_CHECKS)
    check_ip, confirm_ip, ip_answered = branch("ip", "知识产权与竞业", **_CHECKS)
    check_integrity, confirm_integrity, integrity_answered = branch("integrity", "诚信与信用", **_CHECKS)
    check_finance, confirm_finance, finance_answered = branch("finance", "项目资金", **_CHECKS)
    check_security, confirm_security, security_answered = branch("security", "安全", **_CHECKS)
    gathered = flow.Join().Annotation(title="核查齐备").Next(this.conclude_checks)
    conclude_checks = (
        ReviewTask(forms.ConcludeForm, this.do_conclude_checks)
        .Annotation(title="核查汇总")
        .By(roles.CHECKER)
        .Within("conclude_checks")
        .NotBy(*_RECOMMENDING)
        .Given(this.conclusion_choices)
        .Next(this.conclusion)
    )
    conclusion = (
        flow.Switch()
        .Annotation(title="汇总结果")
        .Case(this.supplement, this.is_supplement)
        .Case(this.ask_bureaus, this.is_checked)
        .Case(this.panel, this.is_for_experts)
        .Case(this.meeting, this.is_for_meeting)
        .Default(this.draft_decision)
    )

    # 专家评审 (G6) by the panel of the lead bureau; its time does not count (行政许可法 art. 45)
    panel = (
        ReviewTask(forms.PanelForm, this.do_conclude_panel)
        .Annotation(title="专家评审")
        .By(roles.PANEL_SECRETARY)
        .Within("panel")
        .NotBy(*services.panels.NOT_BY)
        .Final()
        .Next(this.panel_outcome)
    )
    panel_outcome = (
        flow.Switch()
        .Annotation(title="评审结果")
        .Case(this.meeting, this.is_for_meeting)
        .Default(this.draft_decision)
    )

    # 联席会议 (G7): cases wait in a pool; closing the meeting moves every decided one on
    meeting = (
        ReviewTask(forms.MeetingForm, this.do_conclude_meeting)
        .Annotation(title="联席会议")
        .By(roles.MEETING_SECRETARY)
        .Within("meeting")
        .NotBy(*_RECOMMENDING)
        .Final()
        .Next(this.draft_decision)
    )

    # 拟定 and 审定 (G8): two people
    draft_decision = (
        ReviewTask(forms.DraftDecisionForm, this.do_draft)
        .Annotation(title="拟定决定")
        .By(roles.INTAKE)
        .Within("draft_decision")
        .NotBy(*_RECOMMENDING)
        .Next(this.decide)
    )
    decide = (
        ReviewTask(forms.DecideForm, this.do_decide)
        .Annotation(title="审定")
        .By(roles.DECIDER)
        .Within("decide")
        .NotBy("decision_drafted", *_RECOMMENDING)
        .Final()
        .Next(this.decide_outcome)
    )
    decide_outcome = (
        flow.Switch()
        .Annotation(title="审定结果")
        .Case(this.draft_decision, this.is_redraft)
        .Case(this.refused, this.is_refused_in_decision)
        .Case(this.recognise, this.is_exempt)
        .Default(this.publicity)
    )

    # 公示 (G9)
    publicity = (
        WaitFor("system", this.do_end_publicity)
        .Annotation(title="公示")
        .Within("publicity")
        .Until(this.publicity_end)
        .Next(this.publicity_outcome)
    )
    publicity_outcome = (
        flow.If(this.is_upheld)
        .Annotation(title="异议是否成立")
        .Then(this.draft_decision)
        .Else(this.recognise)
    )

    # 认定 (G10). What follows for years (G11 to G14) are rows with acts of their own, not tasks: services/agreements,
    # orders, evaluating, milestones
    recognise = (
        ReviewTask(forms.RecogniseForm, this.do_recognise)
        .Annotation(title="制发认定书")
        .By(roles.INTAKE)
        .Within("recognise")
        .NotBy(*_RECOMMENDING)
        .Final()
        .Next(this.recognised)
    )

    recognised = flow.End().Annotation(title="已认定")
    refused = flow.End().Annotation(title="不予认定")
    not_accepted = flow.End().Annotation(title="不予受理")

    # --- questions
    def is_supplement(self, activation):
        return activation.process.outcome == "supplement"

    def is_deferral(self, activation):
        return activation.process.outcome == "defer"

    def is_returned(self, activation):
        return activation.process.outcome == "return"

    def is_refused(self, activation):
        return activation.process.outcome == "refuse"

    def is_promised(self, activation):
        return activation.process.outcome == "promised"

    def is_asked_by_form_review(self, activation):
        return activation.process.asked_from == "form_review"

    def is_for_experts(self, activation):
        """A case the lead bureau advises against goes to the decision, and costs no expert his time."""
        return activation.process.outcome not in _AGAINST and services.needs_panel(
            activation.process.artifact
        )

    def is_for_meeting(self, activation):
        return activation.process.outcome not in _AGAINST and services.needs_meeting(
            activation.process.artifact
        )

    def is_asked_by_conclusion(self, activation):
        return activation.process.asked_from == "conclude_checks"

    def is_checked(self, activation):
        return activation.process.outcome in ("ask", "ask_more")

    def is_redraft(self, activation):
        return activation.process.outcome == "redraft"

    def is_refused_in_decision(self, activation):
        return activation.process.outcome == "refused"

    def is_exempt(self, activation):
        return activation.process.outcome == "exempt"

    def is_upheld(self, activation):
        return activation.process.outcome == "upheld"

    # --- dates
    def supplement_end(self, activation):
        return services.supplement_end(activation.process.artifact)

    def publicity_end(self, activation):
        return services.publicity_end(activation.process.artifact)

    # --- choices
    def dispatch_choices(self, case):
        return services.dispatch_choices(case)

    def conclusion_choices(self, case):
        return services.conclusion_choices(case)

    # --- acts, one service call each
    def do_submit(self, activation, *, actor):
        services.submit(activation.process.artifact, actor=actor)

    def do_revise(self, activation, *, actor, **fields):
        services.revise(activation.process.artifact, actor=actor, **fields)

    def do_take_in(self, case, **facts):
        return services.take_in(case, **facts)

    def do_answer_promise(self, activation, *, actor, accepted):
        activation.process.outcome = services.answer_promise(
            activation.process.artifact, actor=actor, accepted=accepted
        )

    def do_dispatch(self, case, **facts):
        return services.dispatch(case, **facts)

    def do_supplement(self, activation, *, actor, answers):
        services.answer_supplement(activation.process.artifact, actor=actor, answers=answers)

    def do_review_form(self, case, **facts):
        return services.review_form(case, **facts)

    def do_conclude_panel(self, case, **facts):
        return services.conclude_panel(case, **facts)

    def do_conclude_meeting(self, case, **facts):
        return services.conclude_meeting(case, **facts)

    def do_conclude_checks(self, case, **facts):
        return services.conclude_checks(case, **facts)

    def do_draft(self, case, **facts):
        return services.draft_decision(case, **facts)

    def do_decide(self, case, **facts):
        return services.decide(case, **facts)

    def do_end_publicity(self, activation, *, actor=None):
        activation.process.outcome = services.end_publicity(activation.process.artifact)

    def do_recognise(self, case, **facts):
        return services.recognise(case, **facts)


PROCESS = Process(
    slug="green-channel",
    policy="green_channel",
    case=GreenChannelCase,
    flow=GreenChannelFlow,
    services=services,
    begins=Begins.UNIT,
    begin_form=dossier.RecommendationForm,
    begin=services.recommend,
    from_leads=True,
    parts=dossier.PARTS,
    may_read=services.agreements.may_read,
    due=tuple(Due(*one) for one in services.DUE),
    nightly=((_("结束已终止办件的评审"), services.cancel_ended),),
)
