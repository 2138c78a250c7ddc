"""From the frozen facts of a letter to its PDF/A file. The only module that knows WeasyPrint.

WeasyPrint is imported on first use, keeps one font configuration for the life of the process (a new one per
letter grows the process without end) and fetches nothing: not from disk, not from the network.
"""

import ctypes.util
import logging
import re
import subprocess
import threading
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from talent.core.models import Letter

# Goes into every letter; change it when the layout of a template changes what an issued letter looked like.
TEMPLATE_VERSION = "2026.1"
PDF_VARIANT = "pdf/a-3u"
# The faces the style sheet asks for, and the last one, which draws the names the others cannot.
FACES = ("FandolFang", "FandolSong", "FandolHei", "FandolKai", "Noto Serif CJK SC")
# Characters of real names that the Fandol faces lack.
RARE = "玥喆堃翀昇"
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset")

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[\d.]*(?:Z|[+-]\d{2}:\d{2})")
# WeasyPrint does not promise to be thread-safe with a shared font configuration.
_one_at_a_time = threading.Lock()


class LetterNotDrawn(Exception):
    """The page cannot be made as it should be; the sentence says what to do."""


class _MissingGlyphs(logging.Filter):
    """Collects the characters WeasyPrint would draw as empty boxes, and keeps them out of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.points: set[int] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith(".notdef"):
            return True
        self.points.add(record.args[1])
        return False


@cache
def _tools() -> tuple[Any, Any, Any, type[BaseException], Any]:
    """(HTML, font configuration, fetcher, its error, finisher), made once per process."""
    # slow import: a web process that draws no letter does not pay for it
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    # slow import: with WeasyPrint, and only where letters are drawn
    from .faces import slim

    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    return HTML, FontConfiguration(), fetcher, FatalURLFetchingError, slim


def render_pdf(html: str) -> bytes:
    """`html` as a tagged PDF/A-3u file.

    Raises `LetterNotDrawn` when the page refers to a file or an address, or when no installed face has one of
    its characters: a frozen letter with an empty box in a name could not be mended.
    """
    with _one_at_a_time:
        make, fonts, fetcher, refused, slim = _tools()
        missing, log = _MissingGlyphs(), logging.getLogger("weasyprint")
        log.addFilter(missing)
        try:
            document = make(string=html, url_fetcher=fetcher, base_url=None)
            content = document.write_pdf(
                finisher=slim, font_config=fonts, pdf_variant=PDF_VARIANT, pdf_tags=True
            )
        except refused as error:
            # A BaseException in WeasyPrint: it would pass by everybody who handles a letter that failed.
            raise LetterNotDrawn(_("文书版式引用了外部文件或网址，已拒绝读取。")) from error
        finally:
            log.removeFilter(missing)
    if missing.points:
        named = "、".join(f"U+{point:04X}" for point in sorted(missing.points))
        raise LetterNotDrawn(
            _("没有字体能显示字符 %(points)s：请安装覆盖该字的字体后重新生成。") % {"points": named}
        )
    return content


def html_of(letter: Letter) -> str:
    """The page of `letter`, from its row alone: nothing the database says today can change it."""
    facts = {name: _revived(value) for name, value in letter.facts["content"].items()}
    address = f"{settings.SITE['address'].rstrip('/')}/check/{letter.check_code}/"
    day = timezone.localdate(letter.issued_at)
    issuer = letter.facts["issuer"]
    code = letter.check_code
    context = {
        "letter": letter,
        "facts": facts,
        "issuer": issuer,
        "day": day,
        "code": "-".join(code[start : start + 4] for start in range(0, len(code), 4)),
        "check_page": f"{settings.SITE['address'].rstrip('/')}/check/",
        "qr": _qr(address),
        "hotline": settings.SITE["hotline"],
        "title_lines": title_lines(letter.title),
        "organ_size": organ_size(issuer["name"], letter.facts["layout"]),
        "signature_indent": signature_indent(issuer["name"], day),
    }
    return render_to_string(f"letters/{letter.facts['template']}", context)


def _revived(value: Any) -> Any:
    """Dates and moments out of the JSON of a letter, at any depth."""
    if isinstance(value, list):
        return [_revived(one) for one in value]
    if isinstance(value, str):
        if _ISO_DAY.fullmatch(value):
            return parse_date(value)
        if _ISO_MOMENT.fullmatch(value):
            moment = parse_datetime(value)
            return timezone.localtime(moment) if isinstance(moment, datetime) else value
    return value


def _qr(address: str) -> SafeString:
    """The QR code of the letter's check page as an inline drawing with a Chinese description."""
    drawing = segno.make(address, error="m").svg_inline(
        border=0, omitsize=True, svgclass="qr", lineclass=None, title=str(_("校验二维码"))
    )
    return mark_safe(drawing)  # made from digits and our own address


def width_in_chars(text: str) -> float:
    """The width of `text` in Chinese characters; digits and Latin letters take half a place."""
    return sum(0.5 if character.isascii() else 1 for character in text)


def title_lines(title: str, *, room: int = 19) -> list[str]:
    """The title in lines of about the same length that fit the type area (2号: 20 characters of 22 pt)."""
    count = -(-len(title) // room)
    size = -(-len(title) // count)
    return [title[start : start + size] for start in range(0, len(title), size)]


def organ_size(name: str, layout: str) -> float:
    """Points for the issuing body's mark: as large as its name allows on one line, never over 42."""
    written = name + ("文件" if layout == "document" else "")
    return max(20.0, min(42.0 if layout == "document" else 36.0, round(430 / width_in_chars(written), 1)))


def signature_indent(name: str, day: date) -> float:
    """How far the 署名 block keeps from the right, in characters (GB/T 9704-2012 7.3.5.1).

    The date keeps four characters; the name stands centred over it, so a longer name takes from the four.
    """
    overhang = (width_in_chars(name) - width_in_chars(f"{day.year}年{day.month}月{day.day}日")) / 2
    return max(0.0, 4 - max(0.0, overhang))


def _listed(*arguments: str) -> str:
    return subprocess.run(
        ["fc-list", *arguments, "family"], capture_output=True, text=True, check=True
    ).stdout


def check_fonts() -> Iterator[str]:
    """A sentence per face that is missing, and per rare character no installed face draws."""
    try:
        listed = _listed(":")
        for face in FACES:
            if face not in listed:
                yield _("缺少字体 %(face)s：文书的字体会被替换，生僻字会成为空白方框。") % {"face": face}
        for character in RARE:
            if not _listed(f":charset={ord(character):x}").strip():
                yield _("没有字体能显示“%(character)s”：请安装覆盖生僻字的字体。") % {"character": character}
    except (OSError, subprocess.CalledProcessError):
        yield _("无法运行 fc-list，不能确认字体：请安装 fontconfig。")


def check_libraries() -> Iterator[str]:
    """A sentence per system library that WeasyPrint needs and that is not there."""
    for name in LIBRARIES:
        if ctypes.util.find_library(name) is None:
            yield _("缺少系统库 %(name)s：文书无法生成或生成极慢。") % {"name": name}
