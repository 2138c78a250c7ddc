"""One award: how its sum came about, its instalments, its ledger, and what the handling office can do."""

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from talent.core import roles
from talent.core.models import Award, Instalment
from talent.core.services import funds

from ..access import holders_of
from . import doors
from .forms import ClauseForm, ReasonForm


@require_GET
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
    return render(
        request,
        "desk/funds/award.html",
        {
            "award": award,
            "payee": award.payee,
            "instalments": instalments,
            "entries": funds.ledger_of(award).select_related("line__region"),
            "recoveries": award.recoveries.all(),
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
    """暂停, 恢复 or 停发."""
    award = doors.find_award(request, number)
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    clause = request.POST.get("clause", "")
    acts = {
        "suspend": (
            lambda: funds.suspend(award, actor=request.user, reason=reason),
            _("已暂停发放，已通知申请人。"),
        ),
        "resume": (lambda: funds.resume(award, actor=request.user, reason=reason), _("已恢复发放。")),
        "stop": (lambda: funds.stop(award, actor=request.user, reason=reason, clause=clause), _("已停发。")),
    }
    if act not in acts:
        flash.error(request, _("请选择要办理的事项。"))
        return redirect("desk:funds:award", number)
    return doors.done(request, *acts[act], "desk:funds:award", number)


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
