"""批量申报: a list of 2,000 with planted mistakes, each named with its cell; then clean, in steps, and never twice."""

import io
import logging
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from openpyxl import Workbook, load_workbook

from housing.models import HousingCase, Roster, RosterLine
from housing.services import rosters
from talent.core import identifiers, roles
from talent.core.models import AuditEntry, TalentProfile
from talent.core.services.errors import ActRefused, NotAllowed
from tests import factories
from tests.housing import town
from workflows import tick
from workflows.flows.housing import HousingFlow, go_on_with_rosters

HEADS = [column.title for column in rosters.COLUMNS]
CARD = "1000000000000008"
GOOD = {
    "手机号码": "19900000001", "申请事项": "购房补贴", "人才层次": "F1", "来本地工作日期": "2024-01-08", "是否全职": "是",
    "合同起始日期": "2024-01-08", "合同年限": 5, "累计参保月数": 24, "目前是否参保": "是",
}  # fmt: skip


def person(serial: int, **change) -> dict:
    number = identifiers.make_resident_id(date(1990, 1, 1 + serial // 900), serial % 900 + 1)
    return {"姓名": f"钱示例{serial}", "证件号码": number, **GOOD, **change}


def workbook(people: list[dict], *, heads: list[str] = HEADS) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(rosters.SHEET)
    sheet.append(heads)
    for one in people:
        sheet.append([one.get(head) for head in heads])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@pytest.fixture
def hr(loaded):
    return factories.account("hr", "人事甲")


@pytest.fixture
def company(hr):
    made = factories.employer("示例石墨烯有限公司")
    factories.appoint(hr, roles.HR, made)
    return made


def taken(people: list[dict], hr, company) -> Roster:
    roster, sheet = rosters.take_in(workbook(people), actor=hr, employer=company)
    assert sheet.errors == []
    return roster


def filed(roster: Roster, **given) -> Roster:
    return rosters.advance(roster, begin=HousingFlow.start_for, **given)


PLANTED = {
    7: ("证件号码", "110101199003074531", "校验"),
    105: ("姓名", None, "不能为空"),
    333: ("人才层次", "Z9", "没有这个层次"),
    801: ("是否全职", "对", "应为：是、否"),
    1200: ("来本地工作日期", "去年", "年-月-日"),
    1201: ("合同年限", "五年", "应为整数"),
    1500: ("银行账号", CARD, "同时填写"),
    1777: ("手机号码", "12345", ""),
    2001: ("申请事项", "发钱", "应为：购房补贴"),
}


def test_every_planted_mistake_of_two_thousand_is_named_with_its_cell_and_nobody_is_written(hr, company):
    people = [person(serial) for serial in range(2000)]
    for row, (column, value, _cause) in PLANTED.items():
        people[row - 2][column] = value
    people[1998]["证件号码"] = people[40]["证件号码"]
    roster, sheet = rosters.take_in(workbook(people), actor=hr, employer=company)
    assert roster is None
    found = {(error.row, error.column): error for error in sheet.errors}
    expected = {(row, column): cause for row, (column, _value, cause) in PLANTED.items()}
    expected[1500, "开户银行"] = expected.pop((1500, "银行账号"))
    expected[2000, "证件号码"] = "与第42行重复"
    assert found.keys() == expected.keys()
    for cell, cause in expected.items():
        assert cause in found[cell].cause
        assert (found[cell].sheet, bool(found[cell].example)) == ("人员", True)
    assert "19900307" not in found[7, "证件号码"].value
    assert not Roster.objects.exists()
    assert not TalentProfile.objects.exists()


def test_two_thousand_clean_people_are_kept_sealed_and_filed_in_steps(hr, company, caplog):
    people = [person(serial, 开户银行="示例银行", 银行账号=CARD) for serial in range(1)]
    people += [person(serial) for serial in range(1, 2000)]
    with caplog.at_level(logging.DEBUG):
        roster = taken(people, hr, company)
    assert (roster.total, roster.state, HousingCase.objects.count()) == (2000, "checked", 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content, masked_name FROM housing_rosterline")
        stored = str(cursor.fetchall())
    for secret in (people[0]["证件号码"], people[1999]["证件号码"], CARD, "19900000001", "钱示例0"):
        assert secret not in stored
        assert secret not in caplog.text
    roster = filed(rosters.start(roster, actor=hr))
    assert vars(rosters.progress(roster)) == {
        "filed": rosters.CHUNK,
        "failed": 0,
        "waiting": 2000 - rosters.CHUNK,
    }
    first = HousingCase.objects.select_related("applicant").order_by("pk")[0]
    assert first.applicant.id_number.matches(people[0]["证件号码"])
    assert first.applicant.bank_account.reveal() == CARD
    assert not roster.lines.filter(state="filed").exclude(content__isnull=True).exists()


def test_a_killed_run_is_gone_on_with_and_nobody_is_filed_twice(hr, company, monkeypatch):
    monkeypatch.setattr(rosters, "CHUNK", 2)
    roster = rosters.start(taken([person(serial) for serial in range(5)], hr, company), actor=hr)
    roster = filed(roster)

    def killed(case):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rosters.advance(roster, begin=killed)
    assert HousingCase.objects.count() == 2
    assert go_on_with_rosters() == 1
    assert go_on_with_rosters() == 0
    roster.refresh_from_db()
    assert (roster.state, HousingCase.objects.count()) == ("done", 5)
    assert filed(roster).state == "done"
    assert HousingCase.objects.count() == 5


def test_somebody_who_cannot_be_filed_any_more_is_named_and_the_others_are_filed(hr, company):
    roster = taken([person(0), person(1)], hr, company)
    user = factories.account("qian", "别名")
    factories.person(user, person(0)["证件号码"])
    roster = filed(rosters.start(roster, actor=hr))
    assert [(line.state, line.cause) for line in roster.lines.all()] == [
        ("failed", "该证件号码已登记在其他姓名下，请核对姓名和证件号码。"),
        ("filed", ""),
    ]
    assert not roster.lines.exclude(content__isnull=True).exists()


def test_an_open_application_another_name_and_oneself_are_named_before_anything_is_kept(hr, company):
    filed(rosters.start(taken([person(0)], hr, company), actor=hr))
    factories.person(hr, person(1)["证件号码"])
    own = person(1) | {"姓名": "人事甲"}
    sheet = rosters.check(
        workbook([person(0), own, person(0, 姓名="他人", 申请事项="租房补贴")]), actor=hr, employer=company
    )
    assert [(error.row, error.column) for error in sheet.errors] == [
        (2, "申请事项"),
        (3, "姓名"),
        (4, "姓名"),
    ]


def test_a_list_given_up_or_never_begun_is_emptied(hr, company):
    roster = rosters.drop(taken([person(0)], hr, company), actor=hr)
    assert (roster.state, RosterLine.objects.get().content) == ("dropped", None)
    with pytest.raises(ActRefused, match="已放弃"):
        rosters.start(roster, actor=hr)
    forgotten = taken([person(1)], hr, company)
    Roster.objects.filter(pk=forgotten.pk).update(made_at="2020-01-01T00:00:00+08:00")
    tick.run()
    forgotten.refresh_from_db()
    assert forgotten.state == "dropped"


def test_only_hr_of_the_employer_files_and_no_other_file_is_taken(hr, company):
    stranger = factories.account("stranger", "他人")
    factories.appoint(stranger, roles.HR, factories.employer("示例农机有限公司", "370812"))
    with pytest.raises(NotAllowed):
        rosters.check(workbook([person(0)]), actor=stranger, employer=company)
    roster = taken([person(0)], hr, company)
    with pytest.raises(NotAllowed):
        rosters.start(roster, actor=stranger)
    for content in (b"", b"PK\x03\x04", workbook([]), workbook([person(0)])[:400]):
        with pytest.raises(ActRefused):
            rosters.check(content, actor=hr, employer=company)
    heads = [head for head in HEADS if head != "证件号码"]
    sheet = rosters.check(workbook([person(0)], heads=heads), actor=hr, employer=company)
    assert [(error.row, error.column, error.cause) for error in sheet.errors] == [
        (1, "证件号码", "缺少这一列")
    ]


def test_on_the_pages_a_list_is_checked_filed_and_confirmed_by_nobody_twice(loaded):
    with town.live() as world:
        number = factories.identity_number(1990)
        world.people["new"] = factories.account("new", "孙示例")
        factories.person(world.people["new"], number)
        rows = [person(0), person(1) | {"姓名": "孙示例", "证件号码": number}]

        def sent(content: bytes, expect: int):
            data = {
                "employer": world.employer.pk,
                "informed": "on",
                "file": SimpleUploadedFile("名单.xlsx", content),
            }
            return world.post("hr", "unit:rosters", data=data, expect=expect)

        page = sent(workbook([rows[0] | {"合同年限": "五"}]), 200).content.decode()
        assert "有 1 处需要修改" in page
        sent(workbook(rows), 302)
        roster = Roster.objects.get()
        assert "尚未申报" in world.get("hr", "unit:roster", roster.number).content.decode()
        world.post("hr", "unit:roster", roster.number, data={"act": "start"})
        assert "名单已全部办理" in world.said
        page = world.get("hr", "unit:roster", roster.number).content.decode()
        assert rows[0]["证件号码"] not in page
        assert world.get("other_employer", "unit:roster", roster.number, expect=404)
        links = world.post("hr", "unit:roster_links", roster.number, expect=200)
        (_heads, invited) = load_workbook(io.BytesIO(links.content)).active.iter_rows(values_only=True)
        assert (invited[1], "/join/" in invited[3]) == ("钱示例0", True)
        case = HousingCase.objects.get(applicant__user=world.people["new"])
        assert world.inbox("new") == ["单位已为您填报人才安居申请"]
        world.fill_housing(case, who="new")
        case = world.submit(case, who="new")
        assert case.step == "intake"
        assert case.events.filter(kind="employer_confirmed").count() == 1
        assert AuditEntry.objects.filter(action="roster_done").count() == 1


def test_a_fact_the_applicant_changed_is_confirmed_by_the_employer_again(loaded):
    with town.live() as world:
        filed_for = person(0) | {"姓名": "赵示例", "证件号码": world.number}
        filed(rosters.start(taken([filed_for], world.people["hr"], world.employer), actor=world.people["hr"]))
        case = HousingCase.objects.get()
        world.fill_housing(case, work={"insured_months": 36})
        assert world.submit(case).step == "employer"
