"""P12 as people live it: the subsidy claimed with proof, checked, approved by a second person, and paid like any other.

The world is built once; every test goes on from the first day of the term, 1 May 2026.
"""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from talent.core import roles
from talent.core.models import Award, Instalment, Region
from talent.core.services import funds
from talent.core.services.errors import ActRefused
from talent.placements.models import RecordedRelation, SubsidyClaim
from talent.placements.services import claims, subsidies
from tests.placements import world as worlds

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.filterwarnings(PROFILE), pytest.mark.database]
AFTER_A_YEAR = date(2027, 5, 3)


def budget(world, amount: int = 1_000_000) -> None:
    """A line of this year for the firm's county, managed by the city's finance bureau."""
    czj = worlds.factories.bureau("czj")
    world.people["payer"] = worlds.factories.account("payer", "拨付甲")
    worlds.factories.appoint(world.people["payer"], roles.FINANCE, czj)
    line = funds.open_line(
        2027, "placement", Region.objects.get(code="370811"), "city", actor=world.people["payer"], organisation=czj
    )  # fmt: skip
    funds.allocate(line, Decimal(amount), actor=world.people["payer"], reason="年初预算")


def test_a_claim_is_proved_checked_approved_by_a_second_person_and_stands_in_finances_list(world):
    case = world.case
    world.at(AFTER_A_YEAR)
    world.act("hr", case, "claim", what="firm_pay-1", expect=409)
    world.rated(case, "excellent", day=AFTER_A_YEAR)
    budget(world)
    world.claim(case, what="firm_pay-2", expect=200)
    world.claim(case, "dean", expect=409)
    claim = world.claim(case, pay_paid="160000")
    assert (claim.state, str(claim.account)) == ("claimed", "************5678")
    world.act("hr", case, "claim", what="firm_pay-1", expect=409)
    page = world.get("county", "desk:placements").content.decode()
    assert "待核实和审批的补助" in page
    world.decide_claim(claim, expect=200)
    claim = world.check_claim(claim, pay_accepted="170000", expect=200)
    claim = world.check_claim(claim, pay_accepted="150000", expect=200)
    assert "少于申报的" in world.said
    claim = world.check_claim(claim, pay_accepted="150000", text="凭证只有十五万元")
    assert (claim.state, claim.checked_by) == ("checked", world.people["county"])
    page = world.get("head", "desk:placement_claim", case.number, "firm_pay", 1).content.decode()
    assert "100,000.00" in page
    assert "超过上限" in page
    claim = world.decide_claim(claim)
    assert (claim.state, claim.amount) == ("granted", Decimal("100000.00"))
    assert (claim.award.total, claim.award.payee.kind) == (Decimal("100000.00"), "employer")
    instalment = Instalment.objects.get(award=claim.award)
    assert (instalment.amount, funds.due_lines(world.people["payer"]).get().pk) == (
        claim.amount,
        instalment.pk,
    )
    for who, route in (("talent", "my:placement"), ("hr", "unit:placement")):
        page = world.get(who, route, case.number).content.decode()
        assert "100,000.00" in page
        assert "校聘企用补助资金" in page
        assert "6222" not in page
    assert "100,000.00元" in world.get("hr", "unit:placements").context["rows"][0]["subsidy"]


def test_who_checked_a_claim_does_not_approve_it(world, monkeypatch):
    world.rated(world.case, "qualified", day=AFTER_A_YEAR)
    worlds.factories.appoint(world.people["county"], roles.BUREAU_HEAD, worlds.factories.bureau("kjj"))
    claim = world.check_claim(world.claim(world.case))
    world.decide_claim(claim, "county", expect=403)
    # Without the question the database still says no.
    monkeypatch.setattr(claims, "_require_second", lambda claim, actor, standing: None)
    with pytest.raises(IntegrityError), transaction.atomic():
        claims.decide(claim, actor=world.people["county"], granted=True)
    assert not Award.objects.exists()


def test_a_period_is_claimed_once_in_the_page_and_in_the_database(world):
    rating = world.rated(world.case, "qualified", day=AFTER_A_YEAR)
    claim = world.claim(world.case)
    facts = {"pay_paid": Decimal(1), "holder": "示例", "bank": "示例银行", "account": "62220000"}
    with pytest.raises(ActRefused, match="一期只能申请一次"):
        claims.claim(
            rating, actor=world.people["hr"], code="firm_pay", evidence=worlds.factories.pdf(), **facts
        )
    row = {field.name: getattr(claim, field.name) for field in SubsidyClaim._meta.concrete_fields}
    row |= {"id": None, "row_key": uuid4(), "account": "62220000"}
    with pytest.raises(IntegrityError), transaction.atomic():
        SubsidyClaim.objects.create(**row)
    claim = world.check_claim(claim, passed="no", text="缺少个人所得税记录")
    assert claim.state == "returned"
    assert world.claim(world.case).state == "claimed"


def test_a_failed_year_gives_nothing_and_stops_the_next_one_with_the_clause(world):
    rating = world.rated(world.case, "failed", day=AFTER_A_YEAR)
    world.act("hr", world.case, "claim", what="firm_pay-1", expect=409)
    facts = {"pay_paid": Decimal(120000), "holder": "示例", "bank": "示例银行", "account": "62220000"}
    with pytest.raises(ActRefused, match="考核为不合格，没有补助（依据：考核结果表）"):
        claims.claim(
            rating, actor=world.people["hr"], code="firm_pay", evidence=worlds.factories.pdf(), **facts
        )
    second = world.rated(world.case, "excellent", day=date(2028, 5, 2))
    assert (second.number, second.state) == (2, "final")
    with pytest.raises(ActRefused, match="上一次考核为不合格，本期停发"):
        claims.claim(
            second, actor=world.people["hr"], code="firm_pay", evidence=worlds.factories.pdf(), **facts
        )
    assert subsidies.amount_for(second, "firm_pay", pay_paid=Decimal(1)).yuan == 0
    world.act("hr", world.case, "renew", months=12, P10=worlds.factories.pdf())
    assert world.case.renewals.exists(), "the last rating is good again"


def test_the_proof_of_a_claim_is_for_the_claimant_and_the_two_bureaus(world):
    rating = world.rated(world.case, "qualified", day=AFTER_A_YEAR)
    claim = world.claim(world.case)
    where = (world.case.number, "firm_pay", 1)
    for who in ("hr", "county", "lead", "head"):
        world.get(who, "claim_evidence", *where).getvalue()
    for who in ("dean", "talent", "rsj", "other_hr", "stranger"):
        world.get(who, "claim_evidence", *where, expect=404)
    for who in ("talent", "dean", "lead"):
        world.get(who, "rating_evidence", world.case.number, rating.number).getvalue()
    world.get("other_hr", "rating_evidence", world.case.number, rating.number, expect=404)
    world.get("dean", "signed_agreement", world.case.number, 1, "firm").getvalue()
    world.get("lead", "signed_agreement", world.case.number, 1, "firm", expect=404)
    world.act("hr", world.case, "withdraw-claim")
    claim.refresh_from_db()
    assert claim.state == "withdrawn"


# --- what the other sides sign ------------------------------------------------------------------------------


def test_a_side_that_does_not_sign_stops_a_suspension_and_silence_is_no_signature(world):
    case = world.case
    data = {"starts_on": "2026-06-01", "until": "2026-08-01", "reason": "teaching", "text": "承担课程"}
    world.act("dean", case, "suspend", **data)
    world.act("hr", case, "countersign", answer="no", expect=200)
    world.act("hr", case, "countersign", answer="no", text="试验不能中断")
    assert "试验不能中断" in world.get("talent", "my:placement", case.number).content.decode()
    world.act("dean", case, "suspend", **data)
    world.act("dean", case, "withdraw-proposal")
    world.act("dean", case, "suspend", **data)
    world.act("hr", case, "countersign", answer="yes")
    world.at(date(2026, 5, 12))
    world.tick()
    place = world.place(case)
    assert [one.state for one in place.proposals.order_by("pk")] == ["refused", "withdrawn", "lapsed"]
    assert (place.suspensions.count(), place.ends_on) == (0, date(2028, 4, 30))


def test_an_end_with_notice_has_effect_at_once_and_a_disputed_settlement_goes_to_the_lead_bureau(world):
    case = world.case
    ended = {
        "last_day": "2026-06-30", "reason": "person_left", "text": "调离", "settled_days": 0, "settled_pay": "0",
    }  # fmt: skip
    world.act("talent", case, "end", **ended | {"last_day": "2026-05-20"}, expect=200)
    assert "应提前30天告知" in world.said
    world.act("talent", case, "end", **ended)
    assert world.place(case).ends_on == date(2026, 6, 30)
    world.act("talent", case, "withdraw-proposal", expect=409)
    world.act("hr", case, "countersign", answer="no", text="预付报酬应退回")
    assert world.place(case).ends_on == date(2026, 6, 30)
    assert "提前终止的结算有争议" in world.inbox("lead")


# --- excluded relations -------------------------------------------------------------------------------------


def test_a_recorded_relation_is_told_to_the_person_refuses_the_next_term_and_is_ended_with_its_basis(world):
    case = world.case
    fact = {
        "record": "1", "firm": world.firm.pk, "code": "person_shares", "account": "talent", "fact": "持股5%",
        "source": "登记机关查询",
    }  # fmt: skip
    world.get("zzb", "desk:placement_relations", expect=403)
    world.post("stranger", "desk:placement_relations", data=fact, expect=200)
    assert not RecordedRelation.objects.exists(), "a bureau records for the firms of its county"
    world.post("county", "desk:placement_relations", data=fact | {"code": "university_shares"}, expect=200)
    world.post("county", "desk:placement_relations", data=fact)
    world.post("county", "desk:placement_relations", data=fact, expect=200)
    assert RecordedRelation.objects.count() == 1
    assert "任职中出现应当回避的关系" in world.inbox("lead")
    page = world.get("talent", "my:placement_relations").content.decode()
    for words in ("本人持有企业股份", "持股5%", "登记机关查询", "回避关系表"):
        assert words in page
    assert world.event(case, "relation_found").public is False
    row = RecordedRelation.objects.get()
    world.post("lead", "desk:placement_relations", data={"end": row.pk, "text": ""}, expect=200)
    world.post("lead", "desk:placement_relations", data={"end": row.pk, "text": "已于六月变更登记"})
    assert "已解除" in world.get("talent", "my:placement_relations").content.decode()


def test_a_relation_that_has_come_about_is_declared_by_the_person_and_told_to_the_lead_bureau(world):
    declared = {"number": world.case.number, "code": "relative_in_charge", "note": "配偶新任总经理"}
    world.post("talent", "my:placement_relations", data=declared)
    assert world.fresh(world.case).declared == ["relative_in_charge"]
    assert "配偶新任总经理" in world.get("lead", "desk:placement_relations").content.decode()
    world.post("talent", "my:placement_relations", data=declared, expect=200)
    assert "已经申明" in world.said
