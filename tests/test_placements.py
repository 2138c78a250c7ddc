"""校聘企用 as people live it: every act below is a page request by the person who does it.

2 March 2026 is a Monday; 4 to 6 April and 1 to 5 May are holidays.
"""

from datetime import date

import pypdfium2
import pytest

from talent.core import roles
from talent.core.models import Case, Organisation
from talent.core.services import letters
from talent.placements.models import (
    Agreement,
    FirmProfile,
    Need,
    Placement,
    PlacementCase,
    RecordedRelation,
)
from talent.placements.services import agreeing
from tests.placements import world as worlds

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


def test_the_agreement_as_a_file_names_all_sides_terms_and_clauses_and_is_never_drawn_twice(world):
    case = world.draft(world.at_agreement())
    agreement = agreeing.current(case)
    letter = letters.render(agreement.letter)
    with letters.open_pdf(letter) as file:
        document = pypdfium2.PdfDocument(file.read())
    pages = ["".join(page.get_textpage().get_text_range().split()) for page in document]
    document.close()
    text = "".join(pages)
    for words in (
        "示例石墨烯有限公司",
        "示例理工大学",
        "赵talent",
        "120,000.00元",
        "职务成果双方共有",
    ):
        assert words in text
    assert agreement.digest in text
    assert letter.check_code in text.replace("-", "")
    assert all(f"第{number}页共{len(pages)}页" in page for number, page in enumerate(pages, start=1))
    before = letter.sha256
    assert letters.render(letter).sha256 == before
    page = world.get("visitor", "check_letter", letter.check_code).content.decode()
    assert "有效" in page
    assert "赵talent" not in page


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
