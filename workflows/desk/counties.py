"""County and city: 提级办理 of one case, and the report by county as a table and as CSV."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from talent.core import roles
from talent.core.models import Award, Case, CaseEvent, Instalment, Region
from talent.core.services import audit, policy
from talent.core.services.errors import ActRefused
from workflows import processes
from workflows.base import levels
from workflows.base.process import Process
from workflows.models import OpenStep, StepSpan

from .access import find_officer_case, holders_of, officers
from .small import ReasonForm

# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def offers(request: HttpRequest, case: Case, steps: list[OpenStep]) -> dict[str, Any]:
    """What the case page offers here: taking the case over, and how long each level has had it."""
    known = processes.of(case).taken_over
    step = next((one for one in steps if known and one.node in known[0]), None)
    with_county = bool(step and step.organisation and step.organisation.region.kind != Region.Kind.CITY)
    return {
        "can_take_over": with_county and known[1](case, request.user) is not None,
        "take_over_form": ReasonForm(auto_id="takeover_%s"),
        "level_times": levels.times_of(case, steps) if known else [],
    }


@require_POST
@officers
def take_over(request: HttpRequest, number: str) -> HttpResponse:
    """提级办理 with a reason; the clock goes on."""
    case = find_officer_case(request, number)
    known = processes.of(case).taken_over
    step = next(
        (one for one in case.open_steps.select_related("task__process") if known and one.node in known[0]),
        None,
    )
    form = ReasonForm(request.POST)
    if step is None:
        flash.error(request, _("本办件现在不在县市区，无需提级办理。"))
    elif not form.is_valid():
        flash.error(request, _("提级办理的，请写明理由（至少4个字）。"))
    else:
        try:
            levels.take_over(step, do=known[2], actor=request.user, reason=form.cleaned_data["reason"])
            flash.success(request, _("已提级，由市级继续办理，办理时限连续计算。"))
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            flash.error(request, str(refusal))
    return redirect("desk:case", number=number)


# --- the report ----------------------------------------------------------------------------------------------


class CountyFilter(forms.Form):
    process = forms.ChoiceField(label=gettext_lazy("事项"), required=False)
    year = forms.IntegerField(label=gettext_lazy("提交年度"), required=False, min_value=2020, max_value=2100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [(one.slug, policy.edition_for(one.policy).title) for one in two_level()]
        self.fields["process"].choices = shown

    def chosen(self) -> tuple[Process, int | None]:
        """The process and the year asked for; what is not valid asks for everything of the first."""
        self.is_valid()
        data = getattr(self, "cleaned_data", {})
        return processes.find(data.get("process") or "") or two_level()[0], data.get("year")


def two_level() -> list[Process]:
    """The processes that a county begins and the city ends."""
    return [one for one in processes.PROCESSES if one.taken_over]


@dataclass(frozen=True)
class CountyRow:
    """One county: how many cases stand where, working days at each level, and 元 granted and paid."""

    region: str
    handed_in: int
    running: int
    overdue: int
    granted: int
    refused: int
    returned: int
    taken_over: int
    county_days: Decimal | None
    city_days: Decimal | None
    amount: Decimal
    paid: Decimal

    @property
    def cells(self) -> list[str]:
        """As the table and the spreadsheet show it."""
        days = ["" if one is None else f"{one:.1f}" for one in (self.county_days, self.city_days)]
        counts = (
            self.handed_in, self.running, self.overdue, self.granted, self.refused, self.returned, self.taken_over
        )  # fmt: skip
        return [self.region, *map(str, counts), *days, f"{self.amount:.2f}", f"{self.paid:.2f}"]


HEADS = (
    gettext_lazy("县市区"), gettext_lazy("提交（件）"), gettext_lazy("在办（件）"), gettext_lazy("在办超期（件）"),
    gettext_lazy("批准（件）"), gettext_lazy("不予（件）"), gettext_lazy("市级退回（次）"), gettext_lazy("提级办理（次）"),
    gettext_lazy("县级环节平均（工作日）"), gettext_lazy("市级环节平均（工作日）"), gettext_lazy("批准金额（元）"),
    gettext_lazy("已拨付（元）"),
)  # fmt: skip


def rows_of(cases: QuerySet[Case]) -> list[CountyRow]:
    """The report over the cases given, by the county each belongs to. A handful of questions, however many cases."""
    today = timezone.localdate()
    closed = Q(status__in=(Case.Status.REFUSED, Case.Status.NOT_ACCEPTED))
    counted = (
        cases.order_by()
        .values("region_id", "region__name")
        .annotate(
            handed_in=Count("pk", filter=Q(submitted_at__isnull=False)),
            running=Count("pk", filter=~Q(status__in=Case.ENDED)),
            overdue=Count("pk", filter=~Q(status__in=Case.ENDED) & Q(due_on__lt=today, paused=False)),
            granted=Count("pk", filter=Q(status=Case.Status.COMPLETED)),
            refused=Count("pk", filter=closed),
        )
    )
    events = dict.fromkeys(("returned_to_county", "taken_over"))
    for kind in events:
        found = CaseEvent.objects.filter(kind=kind, case__in=cases).order_by().values_list("case__region_id")
        events[kind] = dict(found.annotate(n=Count("pk")))
    spans = StepSpan.objects.filter(case__in=cases, officer=True, organisation__isnull=False).order_by()
    of_city = Q(organisation__region__kind=Region.Kind.CITY)
    days = {
        city: dict(
            spans.filter(of_city if city else ~of_city)
            .values_list("case__region_id")
            .annotate(days=Avg("days"))
        )
        for city in (True, False)
    }
    granted = dict(
        Award.objects.filter(case__in=cases)
        .order_by()
        .values_list("case__region_id")
        .annotate(sum=Sum("total"))
    )
    paid = dict(
        Instalment.objects.filter(award__case__in=cases, state=Instalment.State.PAID)
        .order_by()
        .values_list("award__case__region_id")
        .annotate(sum=Sum("amount"))
    )
    zero = Decimal(0)
    return [
        CountyRow(
            row["region__name"], row["handed_in"], row["running"], row["overdue"], row["granted"], row["refused"],
            events["returned_to_county"].get(row["region_id"], 0), events["taken_over"].get(row["region_id"], 0),
            days[False].get(row["region_id"]), days[True].get(row["region_id"]),
            granted.get(row["region_id"]) or zero, paid.get(row["region_id"]) or zero,
        )
        for row in sorted(counted, key=lambda row: row["region__name"])
    ]  # fmt: skip


def _cases(request: HttpRequest, form: CountyFilter) -> QuerySet[Case]:
    """The cases the reader may see: a county officer reads his own county alone."""
    process, year = form.chosen()
    rows = (
        Case.objects.visible_to(request.user).filter(policy=process.policy).exclude(status=Case.Status.DRAFT)
    )
    return rows.filter(submitted_at__year=year) if year else rows


@require_safe
@officers
def report(request: HttpRequest) -> HttpResponse:
    """县市区统计."""
    form = CountyFilter(request.GET or None)
    may_export = any(post.role.may(roles.Act.EXPORT) for post in request.held_posts)
    return render(
        request, "desk/counties.html",
        {"filter_form": form, "heads": HEADS, "rows": rows_of(_cases(request, form)), "can_export": may_export},
    )  # fmt: skip


@require_POST
@holders_of(roles.Act.EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    form = CountyFilter(request.POST or None)
    rows = rows_of(_cases(request, form))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="counties-{timezone.localdate()}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([str(head) for head in HEADS])
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] in _FORMULA else cell for cell in row.cells])
    audit.record("counties_exported", actor=request.user, detail={"rows": len(rows)})
    return response
