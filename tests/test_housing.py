"""人才安居 as people live it: every act below is a page request by the person who does it.

Days are checked against the calendar of 2026: 2 March is a Monday.
"""

from datetime import date
from decimal import Decimal

import pytest

from talent.core.models import Case
from talent.core.services.letters.rendering import html_of
from tests.housing import town

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.database, pytest.mark.filterwarnings(PROFILE)]


@pytest.fixture
def world(loaded):
    with town.live() as lived:
        yield lived


# --- from the draft to the decision ----------------------------------------------------------------------


def test_a_doctor_gets_his_voucher_after_employer_county_city_and_publicity(world):
    case = world.begin("purchase", "F1")
    assert (case.number, case.status, case.intake_organisation.code) == ("RCAJ2026-0001", "draft", "370811-rsj")
    world.fill_housing(case)
    case = world.submit(case)
    assert (case.status, case.step) == (Case.Status.SUBMITTED, "employer")
    assert world.inbox("hr") == ["请确认本单位人员的人才安居申请"]
    case = world.confirm(case)
    assert case.step == "intake"
    case = world.accept(case)
    assert (case.status, case.step) == (Case.Status.ACCEPTED, "county_review")
    case = world.review(case, "recommend")
    assert (case.step, case.lead_organisation.code) == ("calculate", "rsj")
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
    text = html_of(case.letters.get(kind="decision"))
    assert "120,000.00元，2026-03-10起发放" in text
    assert "核定总额300,000.00元" in text
