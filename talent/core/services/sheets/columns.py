"""The columns of a table that is filled in elsewhere, and what is wrong with each cell of it.

A mistake says where it stands, what stands there (a person's number masked), why it is wrong and what would be right.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import identifiers

from ..errors import ActRefused

SHOWN = 60


@dataclass(frozen=True)
class Column:
    """A column of a template.

    `read(known, text)` turns the cell's text into the value and raises `ValueError` (or `ActRefused`) with the cause;
    `known` is whatever the importing service has read once for all cells. `mask` names how a sensitive value is shown.
    """

    title: str
    name: str
    example: str
    required: bool = False
    read: Callable[[Any, str], Any] | None = None
    most: int = 0
    mask: str = ""

    def shown(self, value: str) -> str:
        return identifiers.mask(self.mask, value) if self.mask and value else value[:SHOWN]


@dataclass(frozen=True)
class RowError:
    """One wrong cell: sheet, row as the spreadsheet counts, column, value, cause, and an example of what is right."""

    sheet: str
    row: int
    column: str
    value: str
    cause: str
    example: str


@dataclass
class Sheet:
    """One sheet against its columns: `rows` as (line, values), and `errors` in the order they were found."""

    title: str
    columns: tuple[Column, ...]
    known: Any = None
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    def wrong(self, line: int, name: str, value: str, cause: str) -> None:
        """Note a wrong cell of the column called `name`."""
        column = next(one for one in self.columns if one.name == name)
        self.errors.append(
            RowError(self.title, line, column.title, column.shown(value), cause, column.example)
        )

    def read(self, rows: list[list[str]]) -> "Sheet":
        """Read the texts of the sheet, headings first; without a needed column nothing else is read."""
        if not rows:
            return self
        heads = [head.rstrip("*") for head in rows[0]]
        columns = {column.title: column for column in self.columns}
        absent = [one for one in self.columns if one.required and one.title not in heads]
        for column in absent:
            self.wrong(1, column.name, "", _("缺少这一列"))
        if absent:
            return self
        for line, cells in enumerate(rows[1:], 2):
            if any(cells):
                named = {
                    columns[head]: cell for head, cell in zip(heads, cells, strict=False) if head in columns
                }
                self.rows.append((line, self._values(line, named)))
        return self

    def _values(self, line: int, cells: dict[Column, str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in self.columns:
            text = cells.get(column, "")
            if not text:
                if column.required:
                    self.wrong(line, column.name, "", _("不能为空"))
                continue
            if column.most and len(text) > column.most:
                self.wrong(line, column.name, text, _("超过%(n)d个字") % {"n": column.most})
                continue
            try:
                values[column.name] = column.read(self.known, text) if column.read else text
            except (ValueError, ActRefused) as error:
                self.wrong(line, column.name, text, str(error))
        return values


# --- what reads a cell -------------------------------------------------------------------------------


def chosen(choices: Iterable[tuple[str, Any]]) -> Callable[[Any, str], str]:
    """Reads the Chinese label of a choice."""
    labels = {str(label): code for code, label in choices}

    def read(_known: Any, text: str) -> str:
        if text not in labels:
            raise ValueError(_("应为：%(labels)s") % {"labels": "、".join(labels)})
        return labels[text]

    return read


def yes_or_no(_known: Any, text: str) -> bool:
    if text not in ("是", "否"):
        raise ValueError(_("应为：是、否"))
    return text == "是"


def number(_known: Any, text: str) -> int:
    if not text.isdecimal():
        raise ValueError(_("应为整数"))
    return int(text)


def day(_known: Any, text: str) -> date:
    """A day of the past or today, written 年-月-日."""
    try:
        found = date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ValueError(_("日期应为年-月-日")) from None
    if found > timezone.localdate():
        raise ValueError(_("日期不能晚于今天"))
    return found
