"""The text of a workbook or a CSV file. A file that is none, is broken, or hides a large one in a small one is refused."""

import csv
import io
import zipfile
import zlib
from datetime import datetime

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ..errors import ActRefused

MOST_BYTES = 5 * 1024 * 1024
# What the file may grow to when unpacked, and the rows of one sheet: a small file can hide a large one.
MOST_UNPACKED = 60 * 1024 * 1024
MOST_ROWS = 5000
ENCODINGS = ("utf-8-sig", "gb18030")
# What openpyxl and zipfile raise for damaged parts.
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError,
    SyntaxError, RuntimeError, EOFError, OSError, OverflowError,
)  # fmt: skip


def workbook(content: bytes, *, what: str = "") -> dict[str, list[list[str]]]:
    """The text of every sheet by its title. Raises `ActRefused` for what is no workbook, or too large a one.

    what: how the refusal calls a file that was not made from a template.
    """
    _require_size(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise ActRefused(_("文件展开后过大，请只保留要导入的内容。"))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        found = {}
        for sheet in book.worksheets:
            rows = []
            for values in sheet.iter_rows(values_only=True):
                rows.append([_cell(value) for value in values])
                _require_rows(rows, sheet.title)
            found[sheet.title] = rows
    except _BROKEN:
        again = _("请使用模板填写并保存为 XLSX 格式") if not what else _("请核对是否选错文件")
        raise ActRefused(
            _("%(what)s打不开，%(again)s。") % {"what": what or _("文件"), "again": again}
        ) from None
    return found


def table(content: bytes, *, what: str) -> list[list[str]]:
    """The text of a CSV file (UTF-8 or GB18030), or of the first sheet of a workbook; refusals call it `what`."""
    if content[:2] == b"PK":
        return next(iter(workbook(content, what=what).values()), [])
    _require_size(content)
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]
        except csv.Error:
            break
        _require_rows(rows, what)
        return rows
    raise ActRefused(_("%(what)s的编码无法识别，请保存为 UTF-8 或 GB18030。") % {"what": what})


def _require_size(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise ActRefused(_("文件过大（超过5MB），请分成几个文件导入。"))


def _require_rows(rows: list[list[str]], title: str) -> None:
    if len(rows) > MOST_ROWS:
        raise ActRefused(
            _("“%(sheet)s”表超过%(n)d行，请分成几个文件导入。") % {"sheet": title, "n": MOST_ROWS}
        )


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
