"""A term while it runs, in a world where one person is at work: days, reports, changes, ratings, tables and the calendar.

The world is built once; every test goes on from the first day of the term, 1 May 2026.
"""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from talent.core.models import Case
from talent.core.services import organisations
from talent.placements.models import Need, Rating, ServiceDay
from talent.placements.services import subsidies
from tests.placements import world as worlds
from workflows import tick

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)


def test_after_an_early_end_somebody_else_takes_over_and_the_need_keeps_both(world):
    case = world.case
    world.offer("talent2")
    world.serve(case, 20)
    ended = {
        "last_day": "2026-06-30", "reason": "agreed", "text": "协商一致", "settled_days": 20, "settled_pay": "26666.67",
        "all_agree": "on",
    }  # fmt: skip
    world.at(date(2026, 6, 12))
    world.act("hr", case, "end", **ended | {"settled_days": 21}, expect=200)
    assert "多于登记的20天" in world.said
    case = world.act("hr", case, "end", **ended)
    assert world.place(case).ended_on is None, "nobody's signature is assumed"
    world.act("hr", case, "countersign", answer="yes", expect=409)
    case = world.act("dean", case, "countersign", answer="yes")
    case = world.act("talent", case, "countersign", answer="yes")
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
    world.decide("lead", case, "evaluate", "exempt", reason="技术路线受阻，过程勤勉。", expect=200)
    assert "评估人员没有确认" in world.said
    assert "应报告1期，已报告0期" in world.said
    keys = [one.pk for one in world.get("hr", "unit:placement_reports").context["reports"]]
    world.post("hr", "unit:placement_reports", data={"report": keys, "unchanged": "1"})
    case = world.decide(
        "lead", case, "evaluate", "exempt", reason="技术路线受阻，过程勤勉。", stated=["honest"]
    )
    assert (case.status, case.final_result) == (Case.Status.COMPLETED, "exempt")
    assert world.event(case, "evaluated").figures["clawback"] is False
    assert {row.pk for row in case.need.cases.all()} == {case.pk, new.pk}


# --- the running term --------------------------------------------------------------------------------------


def test_two_months_of_suspension_move_the_end_by_two_months(world):
    case = world.case
    data = {"starts_on": "2026-06-01", "until": "2026-08-01", "reason": "teaching", "text": "承担课程"}
    world.act("dean", case, "suspend", **data)
    world.act("hr", case, "suspend", **data, expect=409)
    assert world.place(case).ends_on == date(2028, 4, 30), (
        "nothing is suspended before the others have signed"
    )
    for who in ("hr", "talent"):
        world.act(who, case, "countersign", answer="yes")
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
    case = world.case
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
    case = world.case
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
    case = world.case
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
    case = world.case
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
    case = world.case
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
    assert subsidies.amount_for(first, "firm_pay", pay_paid=Decimal("120000")).yuan == 0
    world.act("hr", case, "renew", months=12, P10=worlds.factories.pdf(), expect=200)
    assert "上一次考核为不合格" in world.said
    assert "停发" in world.get("hr", "unit:placements").content.decode()
    second = Rating(
        placement=first.placement, number=2, starts_on=date(2027, 5, 1), ends_on=date(2028, 4, 30), result="excellent"
    )  # fmt: skip
    amount = subsidies.amount_for(second, "firm_pay", pay_paid=Decimal("120000"))
    assert (amount.yuan, "停发" in amount.reason) == (0, True)


def test_an_objection_is_checked_by_somebody_else_and_opens_the_renewal_again(world):
    case = world.case
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
    world.act("hr", case, "renew", months=24, expect=200)
    assert "续聘申请" in world.said or "必填" in world.said
    world.act("hr", case, "renew", months=24, P10=worlds.factories.pdf())
    new = case.renewals.get()
    assert new.materials.get(code="P10").version.document.organisation == world.firm
    assert (new.starts_on, new.step) == (date(2028, 5, 1), "confirm_person")
    world.act("hr", case, "renew", months=24, P10=worlds.factories.pdf(), expect=200)
    assert "已经提出续聘" in world.said


def test_the_end_is_warned_of_and_a_term_that_is_over_is_never_active(world):
    case = world.case
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
    assert Need.objects.count() == 1
    assert [problem for _row, _number, problem in page.context["results"]] == ["", ""]
    world.post("hr", "unit:placement_import", data={"firm": world.firm.pk, "tried": page.context["tried"]})
    assert Need.objects.filter(firm=world.firm).count() == 3


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
    assert Need.objects.count() == 1


def test_the_people_table_goes_out_as_it_is_filtered(world):
    case = world.case
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
    case = world.case
    link = world.post("hr", "unit:placement_feed", data={"open": "1"}, expect=200).context["link"]
    text = world.browser("visitor").get(link)
    assert text["Content-Type"].startswith("text/calendar")
    assert case.number in text.content.decode()
    assert "赵talent" not in text.content.decode()
    world.post("hr", "unit:placement_feed", data={"revoke": "1"})
    assert world.browser("visitor").get(link).status_code == 404


def test_a_leaving_hr_loses_the_calendar_with_the_post(world):
    case = world.case
    link = world.post("hr", "unit:placement_feed", data={"open": "1"}, expect=200).context["link"]
    world.people["successor"] = worlds.factories.account("successor", "接任人事")
    organisations.hand_over(
        world.people["hr"], world.people["successor"], world.firm, actor=world.people["hr"]
    )
    assert case.number not in world.browser("visitor").get(link).content.decode()
    world.browsers.clear()
    world.get("hr", "unit:placements", expect=403)
    assert world.get("successor", "unit:placements").context["rows"]
