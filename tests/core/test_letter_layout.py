"""The page of a letter, measured from its PDF against GB/T 9704-2012. No database is needed."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from weasyprint import HTML

from talent.core.models import Letter, Organisation
from talent.core.services import letters
from talent.core.services.letters import rendering
from talent.core.services.letters.issuing import frozen
from talent.green_channel.letters import AgreementText, Decision, Recognition

from . import letter_measure

# WeasyPrint 70 leaves its colour profile to be closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file.*sRGB2014:ResourceWarning")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NAME = "欧阳玥喆堃翀昇"
LONG_BODY = "示例市某某高新技术产业开发区翀昇重型装备智能制造联合研究院股份有限公司"
DAY = date(2026, 10, 13)
MOMENT = datetime(2026, 10, 13, 9, 30, tzinfo=SHANGHAI)
BODY_TEXT = 15.75
PITCH = 28.95 / letter_measure.POINTS_PER_MM
# Left, right, top and bottom margins (GB/T 9704-2012 clause 5.2.1), in millimetres.
MARGINS = (28, 26, 37, 35)

COMMON = {
    "case_number": "ZTC2026-0018",
    "matter": "顶尖人才“直通车”申报",
    "recipient": NAME,
    "basis": "《示例市人才强市若干措施》（示政发〔2025〕8号）第七条",
    "mark": "示例·待确认",
}
GROUND = {
    "ground_code": "N03",
    "ground": "不符合人才层次认定标准",
    "clause": "本事项实施细则第五条第二项",
    "fact": "申报表填写的奖项为集体奖，本人排名第九。",
    "advice": "可以先办理人才层次认定，再行申报。",
}
RECOGNISED = {
    "level": "A类 顶尖人才",
    "team": True,
    "field": "高端装备",
    "project": "重载机械电驱动总成",
    "employer": LONG_BODY,
    "engagement": "全职引进",
    "contract_years": 5,
}
DOCUMENTS = (
    letters.Receipt(
        **COMMON,
        submitted_at=MOMENT,
        employer=LONG_BODY,
        query_code="K7M2Q9XW",
        materials=(("推荐书", "已收到"),) * 12,
    ),
    letters.Acceptance(
        **COMMON,
        accepted_on=DAY,
        due_on=date(2026, 11, 10),
        promise_due_on=date(2026, 11, 3),
        query_code="K7M2Q9XW",
    ),
    letters.SupplementNotice(
        **COMMON,
        round=2,
        due_on=date(2026, 10, 27),
        again_reason="首次审查时尚无此材料",
        items=(("合同", "聘期不足"),) * 9,
    ),
    letters.DeferredAcceptance(
        **COMMON,
        accepted_on=DAY,
        items=("引进合同", "支持需求清单"),
        working_days=10,
        due_on=date(2026, 10, 27),
        promise_version="1",
        promised_on=DAY,
    ),
    letters.NotAccepted(**COMMON, **GROUND),
    letters.Refusal(**COMMON, **GROUND, copies=(LONG_BODY,)),
    letters.Termination(**COMMON, reason="逾期未补正", clause="行政许可法第三十二条", ended_on=DAY),
    letters.PublicityNotice(
        **COMMON | {"recipient": ""},
        shown={"姓名": NAME, "用人单位": LONG_BODY},
        starts_on=DAY,
        ends_on=date(2026, 10, 19),
        phone="0000-0000000",
    ),
    letters.ServiceReceipt(
        **COMMON,
        letter_number="示组人才〔2026〕17号",
        letter_title="补正通知书",
        served_by=LONG_BODY,
        sent_at=MOMENT,
        read_at=MOMENT,
    ),
    Decision(
        **COMMON,
        **RECOGNISED,
        copies=(LONG_BODY, "示例局"),
        reason="成果达到国际先进水平。",
        support=("研发支持", "公寓"),
    ),
    Recognition(**COMMON, **RECOGNISED),
    AgreementText(
        **COMMON,
        version=2,
        team=True,
        members=(NAME, "示例成员"),
        employer=LONG_BODY,
        government="示例市科学技术局",
        project="重载机械电驱动总成",
        starts_on=DAY,
        ends_on=date(2031, 10, 12),
        service_years=5,
        duties="人才：按期完成目标。\n用人单位：提供条件。\n政府方：核拨资金。",
        ip="双方共有。",
        recovery="无正当理由不履约的，追回相应资金。",
        reason="追加目标",
        sign_by=date(2026, 11, 10),
        milestones=(("中试线建成", date(2027, 12, 31), "500,000.00", "验收报告"),) * 3,
        total="1,500,000.00",
    ),
)


def unsaved(document, *, issuer: str = "示例市委组织部", party: bool = True) -> Letter:
    """A letter that states `document`, without a database."""
    body = Organisation(name=issuer, party_organ=party)
    return Letter(
        kind=document.kind,
        title=str(document.title),
        number="示组人才〔2026〕18号",
        facts=frozen(document, body),
        check_code="7K3MPQ9XWB4T",
        issued_at=MOMENT,
    )


def drawn(document, **facts) -> bytes:
    return letters.render_pdf(rendering.html_of(unsaved(document, **facts)))


def text_of(page: list) -> str:
    return "".join(glyph.text for glyph in page)


@pytest.fixture(scope="module")
def long_letter() -> bytes:
    """A decision whose facts fill several pages with text without punctuation."""
    fact = "核对材料后查明的情况逐项说明如下" * 120
    return drawn(letters.Refusal(**COMMON | {"recipient": "张某"}, **GROUND | {"fact": fact}))


# --- the page ------------------------------------------------------------------------------------


def test_a_full_page_holds_22_lines_of_28_characters(long_letter):
    page = letter_measure.lines(letter_measure.glyphs(long_letter)[2], size=BODY_TEXT)
    assert [len(line) for line in page] == [28] * 22


def test_the_type_area_keeps_the_margins_of_the_standard_within_a_millimetre(long_letter):
    page = letter_measure.lines(letter_measure.glyphs(long_letter)[2], size=BODY_TEXT)
    left = min(line[0].left for line in page)
    right = 210 - max(line[-1].right for line in page)
    # A Chinese character's box reaches 0.88 em over and 0.12 em under its baseline, in the middle of its line.
    half = (PITCH - BODY_TEXT / letter_measure.POINTS_PER_MM) / 2
    top = page[0][0].baseline - 0.88 * BODY_TEXT / letter_measure.POINTS_PER_MM - half
    bottom = letter_measure.PAGE_HEIGHT - (top + len(page) * PITCH)
    assert (left, right, top, bottom) == pytest.approx(MARGINS, abs=1)


def test_page_numbers_stand_outside_odd_pages_right_and_even_pages_left(long_letter):
    pages = letter_measure.glyphs(long_letter)
    numbers = [
        [glyph for glyph in page if abs(glyph.size - 14) < 0.05 and glyph.baseline > 262]
        for page in pages[:3]
    ]
    assert [text_of(page) for page in numbers] == ["—1—", "—2—", "—3—"]
    em = 14 / letter_measure.POINTS_PER_MM
    for page in (numbers[0], numbers[2]):
        assert 210 - 26 - page[-1].right == pytest.approx(em, abs=0.5)
    assert numbers[1][0].left - 28 == pytest.approx(em, abs=0.5)


def test_the_mark_of_a_document_stands_35_mm_below_the_top_of_the_type_area(long_letter):
    mark = [glyph for glyph in letter_measure.glyphs(long_letter)[0] if glyph.size > 30]
    assert text_of(mark) == "示例市委组织部文件"
    assert mark[0].baseline - 0.84 * mark[0].size / letter_measure.POINTS_PER_MM == pytest.approx(
        37 + 35, abs=1
    )


def test_the_mark_of_a_letter_stands_30_mm_below_the_paper_edge_and_its_first_page_has_no_number():
    pages = letter_measure.glyphs(drawn(letters.NotAccepted(**COMMON, **GROUND | {"fact": "情况说明" * 300})))
    mark = [glyph for glyph in pages[0] if glyph.size > 30]
    assert mark[0].baseline - 0.84 * mark[0].size / letter_measure.POINTS_PER_MM == pytest.approx(30, abs=1)
    dashes = ["—" in text_of(page) for page in pages]
    assert dashes[:2] == [False, True]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
@pytest.mark.parametrize("issuer", ["示例市委组织部", LONG_BODY], ids=["short", "long"])
def test_every_kind_is_a_tagged_chinese_pdf_a_with_all_fonts_inside_and_no_empty_boxes(document, issuer):
    pdf = drawn(document, issuer=issuer)
    assert letter_measure.fonts_without_program(pdf) == []
    assert letter_measure.blank_boxes(pdf) == 0
    said = letter_measure.claims(pdf)
    assert said == {
        "language": "zh-CN",
        "tagged": "True",
        "structure": "True",
        "title": f"示组人才〔2026〕18号 {document.title}",
        "pdfa": "3U",
    }
    pages = letter_measure.glyphs(pdf)
    for page in pages:
        assert "7K3M-PQ9X-WB4T" in text_of(page)
        assert all(glyph.left > 0 and glyph.right < 210 - 15 and glyph.baseline < 292 for glyph in page)
    everything = "".join(text_of(page) for page in pages)
    assert "示例·待确认" in everything
    assert "2026年10月13日" in everything
    assert "None" not in everything


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_letter_of_any_kind_is_at_most_130_kilobytes(document):
    assert len(drawn(document, issuer=LONG_BODY)) <= 130 * 1024


def test_without_the_finisher_the_empty_places_of_the_rare_face_make_it_larger(monkeypatch):
    decision = next(one for one in DOCUMENTS if one.kind == "decision")
    slim, made = drawn(decision), rendering._tools()
    monkeypatch.setattr(rendering, "_tools", lambda: (*made[:-1], None))
    whole = drawn(decision)
    assert len(whole) > 130 * 1024 > len(slim)
    assert letter_measure.glyphs(whole) == letter_measure.glyphs(slim)


def test_rare_characters_of_names_are_drawn_by_a_face_that_has_them():
    glyphs = [glyph for page in letter_measure.glyphs(drawn(DOCUMENTS[5])) for glyph in page]
    faces = {glyph.text: glyph.face for glyph in glyphs if glyph.text in rendering.RARE}
    assert set(faces) == set(rendering.RARE)
    assert all("Fandol" not in face for face in faces.values())


def test_a_character_no_face_draws_stops_the_letter_and_is_not_logged(caplog):
    """The second half is the twin: WeasyPrint alone draws a box, and the measure sees it."""
    html = "<html lang=zh-CN><title>x</title><p style='font-family:FandolFang'>张\ue123</p>"
    with pytest.raises(letters.LetterNotDrawn, match=r"U\+E123"):
        letters.render_pdf(html)
    assert not caplog.records
    assert letter_measure.blank_boxes(HTML(string=html).write_pdf()) == 1


def test_the_remedy_depends_on_what_kind_of_organ_issues():
    party = "".join(text_of(page) for page in letter_measure.glyphs(drawn(DOCUMENTS[5])))
    office = "".join(
        text_of(page) for page in letter_measure.glyphs(drawn(DOCUMENTS[5], issuer="示例局", party=False))
    )
    assert "行政复议" not in party
    assert "申诉" in party
    assert "行政复议" in office
    assert "行政诉讼" in office


def test_a_confirmed_edition_leaves_no_demo_mark():
    document = letters.Termination(**COMMON | {"mark": ""}, reason="逾期", clause="第三条", ended_on=DAY)
    assert "示例·待确认" not in rendering.html_of(unsaved(document))


def test_the_date_keeps_four_characters_from_the_right_and_a_long_name_takes_from_them():
    assert rendering.signature_indent("示例局", DAY) == 4
    assert 0 < rendering.signature_indent("示例市人力资源和社会保障局", DAY) < 4
    assert rendering.signature_indent(LONG_BODY, DAY) == 0


def test_markup_in_a_name_is_printed_as_text():
    html = rendering.html_of(
        unsaved(letters.Refusal(**COMMON | {"recipient": "<img src=file:///x>"}, **GROUND))
    )
    assert "<img" not in html
    assert "&lt;img src=file:///x&gt;" in html


# --- nothing is fetched --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tag", ["<img src='{}'>", "<link rel=stylesheet href='{}'>", "<link rel=attachment href='{}'>"]
)
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_letter_reads_neither_files_nor_the_network(tmp_path, tag, scheme):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    address = secret.as_uri() if scheme == "file" else "http://127.0.0.1:9/secret.txt"
    with pytest.raises(letters.LetterNotDrawn):
        letters.render_pdf(f"<head>{tag.format(address)}</head><body><p>x</p>{tag.format(address)}")


def test_without_the_locked_fetcher_a_file_ends_up_in_the_letter(tmp_path):
    """The twin of the test above."""
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    HTML(string=f"<link rel=attachment href='{secret.as_uri()}'><p>x").write_pdf(tmp_path / "letter.pdf")
    with pikepdf.open(tmp_path / "letter.pdf") as document:
        assert [bytes(file.get_file().read_bytes()) for file in document.attachments.values()] == [b"canary"]
