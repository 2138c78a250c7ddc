"""追回: the list and one recovery with its way: decided, objected to, received, written off."""

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.models import Recovery
from talent.core.services import funds
from talent.core.services.errors import ActRefused
from workflows import processes

from ..access import holders_of
from . import doors
from .forms import EventForm, FindingForm, ReasonForm, ReceiptForm, RecoveryFilter, WriteOffForm


@require_safe
@doors.readers
def recovery_list(request: HttpRequest) -> HttpResponse:
    form = RecoveryFilter(request.GET)
    rows = funds.visible_recoveries(request.user)
    if form.is_valid() and form.cleaned_data["state"]:
        rows = rows.filter(state=form.cleaned_data["state"])
    return render(
        request,
        "desk/funds/recoveries.html",
        {
            "tabs": doors.tabs(request, "recoveries"),
            "filter_form": form,
            "page": doors.page_of(request, rows),
        },
    )


@require_safe
@doors.readers
def detail(request: HttpRequest, number: str) -> HttpResponse:
    recovery = doors.find_recovery(request, number)
    award, states = recovery.award, Recovery.State
    decides = doors.may(request, roles.Act.DECIDE_RECOVERY)
    assesses = doors.may(request, roles.Act.ASSESS_RECOVERY, award.handling_organisation)
    records = doors.may(request, roles.Act.RECORD_PAYMENT, award.paying_organisation)
    waiting = recovery.write_offs.filter(approved_at__isnull=True, refused_at__isnull=True).first()
    return render(
        request,
        "desk/funds/recovery.html",
        {
            "recovery": recovery,
            "receipts": recovery.receipts.select_related("recorded_by"),
            "offsets": recovery.offsets.select_related("line__batch", "line__instalment"),
            "write_offs": recovery.write_offs.select_related("proposed_by", "approved_by"),
            "waiting": waiting,
            "can_decide": decides and recovery.state == states.ASSESSED,
            "can_withdraw": assesses and recovery.state == states.ASSESSED,
            "can_settle": decides and recovery.state == states.OBJECTED,
            "can_receive": records and recovery.state in (states.NOTIFIED, states.OBJECTED),
            "can_propose": assesses and recovery.state == states.NOTIFIED and waiting is None,
            "can_approve": decides and waiting is not None,
            "receipt_form": ReceiptForm(auto_id="receipt_%s"),
            "finding_form": FindingForm(auto_id="finding_%s"),
            "write_off_form": WriteOffForm(auto_id="writeoff_%s"),
            "reason_form": ReasonForm(auto_id=False),
        },
    )


@require_http_methods(["GET", "POST"])
@holders_of(roles.Act.ASSESS_RECOVERY)
def assess(request: HttpRequest, number: str) -> HttpResponse:
    """认定追回: what happened and when; the rule's amount is shown first and assessed with the second press."""
    award = doors.find_award(request, number)
    known = processes.of(award.case).recovery
    if known is None:
        raise Http404
    form, claim = EventForm(request.POST or None, events=known[0](award)), None
    if request.method == "POST" and form.is_valid():
        try:
            claim = known[1](award, **form.cleaned_data)
            if request.POST.get("act") == "assess":
                made = funds.assess(
                    award,
                    claim.amount,
                    lines=claim.lines,
                    reason=claim.reason,
                    clause=claim.clause,
                    actor=request.user,
                )
                flash.success(request, _("追回已认定，等待其他人审定。"))
                return redirect("desk:funds:recovery", made.number)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
    return render(request, "desk/funds/assess.html", {"award": award, "form": form, "claim": claim})


@require_POST
@holders_of(roles.Act.DECIDE_RECOVERY, roles.Act.ASSESS_RECOVERY, roles.Act.RECORD_PAYMENT)
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One act on a recovery; its form says which."""
    recovery = doors.find_recovery(request, number)
    name = request.POST.get("act", "")
    forms = {
        "receive": ReceiptForm,
        "settle": FindingForm,
        "propose": WriteOffForm,
        "withdraw": ReasonForm,
        "reverse": ReasonForm,
    }
    facts: dict = {}
    if name in forms:
        form = forms[name](request.POST)
        if not form.is_valid():
            flash.error(request, doors.first_error(form))
            return redirect("desk:funds:recovery", number)
        facts = form.cleaned_data
    sentences = {
        "decide": _("已审定，追回通知书已制发。"),
        "withdraw": _("已撤销。"),
        "settle": _("异议已核查。"),
        "receive": _("收款已登记。"),
        "reverse": _("收款已冲销。"),
        "propose": _("核销已提请批准。"),
        "approve": _("核销已批准。"),
        "refuse": _("核销未予批准。"),
    }
    if name not in sentences:
        flash.error(request, _("请选择要办理的事项。"))
        return redirect("desk:funds:recovery", number)
    return doors.done(
        request, lambda: _do(request, recovery, name, facts), sentences[name], "desk:funds:recovery", number
    )


def _do(request: HttpRequest, recovery: Recovery, name: str, facts: dict) -> None:
    actor = request.user
    match name:
        case "decide":
            funds.decide(recovery, actor=actor)
        case "withdraw":
            funds.withdraw(recovery, actor=actor, reason=facts["reason"])
        case "settle":
            funds.settle_objection(
                recovery, upheld=facts["upheld"] == "yes", finding=facts["finding"], actor=actor
            )
        case "receive":
            funds.receive(
                recovery,
                facts["amount"],
                reference=facts["reference"],
                received_on=facts["received_on"],
                actor=actor,
            )
        case "reverse":
            receipt = get_object_or_404(recovery.receipts.all(), pk=_key(request, "receipt"))
            funds.reverse_receipt(receipt, actor=actor, reason=facts["reason"])
        case "propose":
            funds.propose_write_off(
                recovery, facts["amount"], reason=facts["reason"], clause=facts["clause"], actor=actor
            )
        case _:
            write_off = get_object_or_404(recovery.write_offs.all(), pk=_key(request, "write_off"))
            funds.settle_write_off(write_off, approve=name == "approve", actor=actor)


def _key(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() else 0
