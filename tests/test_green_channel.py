"""The 直通车 as people live it: every act below is a page request by the person who does it.

Days are checked against the calendar of 2026: 2 March is a Monday, 4 to 6 April are the next holiday.
"""

from datetime import date

import pytest
from django.urls import reverse

from talent.core.models import Case, CreditMark, Letter, Objection, Organisation, TalentProfile, User
from talent.core.services import cases
from talent.core.services.letters.rendering import html_of
from talent.green_channel.models import GreenChannelCase
from tests import factories, steps
from workflows import tick

# WeasyPrint leaves its colour profile open when `tick` draws letters.
PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)


@pytest.fixture
def world(loaded):
    with steps.play() as played:
        yield played


# --- from the recommendation to the certificate -----------------------------------------------------


@pytest.mark.database
def test_a_recommended_person_is_recognised_and_every_letter_is_numbered_and_can_be_checked(world):
    case = world.recommend()
    assert (case.number, case.status) == ("ZTC2026-0001", Case.Status.RECOMMENDED)
    assert any("推荐" in subject for subject in world.inbox("talent"))
    world.fill(case)
    case = world.submit(case)
    assert world.letters(case) == ["receipt"]
    case = world.take_in(case)
    assert (case.status, case.due_on, case.promise_due_on) == (
        Case.Status.ACCEPTED, date(2026, 3, 30), date(2026, 3, 30),
    )  # fmt: skip
    case = world.dispatch(case)
    assert (case.lead_organisation.code, case.steward) == ("kjj", world.people["steward"])
    case = world.form_review(case)
    case = world.draft(case)
    case = world.sign(case)
    shown = case.publicities.get()
    assert (shown.starts_on, shown.ends_on) == (date(2026, 3, 3), date(2026, 3, 9))
    page = world.get("visitor", "publicity_page", shown.key).content.decode()
    assert "赵示例" in page
    assert world.number not in page
    assert "19900000001" not in page
    world.at(steps.day_after(shown.ends_on))
    tick.run()
    case = world.issue(case)
    assert (case.status, case.level_code) == (Case.Status.COMPLETED, "B")
    assert world.letters(case) == ["receipt", "acceptance", "publicity", "decision", "recognition"]
    assert [letter.serial for letter in case.letters.order_by("pk")] == [1, 2, 3, 4, 5]
    assert {letter.issuer.code for letter in case.letters.all()} == {"zzb"}
    for letter in case.letters.all():
        page = world.get("visitor", "check_letter", letter.check_code).content.decode()
        assert letter.number in page
        assert "有效" in page
        assert "赵示例" not in page
    assert world.step(case) is None
    assert world.event(case, "recognised").clock == "stop"


def test_a_code_nobody_issued_is_no_letter(world):
    assert "查无此文书" in world.get("visitor", "check_letter", "AAAABBBBCCCC").content.decode()


def test_a_person_without_an_account_joins_by_the_link_and_hands_in(world):
    number = factories.identity_number()
    sent = world.recommendation(candidate_name="钱样例", candidate_id_number=number)
    page = world.post("recommender", "unit:begin", "green-channel", data=sent, expect=200)
    link = page.context["link"]
    assert number not in link
    case = GreenChannelCase.objects.get()
    answer = world.browser("visitor").post(
        link,
        {"username": "qianyangli", "name": "钱样例", "password": "Story-2026-abc", "again": "Story-2026-abc"},
    )
    assert answer.status_code == 302
    world.people["qian"] = User.objects.get(username="qianyangli")
    world.fill(case, who="qian")
    assert world.submit(case, who="qian").status == Case.Status.SUBMITTED
    again = world.browser("stranger").post(
        link, {"username": "other", "name": "他人", "password": "Story-2026-abc", "again": "Story-2026-abc"}
    )
    assert again.status_code == 409
    assert not User.objects.filter(username="other").exists()


def test_an_incomplete_dossier_is_not_handed_in_and_the_page_names_the_open_parts(world):
    case = world.recommend()
    world.fill(case, missing=("G05",))
    case = world.submit(case, expect=200)
    assert case.status == Case.Status.RECOMMENDED
    assert "申报材料" in world.said
    assert "代表性成果" not in world.said


def test_what_is_handed_in_after_five_counts_from_the_next_working_day(world):
    case = world.submitted()
    world.at(date(2026, 3, 6), hour=17, minute=30)
    case = world.take_in(case)
    assert world.event(case, "accepted").clock_day == date(2026, 3, 9)
    assert case.due_on == date(2026, 4, 7)


def test_the_employers_own_hr_recommends_only_for_its_own_employer(world):
    sent = world.recommendation("hr")
    assert (
        world.post("other_employer", "unit:begin", "green-channel", data=sent, expect=200)
        .context["form"]
        .errors["employer"]
    )
    assert not GreenChannelCase.objects.exists()
    assert world.recommend("hr").recommender == world.employer


@pytest.mark.database
def test_the_same_form_sent_twice_makes_one_case(world):
    sent = world.recommendation()
    world.post("recommender", "unit:begin", "green-channel", data=sent)
    world.post("recommender", "unit:begin", "green-channel", data=sent, expect=200)
    assert "已经提交" in world.said
    assert GreenChannelCase.objects.count() == 1
    assert TalentProfile.objects.count() == 1


def test_a_person_with_a_running_case_is_not_recommended_again(world):
    case = world.recommend()
    world.post("hr", "unit:begin", "green-channel", data=world.recommendation("hr"), expect=200)
    assert case.number in world.said
    assert GreenChannelCase.objects.count() == 1


# --- who sees and who may ----------------------------------------------------------------------------


def test_strangers_find_no_case_and_no_file(world):
    case = world.submitted()
    for who in ("stranger", "other_employer"):
        for name in ("unit:case", "my:case"):
            world.get(who, name, case.number, expect=404)
        world.get(who, "material_file", case.number, "G01", expect=404)
        world.get(who, "letter_file", case.number, case.letters.get().check_code, expect=404)


def test_the_lead_bureau_sees_the_case_only_after_the_dispatch(world):
    case = world.at_dispatch()
    world.get("checker", "desk:case", case.number, expect=404)
    world.dispatch(case)
    world.get("checker", "desk:case", case.number)


def test_a_lead_other_than_the_proposed_one_needs_a_reason(world):
    factories.appoint(factories.account("gxj", "工信审查"), steps.roles.CHECKER, factories.bureau("gxj"))
    case = world.at_dispatch()
    other = factories.bureau("gxj").pk
    world.decide("intake", case, "dispatch", "dispatch", lead=other, expect=200)
    assert "改派理由" in world.said
    case = world.dispatch(case, lead=other, change_reason="领域以制造为主")
    assert case.lead_organisation.code == "gxj"
    assert "领域以制造为主" in world.event(case, "dispatched").internal_text


def test_an_internal_opinion_reaches_neither_the_applicant_nor_the_employer(world):
    case = world.form_review(world.at_form_review(), opinion="内部意见勿外传")
    assert "内部意见勿外传" in world.get("intake", "desk:case", case.number).content.decode()
    for who, name in (("talent", "my:case"), ("hr", "unit:case"), ("recommender", "unit:case")):
        assert "内部意见勿外传" not in world.get(who, name, case.number).content.decode()


# --- 补正 ----------------------------------------------------------------------------------------------


@pytest.mark.database
def test_three_rounds_of_supplement_return_to_the_officer_who_asked_and_the_clock_stands_still(world):
    case = world.submitted()
    case = world.take_in(case, "supplement", supplement={"G05": "缺少投资测算"})
    first = case.supplements.get()
    assert (case.status, first.round, first.due_on) == (Case.Status.SUPPLEMENTING, 1, date(2026, 3, 16))
    assert case.due_on is None, "before acceptance no clock runs"
    world.later(3)
    case = world.fix(case, "G05")
    step = world.step(case)
    assert (step.node, step.owner, step.due_on) == ("intake", world.people["intake"], date(2026, 3, 9))
    world.claim("intake2", case, "intake")
    assert "已由受理甲领取" in world.said
    case = world.take_in(case)
    assert case.due_on == date(2026, 4, 2)
    case = world.dispatch(case)
    world.later(1)  # 6 March: one day used

    case = world.form_review(
        case, "supplement", supplement={"G02": "证件背面缺失"}, again_reason="受理时未发现缺页"
    )
    assert case.paused
    assert case.supplements.get(round=2).due_on == date(2026, 3, 20)
    world.later(4)  # 12 March
    case = world.fix(case, "G02")
    step = world.step(case)
    assert (step.node, step.owner, step.due_on) == ("form_review", world.people["checker"], date(2026, 3, 17))
    assert (case.paused, case.due_on, case.promise_due_on) == (False, date(2026, 4, 9), date(2026, 4, 9))

    world.later(1)  # 13 March
    case = world.form_review(
        case, "supplement", supplement={"G03": "专利证书不清"}, again_reason="上次未能辨认"
    )
    world.later(2)  # 17 March
    case = world.fix(case, "G03")
    assert case.due_on == date(2026, 4, 13)
    assert [row.round for row in case.supplements.order_by("round")] == [1, 2, 3]
    assert world.letters(case).count("supplement") == 3
    case = world.form_review(case)
    assert world.step(case).node == "draft_decision"


def test_a_second_notice_without_a_reason_why_not_told_at_once_is_refused(world):
    case = world.take_in(world.submitted(), "supplement", supplement={"G05": "缺少投资测算"})
    case = world.fix(case, "G05")
    case = world.take_in(case, "supplement", supplement={"G02": "证件背面缺失"}, expect=200)
    assert "首次为何未一并告知" in world.said
    assert case.supplements.count() == 1
    assert case.status == Case.Status.SUBMITTED


def test_a_notice_lists_something_and_says_why(world):
    case = world.submitted()
    world.take_in(case, "supplement", expect=200)
    assert "一次列全" in world.said
    line = case.materials.get(code="G05")
    world.decide(
        "intake",
        case,
        "intake",
        "supplement",
        expect=200,
        **world.ticks(case) | {f"tick_{line.pk}": "supplement"},
    )
    assert "原因" in world.said
    assert not case.supplements.exists()


def test_an_answer_without_new_file_and_without_a_word_is_refused(world):
    case = world.take_in(world.submitted(), "supplement", supplement={"G05": "缺少投资测算"})
    case = world.fix(case, expect=200)
    assert "项目可行性报告" in world.said
    assert case.status == Case.Status.SUPPLEMENTING


@pytest.mark.database
def test_an_unanswered_notice_is_reminded_and_lapses_on_the_day_after_its_last(world):
    case = world.take_in(world.submitted(), "supplement", supplement={"G05": "缺少投资测算"})
    due = case.supplements.get().due_on
    world.at(due)
    tick.run()
    assert any("补正即将到期" in subject for subject in world.inbox("talent"))
    assert world.fresh(case).status == Case.Status.SUPPLEMENTING
    world.at(steps.day_after(due))
    tick.run()
    tick.run()
    case = world.fresh(case)
    assert case.status == Case.Status.LAPSED
    assert world.letters(case) == ["receipt", "supplement", "termination"]
    assert world.step(case) is None
    world.post("talent", "my:fix", case.number)
    assert world.fresh(case).status == Case.Status.LAPSED


# --- 容缺 ----------------------------------------------------------------------------------------------


def _promised(world) -> GreenChannelCase:
    case = world.submitted(missing=("G07", "G09"))
    lines = list(case.materials.filter(code__in=("G07", "G09")).values_list("pk", flat=True))
    case = world.take_in(case, "defer", deferred=lines)
    return world.promise(case)


def test_a_kept_promise_is_accepted_at_once_and_nothing_is_issued_before_it_is_kept(world):
    case = _promised(world)
    assert (case.status, world.step(case).node) == (Case.Status.ACCEPTED, "dispatch")
    assert "deferred" in world.letters(case)
    promise = case.promises.get()
    assert promise.due_on == date(2026, 3, 16)
    assert [one.code for one in cases.blocking_reasons(case)] == ["promise"]
    case = world.dispatch(case)
    case = world.form_review(case)
    # 同行专家意见 has to be there before the decision, the contract only before the certificate.
    case = world.draft(case)
    page = world.get("decider", "desk:case", case.number).content.decode()
    assert "须在“审定”前交齐" in page
    world.sign(case, expect=200)
    assert "前必须交齐的材料还没有交齐" in world.said
    assert world.fresh(case).step == "decide"
    world.upload(case, "G09")
    world.post("talent", "my:fulfil", case.number)
    assert case.promises.get().state == "accepted", "one of two is not all"
    case = world.sign(case)
    world.at(steps.day_after(case.publicities.get().ends_on))
    tick.run()
    world.issue(case, expect=200)
    assert "容缺材料尚未补齐" in world.said
    assert world.fresh(case).status == Case.Status.APPROVED
    world.upload(case, "G07")
    world.post("talent", "my:fulfil", case.number)
    assert case.promises.get().state == "fulfilled"


@pytest.mark.database
def test_a_broken_promise_ends_the_case_marks_the_credit_and_blocks_the_next_until_repaired(world):
    case = world.dispatch(_promised(world))
    world.at(steps.day_after(case.promises.get().due_on))
    tick.run()
    case = world.fresh(case)
    assert case.status == Case.Status.LAPSED
    assert world.letters(case)[-1] == "termination"
    mark = CreditMark.objects.get()
    assert (mark.profile, mark.repaired_at) == (world.profile, None)
    tick.run()
    assert CreditMark.objects.count() == 1

    second = world.submitted(missing=("G07",))
    line = second.materials.get(code="G07").pk
    world.take_in(second, "defer", deferred=[line], expect=200)
    assert "未修复的失信记录" in world.said

    world.post("checker", "desk:credit", data={"mark": mark.pk, "reason": "已补齐材料"}, expect=403)
    world.post("head", "desk:credit", data={"mark": mark.pk, "reason": "已"})
    mark.refresh_from_db()
    assert mark.repaired_at is None
    world.post("head", "desk:credit", data={"mark": mark.pk, "reason": "已补齐材料并说明情况"})
    mark.refresh_from_db()
    assert mark.repaired_by == world.people["head"]
    second = world.take_in(second, "defer", deferred=[line])
    assert second.promises.get().state == "offered"


def test_declining_a_promise_leads_back_to_intake_without_any_mark(world):
    case = world.submitted(missing=("G07",))
    case = world.take_in(case, "defer", deferred=[case.materials.get(code="G07").pk])
    case = world.promise(case, "decline")
    assert (case.status, world.step(case).node) == (Case.Status.SUBMITTED, "intake")
    assert not CreditMark.objects.exists()


# --- 公示 and objections ---------------------------------------------------------------------------------


@pytest.mark.database
def test_an_objection_before_midnight_of_the_last_day_is_taken_and_blocks_the_result(world):
    case = world.at_publicity()
    shown = case.publicities.get()
    world.at(shown.ends_on, hour=23, minute=58)
    answer = world.object(shown)
    objection = Objection.objects.get()
    assert objection.number in answer.content.decode()
    assert objection.due_on == date(2026, 3, 24)
    assert "objection" in [one.code for one in cases.blocking_reasons(world.fresh(case))]
    world.at(steps.day_after(shown.ends_on, 2))
    tick.run()
    assert world.step(case).node == "publicity", "an open objection holds the publicity open"
    world.get("intake", "desk:publicity")
    world.post(
        "intake", "desk:settle", objection.number, data={"upheld": "no", "finding": "与既有项目无关。"}
    )
    tick.run()
    case = world.issue(case)
    assert case.status == Case.Status.COMPLETED


def test_an_objection_on_the_day_after_the_last_is_refused(world):
    case = world.at_publicity()
    shown = case.publicities.get()
    world.at(steps.day_after(shown.ends_on), hour=0, minute=1)
    world.object(shown)
    assert "公示期已经结束" in world.said
    assert not Objection.objects.exists()


def test_an_upheld_objection_sends_the_case_back_to_the_draft(world):
    case = world.at_publicity()
    shown = case.publicities.get()
    world.object(shown)
    world.post(
        "intake",
        "desk:settle",
        Objection.objects.get().number,
        data={"upheld": "yes", "finding": "情况属实。"},
    )
    world.at(steps.day_after(shown.ends_on))
    tick.run()
    case = world.fresh(case)
    assert (case.status, world.step(case).node) == (Case.Status.ACCEPTED, "draft_decision")
    case = world.draft(case, "refuse", ground="disputed_rights", fact="项目与既有项目相同。")
    assert world.sign(case).status == Case.Status.REFUSED


def test_somebody_without_the_post_settles_no_objection(world):
    case = world.at_publicity()
    world.object(case.publicities.get())
    number = Objection.objects.get().number
    world.post("checker", "desk:settle", number, data={"upheld": "no", "finding": "不成立。"}, expect=403)
    assert Objection.objects.get().state == "open"


# --- refusals ----------------------------------------------------------------------------------------------


def test_a_refusal_states_clause_fact_and_remedy(world):
    case = world.at_draft()
    case = world.draft(case, "refuse", ground="below_standard", fact="代表性成果未达到标准。")
    assert case.status == Case.Status.ACCEPTED, "a draft leaves the house only when signed"
    case = world.sign(case)
    assert case.status == Case.Status.REFUSED
    letter = case.letters.get(kind="refusal")
    content = letter.facts["content"]
    assert content["clause"] == "济政发〔2025〕8号第7项"
    assert content["fact"] == "代表性成果未达到标准。"
    page = html_of(letter)
    assert "申诉" in page, "a party organ writes the way of complaint"
    assert "行政诉讼" not in page
    told = world.get("talent", "my:case", case.number).content.decode()
    assert "代表性成果未达到标准" in told
    assert "济政发〔2025〕8号第7项" in told


def test_a_refusal_without_ground_or_fact_is_refused(world):
    case = world.submitted()
    world.take_in(case, "refuse", ground="not_eligible", expect=200)
    assert "认定的事实" in world.said
    world.take_in(case, "refuse", fact="不是直通车对象。", expect=200)
    assert "不予办理的情形" in world.said
    case = world.take_in(case, "refuse", ground="not_eligible", fact="不是直通车对象。")
    assert (case.status, world.letters(case)) == (Case.Status.NOT_ACCEPTED, ["receipt", "not_accepted"])


# --- two persons ---------------------------------------------------------------------------------------------


def test_who_drafted_does_not_decide(world):
    factories.appoint(world.people["intake2"], steps.roles.DECIDER, factories.bureau("zzb"))
    case = world.at_decide()
    world.sign(case, who="intake2", expect=403)
    assert "同一人不能再办理" in world.said
    assert world.step(case).owner is None
    assert world.sign(case).status == Case.Status.PUBLICITY


def test_the_decider_may_send_the_draft_back(world):
    case = world.sign(world.at_decide(), "redraft", opinion="依据不准确。")
    assert world.step(case).node == "draft_decision"


def test_no_publicity_is_asked_for_by_one_and_approved_by_another(world):
    factories.appoint(world.people["intake2"], steps.roles.DECIDER, factories.bureau("zzb"))
    case = world.at_decide(exempt_reason="项目涉密，不宜公开。")
    world.sign(case, who="intake2", expect=403)
    assert not world.fresh(case).no_publicity
    case = world.sign(case)
    exempt = case.publicities.get()
    assert (exempt.state, case.no_publicity) == ("exempt", True)
    assert (exempt.exempt_asked_by, exempt.exempt_approved_by) == (
        world.people["intake2"],
        world.people["decider"],
    )
    world.get("visitor", "publicity_page", exempt.key, expect=404)
    assert world.issue(case).status == Case.Status.COMPLETED


def test_who_recommended_does_not_take_the_case_in(world):
    factories.appoint(world.people["recommender"], steps.roles.INTAKE, factories.bureau("zzb"))
    case = world.submitted()
    world.take_in(case, who="recommender", expect=403)
    assert world.fresh(case).status == Case.Status.SUBMITTED


@pytest.mark.database
def test_a_deputy_acts_for_the_principal_and_the_record_names_both(world):
    deputy = world.people["head"]
    post = world.people["checker"].appointments.get()
    data = {
        "appointment": post.pk, "deputy": deputy.pk, "starts_on": "2026-03-02", "ends_on": "2026-03-06", "reason": "出差",
    }  # fmt: skip
    world.post("checker", "desk:deputies", data=data)
    case = world.form_review(world.at_form_review(), who="head")
    event = world.event(case, "form_reviewed")
    assert (event.actor, event.on_behalf_of) == (deputy, world.people["checker"])
    assert event.by == "科技科长（代 审查甲）"
    assert "科技科长（代 审查甲）" in world.get("intake", "desk:case", case.number).content.decode()


def test_a_deputy_loses_the_post_with_the_last_day(world):
    post = world.people["checker"].appointments.get()
    data = {
        "appointment": post.pk, "deputy": world.people["head"].pk, "starts_on": "2026-03-02", "ends_on": "2026-03-03",
        "reason": "出差",
    }  # fmt: skip
    world.post("checker", "desk:deputies", data=data)
    case = world.at_form_review()
    world.at(date(2026, 3, 4))
    world.form_review(case, who="head", expect=403)
    assert world.step(case).node == "form_review"


# --- back and forth ------------------------------------------------------------------------------------------


def test_a_returned_recommendation_is_revised_and_confirmed_again(world):
    case = world.take_in(world.submitted(), "return", opinion="请补充说明紧迫的理由。")
    assert (case.status, world.step(case).node) == (Case.Status.RECOMMENDED, "revise")
    assert "请补充说明紧迫的理由" in world.get("recommender", "unit:case", case.number).content.decode()
    world.get("stranger", "unit:revise", case.number, expect=404)
    world.get("hr", "unit:revise", case.number, expect=404)
    form = {
        name: value
        for name, value in world.recommendation().items()
        if not name.startswith(("candidate", "submission"))
    }
    world.post("recommender", "unit:revise", case.number, data=form | {"why_direct": "窗口期只有三个月。"})
    case = world.fresh(case)
    assert (case.why_direct, world.step(case).node) == ("窗口期只有三个月。", "confirm")
    case = world.submit(case)
    assert (case.status, world.step(case).node) == (Case.Status.SUBMITTED, "intake")


@pytest.mark.database
def test_a_decision_is_taken_back_while_the_next_step_has_not_begun(world):
    case = world.take_in(world.submitted())
    letter = case.letters.get(kind="acceptance")
    world.post("intake", "desk:take_back", case.number, data={"reason": "误点受理"})
    case = world.fresh(case)
    step = world.step(case)
    assert (case.status, case.accepted_at, case.due_on) == (Case.Status.SUBMITTED, None, None)
    assert (step.node, step.owner) == ("intake", world.people["intake"])
    letter.refresh_from_db()
    assert letter.state == "revoked"
    page = world.get("visitor", "check_letter", letter.check_code).content.decode()
    assert letter.get_state_display() in page
    case = world.take_in(case, "supplement", supplement={"G05": "缺少投资测算"})
    assert case.status == Case.Status.SUPPLEMENTING


def test_a_decision_is_not_taken_back_after_the_next_step_was_claimed(world):
    case = world.at_dispatch()
    world.claim("intake2", case, "dispatch")
    world.post("intake", "desk:take_back", case.number, data={"reason": "误点受理"})
    assert "后续环节已" in world.said
    assert world.fresh(case).status == Case.Status.ACCEPTED
    assert case.letters.get(kind="acceptance").state == Letter.State.VALID


def test_nobody_takes_another_persons_decision_back(world):
    case = world.at_dispatch()
    world.post("intake2", "desk:take_back", case.number, data={"reason": "误点受理"})
    assert world.fresh(case).status == Case.Status.ACCEPTED


def test_a_publicity_once_opened_is_not_taken_back(world):
    case = world.at_publicity()
    world.post("decider", "desk:take_back", case.number, data={"reason": "误点同意"})
    assert world.fresh(case).status == Case.Status.PUBLICITY


def test_an_urge_is_answered_on_the_case_and_a_second_waits_for_the_answer(world):
    case = world.at_form_review()
    world.post("talent", "my:urge", case.number, data={"note": "请问何时审查"})
    world.post("talent", "my:urge", case.number, data={"note": "再次催办"})
    urge = case.urges.get()
    world.post("checker", "desk:reply", case.number, urge.pk, data={"reason": "本周内完成审查"})
    assert "本周内完成审查" in world.get("talent", "my:case", case.number).content.decode()
    world.post("checker", "desk:reply", case.number, urge.pk, data={"reason": "另一答复"})
    urge.refresh_from_db()
    assert urge.reply == "本周内完成审查"


def test_a_supervisor_supervises_and_the_applicant_reads_nothing_of_it(world):
    case = world.at_form_review()
    world.post("supervisor", "desk:supervise_case", case.number, data={"reason": "请按期办结"})
    urge = case.urges.get()
    assert urge.kind == "supervise"
    world.post("checker", "desk:reply", case.number, urge.pk, data={"reason": "明日办结"})
    page = world.get("talent", "my:case", case.number).content.decode()
    assert "请按期办结" not in page
    assert "明日办结" not in page
    world.post("intake", "desk:supervise_case", case.number, data={"reason": "受理人员无督办权"})
    assert case.urges.count() == 1


def test_a_step_is_handed_over_to_a_holder_of_the_post_only(world):
    case = world.at_form_review()
    world.claim("checker", case, "form_review")
    transfer = ("desk:transfer", case.number, "form_review")
    world.post("checker", *transfer, data={"to": world.people["intake"].pk, "reason": "工作调整"})
    assert world.step(case).owner == world.people["checker"]
    world.post("checker2", *transfer, data={"to": world.people["checker2"].pk, "reason": "我来办"})
    assert world.step(case).owner == world.people["checker"], "not by a colleague who does not hold it"
    world.post("head", *transfer, data={"to": world.people["checker2"].pk, "reason": "工作调整"})
    assert world.step(case).owner == world.people["checker2"]
    world.form_review(case, who="checker", expect=409)
    assert world.form_review(case, who="checker2").step == "draft_decision"


def test_a_step_put_back_is_open_to_the_post_again(world):
    case = world.at_form_review()
    world.claim("checker", case, "form_review")
    world.post("checker2", "desk:put_back", case.number, "form_review", data={"reason": "不是我领的"})
    assert world.step(case).owner == world.people["checker"]
    world.post("checker", "desk:put_back", case.number, "form_review", data={"reason": ""})
    assert world.step(case).owner == world.people["checker"], "without a reason nothing is put back"
    world.post("checker", "desk:put_back", case.number, "form_review", data={"reason": "出差"})
    assert world.step(case).owner is None
    world.claim("checker2", case, "form_review")
    assert world.step(case).owner == world.people["checker2"]


@pytest.mark.database
def test_the_applicant_withdraws_and_may_be_recommended_again(world):
    case = world.at_form_review()
    world.post("talent", "my:withdraw", case.number, data={"reason": "个人原因"})
    case = world.fresh(case)
    assert (case.status, world.step(case)) == (Case.Status.WITHDRAWN, None)
    world.form_review(case, expect=409)
    assert world.recommend().number == "ZTC2026-0002"


def test_a_withdrawal_during_the_publicity_takes_it_off_the_page(world):
    case = world.at_publicity()
    shown = case.publicities.get()
    world.post("talent", "my:withdraw", case.number, data={"reason": "个人原因"})
    world.get("visitor", "publicity_page", shown.key, expect=404)
    world.at(steps.day_after(shown.ends_on))
    report = tick.run()
    assert not report.failed
    assert world.fresh(case).status == Case.Status.WITHDRAWN


def test_after_the_decision_nothing_is_withdrawn(world):
    case = world.sign(world.at_decide(exempt_reason="项目涉密，不宜公开。"))
    world.post("talent", "my:withdraw", case.number, data={"reason": "个人原因"})
    assert world.fresh(case).status == Case.Status.APPROVED


def test_an_officer_stops_a_case_with_reason_and_clause_only(world):
    case = world.at_form_review()
    world.post("intake", "desk:stop", case.number, data={"reason": "单位已注销"})
    assert world.fresh(case).status == Case.Status.ACCEPTED
    world.post("checker", "desk:stop", case.number, data={"reason": "单位已注销", "clause": "第7项"})
    assert world.fresh(case).status == Case.Status.ACCEPTED, "a checker may not stop"
    world.post("intake", "desk:stop", case.number, data={"reason": "单位已注销", "clause": "第7项"})
    case = world.fresh(case)
    assert (case.status, world.step(case)) == (Case.Status.STOPPED, None)
    content = case.letters.get(kind="termination").facts["content"]
    assert (content["reason"], content["clause"]) == ("单位已注销", "第7项")


# --- many at once ----------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_batch_claim_answers_for_every_row(world):
    first = world.submitted()
    other = factories.account("second", "孙示例")
    number = factories.identity_number()
    factories.person(other, number)
    world.people["second"] = other
    world.post(
        "hr",
        "unit:begin",
        "green-channel",
        data=world.recommendation("hr", candidate_name="孙示例", candidate_id_number=number),
    )
    second = GreenChannelCase.objects.order_by("-pk")[0]
    world.fill(second, who="second")
    second = world.submit(second, who="second")
    taken = world.step(second)
    foreign = world.step(first).pk + 1000
    world.claim("intake2", second, "intake")
    page = world.post(
        "intake", "desk:batch_claim", data={"step": [world.step(first).pk, taken.pk, foreign]}, expect=200
    )
    results = page.context["results"]
    assert [(row["number"], row["ok"]) for row in results] == [(first.number, True), ("", False)]
    assert "2 件" in results[1]["text"]
    assert world.step(first).owner == world.people["intake"]
    assert world.step(second).owner == world.people["intake2"]


def test_a_batch_claim_of_nothing_says_so(world):
    world.post("intake", "desk:batch_claim")
    assert "请先勾选" in world.said


def test_an_overdue_step_goes_to_the_head_of_the_bureau_once(world):
    case = world.at_form_review()
    world.at(steps.day_after(world.step(case).due_on))
    tick.run()
    tick.run()
    assert len([subject for subject in world.inbox("head") if "超期" in subject]) == 1
    assert world.step(case).escalated_to == "科技科长"


def test_every_page_of_a_case_is_found_by_its_number_and_never_by_a_row(world):
    case = world.at_form_review()
    for who, name, args in (
        ("talent", "my:case", ()),
        ("hr", "unit:case", ()),
        ("checker", "desk:case", ()),
        ("checker", "desk:decide", ("form_review",)),
    ):
        page = world.get(who, name, case.number, *args).content.decode()
        assert reverse("desk:decide", args=[case.pk, "form_review"]) not in page
        assert f"/{world.step(case).task_id}/" not in page


def test_an_employer_that_is_not_confirmed_recommends_nobody(world):
    Organisation.objects.filter(pk=world.employer.pk).update(status=Organisation.Status.PENDING)
    world.get("hr", "unit:begin", "green-channel", expect=403)
