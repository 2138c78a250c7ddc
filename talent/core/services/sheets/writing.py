"""Tables as files: every cell is text, and a file made again is the same file byte by byte."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from .columns import Column

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
# Rows of a template whose cells are text from the start, so that eighteen digits stay eighteen digits.
PREPARED = 200
# The moment that stands in the workbook and on its parts: a file made again is the same file.
_STILL = datetime(2025, 7, 27)  # noqa: DTZ001 a zip entry has no zone
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark, as spreadsheets open it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(title: str, rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet of text."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cells in sheet.iter_rows():
        for cell in cells:
            # Text, whatever it looks like: nineteen digits are no number, and nothing is a formula.
            cell.data_type, cell.number_format = "s", "@"
    made = io.BytesIO()
    book.save(made)
    return _still(made.getvalue())


def template(sheets: Mapping[str, Sequence[Column]]) -> bytes:
    """An empty workbook: one sheet per table, headings with 「*」 where a value is needed."""
    book = Workbook()
    book.remove(book.active)
    for title, columns in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append([f"{column.title}{'*' if column.required else ''}" for column in columns])
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = max(12, len(column.title) * 2.4)
            for row in sheet.iter_rows(min_col=place, max_col=place, min_row=1, max_row=PREPARED):
                row[0].number_format = "@"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _still(content: bytes) -> bytes:
    """The same workbook without the moment of its making."""
    still = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(still, "w") as new:
        for name in sorted(old.namelist()):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>2025-07-27T00:00:00Z\g<3>", part)
            info = zipfile.ZipInfo(name, _STILL.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, part)
    return still.getvalue()
