"""核查交换清单: only the listed columns leave; an answer counts once, unaltered, under its own number."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from housing.models import ExchangeLine, ExchangeList, HousingCase
from housing.services import exchange as lists
from talent.core.models import AuditEntry, Check
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from tests import factories
from tests.housing import town
from workflows.desk import exchange as desk

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)
ACCOUNTS = ("1000000000000008", "1000000000000016")


class Bureau(town.Town):
    """Two people whose home bought is asked about at the registry, which answers by file."""

    def __init__(self, traveller) -> None:
        super().__init__(traveller)
        self.applicant("second", "孙示例")
        self.spouse = factories.identity_number(1991)
        married = {"marriage": "married", "spouse_name": "李示例", "spouse_id_number": self.spouse}
        self.cases = [
            self.at_checks(household=married),
            self.at_checks(
                who="second", account=ACCOUNTS[1], home={"home_unit_no": "370811001001GB00001F00010002"}
            ),
        ]
        self.registry = factories.bureau("zrzy")

    @property
    def officer(self):
        return self.people["estate_officer"]

    def listed(self, subject: str = "estate", code: str = "zrzy") -> ExchangeList:
        return lists.make_list(factories.bureau(code), subject, actor=self.people[f"{subject}_officer"])

    def answered(self, made: ExchangeList, **said: str) -> list[list[str]]:
        """The list as the bureau fills it in: everything agrees but `said`, by place and column: `at_1_price`."""
        rows = list(
            csv.reader(io.StringIO(lists.export(made, "csv", actor=self.officer)[1].decode("utf-8-sig")))
        )
        first = next(place for place, head in enumerate(rows[0]) if head.endswith("核查结果"))
        for row in rows[1:]:
            for place in range(first, len(row) - 1):
                row[place] = "一致"
        for key, value in said.items():
            _at, place, head = key.split("_", 2)
            rows[int(place)][rows[0].index(head)] = value
        return rows


def as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("gb18030")


def as_book(rows: list[list[str]]) -> bytes:
    book, made = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(made)
    return made.getvalue()


@pytest.fixture(scope="module")
def bureau(build):
    return build(lambda: Bureau(_Still()))


class _Still:
    """Nobody travels in this module."""


@pytest.fixture
def made(bureau, db):
    return bureau.listed()


def test_only_the_listed_columns_leave_and_the_file_is_the_same_each_time(bureau, made):
    name, content = lists.export(made, "csv", actor=bureau.officer)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert name == f"{made.number}.csv"
    assert rows[0][:9] == [
        "清单编号", "行号", "姓名", "证件号码", "配偶姓名", "配偶证件号码", "家庭在本地住房套数", "最近一次住房交易日期", "不动产单元号",
    ]  # fmt: skip
    first = rows[1]
    assert first[2:9] == [
        "赵示例",
        bureau.number,
        "李示例",
        bureau.spouse,
        "0",
        "",
        "370811001001GB00001F00010001",
    ]
    book = lists.export(made, "xlsx", actor=bureau.officer)[1]
    assert book == lists.export(made, "xlsx", actor=bureau.officer)[1]
    shown = [
        [cell or "" for cell in row]
        for row in load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True)
    ]
    assert shown == rows
    told = str(rows)
    for canary in ("19900000001", *ACCOUNTS, "900000", "示例0001", "示例石墨烯", "RCAJ", "示例银行"):
        assert canary not in told
    assert AuditEntry.objects.filter(action="exchange_exported", subject=made.number).count() == 3


def test_without_the_list_of_columns_the_canary_would_be_seen(bureau, db, monkeypatch):
    monkeypatch.setitem(lists._READ, "home_unit_no", lambda case: case.applicant.mobile.reveal())
    told = lists.export(bureau.listed(), "csv", actor=bureau.officer)[1].decode()
    assert "19900000001" in told


def test_who_agrees_is_answered_and_the_head_confirms_all_at_once(bureau, made):
    desk._take_in(made, as_book(bureau.answered(made)), actor=bureau.officer)
    made.refresh_from_db()
    assert made.state == "answered"
    checks = Check.objects.filter(subject="estate")
    assert {check.state for check in checks} == {"answered"}
    with pytest.raises(NotAllowed):
        desk._confirm(made, actor=bureau.officer)
    assert desk._confirm(made, actor=bureau.people["estate_head"]) == 2
    assert {check.state for check in checks.all()} == {"confirmed"}
    assert {check.opinions.get().finding for check in checks} == {"agrees"}


def test_a_mismatch_stays_an_open_task_of_a_person_and_is_on_no_second_list(bureau, made):
    rows = bureau.answered(made, at_2_家庭在本地住房套数核查结果="不一致", at_2_说明="名下有一套住房")
    desk._take_in(made, as_csv(rows), actor=bureau.officer)
    line = made.lines.get(place=2)
    assert (line.verdict, line.differing, line.note) == ("differs", ["household_homes"], "名下有一套住房")
    assert (line.asked.state, line.opinion_version) == ("asked", None)
    case = bureau.fresh(bureau.cases[1])
    assert case.open_steps.filter(node="check_estate").exists()
    event = case.events.get(kind="check_by_hand")
    assert (event.public, "一套" in event.internal_text) == (False, False)
    with pytest.raises(ActRefused, match="没有待核查"):
        bureau.listed()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda rows: rows[1].__setitem__(0, "JHQD2020-9999"), "清单编号"),
        (lambda rows: rows[1].__setitem__(3, "110101199003074530"), "“证件号码”与发出的清单不同"),
        (lambda rows: rows[2].__setitem__(6, "1"), "“家庭在本地住房套数”与发出的清单不同"),
        (lambda rows: rows[2].__setitem__(1, "1"), "与发出的清单不同"),
        (lambda rows: rows.append(rows[1]), "重复出现"),
        (lambda rows: rows.pop(), "缺少行号 2"),
        (lambda rows: rows[1].__setitem__(9, "对"), "应为“一致”"),
        (lambda rows: rows[1].__setitem__(9, ""), "应为“一致”"),
        (lambda rows: rows[1].__setitem__(-1, "电话19900000001"), "说明中不能填写"),
        (lambda rows: rows[0].__setitem__(2, "名字"), "列应与发出的清单一致"),
    ],
)
def test_an_altered_incomplete_or_wrongly_numbered_answer_is_refused_whole(bureau, made, spoil, why):
    rows = bureau.answered(made)
    spoil(rows)
    with pytest.raises(ActRefused, match=why) as refused:
        desk._take_in(made, as_csv(rows), actor=bureau.officer)
    assert bureau.number not in str(refused.value)
    assert set(made.lines.values_list("verdict", flat=True)) == {""}
    assert set(Check.objects.filter(subject="estate").values_list("state", flat=True)) == {"asked"}


def test_a_replayed_answer_a_withdrawn_list_and_another_bureau_are_refused(bureau, made):
    content = as_csv(bureau.answered(made))
    with pytest.raises(NotAllowed):
        lists.export(made, "csv", actor=bureau.people["tax_officer"])
    assert lists.visible(bureau.people["tax_officer"]).count() == 0
    lists.withdraw(made, actor=bureau.officer)
    with pytest.raises(Conflict, match="已作废"):
        desk._take_in(made, content, actor=bureau.officer)
    again = bureau.listed()
    with pytest.raises(ActRefused, match="清单编号"):
        desk._take_in(again, content, actor=bureau.officer)
    content = as_csv(bureau.answered(again))
    desk._take_in(again, content, actor=bureau.officer)
    with pytest.raises(Conflict, match="不能重复导入"):
        desk._take_in(again, content, actor=bureau.officer)


def test_what_a_colleague_has_in_hand_is_kept_as_said_and_left_to_him(bureau, made):
    case = bureau.fresh(bureau.cases[0])
    step = case.open_steps.select_related("task__process").get(node="check_estate")
    colleague = factories.account("estate2", "登记核查二")
    factories.appoint(colleague, desk.roles.CHECKER, bureau.registry)
    desk.acts.claim(step, actor=colleague)
    desk._take_in(made, as_csv(bureau.answered(made)), actor=bureau.officer)
    line = made.lines.get(asked__case=case)
    assert (line.verdict, line.opinion_version) == ("agrees", None)
    assert "登记核查二" in line.note


def test_the_bureaus_pages_list_take_out_and_bring_in(bureau, db):
    assert bureau.get("estate_officer", "desk:exchanges").content.decode().count("生成清单") >= 1
    sent = {"organisation": bureau.registry.pk, "subject": "estate"}
    bureau.post("estate_officer", "desk:exchanges", data=sent)
    made = ExchangeList.objects.get()
    out = bureau.post("estate_officer", "desk:exchange_file", made.number, "xlsx", expect=200)
    assert "attachment" in out["Content-Disposition"]
    bureau.post("tax_officer", "desk:exchange_file", made.number, "xlsx", expect=404)
    rows = bureau.answered(made, at_1_不动产单元号核查结果="查无")

    def send(content: bytes, expect: int):
        file = SimpleUploadedFile("回复.csv", content)
        return bureau.post(
            "estate_officer",
            "desk:exchange",
            made.number,
            data={"act": "answer", "file": file},
            expect=expect,
        )

    refused = send(as_csv(rows[:-1]), 200).content.decode()
    assert "缺少行号 2" in refused
    send(as_csv(rows), 302)
    page = bureau.get("estate_head", "desk:exchange", made.number).content.decode()
    assert "本清单有 1 项一致" in page
    assert bureau.number not in page
    bureau.post("estate_head", "desk:exchange", made.number, data={"act": "confirm"})
    assert ExchangeLine.objects.get(place=2).asked.state == "confirmed"
    assert HousingCase.objects.filter(checks__state="confirmed").count() == 1
