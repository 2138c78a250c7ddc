"""The board's figures as plain tables, for the screen reader's eye, the spreadsheet and the report."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from .figures import Board, Pace

# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """A title, column heads, and rows of text and numbers."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def _rate(pace: Pace) -> str:
    return "" if pace.rate is None else f"{pace.rate}%"


def _days(pace: Pace) -> str:
    return "" if pace.median is None else str(pace.median)


def targets(board: Board) -> Table:
    rows = [
        (
            one.row.title, one.row.unit, one.row.figure, one.number.value if one.number else "", one.pace, one.verdict,
            one.row.measure, one.row.clause, one.row.mark,
        )
        for one in board.targets
    ]  # fmt: skip
    rows.append((_("一事一议（单列）"), _("件"), "", board.one_case.value, "", "", "", "", ""))
    return Table(
        _("年度目标"),
        (_("指标"), _("单位"), _("年度目标"), _("已完成"), _("序时进度"), _("评价"), _("口径"), _("依据"), _("说明")),
        rows,
    )  # fmt: skip


def funnel(board: Board) -> Table:
    return Table(
        _("直通车各环节"),
        (
            _("环节"), _("本年办过（件）"), _("期限（工作日）"), _("用时中位数（工作日）"), _("办结（次）"), _("按时率"),
            _("超期办结（次）"), _("在办（项）"), _("在办超期（项）"),
        ),
        [
            (
                pace.title, pace.passed, pace.limit or "", _days(pace), pace.done, _rate(pace), pace.late, pace.open,
                pace.overdue,
            )
            for pace in board.steps
        ],
    )  # fmt: skip


def bureaus(board: Board) -> Table:
    return Table(
        _("各部门用时"),
        (
            _("部门"), _("办结（次）"), _("用时中位数（工作日）"), _("按时率"), _("超期办结（次）"), _("在办（项）"),
            _("在办超期（项）"),
        ),
        [
            (pace.title, pace.done, _days(pace), _rate(pace), pace.late, pace.open, pace.overdue)
            for pace in board.bureaus
        ],
    )  # fmt: skip


def months(board: Board) -> Table:
    return Table(
        _("按时办结率"),
        (_("月份"), _("按时办结（次）"), _("超期办结（次）"), _("按时率")),
        [(pace.title, pace.kept, pace.late, _rate(pace)) for pace in board.months],
    )


def chains(board: Board) -> Table:
    heads = [cell.label for cell in board.chains[0].standing.cells] if board.chains else []
    return Table(
        _("产业链对照"),
        (_("编号"), _("产业链"), *heads, _("直通车在办（件）"), _("缺口"), _("来源")),
        [
            (
                row.standing.chain.code, str(row.standing.chain), *(cell.number for cell in row.standing.cells),
                row.cases.value, row.standing.gap_words, row.standing.chain.source,
            )
            for row in board.chains
        ],
    )  # fmt: skip


TABLES: dict[str, Callable[[Board], Table]] = {
    "targets": targets, "funnel": funnel, "bureaus": bureaus, "months": months, "chains": chains,
}  # fmt: skip


def plain(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def download(name: str, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> HttpResponse:
    """The table as a CSV file that a spreadsheet opens with the right signs."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(heads)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return response
