"""The main path in a browser, by the words on the screen: a talent files, an officer takes in."""

import re
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from talent.core.models import CaseEvent, CaseMaterial
from talent.green_channel.models import GreenChannelCase
from workflows.demo import cast

from .town import Town

LAST = "G05"
PROJECT = {
    "项目名称": "石墨烯中试线",
    "项目概述": "建设中试线，形成自主知识产权。",
    "技术路线": "化学气相沉积。",
    "知识产权归属": "归用人单位和团队共有。",
    "预期效益": "三年形成产值。",
}


@pytest.fixture
def nearly(town: Town) -> GreenChannelCase:
    """A dossier to which one part and one material are still missing."""
    case = town.newcomer()
    town.stage.fill(case, missing=(LAST,))
    case.sections.filter(code="project").delete()
    return case


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    made = tmp_path / "可行性报告.pdf"
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.docinfo["/Title"] = "可行性报告"
        document.save(made)
    return made


def sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=False).first.fill(cast.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="登录").click()


def file_dossier(page: Page, case: GreenChannelCase, pdf: Path) -> None:
    """From 我的办件 to the confirmation: one part, one upload, check answers, submit."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="我的办件").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("办理|继续|完善|本人确认")).first.click()
    expect(page.get_by_text("还需完成")).to_be_visible()
    page.get_by_role("link", name="项目情况").click()
    for label, value in PROJECT.items():
        page.get_by_label(label).fill(value)
    page.get_by_label(re.compile("投资")).fill("12000000")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("“项目情况”已保存")).to_be_visible()
    page.get_by_role("link", name="申报材料").click()
    name = case.materials.get(code=LAST).name
    section = page.locator("section", has=page.get_by_role("heading", name=re.compile(name)))
    section.locator("input[type=file]").set_input_files(pdf)
    section.get_by_role("button", name="上传").click()
    expect(page.get_by_text(f"“{name}”已上传")).to_be_visible()
    page.get_by_role("link", name="返回", exact=True).click()
    page.get_by_role("link", name="核对并提交").click()
    page.get_by_role("checkbox", name="我已阅读并承诺").check()
    page.get_by_role("button", name="确认无误，提交申报").click()
    expect(page.get_by_role("heading", name="申报已提交", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(case.number)


def take_in(page: Page, case: GreenChannelCase, *, phrase: bool) -> None:
    """From the worklist to the decision 受理."""
    page.get_by_role("navigation", name="侧边导航").get_by_role("link", name="待领取").click()
    page.get_by_role("row", name=re.compile(case.number)).get_by_role("link", name=re.compile("查看")).click()
    page.get_by_role("button", name="领取并办理").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("受理")
    page.get_by_role("radio", name="受理", exact=True).check()
    for line in case.materials.all():
        page.get_by_label(f"“{line.name}”审查结果").select_option("合格")
    opinion = page.get_by_label("办理意见")
    if phrase:
        page.get_by_role("group", name="常用意见").get_by_role("button").first.click()
        assert opinion.input_value()
    else:
        opinion.fill("材料齐全。")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="已办理")).to_contain_text("确定牵头部门")


def assert_taken_in(case: GreenChannelCase, officer) -> None:
    case = GreenChannelCase.objects.get(pk=case.pk)
    assert case.status == GreenChannelCase.Status.ACCEPTED
    assert case.project_title == PROJECT["项目名称"]
    assert case.open_steps.get().node == "dispatch"
    accepted = CaseEvent.objects.get(case_id=case.pk, kind="accepted")
    assert accepted.actor == officer
    line = case.materials.get(code=LAST)
    assert line.tick == CaseMaterial.Tick.OK
    assert line.version.original_name == "可行性报告.pdf"


def test_a_talent_files_with_an_upload_and_an_officer_claims_and_decides(nearly, pdf, town, window):
    person, office = window(), window()
    sign_in(person, nearly.applicant.user.username)
    file_dossier(person, nearly, pdf)
    sign_in(office, "shouli")
    take_in(office, nearly, phrase=True)
    assert not person.watch.complaints
    assert not office.watch.complaints
    assert_taken_in(nearly, town.users["shouli"])


def test_the_same_path_works_without_javascript(nearly, pdf, town, window):
    person, office = window(java_script_enabled=False), window(java_script_enabled=False)
    sign_in(person, nearly.applicant.user.username)
    file_dossier(person, nearly, pdf)
    sign_in(office, "shouli2")
    take_in(office, nearly, phrase=False)
    assert_taken_in(nearly, town.users["shouli2"])


def test_acts_in_a_confirmation_work_without_javascript(town, window):
    """What opens as a dialog with JavaScript unfolds on the page without."""
    page = window("shouli", java_script_enabled=False)
    case = town.newcomer()
    town.stage.submit(case)
    page.goto(f"/desk/cases/{case.number}/")
    page.get_by_role("button", name="领取并办理").click()
    page.goto(f"/desk/cases/{case.number}/")
    page.get_by_text("放回待领取").first.click()
    page.get_by_label("原因").first.fill("需要回避。")
    page.get_by_role("button", name="确认放回").click()
    expect(page.get_by_text("已放回待领取。")).to_be_visible()
    assert case.open_steps.get().owner_id is None
