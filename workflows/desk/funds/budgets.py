"""预算 with bars, and the ageing of what is approved, due and unpaid."""

from decimal import Decimal

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.models import BudgetLine, Instalment, Organisation
from talent.core.services import funds
from talent.core.services.errors import ActRefused, NotAllowed

from ..access import held_posts
from . import doors
from .forms import AllocateForm, CloseForm, LineForm, TransferForm


def _office(request: HttpRequest) -> Organisation | None:
    """The bureau whose budget the reader manages."""
    return next(
        (post.organisation for post in held_posts(request) if post.role.may(roles.Act.MANAGE_BUDGET)), None
    )


def _bar(line: BudgetLine) -> dict[str, str]:
    """The parts of the bar in hundredths of its length, placed one after another."""
    whole = line.allocated or Decimal(1)
    parts, at = {}, Decimal(0)
    for name in ("paid", "committed", "reserved"):
        width = getattr(line, name) * 100 / whole
        parts |= {name: f"{width:.2f}", f"{name}_at": f"{at:.2f}"}
        at += width
    return parts | {"used": f"{at:.0f}"}


@require_http_methods(["GET", "POST"])
@doors.finance
def budget(request: HttpRequest) -> HttpResponse:
    """The lines of a year; whoever manages a budget opens new ones here."""
    office = _office(request)
    form = LineForm(
        request.POST if request.method == "POST" else None, office=office, initial={"year": timezone.localdate().year}
    ) if office else None  # fmt: skip
    if request.method == "POST":
        if form is None:
            raise NotAllowed(
                _("您没有“%(act)s”的岗位授权。") % {"act": roles.ACT_LABELS[roles.Act.MANAGE_BUDGET]}
            )
        if form.is_valid():
            try:
                line = funds.open_line(
                    form.cleaned_data["year"], form.cleaned_data["source"], form.cleaned_data["region"],
                    form.cleaned_data["share"], organisation=office, actor=request.user,
                )  # fmt: skip
            except ActRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                flash.success(request, _("已建立预算指标，请下达预算。"))
                return redirect("desk:funds:budget_change", line.pk)
    lines = funds.visible_lines(request.user).select_related("region", "organisation")
    years = sorted(set(lines.order_by().values_list("year", flat=True)), reverse=True)
    wanted = request.GET.get("year", "")
    year = (
        int(wanted)
        if wanted.isdecimal() and int(wanted) in years
        else (years[0] if years else timezone.localdate().year)
    )
    rows = [(line, _bar(line)) for line in lines.filter(year=year)]
    totals = {
        name: sum((getattr(line, name) for line, _bar_parts in rows), Decimal(0))
        for name in ("allocated", "reserved", "committed", "paid", "recovered", "available")
    }
    return render(
        request,
        "desk/funds/budget.html",
        {
            "tabs": doors.tabs(request, "budget"),
            "years": [{"label": str(one), "url": f"?year={one}", "current": one == year} for one in years],
            "year": year,
            "rows": rows,
            "totals": totals,
            "form": form,
            "mark": funds.mark(),
        },
    )


@require_http_methods(["GET", "POST"])
@doors.finance
def change(request: HttpRequest, line: int) -> HttpResponse:
    """One line: allocated to, transferred from, closed; with its ledger."""
    row = get_object_or_404(
        funds.visible_lines(request.user).select_related("region", "organisation"), pk=line
    )
    mine = BudgetLine.objects.filter(organisation=row.organisation, closed_at__isnull=True).exclude(pk=row.pk)
    name = request.POST.get("act", "")
    posted = request.POST if request.method == "POST" else None
    forms = {
        "allocate": AllocateForm(posted if name == "allocate" else None, auto_id="allocate_%s"),
        "transfer": TransferForm(
            posted if name == "transfer" else None, lines=mine.filter(year=row.year), auto_id="transfer_%s"
        ),
        "close": CloseForm(
            posted if name == "close" else None, lines=mine.filter(year__gt=row.year), auto_id="close_%s"
        ),
    }
    if posted is not None and name in forms and forms[name].is_valid():
        facts = forms[name].cleaned_data
        acts = {
            "allocate": lambda: funds.allocate(
                row, facts["amount"], actor=request.user, reason=facts["reason"]
            ),
            "transfer": lambda: funds.transfer(
                row, facts["target"], facts["amount"], actor=request.user, reason=facts["reason"]
            ),
            "close": lambda: funds.close_year(
                row, actor=request.user, reason=facts["reason"], carry_to=facts["target"]
            ),
        }
        return doors.done(request, acts[name], _("已办理。"), "desk:funds:budget_change", row.pk)
    if posted is not None and not doors.may(request, roles.Act.MANAGE_BUDGET, row.organisation):
        raise NotAllowed(
            _("您没有“%(act)s”的岗位授权。") % {"act": roles.ACT_LABELS[roles.Act.MANAGE_BUDGET]}
        )
    return render(
        request,
        "desk/funds/line.html",
        {
            "line": row,
            "bar": _bar(row),
            "forms": forms,
            "can_act": row.closed_at is None
            and doors.may(request, roles.Act.MANAGE_BUDGET, row.organisation),
            "page": doors.page_of(request, row.entries.select_related("case", "approver").order_by("-pk")),
        },
    )


@require_safe
@doors.finance
def ageing(request: HttpRequest) -> HttpResponse:
    """Approved, due and unpaid by age, per county and per owner."""
    seen = Instalment.objects.visible_to(request.user)
    bands, rows = funds.ageing(seen)
    _bands, owners = funds.ageing(seen, by="owner")
    parts = [
        {"head": _("县市区"), "rows": rows}, {"head": _("现在由谁办理"), "rows": owners}
    ]  # fmt: skip
    return render(
        request,
        "desk/funds/ageing.html",
        {
            "tabs": doors.tabs(request, "ageing"),
            "bands": bands,
            "parts": parts if rows else [],
            "mark": funds.mark(),
        },
    )
