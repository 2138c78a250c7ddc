"""人才安居 as people live it: every act below is a page request by the person who does it.

Days are checked against the calendar of 2026: 2 March is a Monday.
"""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from talent.core.models import Case
from talent.core.services import funds
from talent.core.services.letters.rendering import html_of
from tests.housing import town

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)


@pytest.fixture
def world(loaded):
    with town.live() as lived:
        yield lived


# --- from the draft to the decision ----------------------------------------------------------------------


def test_a_doctor_gets_his_voucher_after_employer_county_city_and_publicity(world):
    case = world.begin("purchase", "F1")
    assert (case.number, case.status, case.intake_organisation.code) == (
        "RCAJ2026-0001",
        "draft",
        "370811-rsj",
    )
    world.fill_housing(case, by_page=True)
    case = world.submit(case)
    assert (case.status, case.step) == (Case.Status.SUBMITTED, "employer")
    assert world.inbox("hr") == ["请确认本单位人员的人才安居申请"]
    case = world.confirm(case)
    assert case.step == "intake"
    case = world.accept(case)
    assert (case.status, case.step) == (Case.Status.ACCEPTED, "county_review")
    case = world.review(case, "recommend")
    assert (case.step, case.lead_organisation.code) == ("joint_check", "rsj")
    assert case.open_steps.count() == 5
    case = world.all_check(case)
    assert case.step == "calculate"
    case = world.calculate(case)
    assert (case.decision, case.amount_total) == ("approve", Decimal("300000.00"))
    case = world.verify(case)
    assert (case.status, case.step) == (Case.Status.PUBLICITY, "publicity")
    shown = case.publicities.get()
    page = world.get("visitor", "publicity_page", shown.key).content.decode()
    assert "300,000.00 元" in page
    assert world.number not in page
    case = world.publicity_over(case)
    assert case.step == "decide"
    case = world.rule(case)
    assert (case.status, case.granted_on) == (Case.Status.COMPLETED, date(2026, 3, 10))
    assert world.letters(case) == ["receipt", "acceptance", "publicity", "decision"]
    rows = case.awards.get().instalments.order_by("seq")
    assert [(row.amount, row.due_on) for row in rows] == [
        (Decimal(120_000), date(2026, 3, 10)),
        (Decimal(90_000), date(2027, 3, 10)),
        (Decimal(90_000), date(2028, 3, 10)),
    ]
    text = html_of(case.letters.get(kind="decision"))
    assert "120,000.00元，2026年3月10日起发放" in text
    assert "核定总额300,000.00元" in text


def test_a_tenant_gets_what_he_really_pays_month_by_month(world):
    case = world.at_calculate("rent", "F2")
    case = world.calculate(case)
    assert (case.amount_each, case.amount_months, case.amount_total) == (Decimal(850), 36, Decimal(30_600))
    page = world.get("talent", "my:case", case.number).content.decode()
    assert "不超过实际租金（850.00 元）" in page
    assert "30,600.00" in page


def test_a_national_leader_is_seen_and_decided_by_the_organisation_department(world):
    case = world.at_calculate("purchase", "B", home={"price": "1600000.00"})
    case = world.verify(world.calculate(case))
    assert (case.step, case.deciding_organisation.code) == ("endorse", "zzb")
    world.decide("city_head", case, "endorse", "approve", expect=403)
    case = world.decide("org_head", case, "endorse", "approve")
    case = world.publicity_over(case)
    case = world.rule(case, who="org_head")
    assert (case.status, case.amount_total) == (Case.Status.COMPLETED, Decimal(800_000))
    letter = case.letters.get(kind="decision")
    assert letter.issuer.code == "zzb"
    assert "申诉" in html_of(letter)
    assert "行政复议" not in html_of(letter)


def test_units_of_the_city_go_straight_to_the_city(world):
    case = world.handed_in(employer=world.city_employer)
    assert case.intake_organisation.code == "rsj"
    case = world.accept(world.confirm(case, who="city_hr"), who="city_intake")
    case = world.skip_checks(case)
    assert case.step == "calculate"
    offered = world.get("city1", "desk:decide", case.number, "calculate").context["form"].fields["outcome"]
    assert [code for code, _label in offered.choices] == ["approve", "supplement", "refuse"]


# --- the employer ------------------------------------------------------------------------------------------


def test_an_employer_declines_with_a_reason_and_the_applicant_hands_in_again(world):
    case = world.handed_in()
    world.confirm(case, answer="no")
    assert "写明理由" in world.said
    case = world.confirm(case, answer="no", note="合同年限与单位存档不一致")
    assert (case.status, case.step) == (Case.Status.DRAFT, "confirm")
    assert "合同年限与单位存档不一致" in world.get("talent", "my:case", case.number).content.decode()
    world.post("talent", "my:part", case.number, "work", data=town.WORK | {"contract_years": 3})
    case = world.submit(case)
    case = world.confirm(case)
    assert (case.step, case.contract_years) == ("intake", 3)


def test_only_the_employers_own_hr_confirms_and_never_in_his_own_case(world):
    case = world.handed_in()
    world.post("other_employer", "unit:answer", case.number, data={"confirmed": "yes"}, expect=404)
    assert world.fresh(case).step == "employer"
    page = world.get("hr", "unit:case", case.number).content.decode()
    assert "合同年限" in page
    assert "配偶" not in page
    assert world.number not in page


def test_a_draft_is_the_applicants_alone(world):
    case = world.begin()
    for who, name in (("hr", "unit:case"), ("county", "desk:case"), ("city1", "desk:case")):
        world.get(who, name, case.number, expect=404)


# --- refusal, promise, return ------------------------------------------------------------------------------


def test_what_the_rules_do_not_give_cannot_be_approved_and_is_refused_with_clause_fact_and_remedy(world):
    case = world.at_calculate(work={"insured_months": 4})
    world.calculate(case, expect=200)
    assert "在本地累计缴纳社会保险 4 个月" in world.said
    case = world.calculate(
        case, "refuse", ground="insurance", fact="截至受理之日累计参保 4 个月，要求不少于 6 个月。"
    )
    case = world.verify(case)
    assert case.step == "decide"
    case = world.rule(case)
    assert case.status == Case.Status.REFUSED
    text = html_of(case.letters.get(kind="refusal"))
    for said in ("不予批准决定书", "累计参保 4 个月", "济政发〔2025〕8号第9项", "还差 2 个月", "行政复议"):
        assert said in text
    assert world.inbox("talent")[0] == "不予批准"


def test_a_missing_certificate_may_follow_and_nothing_is_decided_before_it_is_there(world):
    case = world.handed_in(missing=("M12",))
    case = world.confirm(case)
    line = case.materials.get(code="M12")
    case = world.accept(case, outcome="defer", deferred=[line.pk])
    case = world.promise(case)
    assert (case.status, case.step) == (Case.Status.ACCEPTED, "county_review")
    case = world.publicity_over(world.verify(world.calculate(world.skip_checks(world.review(case)))))
    world.rule(case, expect=200)
    assert "容缺材料尚未补齐" in world.said
    world.upload(case, "M12")
    world.post("talent", "my:fulfil", case.number)
    line.refresh_from_db()
    assert not line.deferred
    assert world.rule(case).status == Case.Status.COMPLETED


def test_an_adverse_finding_stands_in_the_way_until_somebody_says_why_not(world):
    case = world.all_check(world.at_checks(), estate="differs")
    world.calculate(case, expect=200)
    assert "核查有不利结论（不动产登记）" in world.said
    assert "不动产" not in world.get("hr", "unit:case", case.number).content.decode()
    case = world.calculate(case, explanation="登记信息为同名他人，已由市自然资源局更正。")
    assert case.decision == "approve"


def test_the_city_returns_a_case_to_the_county_and_not_to_the_applicant(world):
    case = world.at_calculate()
    case = world.calculate(case, "return", opinion="租赁与住房情况请县市区重新核对。")
    assert (case.step, case.lead_organisation.code, case.status) == (
        "county_review",
        "370811-rsj",
        Case.Status.ACCEPTED,
    )
    assert world.inbox("talent").count("申报已受理") == 1
    assert world.review(case).step == "calculate"


def test_an_upheld_objection_sends_the_case_back_to_the_calculation(world):
    case = world.verify(world.calculate(world.at_calculate()))
    world.object(case.publicities.get(), "该申请人去年已经在外地转让住房，请核实。")
    objection = case.publicities.get().objections.get()
    world.post(
        "county", "desk:settle", objection.number, data={"upheld": "yes", "finding": "经核实确有交易。"}
    )
    case = world.publicity_over(case)
    assert (case.status, case.step) == (Case.Status.ACCEPTED, "calculate")


# --- the money -----------------------------------------------------------------------------------------------


def test_a_decision_reserves_this_years_money_of_city_and_county_or_is_not_made(world):
    city, county = world.budget(city=60_000, county=59_000)
    case = world.publicity_over(world.verify(world.calculate(world.at_calculate())))
    world.rule(case, expect=200)
    assert "预算" in world.said
    assert (world.fresh(case).granted_on, case.awards.count()) == (None, 0)
    funds.allocate(county, Decimal(1_000), actor=world.people["finance"], reason="追加预算")
    case = world.rule(case)
    assert case.status == Case.Status.COMPLETED
    for line in (city, county):
        line.refresh_from_db()
        assert line.reserved == Decimal(60_000)


def test_what_a_top_talent_gets_is_agreed_and_paid_in_two_parts(world):
    case = world.at_calculate("purchase", "A")
    world.calculate(case, expect=200)
    assert "一事一议" in world.said
    case = world.verify(world.calculate(case, negotiated="2000000.00"))
    case = world.publicity_over(world.decide("org_head", case, "endorse", "approve"))
    case = world.rule(case, who="org_head")
    assert case.awards.get().total == Decimal(2_000_000)


# --- two officers, two counties ------------------------------------------------------------------------------


def test_three_people_stand_behind_an_amount(world):
    case = world.calculate(world.at_calculate())
    world.verify(case, who="city1", expect=403)
    case = world.publicity_over(world.verify(case))
    world.post("city2", "desk:decide", case.number, "decide", data={"outcome": "approve"}, expect=403)
    assert world.rule(case).status == Case.Status.COMPLETED


def test_the_verifier_sends_a_wrong_amount_back(world):
    case = world.verify(world.calculate(world.at_calculate()), "redo", opinion="层次请再核对。")
    assert case.step == "calculate"


def test_a_county_never_sees_another_countys_case(world):
    case = world.confirm(world.handed_in())
    world.get("other_county", "desk:case", case.number, expect=404)
    world.post("other_county", "desk:claim", case.number, "intake", expect=404)
    link = reverse("desk:case", args=[case.number])
    for name, query in (
        ("desk:home", {"view": "claim"}),
        ("desk:cases", {}),
        ("desk:cases", {"q": case.number}),
    ):
        assert link not in world.get("other_county", name, **query).content.decode()
    assert link in world.get("county", "desk:home", view="claim").content.decode()


def test_what_the_city_finds_on_the_evidence_counts_and_both_stay_on_record(world):
    case = world.at_calculate(home={"price": "250000.00"})
    world.calculate(case, opinion="", price="200000.00", expect=200)
    assert "写明依据" in world.said
    case = world.calculate(case, opinion="发票金额为二十万元。", price="200000.00")
    assert case.amount_total == Decimal(200_000)
    assert world.event(case, "amount_calculated").figures["changed"] == {"price": ["250000.00", "200000.00"]}


# --- the same home, the same couple --------------------------------------------------------------------------


def _couple(world):
    world.applicant("wife", "钱示例")
    husband = {"marriage": "married", "spouse_name": "钱示例", "spouse_id_number": str(world.numbers["wife"])}
    wife = {"marriage": "married", "spouse_name": "赵示例", "spouse_id_number": world.number}
    return husband, wife


def test_a_couple_is_paid_the_higher_share_once(world):
    husband, wife = _couple(world)
    first = world.at_calculate("purchase", "F1", household=husband)
    second = world.at_calculate("purchase", "F2", who="wife", household=wife, account="1000000000000016")
    page = world.get("city1", "desk:case", second.number).content.decode()
    assert "配偶另有在办的同一事项" in page
    assert f">{first.number}<" in page
    world.calculate(second, expect=200)
    assert first.number in world.said
    world.rule(
        world.publicity_over(
            world.verify(world.calculate(first, overlap_reason="先办本件，配偶一件随后核定。"))
        )
    )
    world.calculate(second, expect=200)
    assert "夫妻就高不重复：配偶已享受 300,000.00 元" in world.said


def test_a_home_others_have_applied_for_stops_until_somebody_says_why_not(world):
    world.applicant("stranger2", "孙示例")
    world.at_calculate()
    second = world.at_calculate("purchase", "F2", who="stranger2", account="1000000000000016")
    world.calculate(second, expect=200)
    assert "同一不动产单元已由他人申请" in world.said
    case = world.calculate(second, overlap_reason="合同编号不同，前一件单元号填写有误，已通知更正。")
    assert case.decision == "approve"


@pytest.mark.database
def test_one_person_has_one_open_application_of_a_kind(world):
    world.handed_in()
    world.begin(expect=200)
    assert "您已有同一事项的办件" in world.said
    assert world.begin("rent", "F1").instrument == "rent"


# --- before any application ----------------------------------------------------------------------------------


def test_anybody_can_ask_what_he_would_get_and_nothing_is_kept(world):
    asked = {
        "level_code": "F1", "contract_years": 5, "insured_months": 3, "household_homes": 0, "months_since_trade": "",
        "price": "800000",
    }  # fmt: skip
    page = world.post("visitor", "eligibility", "housing", data=asked, expect=200).content.decode()
    assert "还差 3 个月" in page
    assert "300,000.00" in page
    fine = world.post("visitor", "eligibility", "housing", data=asked | {"insured_months": 30}, expect=200)
    assert fine.context["answer"]["open"]
    assert not Case.objects.exists()
    world.get("visitor", "eligibility", "green-channel", expect=404)
