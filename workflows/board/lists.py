"""The rows behind a number, as a page shows and a spreadsheet takes them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from talent.core.models import Case
from workflows.models import OpenStep, StepSpan


@dataclass(frozen=True)
class Shape:
    """How rows of one kind are shown: what is read with them, their heads, and the cells after the case's number."""

    together: tuple[str, ...]
    order: tuple[str, ...]
    heads: tuple[Any, ...]
    cells: Callable[[Any], tuple[Any, ...]]
    case: Callable[[Any], Case]


def _case_cells(case: Case) -> tuple[Any, ...]:
    return (
        case.applicant_masked, case.employer.name if case.employer else "", case.region.name,
        case.chain.name if case.chain else "", case.level_code, case.get_status_display(), case.waiting_on,
    )  # fmt: skip


def _span_cells(span: StepSpan) -> tuple[Any, ...]:
    verdict = {True: _("按时"), False: _("超期"), None: _("不限时")}[span.kept]
    return (
        span.title, span.organisation.name if span.organisation else "", span.opened_on.isoformat(),
        span.closed_on.isoformat(), span.due_on.isoformat() if span.due_on else "", span.days, str(verdict),
    )  # fmt: skip


def _step_cells(step: OpenStep) -> tuple[Any, ...]:
    return (
        step.title, step.holder, step.opened_at.date().isoformat(), step.due_on.isoformat() if step.due_on else "",
    )  # fmt: skip


SHAPES: dict[type, Shape] = {
    Case: Shape(
        ("applicant", "employer", "region", "chain"),
        ("-pk",),
        (
            _("办件编号"),
            _("申请人"),
            _("用人单位"),
            _("县市区"),
            _("产业链"),
            _("层次"),
            _("状态"),
            _("当前责任方"),
        ),
        _case_cells,
        lambda case: case,
    ),
    StepSpan: Shape(
        ("case", "organisation"),
        ("-closed_on", "-pk"),
        (
            _("办件编号"),
            _("环节"),
            _("单位"),
            _("到达日期"),
            _("办结日期"),
            _("环节期限"),
            _("用时（工作日）"),
            _("结果"),
        ),
        _span_cells,
        lambda span: span.case,
    ),
    OpenStep: Shape(
        ("case", "organisation", "owner"),
        ("due_on", "pk"),
        (_("办件编号"), _("环节"), _("责任方"), _("到达日期"), _("环节期限")),
        _step_cells,
        lambda step: step.case,
    ),
}


def ready(rows: QuerySet) -> tuple[Shape, QuerySet]:
    """The rows in their order, with what their cells read."""
    shape = SHAPES[rows.model]
    return shape, rows.select_related(*shape.together).order_by(*shape.order)


def cells(shape: Shape, row: Any) -> tuple[Any, ...]:
    """Number of the case first, then the row's own cells."""
    return (shape.case(row).number, *shape.cells(row))
