"""目标与进度, the lists behind its numbers, red lights with 督办, downloads and the monthly report."""

from calendar import monthrange
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from talent.core import roles
from talent.core.models import Region, Urge
from talent.core.services import audit, calendar, cases, letters
from talent.core.services.errors import ActRefused
from workflows.desk.access import find_officer_case
from workflows.models import OpenStep

from . import doors, lists, selections, tables
from .figures import Board
from .selections import Scope

ROWS = 50
# Years the board can be turned back.
YEARS_BACK = 3


class ScopeForm(forms.Form):
    """Year and county of the board; both stand in the address, so that a view can be passed on."""

    year = forms.TypedChoiceField(label=gettext_lazy("年度"), coerce=int, required=False)
    region = forms.ChoiceField(label=gettext_lazy("县市区"), required=False)
    until = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, regions: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [
            (year, _("%(year)d年") % {"year": year})
            for year in range(today.year, today.year - YEARS_BACK, -1)
        ]
        self.fields["region"].choices = [("", _("全部")), *((one.code, one.name) for one in regions)]


def _scope(request: HttpRequest) -> tuple[Scope, ScopeForm]:
    """What the address asks for; 404 for a year or county that is none."""
    today = calendar.today()
    regions = list(Region.objects.exclude(kind=Region.Kind.CITY))
    form = ScopeForm({"year": today.year} | request.GET.dict(), today=today, regions=regions)
    if not form.is_valid():
        raise Http404
    year = form.cleaned_data["year"] or today.year
    until = min(today, date(year, 12, 31))
    asked = form.cleaned_data["until"]
    if asked and asked.year == year:
        until = min(until, asked)
    region = next((one for one in regions if one.code == form.cleaned_data["region"]), None)
    return Scope(request.user, until=until, region=region), form


@require_safe
@doors.leaders
def home(request: HttpRequest) -> HttpResponse:
    """目标与进度: the year against its targets, the 直通车 step by step, the chains; every number opens its list."""
    scope, form = _scope(request)
    board = Board(scope)
    return render(
        request,
        "board/home.html",
        {
            "tabs": doors.tabs(request, "home"),
            "board": board,
            "scope": scope,
            "filter_form": form,
            "share": int(board.share * 100),
            "csv": {
                name: f"{reverse('lead:table', args=[name])}?{request.GET.urlencode()}" for name in tables.TABLES
            },
            "report": reverse("lead:report", args=[f"{scope.until:%Y-%m}"]),
        },
    )  # fmt: skip


@require_safe
@doors.leaders
def listing(request: HttpRequest, name: str) -> HttpResponse:
    """The rows behind a number, with the definition of the measure; `format=csv` gives all of them as a file."""
    scope, _form = _scope(request)
    selection = selections.select(scope, name, request.GET, calendar.today())
    shape, rows = lists.ready(selection.rows)
    if request.GET.get("format") == "csv":
        audit.record("board_list_exported", actor=request.user, subject=name)
        return tables.download(name, shape.heads, (lists.cells(shape, row) for row in rows))
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    again = request.GET.copy()
    again["format"] = "csv"
    again.pop("page", None)
    return render(
        request,
        "board/list.html",
        {
            "selection": selection,
            "scope": scope,
            "heads": shape.heads,
            "rows": [
                (shape.case(row).number, list(zip(shape.heads[1:], shape.cells(row), strict=True)))
                for row in page.object_list
            ],
            "page": page,
            "total": page.paginator.count,
            "csv_url": f"?{again.urlencode()}",
        },
    )


@require_safe
@doors.leaders
def table(request: HttpRequest, name: str) -> HttpResponse:
    """A table of the board as a CSV file; recorded."""
    if name not in tables.TABLES:
        raise Http404
    scope, _form = _scope(request)
    made = tables.TABLES[name](Board(scope))
    audit.record("board_table_exported", actor=request.user, subject=name)
    return tables.download(f"{name}-{scope.until:%Y%m%d}", made.heads, made.rows)


@require_safe
@doors.leaders
def report(request: HttpRequest, month: str) -> HttpResponse:
    """月报 as a PDF: the board's figures up to the end of a month, or to today in the current one; recorded."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Http404 from None
    today = calendar.today()
    if not date(today.year - YEARS_BACK, 1, 1) <= first <= today:
        raise Http404
    until = min(today, first.replace(day=monthrange(first.year, first.month)[1]))
    content = letters.render_pdf(report_page(Scope(request.user, until=until)))
    audit.record("board_report_made", actor=request.user, subject=month)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="report-{month}.pdf"'
    return response


def report_page(scope: Scope) -> str:
    """The report's page before it is drawn."""
    board = Board(scope)
    made = {name: build(board) for name, build in tables.TABLES.items()}
    return render_to_string("letters/leaders_report.html", {"board": board, "scope": scope, "tables": made})


# --- red lights --------------------------------------------------------------------------------------------------


class UrgeForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("督办要求"), min_length=4, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


@require_safe
@doors.leaders
def red(request: HttpRequest) -> HttpResponse:
    """红灯: overdue steps with who holds them, by how much, the reason given, and 督办 with its reply."""
    scope, form = _scope(request)
    today, current = calendar.today(), calendar.current()
    overdue = selections.steps(scope).filter(waiting=OpenStep.Waiting.OFFICER).overdue(today)
    overdue = overdue.select_related("case__applicant", "case__region", "organisation", "owner")
    page = Paginator(overdue.order_by("due_on", "pk"), ROWS).get_page(request.GET.get("page"))
    asked = _urges([step.case_id for step in page.object_list])
    return render(
        request,
        "board/red.html",
        {
            "tabs": doors.tabs(request, "red"),
            "filter_form": form,
            "page": page,
            "rows": [
                {
                    "step": step,
                    "days": -current.working_days_between(today, step.due_on),
                    "urge": asked.get((step.case_id, step.node)) or asked.get((step.case_id, step.case.step)),
                    "form": UrgeForm(auto_id=f"urge_{step.pk}_%s"),
                }
                for step in page.object_list
            ],
            "may_supervise": doors.may(request, roles.Act.SUPERVISE),
        },
    )


def _urges(keys: list[int]) -> dict[tuple[int, str], Urge]:
    """The latest 督办 of each case and step."""
    rows = Urge.objects.filter(case__in=keys, kind=Urge.Kind.SUPERVISE).select_related(
        "made_by", "replied_by"
    )
    return {(row.case_id, row.step): row for row in rows.order_by("made_at", "pk")}


@require_POST
@doors.leaders
def supervise(request: HttpRequest, number: str) -> HttpResponse:
    """督办 from the list of red lights; the holder must answer, and the answer is the reason shown."""
    case = find_officer_case(request, number)
    form = UrgeForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("请写明督办要求（4至300个字）。"))
        return redirect("lead:red")
    try:
        cases.supervise(case, actor=request.user, note=form.cleaned_data["note"])
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        flash.error(request, str(refusal))
    else:
        flash.success(request, _("对 %(number)s 的督办已发出，经办人须答复。") % {"number": number})
    return redirect("lead:red")
