"""校聘企用 as people live it: every act below is a page request by the person who does it.

2 March 2026 is a Monday; 4 to 6 April and 1 to 5 May are holidays.
"""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from talent.core import roles
from talent.core.models import Case, Organisation
from talent.core.services import organisations
from talent.placements.models import (
    Agreement,
    FirmProfile,
    Need,
    Placement,
    PlacementCase,
    Rating,
    RecordedRelation,
    ServiceDay,
)
from talent.placements.services import agreeing, rating
from tests.placements import world as worlds
from workflows import tick

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)


@pytest.fixture
def world(loaded):
    with worlds.play() as played:
        yield played


# --- from the need to the letter of appointment ------------------------------------------------------------


def test_a_need_leads_to_a_person_at_work_and_everybody_acts_for_himself(world):
    need = world.need()
    assert (need.status, need.county_bureau.code, need.lead_bureau.code) == ("checking", "370811-kjj", "kjj")
    assert world.get("visitor", "needs").context["rows"] == []
    need = world.check(need)
    need = world.publish(need)
    assert need.status == "published"
    assert "石墨烯研发副总" in world.get("visitor", "needs").content.decode()
    case = world.apply(need)
    assert (case.number, case.step, case.status) == ("XPQY2026-0001", "confirm_firm", Case.Status.RECOMMENDED)
    assert not Placement.objects.exists(), "no place is taken before both have confirmed"
    case = world.confirm(case)
    assert (case.step, world.place(case).state) == ("consent", "reserved")
    case = world.consent(case)
    assert (case.status, case.step) == (Case.Status.ACCEPTED, "joint_review")
    assert {step.node for step in case.open_steps.all()} == {
        "check_personnel", "check_education", "check_organisation",
    }  # fmt: skip
    case = world.review(case)
    assert case.step == "conclude"
    case = world.conclude(case)
    assert case.status == Case.Status.PUBLICITY
    page = world.get("visitor", "publicity_page", case.publicities.get().key).content.decode()
    assert "赵talent" in page
    assert "示例理工大学" in page
    assert "19900000001" not in page
    case = world.end_publicity(case)
    assert case.step == "agreement"
    case = world.draft(case)
    for who in ("talent", "hr"):
        case = world.sign(case, who)
        assert case.step == "agreement"
    case = world.sign(case, "dean")
    assert case.step == "appoint"
    case = world.appoint(case)
    place = world.place(case)
    assert (case.step, place.state, place.starts_on, place.ends_on) == (
        "running", "active", date(2026, 5, 1), date(2028, 4, 30),
    )  # fmt: skip
    assert world.letters(case) == ["acceptance", "publicity", "agreement", "appointment"]
    assert place.reports.count() == 9
    assert world.event(case, "appointed").clock == "stop"


def test_the_county_of_another_place_finds_no_need_and_a_bureau_does_not_publish_what_it_must_check(world):
    need = world.need()
    world.get("stranger", "desk:placement_need", need.number, expect=404)
    world.post("lead", "desk:placement_need", need.number, data={"publish": "1"}, expect=200)
    assert Need.objects.get(pk=need.pk).status == "checking"


def test_a_firm_that_does_not_fit_gets_its_need_back_with_the_clause(world):
    need = world.check(world.need(), condition_research="no")
    assert need.status == "returned"
    assert "有研发投入" in need.reason
    assert not FirmProfile.objects.get(firm=world.firm).fits


def test_last_years_need_is_copied_with_everything_but_its_history(world):
    old = world.published()
    page = world.get("hr", "unit:placement_need_new", copy=old.number)
    assert page.context["form"].initial["problem"] == old.problem
    new = world.need(title="石墨烯研发副总（新）")
    assert (new.problem, new.status) == (old.problem, "checking")


def test_a_need_beyond_the_kinds_bounds_is_refused_with_the_bound(world):
    world.need(term_months=48, expect=200)
    assert "规定12至36个月" in world.said
    assert not Need.objects.exists()


def test_the_public_list_shows_no_person_and_no_contact(world):
    need = world.published()
    for name, args in (("needs", ()), ("need", (need.number,))):
        page = world.get("visitor", name, *args).content.decode()
        assert need.title in page
        for private in ("0537-0000000", "示例联系人", "人事hr"):
            assert private not in page


# --- who may not --------------------------------------------------------------------------------------------


def test_a_declared_relation_is_refused_with_clause_fact_and_what_would_help(world):
    need = world.published()
    assert world.apply(need, declared=["relative_in_charge"], expect=200) is None
    for words in ("近亲属是企业的负责人", "本人申明", "回避关系表", "请选择没有此类亲属关系的企业"):
        assert words in world.said


def test_a_university_that_holds_shares_is_refused_when_a_bureau_has_recorded_it(world):
    case = world.at_consent()
    RecordedRelation.objects.create(
        firm=world.firm, code="university_shares", university=world.university, fact="持股20%", source="登记机关",
        recorded_by=world.people["lead"],
    )  # fmt: skip
    case = world.consent(case, expect=200)
    assert "持股20%，来源：登记机关" in world.said
    assert case.step == "consent"


def test_days_of_two_posts_that_exceed_the_year_are_refused(world):
    world.at_consent(days_per_year=250)
    other = world.published("other_hr", kind="rd_director", days_per_year=150)
    assert world.apply(other, expect=200) is None
    assert "实有365天" in world.said or "实有" in world.said
    assert "请减少" in world.said


def test_a_person_with_a_post_gets_no_second_one_of_the_kind(world):
    world.at_consent()
    other = world.published("other_hr")
    assert world.apply(other, expect=200) is None
    assert "示例石墨烯有限公司" in world.said
    assert "上限1个" in world.said


def test_a_firms_last_place_is_given_once_and_the_next_is_told(world):
    for who in ("talent", "talent2"):
        world.at_consent(who)
    need = world.published()
    assert world.apply(need, "talent3", expect=200) is None
    assert "已用科技副总名额2个，共2个" in world.said


def test_a_place_is_free_again_when_the_university_says_no(world):
    case = world.at_consent()
    case = world.act("dean", case, "consent", answer="no", terms="本学期教学任务重")
    assert case.status == Case.Status.STOPPED
    assert world.place(case).state == "released"
    assert world.at_consent().step == "consent"


def test_a_withdrawn_case_gives_its_place_back(world):
    case = world.at_consent()
    world.post("talent", "my:withdraw", case.number)
    assert world.at_consent().step == "consent"


def test_nobody_speaks_for_another_side(world):
    case = world.apply(world.published())
    world.act("dean", case, "confirm-firm", answer="yes", expect=404)
    world.post(
        "other_hr", "unit:placement_act", case.number, "confirm-firm", data={"answer": "yes"}, expect=404
    )
    world.post("talent2", "my:placement_act", case.number, "confirm-person", data={}, expect=404)
    case = world.confirm(case)
    world.act("hr", case, "consent", answer="yes", expect=404)
    assert world.fresh(case).step == "consent"


def test_a_firm_invites_a_published_person_whose_name_it_does_not_see(world):
    need = world.published()
    world.post(
        "dean", "unit:placement_supply",
        data={"offer": "1", "account": "talent", "kinds": ["tech_deputy"], "field": "石墨烯薄膜", "days_per_year": 120},
    )  # fmt: skip
    offer = world.university.offers.get()
    assert world.get("hr", "unit:placement_need", need.number).context["matches"] == []
    world.post("talent", "my:placement_offer", offer.pk, data={"answer": "yes"})
    page = world.get("hr", "unit:placement_need", need.number)
    assert [match.offer for match in page.context["matches"]] == [offer]
    assert "技术领域相近" in page.content.decode()
    assert "赵talent" not in page.content.decode()
    world.post(
        "hr", "unit:placement_need", need.number,
        data={"offer": offer.pk, "need": need.pk, "starts_on": "2026-05-01"},
    )  # fmt: skip
    case = PlacementCase.objects.get()
    assert case.step == "confirm_person"
    case = world.act("talent", case, "confirm-person", **worlds.OF_PERSON, proof=worlds.factories.pdf())
    assert case.step == "consent"


def test_after_an_early_end_somebody_else_takes_over_and_the_need_keeps_both(world):
    case = world.running()
    world.offer("talent2")
    ended = {
        "last_day": "2026-06-30", "reason": "agreed", "text": "协商一致", "settled_days": 20, "settled_pay": "20000",
        "all_agree": "on",
    }  # fmt: skip
    case = world.act("hr", case, "end", **ended)
    place = world.place(case)
    assert (place.ends_on, place.settled_days, place.state) == (date(2026, 6, 30), 20, "active")
    offer = world.university.offers.get()
    take_over = {"offer": offer.pk, "months": 12}
    world.act("hr", case, "replace", starts_on="2026-06-30", expect=200, **take_over)
    assert "接任日应在原任职结束之后" in world.said
    world.act("hr", case, "replace", starts_on="2026-07-01", **take_over)
    new = case.replacements.get()
    assert (new.need, new.step, new.term_months) == (case.need, "confirm_person", 12)
    new = world.act("talent2", new, "confirm-person", **worlds.OF_PERSON, proof=worlds.factories.pdf())
    assert world.place(new).state == "reserved"
    world.at(date(2026, 7, 1))
    world.tick()
    assert (world.place(case).state, world.fresh(case).step) == ("ended", "evaluate")
    case = world.decide("lead", case, "evaluate", "exempt", reason="技术路线受阻，过程勤勉。")
    assert (case.status, case.final_result) == (Case.Status.COMPLETED, "exempt")
    assert world.event(case, "evaluated").figures["clawback"] is False
    assert {row.pk for row in case.need.cases.all()} == {case.pk, new.pk}


# --- the running term --------------------------------------------------------------------------------------


def test_two_months_of_suspension_move_the_end_by_two_months(world):
    case = world.running()
    data = {"starts_on": "2026-06-01", "until": "2026-08-01", "reason": "teaching", "text": "承担课程"}
    world.act("dean", case, "suspend", **data)
    place = world.place(case)
    assert (place.state, place.ends_on) == ("active", date(2028, 6, 30))
    world.act("hr", case, "suspend", **data, expect=200)
    assert "重叠" in world.said
    world.at(date(2026, 6, 1))
    world.tick()
    assert world.place(case).state == "suspended"
    world.act("talent", case, "resume", day="2026-07-01")
    place = world.place(case)
    assert (place.state, place.ends_on) == ("active", date(2028, 5, 31))


def test_a_day_is_logged_by_the_person_and_confirmed_by_the_firm_and_counts_once(world):
    case = world.running()
    world.at(date(2026, 5, 11))
    page = world.get("talent", "my:placements")
    assert page.context["form"].initial["day"] == date(2026, 5, 11)
    day = {"placement": world.place(case).pk, "day": "2026-05-11", "mode": "on_site", "text": "试验"}
    world.post("talent", "my:placements", data=day)
    world.post("talent", "my:placements", data=day, expect=200)
    assert "一天只计一次" in world.said
    world.post("talent", "my:placements", data=day | {"day": "2026-05-02"}, expect=200)
    assert "请写明补记的理由" in world.said
    world.post("talent", "my:placements", data=day | {"day": "2026-05-02", "late_reason": "网络不通"})
    page = world.get("hr", "unit:placement_days")
    keys = [one.pk for one in page.context["days"]]
    assert len(keys) == 2
    world.post("other_hr", "unit:placement_days", data={"day": keys, "confirm": "1"})
    assert ServiceDay.objects.to_confirm().count() == 2
    world.post("hr", "unit:placement_days", data={"day": keys, "confirm": "1"})
    assert set(ServiceDay.objects.values_list("state", flat=True)) == {"confirmed"}
    row = world.get("hr", "unit:placements").context["rows"][0]
    assert (row["done"], row["due"]) == ((2, 2), 61)


def test_a_refused_day_says_why_and_may_be_entered_again(world):
    case = world.running()
    world.at(date(2026, 5, 11))
    day = {"placement": world.place(case).pk, "day": "2026-05-11", "mode": "on_site", "text": "试验"}
    world.post("talent", "my:placements", data=day)
    key = ServiceDay.objects.get().pk
    world.post("hr", "unit:placement_days", data={"refuse": key}, expect=200)
    assert ServiceDay.objects.get().state == "logged"
    world.post("hr", "unit:placement_days", data={"refuse": key, f"reason_{key}": "当天未到岗"})
    world.post("talent", "my:placements", data=day)
    assert sorted(ServiceDay.objects.values_list("state", flat=True)) == ["logged", "refused"]


def test_reports_are_reminded_of_and_handed_in_for_many_at_once(world):
    case = world.running()
    world.at(date(2026, 7, 8))
    world.tick()
    assert world.inbox("hr")[0] == "定期报告即将到期"
    page = world.get("hr", "unit:placement_reports")
    keys = [one.pk for one in page.context["reports"]]
    assert len(keys) == 1
    world.post("hr", "unit:placement_reports", data={"report": keys, "unchanged": "1"})
    report = world.place(case).reports.get(pk=keys[0])
    assert (report.unchanged, report.due_on) == (True, date(2026, 7, 15))
    world.post("hr", "unit:placement_reports", data={"report": keys, "unchanged": "1"})
    assert world.event(case, "reported").figures == {}
    assert case.events.filter(kind="reported").count() == 1


def test_an_extension_refused_says_what_would_help_and_one_is_pending_at_a_time(world):
    case = world.running()
    world.act("hr", case, "extend", months=6, reason="试验未完成")
    world.act("dean", case, "extend", months=3, reason="同上", expect=200)
    assert "待审批" in world.said
    answer = {
        "extension": "1",
        "extension-granted": "no",
        "extension-refusal": "进展不足",
        "extension-remedy": "",
    }
    world.post("lead", "desk:placement", case.number, data=answer, expect=200)
    assert "怎样可以同意" in world.said
    world.post("lead", "desk:placement", case.number, data=answer | {"extension-remedy": "补交中期报告"})
    assert "补交中期报告" in world.get("hr", "unit:placement", case.number).content.decode()
    world.act("hr", case, "extend", months=6, reason="已补交")
    world.post("lead", "desk:placement", case.number, data={"extension": "1", "extension-granted": "yes"})
    assert world.place(case).ends_on == date(2028, 10, 31)


def test_a_failed_rating_stops_the_next_subsidy_and_the_renewal(world):
    case = world.running()
    world.at(date(2027, 5, 3))
    world.tick()
    rate = {"result": "failed", "text": "长期不到岗"}
    world.act("hr", case, "rate-firm", **rate)
    world.act("dean", case, "rate-university", **rate)
    world.post(
        "lead",
        "desk:placement",
        case.number,
        data={"rating": "1", "rating-result": "failed", "rating-text": "经核实"},
    )
    first = world.place(case).ratings.get()
    assert (first.state, first.object_until) == ("given", date(2027, 5, 10))
    assert rating.expected_subsidy(first, pay_paid=Decimal("120000")).yuan == 0
    world.act("hr", case, "renew", months=12, expect=200)
    assert "上一次考核为不合格" in world.said
    assert "停发" in world.get("hr", "unit:placements").content.decode()
    second = Rating(
        placement=first.placement, number=2, starts_on=date(2027, 5, 1), ends_on=date(2028, 4, 30), result="excellent"
    )  # fmt: skip
    amount = rating.expected_subsidy(second, pay_paid=Decimal("120000"))
    assert (amount.yuan, "停发" in amount.reason) == (0, True)


def test_an_objection_is_checked_by_somebody_else_and_opens_the_renewal_again(world):
    case = world.running()
    world.at(date(2027, 5, 3))
    world.tick()
    rate = {"result": "failed", "text": "长期不到岗"}
    world.act("hr", case, "rate-firm", **rate)
    world.act("dean", case, "rate-university", **rate)
    given = {"rating": "1", "rating-result": "failed", "rating-text": "经核实"}
    world.post("lead", "desk:placement", case.number, data=given)
    world.act("talent", case, "object", text="到岗记录齐全，请核对门禁。")
    settled = given | {"rating-result": "qualified", "rating-text": "门禁记录属实"}
    world.post("lead2", "desk:placement", case.number, data=settled, expect=403)
    world.post("head", "desk:placement", case.number, data=settled)
    assert world.place(case).ratings.get().state == "final"
    world.act("hr", case, "renew", months=24)
    new = case.renewals.get()
    assert (new.starts_on, new.step) == (date(2028, 5, 1), "confirm_person")
    world.act("hr", case, "renew", months=24, expect=200)
    assert "已经提出续聘" in world.said


def test_the_end_is_warned_of_and_a_term_that_is_over_is_never_active(world):
    case = world.running()
    for left, number in ((60, 1), (59, 1), (30, 2), (5, 3)):
        world.at(date(2028, 4, 30) - timedelta(days=left))
        tick.run()
        assert world.place(case).warnings.count() == number
    world.at(date(2028, 5, 1))
    world.tick()
    assert (world.place(case).state, world.fresh(case).step) == ("ended", "evaluate")
    world.tick()
    assert case.events.filter(kind="term_ended").count() == 1


# --- many at once, in and out --------------------------------------------------------------------------------


def test_needs_are_imported_after_a_trial_that_writes_nothing(world):
    rows = [dict(worlds.ROW), dict(worlds.ROW) | {"岗位名称": "第二岗位"}]
    page = world.post(
        "hr", "unit:placement_import", data={"firm": world.firm.pk, "sheet": worlds.sheet(rows)}, expect=200
    )
    assert not Need.objects.exists()
    assert [problem for _row, _number, problem in page.context["results"]] == ["", ""]
    world.post("hr", "unit:placement_import", data={"firm": world.firm.pk, "tried": page.context["tried"]})
    assert Need.objects.filter(firm=world.firm).count() == 2


def test_one_wrong_line_is_named_and_nothing_is_imported(world):
    rows = [dict(worlds.ROW), dict(worlds.ROW) | {"聘期（月）": 60}]
    page = world.post(
        "hr", "unit:placement_import", data={"firm": world.firm.pk, "sheet": worlds.sheet(rows)}, expect=200
    )
    assert ["" if not problem else "wrong" for _row, _number, problem in page.context["results"]] == [
        "",
        "wrong",
    ]
    assert "60个月" in page.context["results"][1][2]
    assert page.context["tried"] == ""
    assert not Need.objects.exists()


def test_the_people_table_goes_out_as_it_is_filtered(world):
    case = world.at_consent()
    answer = world.get("hr", "unit:placement_sheet")
    lines = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert [line[0] for line in lines] == ["办件编号", case.number]
    lines = load_workbook(
        io.BytesIO(world.get("hr", "unit:placement_sheet", state="ended").content)
    ).worksheets[0]
    assert lines.max_row == 1
    assert (
        load_workbook(io.BytesIO(world.get("other_hr", "unit:placement_sheet").content)).worksheets[0].max_row
        == 1
    )


def test_the_calendar_opens_by_its_secret_until_it_is_taken_back(world):
    case = world.running()
    link = world.post("hr", "unit:placement_feed", data={"open": "1"}, expect=200).context["link"]
    text = world.browser("visitor").get(link)
    assert text["Content-Type"].startswith("text/calendar")
    assert case.number in text.content.decode()
    assert "赵talent" not in text.content.decode()
    world.post("hr", "unit:placement_feed", data={"revoke": "1"})
    assert world.browser("visitor").get(link).status_code == 404


def test_a_leaving_hr_loses_the_calendar_with_the_post(world):
    case = world.running()
    link = world.post("hr", "unit:placement_feed", data={"open": "1"}, expect=200).context["link"]
    world.people["successor"] = worlds.factories.account("successor", "接任人事")
    organisations.hand_over(
        world.people["hr"], world.people["successor"], world.firm, actor=world.people["hr"]
    )
    assert case.number not in world.browser("visitor").get(link).content.decode()
    world.browsers.clear()
    world.get("hr", "unit:placements", expect=403)
    assert world.get("successor", "unit:placements").context["rows"]


def test_one_bureau_that_is_silent_keeps_the_conclusion_back_and_an_adverse_answer_needs_an_explanation(
    world,
):
    case = world.consent(world.at_consent())
    world.decide("gather", case, "conclude", "pass", expect=409)
    case = world.review(case, organisation="doubts")
    world.conclude(case, expect=200)
    assert "任职" in world.said
    case = world.conclude(case, explanation="本人已辞去领导职务，文件在案。")
    assert case.status == Case.Status.PUBLICITY


def test_a_refused_review_names_ground_clause_and_fact_and_frees_the_place(world):
    case = world.review(world.consent(world.at_consent()), organisation="doubts")
    case = world.conclude(case, "refuse", ground="review_negative", fact="组织部门认为不宜任职")
    assert (case.status, world.place(case).state) == (Case.Status.REFUSED, "released")
    assert "refusal" in world.letters(case)
    assert "组织部门认为不宜任职" in world.event(case, "refused").public_text
    assert "济政发〔2025〕8号第8项" in world.event(case, "refused").public_text


# --- the agreement ------------------------------------------------------------------------------------------


def test_a_changed_agreement_is_a_new_version_and_earlier_signatures_do_not_count(world):
    case = world.draft(world.at_agreement())
    first = agreeing.current(case)
    case = world.sign(case, "talent")
    case = world.draft(case, pay="按月支付。")
    second = agreeing.current(case)
    assert (second.version, second.copies.count(), first.digest != second.digest) == (2, 0, True)
    first.refresh_from_db()
    assert (first.state, first.letter.state) == (Agreement.State.SUPERSEDED, "superseded")
    world.sign(case, "talent", digest=first.digest, expect=200)
    assert "协议已有新的版本" in world.said


def test_a_signed_agreement_is_neither_changed_nor_drawn_again(world, settings):
    case = world.at_appoint()
    agreement = agreeing.current(case)
    assert agreement.state == Agreement.State.SIGNED
    world.draft(case, expect=200)
    assert "不在签订协议环节" in world.said
    assert agreement.digest == Agreement.digest_of(agreement.terms, agreement.clauses)


def test_the_agreement_is_for_its_three_sides_only(world):
    case = world.draft(world.at_agreement())
    code = agreeing.current(case).letter.check_code
    for who in ("hr", "dean", "talent"):
        world.get(who, "letter_file", case.number, code).getvalue()
    for who in ("lead", "head", "gather"):
        world.get(who, "letter_file", case.number, code, expect=404)
    assert "职务成果双方共有" not in world.get("lead", "desk:case", case.number).content.decode()


def test_who_concluded_the_review_does_not_issue_the_letter_of_appointment(world):
    worlds.factories.appoint(world.people["gather"], roles.BUREAU_HEAD, Organisation.objects.get(code="kjj"))
    case = world.at_appoint()
    world.appoint(case, who="gather", expect=403)
    assert world.appoint(case).step == "running"
