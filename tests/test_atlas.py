"""人才图谱: who reads a lead, what is sealed, a workbook imported whole or not at all, and a recommendation from a lead."""

import io
import zipfile

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from talent.core import roles
from talent.core.models import AuditEntry, IndustryChain, LeadAchievement, LeadContact, Region, TalentLead
from talent.core.services import atlas
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.green_channel.models import GreenChannelCase
from tests import factories, steps
from tests.steps import World

pytestmark = pytest.mark.django_db
LEAD_COLUMNS = [column.title for column in atlas.COLUMNS["线索"]]


@pytest.fixture
def world(loaded):
    with time_machine.travel(steps.START, tick=True) as traveller:
        yield World(traveller)


def lead(world, **changes) -> TalentLead:
    facts = {
        "chain": world.chain, "name": "赵示例", "organisation": "示例大学", "field": "石墨烯材料", "level_code": "B",
        "region": Region.objects.get(code="370811"), "employer": world.employer, "id_number": factories.identity_number(),
        "mobile": "19900000002", "email": "lead@example.org", "project_title": "石墨烯中试线",
        "project_summary": "建设中试线。", "why_direct": "填补产业空白。", "contract_years": 5, "source": "示例大学官网",
    } | changes  # fmt: skip
    return atlas.record_lead(actor=world.people["intake"], **facts)


def workbook(leads=(), results=(), contacts=(), *, heads=LEAD_COLUMNS) -> bytes:
    """A filled template: rows of leads as dictionaries by column, the other sheets as plain rows."""
    book = load_workbook(io.BytesIO(atlas.template()))
    filled = {"线索": [heads, *([row.get(head) for head in heads] for row in leads)]}
    filled |= {title: [None, *rows] for title, rows in (("成果", results), ("联系记录", contacts))}
    for title, rows in filled.items():
        for line, row in enumerate(rows, 1):
            for place in range(1, 25):
                if row is not None:
                    book[title].cell(line, place).value = row[place - 1] if place <= len(row) else None
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


GOOD = {
    "产业链编号": "L01", "姓名": "钱示例", "现工作单位": "示例研究院", "技术领域": "工程机械", "信息来源": "示例公告",
}  # fmt: skip


# --- who reads -----------------------------------------------------------------------------------------------


def test_the_city_reads_every_lead_and_a_county_those_meant_for_it(world):
    mine = lead(world)
    other = lead(world, name="孙示例", region=Region.objects.get(code="370812"))
    nobody = lead(world, name="李示例", region=None)
    seen = {
        name: set(atlas.visible_leads(world.people[name]))
        for name in ("intake", "supervisor", "recommender", "stranger", "hr")
    }
    assert seen == {
        "intake": {mine, other, nobody}, "supervisor": {mine, other, nobody}, "recommender": {mine}, "stranger": {other},
        "hr": set(),
    }  # fmt: skip


def test_only_keepers_record_and_a_county_keeper_only_for_the_county(world):
    clerk = factories.account("clerk", "县区审查")
    factories.appoint(clerk, roles.CHECKER, factories.bureau("370811-zzb"))
    facts = {"chain": world.chain, "organisation": "示例大学", "field": "石墨烯", "source": "示例"}
    assert atlas.record_lead(actor=clerk, name="甲示例", region=Region.objects.get(code="370811"), **facts).pk
    for who, region in (
        (clerk, Region.objects.get(code="370812")),
        (clerk, None),
        (world.people["recommender"], None),
    ):
        with pytest.raises(NotAllowed):
            atlas.record_lead(actor=who, name="乙示例", region=region, **facts)
    with pytest.raises(NotAllowed):
        atlas.record(world.chain, actor=clerk, kind="team", name="示例团队", source="示例")


def test_without_a_source_or_twice_nothing_is_recorded(world):
    with pytest.raises(ActRefused, match="来源"):
        lead(world, source=" ")
    lead(world)
    with pytest.raises(Conflict, match="已登记"):
        lead(world)
    assert TalentLead.objects.count() == 1


# --- what is sealed --------------------------------------------------------------------------------------------


def test_numbers_are_masked_on_every_page_and_opened_once_with_a_reason(world):
    number = factories.identity_number()
    key = lead(world, id_number=number).row_key
    for name in ("lead:one", "lead:change"):
        page = world.get("intake", name, key).content.decode()
        assert number not in page
        assert "19900000002" not in page
        assert "199****0002" in page
    world.post("intake", "lead:reveal", key, "mobile", data={"reason": "短"})
    assert "不少于4个字" in world.said
    page = world.post("intake", "lead:reveal", key, "mobile", data={"reason": "电话联系本人"}, expect=200)
    assert "19900000002" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    entry = AuditEntry.objects.get(action="revealed")
    assert entry.detail == {"field": "mobile", "reason": "电话联系本人"}


def test_a_sealed_value_left_empty_stays_and_a_contact_takes_no_number(world):
    found = lead(world)
    form = world.get("intake", "lead:change", found.row_key).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}
    world.post("intake", "lead:change", found.row_key, data=data | {"field": "储能材料", "mobile": ""})
    found = TalentLead.objects.get()
    assert (found.field, found.mobile.reveal()) == ("储能材料", "19900000002")
    with pytest.raises(ActRefused, match="手机号码"):
        atlas.add_contact(
            found,
            actor=world.people["intake"],
            on=world.today,
            channel="电话",
            content="他的手机是13800000000",
        )
    atlas.add_contact(found, actor=world.people["intake"], on=world.today, channel="电话", content="有意向。")
    assert TalentLead.objects.get().state == TalentLead.State.CONTACTED


# --- searching ---------------------------------------------------------------------------------------------------


def test_a_lead_is_found_by_name_office_field_project_and_result(world):
    found = lead(world)
    atlas.add_achievement(found, actor=world.people["intake"], kind="patent", title="一种剥离方法")
    lead(
        world,
        name="周示例",
        organisation="示例电子厂",
        field="集成电路",
        project_title="光刻胶",
        chain=IndustryChain.objects.get(code="L09"),
    )
    for word in ("赵示", "示例大学", "石墨烯材料", "中试线", "剥离", "石墨烯 赵"):
        page = world.get("intake", "lead:atlas", q=word)
        assert [row.name for row in page.context["page"].object_list] == ["赵示例"], word
    page = world.get("intake", "lead:atlas", chain="L09")
    assert [row.name for row in page.context["page"].object_list] == ["周示例"]


# --- importing ---------------------------------------------------------------------------------------------------


def test_a_clean_workbook_is_imported_whole_with_results_and_contacts(world):
    content = workbook(
        [
            GOOD
            | {
                "证件号码": factories.identity_number(),
                "手机号码": "19900000003",
                "类型": "团队",
                "拟聘年限": 5,
            }
        ],
        [("钱示例", "示例研究院", "专利", "一种装置", 2024, "", "")],
        [("钱示例", "示例研究院", "2026-02-03", "走访", "有意向。")],
    )
    dry = atlas.import_leads(content, actor=world.people["intake"], dry_run=True)
    assert (dry.errors, dry.saved, dry.leads, TalentLead.objects.count()) == ([], False, 1, 0)
    found = atlas.import_leads(content, actor=world.people["intake"], dry_run=False)
    assert (found.leads, found.achievements, found.contacts, found.saved) == (1, 1, 1, True)
    made = TalentLead.objects.get()
    assert (made.chain.code, made.kind, made.contract_years, made.state) == ("L01", "team", 5, "contacted")
    assert made.mobile.reveal() == "19900000003"
    assert (LeadAchievement.objects.get().year, LeadContact.objects.get().channel) == (2024, "走访")
    assert AuditEntry.objects.get(action="leads_imported").detail == {
        "leads": 1,
        "achievements": 1,
        "contacts": 1,
    }


@pytest.mark.parametrize(
    ("change", "column", "cause"),
    [
        ({"产业链编号": "L99"}, "产业链编号", "没有这个产业链编号"),
        ({"姓名": None}, "姓名", "不能为空"),
        ({"类型": "一个人"}, "类型", "应为：个人、团队"),
        ({"人才层次": "Z"}, "人才层次", "没有这个人才层次"),
        ({"拟落地县市区": "火星区"}, "拟落地县市区", "没有这个县市区"),
        ({"拟引进单位代码": "91370899MA00000000"}, "拟引进单位代码", "没有这个已核验单位"),
        ({"证件号码": "110101199003074531"}, "证件号码", "校验"),
        ({"拟聘年限": "五"}, "拟聘年限", "应为整数"),
        ({"信息来源": ""}, "信息来源", "不能为空"),
        ({"技术领域": "长" * 81}, "技术领域", "超过80个字"),
    ],
)
def test_one_wrong_cell_is_named_and_nothing_is_imported(world, change, column, cause):
    content = workbook([GOOD | {"姓名": "吴示例"}, GOOD | change])
    found = atlas.import_leads(content, actor=world.people["intake"], dry_run=False)
    (error,) = found.errors
    assert (error.sheet, error.row, error.column) == ("线索", 3, column)
    assert cause in error.cause
    assert error.example
    assert (TalentLead.objects.count(), found.saved) == (0, False)
    if column == "证件号码":
        assert "19900307" not in error.value


def test_mistakes_of_the_other_sheets_are_named_with_their_sheet(world):
    content = workbook(
        [GOOD, GOOD],
        [("无此人", "示例研究院", "专利", "一种装置", 1800, "", "")],
        [("钱示例", "示例研究院", "2027-01-01", "走访", "电话13800000000")],
    )
    found = atlas.import_leads(content, actor=world.people["intake"], dry_run=True)
    assert {(error.sheet, error.row, error.column) for error in found.errors} == {
        ("线索", 3, "姓名"), ("成果", 2, "姓名"), ("成果", 2, "年份"), ("联系记录", 2, "日期"), ("联系记录", 2, "内容"),
    }  # fmt: skip


def test_a_missing_column_a_missing_sheet_and_no_workbook_are_refused(world):
    actor = world.people["intake"]
    heads = [head for head in LEAD_COLUMNS if head != "姓名"]
    found = atlas.import_leads(workbook([GOOD], heads=heads), actor=actor, dry_run=False)
    assert [(error.row, error.column, error.cause) for error in found.errors] == [(1, "姓名", "缺少这一列")]
    book, other = Workbook(), io.BytesIO()
    book.save(other)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 70_000_000)
    good = workbook([GOOD])
    for content in (
        other.getvalue(),
        bomb.getvalue(),
        b"",
        b"PK\x03\x04",
        good[: len(good) // 2],
        b"name,office",
    ):
        with pytest.raises(ActRefused):
            atlas.import_leads(content, actor=actor, dry_run=False)
    assert TalentLead.objects.count() == 0


def test_the_page_imports_checks_and_lists_what_is_wrong(world):
    def sent(content: bytes, button: str, expect: int):
        file = SimpleUploadedFile("线索.xlsx", content)
        return world.post("intake", "lead:import", data={"file": file, button: "1"}, expect=expect)

    page = sent(workbook([GOOD | {"姓名": None}]), "save", 200).content.decode()
    assert "有 1 处需要修改" in page
    assert "检查通过" in sent(workbook([GOOD]), "check", 200).content.decode()
    assert TalentLead.objects.count() == 0
    sent(workbook([GOOD]), "save", 302)
    assert TalentLead.objects.count() == 1


# --- from a lead to a recommendation ---------------------------------------------------------------------------------


def begin(key) -> str:
    return f"{reverse('unit:begin', args=['green-channel'])}?lead={key}"


def test_a_recommendation_starts_from_a_lead_with_everything_filled_and_no_number_on_the_page(world):
    number = factories.identity_number()
    found = lead(world, id_number=number, name="钱示例")
    atlas.add_achievement(found, actor=world.people["intake"], kind="patent", title="一种剥离方法", year=2024)
    assert begin(found.row_key) in world.get("recommender", "lead:one", found.row_key).content.decode()
    page = world.browser("recommender").get(begin(found.row_key))
    form = page.context["form"]
    filled = {bound.name: bound.value() for bound in form}
    empty = [name for name, value in filled.items() if value in (None, "")]
    assert set(empty) <= {"candidate_id_number", "candidate_email", "criterion", "core_members"}
    assert number not in page.content.decode()
    assert "lead@example.org" not in page.content.decode()
    data = {name: "" if value is None else getattr(value, "pk", value) for name, value in filled.items()}
    answer = world.browser("recommender").post(
        begin(found.row_key), data | {"submission_key": page.context["submission_key"]}
    )
    assert answer.status_code in (200, 302), answer.context["form"].errors
    case = GreenChannelCase.objects.get()
    assert (case.applicant.name, case.applicant.email, case.project_title) == (
        "钱示例",
        "lead@example.org",
        "石墨烯中试线",
    )
    assert case.applicant.id_number.matches(number)
    assert list(case.achievements.values_list("title", "year")) == [("一种剥离方法", 2024)]
    found.refresh_from_db()
    assert (found.state, found.case_id) == (TalentLead.State.RECOMMENDED, case.pk)
    assert world.browser("recommender").get(begin(found.row_key)).status_code == 404


def test_a_lead_is_used_only_by_who_may_recommend_it(world):
    key = lead(world).row_key
    answers = {
        who: world.browser(who).get(begin(key)).status_code
        for who in ("recommender", "hr", "stranger", "other_employer")
    }
    assert answers == {"recommender": 200, "hr": 200, "stranger": 404, "other_employer": 404}
    assert Client().get(begin(key)).status_code == 302
    assert world.browser("recommender").get(begin("no-such-key")).status_code == 404


def test_without_the_limit_of_region_a_stranger_would_use_the_lead(world, monkeypatch):
    key = lead(world).row_key
    assert atlas.usable_lead(world.people["stranger"], key) is None
    monkeypatch.setattr("talent.core.services.atlas.leads.of_city", lambda post: True)
    assert atlas.usable_lead(world.people["stranger"], key) is not None


def test_of_two_recommendations_from_one_lead_the_second_is_told(world):
    found = lead(world)
    case = world.recommend()
    atlas.began(found, case, actor=world.people["recommender"])
    with pytest.raises(Conflict):
        atlas.began(found, case, actor=world.people["recommender"])
