"""A printed case page is a document, not an empty sheet."""

import io

import pypdfium2
import pytest


@pytest.mark.parametrize("theme", ["blue", "dark"])
def test_the_printed_case_page_shows_the_case_in_black_on_white(theme, town, window):
    case = town.cases["recognised"]
    page = window("shouli")
    page.goto(f"/desk/cases/{case.number}/")
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4", print_background=True)))
    sheets = list(document)
    text = "".join(sheet.get_textpage().get_text_range() for sheet in sheets)
    for wanted in (case.number, case.applicant.name, case.project_title, "办理记录", "文书"):
        assert wanted in text, wanted
    for unwanted in ("显示设置", "退出登录", "我的待办"):
        assert unwanted not in text
    for sheet in sheets:
        grey = sheet.render(scale=0.5).to_pil().convert("L")
        dark = sum(grey.histogram()[:128])
        light = sum(grey.histogram()[200:])
        assert light > 0.6 * grey.width * grey.height
        assert dark > 20
    document.close()
