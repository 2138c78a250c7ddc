"""County and city: the city takes a case over, asks the applicant where no county can, and both are counted."""

import pytest

from talent.core import roles
from talent.core.models import Case
from tests import factories
from tests.core import letter_measure
from tests.housing import town

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)


@pytest.fixture
def world(loaded):
    with town.live() as lived:
        yield lived


def test_the_city_takes_a_case_over_with_a_reason_and_the_clock_goes_on(world):
    world.people["city_chief"] = factories.account("city_chief", "市科长")
    factories.appoint(world.people["city_chief"], roles.BUREAU_HEAD, factories.bureau("rsj"))
    case = world.accept(world.confirm(world.handed_in()))
    due = case.due_on
    world.claim("county_checker", case, "county_review")
    assert "提级办理" not in world.get("county", "desk:case", case.number).content.decode()
    assert "提级办理" in world.get("city_chief", "desk:case", case.number).content.decode()
    world.post("county", "desk:take_over", case.number, data={"reason": "县里自己接管"}, expect=403)
    world.post("city_chief", "desk:take_over", case.number, data={"reason": "急"})
    assert world.fresh(case).lead_organisation.code == "370811-rsj"
    world.later(3)
    world.post("city_chief", "desk:take_over", case.number, data={"reason": "县级逾期未办，由市级办理"})
    case = world.fresh(case)
    step = case.open_steps.get()
    assert (case.lead_organisation.code, step.organisation.code, step.owner) == ("rsj", "rsj", None)
    assert case.due_on == due
    event = world.event(case, "taken_over")
    assert event.internal_text == "县级逾期未办，由市级办理"
    world.post("city_chief", "desk:take_over", case.number, data={"reason": "再提级一次看看"})
    assert case.events.filter(kind="taken_over").count() == 1
    assert "county_review" not in [one.node for one in world.people["county_checker"].open_steps.all()]
    case = world.review(case, who="city1")
    assert case.step == "joint_check"
    page = world.get("city1", "desk:case", case.number).content.decode()
    assert "各级用时" in page


def test_where_the_city_took_the_case_in_it_asks_the_applicant_at_every_step(world):
    case = world.handed_in(employer=world.city_employer)
    case = world.accept(world.confirm(case, who="city_hr"), who="city_intake")
    case = world.skip_checks(case)
    lacking = {"outcome": "supplement", **world.ticks(case, {"M12": "扫描不清"})}
    world.calculate(case, **lacking | world.ticks(case), expect=200)
    case = world.calculate(case, **lacking)
    assert (case.status, case.step) == (Case.Status.SUPPLEMENTING, "supplement")
    case = world.fix(case, "M12")
    assert (case.status, case.step) == (Case.Status.ACCEPTED, "calculate")
    case = world.calculate(case, **world.ticks(case))
    case = world.verify(case, **lacking | {"again_reason": "复核时发现另一页缺失"})
    assert case.step == "supplement"
    case = world.fix(case, "M12")
    assert case.step == "verify"
    assert world.verify(case, **world.ticks(case)).step == "publicity"


def test_the_report_counts_each_county_for_the_city_and_only_its_own_for_a_county(world):
    case = world.calculate(world.at_calculate(), "return", opinion="请县市区重新核对住房情况。")
    page = world.get("city1", "desk:counties").content.decode()
    assert "任城区" in page
    row = page.split("任城区", 1)[1].split("</tr>")[0].split('class="num">')[1:]
    assert [cell.split("<")[0] for cell in row][:7] == ["1", "1", "0", "0", "0", "1", "0"]
    assert "任城区" not in world.get("other_county", "desk:counties").content.decode()
    export = world.post("county", "desk:counties_export", data={"process": "housing"}, expect=200)
    assert "任城区" in export.content.decode("utf-8-sig")
    assert "任城区" not in world.post("other_county", "desk:counties_export", expect=200).content.decode(
        "utf-8-sig"
    )
    assert case.number not in export.content.decode("utf-8-sig")
    world.get("city1", "desk:counties", process="x", year="x")


def test_the_form_of_a_case_is_a_pdf_for_its_officers_and_names_no_full_number(world):
    case = world.publicity_over(world.verify(world.calculate(world.at_calculate())))
    world.budget(city=300_000, county=300_000)
    case = world.rule(case)
    for who in ("county", "city_head", "finance"):
        response = world.get(who, "desk:sheet", case.number)
        assert response.content.startswith(b"%PDF")
    pages = letter_measure.glyphs(response.content)
    text = "".join("".join(glyph.text for glyph in page) for page in pages).replace(" ", "")
    assert world.number not in text
    assert f"第1页共{len(pages)}页" in text
    assert "300,000.00" in text
    for who, answer in (("other_county", 404), ("talent", 403), ("hr", 403)):
        world.get(who, "desk:sheet", case.number, expect=answer)
