"""One award: how its sum came about, its instalments, its ledger, and what the handling office can do."""

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from talent.core import roles
from talent.core.models import Award, AwardChange, Instalment
from talent.core.services import funds
from workflows import processes

from ..access import holders_of
from . import doors
from .forms import ClauseForm, ReasonForm

Outcome = AwardChange.Outcome


@require_safe
@doors.readers
def detail(request: HttpRequest, number: str) -> HttpResponse:
    award = doors.find_award(request, number)
    instalments = list(
        award.instalments.select_related("owner_organisation").prefetch_related(
            "shares__line__region", "batch_lines__batch"
        )
    )
    for row in instalments:
        row.can_hold = row.state in ("waiting", "due", "rechecked", "failed")
        row.can_release = row.state == Instalment.State.HELD and award.state == Award.State.ACTIVE
        row.can_retry = row.state == Instalment.State.FAILED
        row.can_recheck = award.state == Award.State.ACTIVE and row.state in ("due", "held")
    return render(
        request,
        "desk/funds/award.html",
        {
            "award": award,
            "payee": award.payee,
            "has_sheet": processes.of(award.case).sheet is not None,
            "instalments": instalments,
            "entries": funds.ledger_of(award).select_related("line__region"),
            "recoveries": award.recoveries.all(),
            "changes": award.changes.select_related("reported_by"),
            "reviews": award.reviews.all(),
            "can_assess": processes.of(award.case).recovery is not None
            and doors.may(request, roles.Act.ASSESS_RECOVERY, award.handling_organisation),
            "can_recheck": doors.may(request, roles.Act.RECHECK, award.handling_organisation),
            "paid": funds.paid_of(award),
            "can_act": doors.may(request, roles.Act.HOLD_PAYMENT, award.handling_organisation),
            "can_suspend": award.state == Award.State.ACTIVE,
            "can_resume": award.state == Award.State.SUSPENDED,
            "can_stop": award.state in Award.LIVE,
            "reason_form": ReasonForm(auto_id=False),
            "change_form": ReasonForm(auto_id="change_%s"),
            "stop_form": ClauseForm(auto_id="stop_%s"),
        },
    )


@require_POST
@holders_of(roles.Act.HOLD_PAYMENT)
def change(request: HttpRequest, number: str) -> HttpResponse:
    """暂停 at once; 恢复 and 停发 are proposed and wait for a second person."""
    award = doors.find_award(request, number)
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    clause = request.POST.get("clause", "") or (award.edition.clause if act != Outcome.STOP else "")
    sentences = {
        Outcome.SUSPEND: _("已暂停发放，已通知申请人。"),
        Outcome.RESUME: _("恢复发放已提出，等待其他人审定。"),
        Outcome.STOP: _("停发已提出，等待其他人审定。"),
    }
    if act not in sentences:
        flash.error(request, _("请选择要办理的事项。"))
        return redirect("desk:funds:award", number)

    def do() -> None:
        funds.by_office(award, outcome=act, reason=reason, clause=clause, actor=request.user)

    return doors.done(request, do, sentences[act], "desk:funds:award", number)


@require_POST
@holders_of(roles.Act.HOLD_PAYMENT)
def instalment(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """暂缓, 恢复 or 重新发放 one instalment."""
    award = doors.find_award(request, number)
    row = get_object_or_404(award.instalments.select_related("award"), seq=seq)
    act = {"hold": funds.hold, "release": funds.release, "retry": funds.retry}.get(
        request.POST.get("act", "")
    )
    if act is None:
        raise Http404
    return doors.done(
        request, lambda: act(row, actor=request.user, reason=request.POST.get("reason", "")), _("已办理。"),
        "desk:funds:award", number,
    )  # fmt: skip
