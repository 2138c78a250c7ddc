"""Forms say what is wrong where the reader is, and lead to it."""

import pytest
from playwright.sync_api import expect

FORMS = (
    # account, page, the button that sends the empty form
    ("shouli", lambda town: f"/desk/cases/{town.number('submitted_late')}/steps/intake/", "提交"),
    ("keji", lambda town: f"/desk/cases/{town.number('form_review')}/steps/form_review/", "提交"),
    ("danwei", lambda town: "/unit/begin/green-channel/", "提交推荐"),
    ("", lambda town: "/query/", "查询"),
    ("", lambda town: f"/publicity/{town.publicity('publicity').key}/", "提交异议"),
    ("rencai", lambda town: f"/my/cases/{town.number('recommended')}/dossier/project/", "保存"),
    ("rencai", lambda town: f"/my/cases/{town.number('recommended')}/review/", "确认无误，提交申报"),
)


@pytest.mark.parametrize(
    ("who", "address", "button"),
    FORMS,
    ids=["intake", "form_review", "recommend", "query", "objection", "project", "review"],
)
def test_an_empty_submit_focuses_a_summary_that_links_to_the_fields(who, address, button, town, window):
    page = window(town.officer("form_review") if who == "keji" else who)
    page.goto(address(town))
    page.evaluate("""() => document.querySelectorAll("main form[method=post]:not(.filters) textarea")
        .forEach(one => { one.value = ""; })""")
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_contain_text("填写有误")
    links = summary.get_by_role("link")
    assert links.count() >= 1
    for number in range(links.count()):
        target = links.nth(number).get_attribute("href")
        assert page.locator(f"[id='{target[1:]}']").count() == 1, target
    target = links.first.get_attribute("href")[1:]
    links.first.click()
    assert page.evaluate(
        "id => { const one = document.getElementById(id); return one === document.activeElement || one.contains(document.activeElement); }",
        target,
    )


def test_a_wrong_file_is_refused_beside_its_field_and_in_the_summary(town, window, tmp_path):
    fake = tmp_path / "简历.pdf"
    fake.write_text("not a PDF at all", encoding="utf-8")
    page = window("rencai")
    page.goto(f"/my/cases/{town.number('recommended')}/materials/")
    page.locator("main input[type=file]").first.set_input_files(fake)
    page.get_by_role("button", name="上传").first.click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_visible()
    expect(summary.get_by_role("link")).to_have_count(1)


@pytest.mark.parametrize(
    "choice",
    [("深色", "data-theme", "dark"), ("党建红", "data-theme", "red"), ("大字版", "data-font", "large")],
    ids=["dark", "red", "large"],
)
@pytest.mark.parametrize("who", ["rencai", ""], ids=["account", "visitor"])
def test_a_chosen_look_is_there_on_the_next_page(who, choice, window):
    """For an account the server remembers, for a visitor the browser."""
    word, attribute, value = choice
    page = window(who)
    page.goto("/hall/")
    page.get_by_text("显示设置").click()
    with page.expect_response("**/preferences/"):
        page.get_by_role("button", name=word).click()
    html = page.locator("html")
    expect(html).to_have_attribute(attribute, value)
    page.wait_for_load_state()
    page.goto("/")
    expect(html).to_have_attribute(attribute, value)
    if who:
        page.get_by_text("显示设置").click()
        page.get_by_role("button", name="政务蓝" if attribute == "data-theme" else "标准").click()
