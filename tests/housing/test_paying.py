"""While money is paid: changes by two people, rechecks, the employer's quarter and the office's year. On the pages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from housing import services
from housing.models import HousingCase
from talent.core import roles
from talent.core.models import AnnualReview, Award, AwardChange, Instalment, PostRound
from talent.core.services import calendar, funds
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from tests import factories
from tests.housing.paid import Paid
from workflows import tick

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.filterwarnings(PROFILE), pytest.mark.django_db]
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CLAUSE = "示例条款"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=True) as traveller:
        yield traveller


@pytest.fixture
def paid(loaded, clock):
    return Paid()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def kinds(award: Award) -> list[str]:
    return list(award.case.letters.order_by("pk").values_list("kind", flat=True))


# --- changes --------------------------------------------------------------------------------------------


def test_a_change_is_reported_with_evidence_suspends_at_once_and_resumes_by_two(paid):
    award = paid.award()
    who, number = paid.applicant(award), award.number
    facts = {"kind": "insurance", "happened_on": "2026-02-20", "statement": "二月份社会保险中断。"}
    assert "凭证" in paid.post(who, "my:change", award.case.number, number, expect=200, **facts)
    paid.post(who, "my:change", award.case.number, number, evidence=factories.pdf(), **facts)
    change = award.changes.get()
    assert (change.side, change.state, change.late) == ("person", "reported", False)
    paid.get("other_county", "desk:funds:change", number, change.place, expect=404)
    assert "二月份社会保险中断" in paid.get("county", "desk:funds:change", number, change.place)
    file = paid.browser("county").get(f"/files/{number}/changes/1/evidence/")
    assert b"".join(file.streaming_content).startswith(b"%PDF")
    assert paid.browser("hr").get(f"/files/{number}/changes/1/evidence/").status_code == 404
    paid.post(
        "county",
        "desk:funds:change",
        number,
        1,
        act="propose",
        outcome="suspend",
        reason="参保中断待核实",
        clause=CLAUSE,
    )
    assert fresh(award).state == Award.State.SUSPENDED
    assert set(award.instalments.values_list("state", flat=True)) == {"held"}
    # 恢复 pays again: the officer proposes, somebody else decides.
    paid.post("county", "desk:funds:award_change", number, act="resume", reason="已补缴并核实")
    assert fresh(award).state == Award.State.SUSPENDED
    again = award.changes.get(outcome="resume")
    paid.post("county", "desk:funds:change", number, again.place, act="decide", verdict="approve", expect=403)
    paid.post("county_head", "desk:funds:change", number, again.place, act="decide", verdict="approve")
    assert fresh(award).state == Award.State.ACTIVE
    assert kinds(award) == ["suspension", "resumption"]
    page = paid.get(who, "my:case", award.case.number)
    assert "社会保险中断：已办理" in page
    assert "第1期" in page


def test_a_stop_waits_for_the_warning_and_for_a_second_person_and_is_taken_back_by_two(paid, clock):
    line = paid.line("city", 500_000), paid.line("county", 500_000)
    award = paid.award()
    number, reserved = award.number, [fresh(one).reserved for one in line]
    assert sum(reserved) > 0
    paid.post("county", "desk:funds:award_change", number, act="suspend", reason="单位反映已离岗")
    paid.post("county", "desk:funds:award_change", number, act="stop", reason="确认离岗", clause=CLAUSE)
    assert not award.changes.filter(outcome="stop").exists()
    clock.shift(timedelta(days=30))
    paid.browsers.clear()  # their sessions have run out
    paid.post("county", "desk:funds:award_change", number, act="stop", reason="确认离岗", clause=CLAUSE)
    stop = award.changes.get(outcome="stop")
    paid.post("city_head", "desk:funds:change", number, stop.place, act="decide", verdict="approve")
    assert fresh(award).state == Award.State.STOPPED
    assert sum(fresh(one).reserved for one in line) == 0
    paid.post("county", "desk:funds:change", number, stop.place, act="reverse", reason="离岗情况系误报")
    back = award.changes.get(outcome="reinstate")
    paid.post("city_head", "desk:funds:change", number, back.place, act="decide", verdict="approve")
    assert fresh(award).state == Award.State.ACTIVE
    assert fresh(stop).state == "reversed"
    assert [fresh(one).reserved for one in line] == reserved
    assert kinds(award)[-2:] == ["stop", "resumption"]
    assert funds.check()[1] == []


@pytest.mark.parametrize(
    ("instrument", "level", "higher", "total", "more"),
    [("rent", "F2", "F1", 30_600, 0), ("purchase", "F2", "F1", 60_000, 240_000)],
)
def test_a_higher_level_pays_the_difference_of_the_rules(paid, instrument, level, higher, total, more):
    award = paid.award(instrument, level)
    assert award.total == total
    if not more:
        with pytest.raises(ActRefused, match="没有提高"):
            services.paying.difference(award.case.specific(), higher)
        return
    who = paid.applicant(award)
    paid.post(
        who, "my:change", award.case.number, award.number, kind="level", happened_on="2026-02-27", level_code=higher,
        statement="取得博士学位。", evidence=factories.pdf(),
    )  # fmt: skip
    paid.post(
        "county",
        "desk:funds:change",
        award.number,
        1,
        act="propose",
        outcome="upgrade",
        reason="层次已核实",
        clause=CLAUSE,
    )
    assert "240,000.00" in paid.get("city_head", "desk:funds:change", award.number, 1).replace(
        "240000.00", "240,000.00"
    )
    paid.post("city_head", "desk:funds:change", award.number, 1, act="decide", verdict="approve")
    award, case = fresh(award), HousingCase.objects.get(pk=award.case_id)
    assert (award.total, case.level_code, case.amount_total) == (total + more, higher, Decimal(total + more))
    paid.post("county", "desk:funds:change", award.number, 1, act="reverse", reason="层次认定被撤销")
    paid.post("city_head", "desk:funds:change", award.number, 2, act="decide", verdict="approve")
    award, case = fresh(award), HousingCase.objects.get(pk=award.case_id)
    assert (award.total, case.level_code, case.amount_total) == (total, level, Decimal(total))
    assert funds.check()[1] == []


def test_a_higher_rent_level_adds_to_every_period_that_is_not_paid(paid):
    award = paid.award("rent", "F3", rent=Decimal(5000))
    before = HousingCase.objects.get(pk=award.case_id)
    found = services.paying.difference(before, "F1")
    open_rows = award.instalments.count()
    assert len(found.plan) == open_rows
    assert found.total == sum(one.amount for one in found.plan)
    assert found.total % before.amount_months == 0


def test_a_change_of_employer_moves_the_case_to_the_new_one_and_back(paid):
    award = paid.award()
    firm = factories.employer("示例新单位")
    paid.people["hr2"] = factories.account("hr2", "人事乙")
    factories.appoint(paid.people["hr2"], roles.HR, firm)
    paid.post(
        paid.applicant(award), "my:change", award.case.number, award.number, kind="employer", new_employer=firm.pk,
        happened_on="2026-02-27", statement="转入新单位工作。", evidence=factories.pdf(),
    )  # fmt: skip
    paid.post(
        "county",
        "desk:funds:change",
        award.number,
        1,
        act="propose",
        outcome="employer",
        reason="合同已核实",
        clause=CLAUSE,
    )
    paid.get("hr2", "unit:case", award.case.number, expect=404)
    paid.post("county_head", "desk:funds:change", award.number, 1, act="decide", verdict="approve")
    paid.get("hr2", "unit:case", award.case.number)
    paid.get("hr", "unit:case", award.case.number, expect=404)
    assert award.case.number in paid.get("hr2", "unit:subsidies")
    paid.post("county", "desk:funds:change", award.number, 1, act="reverse", reason="合同未生效，撤销变更")
    paid.post("county_head", "desk:funds:change", award.number, 2, act="decide", verdict="approve")
    paid.get("hr", "unit:case", award.case.number)


@pytest.mark.database
def test_who_proposes_does_not_decide_not_even_past_the_code(paid):
    award = paid.award()
    change = funds.by_office(
        award, outcome="suspend", reason="核实劳动关系", clause=CLAUSE, actor=paid.people["county"]
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardChange.objects.filter(pk=change.pk).update(decided_by=paid.people["county"])
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardChange.objects.filter(pk=change.pk).update(outcome="stop")
    for stranger in ("other_county", "finance", "hr"):
        with pytest.raises(NotAllowed):
            funds.reverse(change, reason="情况已经核实", actor=paid.people[stranger])


@pytest.mark.database
def test_without_the_question_for_another_person_one_officer_alone_resumes(paid, monkeypatch):
    """The twin: what holds one officer back is the second person, and the database behind him."""
    award = paid.award()
    people = paid.people
    funds.by_office(award, outcome="suspend", reason="核实劳动关系", clause=CLAUSE, actor=people["county"])
    monkeypatch.setattr(AwardChange, "ALONE", (*AwardChange.ALONE, "resume"))
    with pytest.raises(IntegrityError), transaction.atomic():
        funds.by_office(award, outcome="resume", reason="已经核实", clause=CLAUSE, actor=people["county"])
    assert fresh(award).state == Award.State.SUSPENDED


# --- before each instalment -----------------------------------------------------------------------------


def answers(award: Award, **failing: str) -> dict[str, str]:
    """The filled form of a recheck; `failing` names items with the fact that is against them."""
    facts = {}
    for item in services.paying.recheck_items(award):
        fact = failing.get(item.code, "经核对符合。")
        facts |= {
            f"verdict_{item.code}": "no" if item.code in failing else "yes",
            f"fact_{item.code}": fact,
            f"source_{item.code}": item.source,
        }
    return facts


def test_a_recheck_says_item_by_item_what_was_found_where_and_by_whom(paid):
    paid.line("city", 500_000), paid.line("county", 500_000)
    award = paid.award()
    row = paid.due(award)
    page = paid.get("county", "desk:funds:recheck", award.number, row.seq)
    for words in ("在岗", "社会保险", "家庭住房", "其他住房待遇"):
        assert words in page
    paid.post("county", "desk:funds:recheck", award.number, row.seq, expect=200)
    paid.post(
        "county",
        "desk:funds:recheck",
        award.number,
        row.seq,
        **answers(award, insurance="二月份起社会保险中断"),
    )
    row.refresh_from_db()
    assert row.state == Instalment.State.HELD
    assert "社会保险中断" in row.reason
    assert "二月份起社会保险中断" in paid.get(paid.applicant(award), "my:case", award.case.number)
    paid.post("county2", "desk:funds:recheck", award.number, row.seq, **answers(award))
    found = row.rechecks.order_by("-pk").first()
    assert (fresh(row).state, found.checked_by.username) == (Instalment.State.RECHECKED, "county2")
    assert {one["source"] for one in found.findings} >= {"用人单位季度确认", "社会保险信息"}
    paid.get("other_county", "desk:funds:recheck", award.number, row.seq, expect=404)


def test_a_buyer_leaves_the_flat_and_the_rent_subsidy_before_he_is_paid(paid):
    paid.line("city", 500_000), paid.line("county", 500_000)
    rent = paid.award("rent", "F1", who="buyer")
    award = paid.award("purchase", "F1", who="buyer", benefits=["talent_flat_until_paid"])
    items = {item.code: item for item in services.paying.recheck_items(award)}
    assert items["flat"].known is False
    assert items["rent"].known is False
    assert rent.number in items["rent"].said
    row = paid.due(award)
    lazy = answers(award) | {"fact_flat": items["flat"].said}
    page = paid.post("county", "desk:funds:recheck", award.number, row.seq, expect=200, **lazy)
    assert "系统记录显示不符合" in page
    for which, kind, words in (
        (award, "flat", "已经交房退租。"),
        (rent, "purchase", "已购房，不再申领租房补贴。"),
    ):
        paid.post(
            "buyer", "my:change", which.case.number, which.number, kind=kind, happened_on="2026-03-01", statement=words,
            evidence=factories.pdf(),
        )  # fmt: skip
    paid.post(
        "county",
        "desk:funds:change",
        award.number,
        1,
        act="propose",
        outcome="keep",
        reason="已核实交房",
        clause=CLAUSE,
    )
    paid.post(
        "county",
        "desk:funds:change",
        rent.number,
        1,
        act="propose",
        outcome="stop",
        reason="由租房转为购房",
        clause=CLAUSE,
    )
    paid.post("county_head", "desk:funds:change", rent.number, 1, act="decide", verdict="approve")
    assert fresh(rent).state == Award.State.STOPPED
    items = {item.code: item for item in services.paying.recheck_items(award)}
    assert items["flat"].known is True
    assert "rent" not in items, "nothing was paid, nothing is running"


def test_a_payment_brings_its_notice_and_an_early_leaver_pays_back_by_the_rule(paid, clock):
    paid.line("city", 500_000), paid.line("county", 500_000)
    award = paid.award("purchase", "F1")
    paid.pay(award)
    assert kinds(award) == ["payment"]
    assert "已到账 120,000.00 元" in paid.get(paid.applicant(award), "my:case", award.case.number)
    page = paid.get("county", "desk:funds:award", award.number)
    assert "认定追回" in page
    clock.shift(timedelta(days=365))
    paid.browsers.clear()
    facts = {"event": "left", "day": "2026-09-02"}
    page = paid.post("county", "desk:funds:assess", award.number, expect=200, act="preview", **facts)
    assert "90,000.00" in page, "paid 120,000; six of sixty months of 300,000 are earned"
    assert not award.recoveries.exists()
    paid.post("county", "desk:funds:assess", award.number, act="assess", **facts)
    recovery = award.recoveries.get()
    assert (recovery.amount, recovery.state) == (90_000, "assessed")
    paid.post("county", "desk:funds:recovery_act", recovery.number, expect=403, act="decide")
    paid.post("county_head", "desk:funds:recovery_act", recovery.number, act="decide")
    who = paid.applicant(award)
    assert "尚欠 90,000.00 元" in paid.get(who, "my:case", award.case.number)
    paid.post(who, "my:object", award.case.number, recovery.number, reason="服务时间计算有误。")
    assert fresh(recovery).state == "objected"
    again = paid.post("county", "desk:funds:assess", award.number, expect=200, act="assess", **facts)
    assert "超过该资助已拨付" in again


# --- every quarter and every year -----------------------------------------------------------------------


def test_hr_confirms_everybody_at_once_or_names_a_change(paid, clock):
    first, second = paid.award(), paid.award()
    clock.shift(timedelta(days=31))  # 2 April
    tick.run()
    asked = PostRound.objects.get()
    assert (asked.quarter, asked.due_on, asked.state) == ("2026Q2", date(2026, 4, 15), "open")
    assert services.paying.recheck_items(first)[0].known is False
    page = paid.get("hr", "unit:posts", asked.pk)
    assert first.case.number in page
    assert "全部无变化" in page
    paid.get("county", "unit:posts", asked.pk, expect=403)
    changed = {
        "act": "each", f"a{second.pk}-kind": "left", f"a{second.pk}-happened_on": "2026-03-20",
        f"a{second.pk}-reason": "",
    }  # fmt: skip
    assert "写明变化" in paid.post("hr", "unit:posts", asked.pk, expect=200, **changed)
    paid.post("hr", "unit:posts", asked.pk, **changed | {f"a{second.pk}-reason": "三月二十日离职"})
    assert fresh(asked).state == "answered"
    assert (second.changes.get().kind, second.changes.get().side) == ("left", "employer")
    assert services.paying.recheck_items(first)[0].known is True
    assert "三月二十日离职" in services.paying.recheck_items(second)[0].said
    page = paid.post("hr", "unit:posts", asked.pk, expect=200, act="unchanged")
    assert "已经确认" in page
    assert "离职或离岗" in paid.get("hr", "unit:posts", asked.pk)


def _state() -> list:
    return [
        list(PostRound.objects.order_by("pk").values_list("quarter", "due_on", "state")),
        list(AnnualReview.objects.order_by("pk").values_list("year", "state", "award")),
        list(Instalment.objects.order_by("pk").values_list("state", flat=True)),
        list(Award.objects.order_by("pk").values_list("state", "stops_on")),
    ]


@pytest.mark.parametrize("nights", [1, 5])
def test_a_silent_employer_is_reminded_then_reported_and_people_warned_however_many_nights_were_missed(
    paid, clock, nights
):
    award = paid.award()
    clock.shift(timedelta(days=30))
    for night in range(20):
        clock.shift(timedelta(days=1))
        if night % nights == nights - 1:
            tick.run()
    tick.run()
    once = _state()
    tick.run()
    assert _state() == once
    asked = PostRound.objects.get()
    assert asked.state == "overdue"
    assert asked.reminded_at is not None
    told = list(paid.people["hr"].messages.order_by("pk").values_list("subject", flat=True))
    assert told == ["请确认在岗情况", "在岗确认即将到期", "在岗确认已逾期"]
    assert fresh(award).state == Award.State.ACTIVE, "a warning stops nothing"
    assert fresh(award).stops_on is not None
    paid.post("hr", "unit:posts", asked.pk, act="unchanged")
    assert fresh(asked).state == "answered"


def test_once_a_year_every_condition_is_asked_again_and_a_failure_warns(paid, clock):
    award = paid.award()
    clock.move_to(datetime(2027, 3, 1, 2, 0, tzinfo=UTC))
    tick.run()
    row = AnnualReview.objects.get()
    assert (row.year, row.state) == (2027, "open")
    tick.run()
    assert AnnualReview.objects.count() == 1
    assert award.number in paid.get("county", "desk:funds:reviews")
    paid.post("county", "desk:funds:review", award.number, 2027, **answers(award, home="已在本地购房"))
    assert fresh(row).state == "failed"
    assert fresh(award).stops_on is not None
    with pytest.raises(Conflict):
        funds.review(
            row,
            funds.RecheckResult((funds.Finding("a", "一", True, "符合", CLAUSE),)),
            actor=paid.people["county"],
        )
    paid.get("county", "desk:funds:review", award.number, 2027, expect=302)


def test_a_late_report_is_marked_and_the_future_is_refused(paid):
    award = paid.award()
    user = paid.people[paid.applicant(award)]
    facts = {"kind": "home", "statement": "家庭购房一套。", "actor": user, "within": 22}
    with pytest.raises(ActRefused, match="不能晚于今天"):
        funds.report(
            award, happened_on=calendar.today() + timedelta(days=1), evidence=factories.pdf(), **facts
        )
    assert funds.report(award, happened_on=date(2026, 1, 5), evidence=factories.pdf(), **facts).late
    with pytest.raises(Conflict):
        funds.report(award, happened_on=date(2026, 2, 5), evidence=factories.pdf(), **facts)
