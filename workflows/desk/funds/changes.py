"""发放变更: the list, one change with its way (reported, proposed, decided, reversed), and its evidence."""

from typing import Any

from django.contrib import messages as flash
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.models import Award, AwardChange
from talent.core.services import funds
from talent.core.services.errors import ActRefused
from workflows import processes

from ..access import holders_of, inside
from ..case import sent
from . import doors
from .forms import ChangeFilter, DecideForm, ProposeForm, ReasonForm

State = AwardChange.State


@require_safe
@doors.readers
def change_list(request: HttpRequest) -> HttpResponse:
    """Changes of the awards the reader sees, those that wait first."""
    form = ChangeFilter(request.GET)
    rows = AwardChange.objects.visible_to(request.user).select_related(
        "award__case__applicant", "award__case__region", "reported_by"
    )
    if form.is_valid() and form.cleaned_data["state"]:
        rows = rows.filter(state=form.cleaned_data["state"])
    waiting = Case(
        When(state__in=AwardChange.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return render(
        request,
        "desk/funds/changes.html",
        {
            "tabs": doors.tabs(request, "changes"),
            "filter_form": form,
            "page": doors.page_of(request, rows.order_by(waiting, "-pk")),
        },
    )


def _change_of(award: Award, place: int) -> AwardChange:
    rows = award.changes.select_related(
        "new_employer", "evidence", "reported_by", "proposed_by", "decided_by", "reverses"
    )
    found = get_object_or_404(rows, place=place)
    found.award = award
    return found


@require_http_methods(["GET", "POST"])
@holders_of(roles.Act.VIEW_FUNDS, roles.Act.HOLD_PAYMENT, roles.Act.DECIDE_CHANGE)
def detail(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """One change: what was reported, what is proposed, and the acts that are possible now."""
    award = doors.find_award(request, number)
    change = _change_of(award, place)
    handles = doors.may(request, roles.Act.HOLD_PAYMENT, award.handling_organisation)
    decides = funds.decider_post(request.user, award) is not None
    offered = {
        "propose": handles and change.state == State.REPORTED,
        "decide": decides and change.state == State.PROPOSED and change.proposed_by_id != request.user.pk,
        "reverse": handles and change.state == State.DONE and change.outcome != AwardChange.Outcome.KEEP,
    }
    act = request.POST.get("act", "")
    forms = {
        "propose": ProposeForm(
            request.POST if act == "propose" else None, change=change, auto_id="propose_%s"
        ),
        "decide": DecideForm(request.POST if act == "decide" else None, auto_id="decide_%s"),
        "reverse": ReasonForm(request.POST if act == "reverse" else None, auto_id="reverse_%s"),
    }
    if request.method == "POST":
        if act not in forms:
            raise Http404
        form = forms[act]
        if form.is_valid():
            try:
                said = _do(request, change, act, form.cleaned_data)
            except ActRefused as refusal:
                if refusal.status == 403:
                    raise
                form.add_error(None, str(refusal))
            else:
                flash.success(request, said)
                return redirect("desk:funds:change", number, place)
    return render(
        request,
        "desk/funds/change.html",
        {
            "award": award,
            "change": change,
            "problem_form": forms.get(act),
            "propose_form": forms["propose"] if offered["propose"] else None,
            "decide_form": forms["decide"] if offered["decide"] else None,
            "reverse_form": forms["reverse"] if offered["reverse"] else None,
        },
    )


def _do(request: HttpRequest, change: AwardChange, act: str, facts: dict[str, Any]) -> str:
    """Do one act; returns the sentence for the reader."""
    actor, levels = request.user, processes.of(change.award.case).paying
    if act == "propose":
        done = funds.propose(change, actor=actor, levels=levels, **facts)
        return _("已办理，已告知报告人。") if done.state == State.DONE else _("已提出，等待其他人审定。")
    if act == "decide":
        approved = facts["verdict"] == "approve"
        funds.decide_change(change, approved=approved, note=facts["note"], actor=actor, levels=levels)
        return _("已审定并办理。") if approved else _("已退回，不予办理。")
    made = funds.reverse(change, reason=facts["reason"], actor=actor)
    return _("已撤销。") if made.state == State.DONE else _("撤销已提出，等待其他人审定。")


@require_safe
def evidence(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """What was handed in with a report: for the officers of the case and for whoever reported it."""
    award = doors.find_award(request, number)
    change = _change_of(award, place)
    reads = doors.may(request, roles.Act.VIEW_FUNDS) or doors.may(request, roles.Act.HOLD_PAYMENT)
    office = reads and inside(request, award.case)
    if change.evidence is None or not (office or change.reported_by_id == request.user.pk):
        raise Http404
    return sent(change.evidence)
