"""应付清单: every open instalment of the cases the reader sees, with who has it and for how long."""

import csv

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from talent.core import roles
from talent.core.models import Award, Instalment
from talent.core.services import audit, funds

from ..access import holders_of
from . import doors
from .forms import DueFilter

_TILES = (
    (Instalment.State.RECHECKED, "", "wallet"),
    (Instalment.State.FAILED, "err", "circle-x"),
    (Instalment.State.HELD, "warn", "circle-pause"),
    (Instalment.State.DUE, "", "clipboard-check"),
    (Instalment.State.SENT, "mute", "send"),
)


@require_safe
@doors.readers
def due(request: HttpRequest) -> HttpResponse:
    """The list with its filters; those a bureau may pay can be ticked for a batch."""
    everything = funds.due_lines(request.user)
    form = DueFilter(request.GET)
    page = doors.page_of(request, form.narrow(everything))
    offices = {office.pk for office in doors.paying_offices(request)}
    for row in page.object_list:
        row.payable = (
            row.state == Instalment.State.RECHECKED
            and row.award.paying_organisation_id in offices
            and row.award.state == Award.State.ACTIVE
        )
    sums = {
        row["state"]: row
        for row in everything.order_by().values("state").annotate(count=Count("pk"), sum=Sum("amount"))
    }
    url, wanted = reverse("desk:funds:due"), request.GET.get("state", "")
    tiles = [
        {
            "label": state.label,
            "value": sums.get(state.value, {"count": 0})["count"],
            "hint": _("%(sum)s 元") % {"sum": funds.yuan(sums[state.value]["sum"])}
            if state.value in sums
            else "",
            "url": f"{url}?state={state.value}",
            "tone": tone,
            "icon": icon,
            "current": wanted == state.value,
        }
        for state, tone, icon in _TILES
    ]
    return render(
        request,
        "desk/funds/due.html",
        {
            "tabs": doors.tabs(request, "due"),
            "tiles": tiles,
            "filter_form": form,
            "page": page,
            "can_prepare": bool(offices) and any(row.payable for row in page.object_list),
            "can_export": doors.may(request, roles.Act.EXPORT),
        },
    )


@require_POST
@doors.readers
@holders_of(roles.Act.EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """The list as a table for a spreadsheet: the same rows as the page with its filters, no account, and on record."""
    rows = DueFilter(request.POST).narrow(funds.due_lines(request.user))
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="instalments.csv"'
    writer = csv.writer(response)
    writer.writerow(
        [
            _("办件编号"),
            _("申请人"),
            _("县市区"),
            _("资助"),
            _("分期"),
            _("金额（元）"),
            _("应付日期"),
            _("状态"),
            _("责任单位"),
            _("原因"),
        ]
    )
    count = 0
    for row in rows.iterator(chunk_size=500):
        case = row.award.case
        cells = [
            case.number, case.applicant_masked, case.region.name, row.award.title, row.title, f"{row.amount:.2f}",
            row.due_on.isoformat(), row.get_state_display(), row.owner_organisation.name, row.reason,
        ]  # fmt: skip
        # A cell that begins like a formula is text.
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells])
        count += 1
    audit.record("instalments_exported", actor=request.user, detail={"rows": count})
    return response
