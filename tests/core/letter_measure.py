"""A PDF measured as a reader sees it: where each character stands, in which face, and what is embedded."""

import ctypes
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import Any

import pikepdf
import pypdfium2
from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from pypdfium2 import raw

POINTS_PER_MM = 72 / 25.4
PAGE_HEIGHT = 297
_TO_UNICODE = re.compile(r"<([0-9a-f]{4})> <([0-9a-f]+)>", re.IGNORECASE)


@dataclass(frozen=True)
class Glyph:
    """One character on a page; millimetres from the upper left corner of the paper; size in points."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    face: str


def glyphs(pdf: bytes) -> list[list[Glyph]]:
    """The visible characters of each page, in reading order."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [_glyphs_of(document, number) for number in range(len(document))]


def _glyphs_of(document: pypdfium2.PdfDocument, number: int) -> list[Glyph]:
    with closing(document[number]) as page, closing(page.get_textpage()) as text:
        found = []
        for index in range(text.count_chars()):
            character = chr(raw.FPDFText_GetUnicode(text, index))
            if character.isspace() or not character.isprintable() or raw.FPDFText_IsGenerated(text, index):
                continue
            left, _bottom, right, _top = (
                value / POINTS_PER_MM for value in text.get_charbox(index, loose=True)
            )
            across, up = ctypes.c_double(), ctypes.c_double()
            raw.FPDFText_GetCharOrigin(text, index, ctypes.byref(across), ctypes.byref(up))
            matrix = raw.FS_MATRIX()
            raw.FPDFText_GetMatrix(text, index, ctypes.byref(matrix))
            size = raw.FPDFText_GetFontSize(text, index) * matrix.a
            name, flags = ctypes.create_string_buffer(200), ctypes.c_int()
            raw.FPDFText_GetFontInfo(text, index, name, 200, ctypes.byref(flags))
            baseline = PAGE_HEIGHT - up.value / POINTS_PER_MM
            found.append(Glyph(character, left, right, baseline, size, name.value.decode()))
        return found


def lines(page: list[Glyph], *, size: float) -> list[list[Glyph]]:
    """The characters of one size, grouped by the baseline they stand on, from above."""
    chosen = [glyph for glyph in page if abs(glyph.size - size) < 0.05]
    chosen.sort(key=lambda one: (round(one.baseline), one.left))
    return [list(line) for _height, line in groupby(chosen, key=lambda one: round(one.baseline))]


def fonts_without_program(pdf: bytes) -> list[str]:
    """Names of fonts the file uses without carrying them."""
    with pikepdf.open(BytesIO(pdf)) as document:
        missing = []
        for font in _fonts(document):
            inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            descriptor = inner.get("/FontDescriptor", {})
            if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
                missing.append(str(font.BaseFont))
        return missing


def _fonts(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in document.pages:
        yield from page.Resources.get("/Font", {}).values()


def blank_boxes(pdf: bytes) -> int:
    """How many different characters the file names but has no outline for: empty boxes, or nothing at all."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return sum(_blanks(font) for font in _fonts(document))


def _blanks(font: pikepdf.Object) -> int:
    outlines = _outlines(font.DescendantFonts[0].FontDescriptor.FontFile3)
    count = 0
    for glyph, text in _TO_UNICODE.findall(font.ToUnicode.read_bytes().decode()):
        if bytes.fromhex(text).decode("utf-16-be").isspace():
            continue
        pen = RecordingPen()
        if int(glyph, 16) in outlines:
            outlines[int(glyph, 16)].draw(pen)
        count += not pen.value
    return count


def _outlines(stream: pikepdf.Object) -> dict[int, Any]:
    """Every drawing of an embedded face by the number the page calls it by."""
    program = BytesIO(stream.read_bytes())
    if stream.Subtype == "/OpenType":
        whole = TTFont(program)
        drawings = whole.getGlyphSet()
        return {number: drawings[name] for number, name in enumerate(whole.getGlyphOrder())}
    face = CFFFontSet()
    face.decompile(program, None)
    drawings = face[0].CharStrings
    return {int(name.removeprefix("cid").replace(".notdef", "0")): drawings[name] for name in face[0].charset}


def claims(pdf: bytes) -> dict[str, str]:
    """What the file says of itself: language, tagging, title, PDF/A part and level."""
    with pikepdf.open(BytesIO(pdf)) as document, document.open_metadata() as metadata:
        return {
            "language": str(document.Root.get("/Lang", "")),
            "tagged": str(document.Root.get("/MarkInfo", {}).get("/Marked", "")),
            "structure": str("/StructTreeRoot" in document.Root),
            "title": str(document.docinfo.get("/Title", "")),
            "pdfa": metadata.pdfa_status,
        }
