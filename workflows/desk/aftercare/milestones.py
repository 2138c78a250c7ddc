"""按节点拨付 at the desk: the lead bureau checks what was claimed; finance finds the instalment in its due lines."""

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.services import appointments
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel.models import GreenChannelCase, Milestone
from talent.green_channel.services import milestones

from ..access import find_case, inside, officers, only_checking
from ..case import sent
from . import doors


class CheckForm(forms.Form):
    opinion = forms.CharField(
        label=gettext_lazy("核实意见"), min_length=2, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("本人和用人单位可以看到"),
    )  # fmt: skip


def milestone_of(case: GreenChannelCase, place: int) -> Milestone:
    """A milestone of the newest agreement that was signed, or 404."""
    rows = Milestone.objects.filter(
        agreement__case=case.pk, agreement__state__in=("in_force", "ended"), place=place
    )
    row = (
        rows.select_related("agreement__employer", "agreement__government")
        .order_by("-agreement__version")
        .first()
    )
    if row is None:
        raise Http404
    row.agreement.case = case
    return row


@require_http_methods(["GET", "POST"])
@officers
def check(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """One milestone, what was claimed for it, and the verdict."""
    case = doors.find_recognised(request, number)
    row = milestone_of(case, place)
    may = appointments.standing_on(request.user, case, roles.Act.CHECK) is not None
    claims = list(row.claims.select_related("asked_by", "checked_by", "instalment__award", "evidence"))
    waiting = next((one for one in claims if one.state == "asked"), None)
    form = CheckForm(request.POST or None)
    if request.method == "POST":
        if not may:
            raise NotAllowed(_("节点由牵头部门的审查人员核实。"))
        if waiting is None:
            raise Http404
        if form.is_valid():
            passed = request.POST.get("act") == "pass"
            try:
                milestones.check(
                    waiting, actor=request.user, passed=passed, opinion=form.cleaned_data["opinion"]
                )
            except ActRefused as refusal:
                if refusal.status == 403:
                    raise
                form.add_error(None, str(refusal))
            else:
                flash.success(
                    request, _("已核实通过，进入应付清单。") if passed else _("已退回，已告知本人。")
                )
                return redirect("desk:milestone", number, place)
    return render(
        request, "desk/aftercare/milestone.html",
        {"case": case, "row": row, "claims": claims, "form": form, "can_check": may and waiting is not None},
    )  # fmt: skip


class ReplanForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("调整原因"), min_length=4, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def replan(request: HttpRequest, number: str) -> HttpResponse:
    """调整分期: what is not paid yet follows the amended agreement."""
    case = doors.find_recognised(request, number)
    if appointments.standing_on(request.user, case, roles.Act.CHECK) is None:
        raise NotAllowed(_("分期由牵头部门的审查人员调整。"))
    found = milestones.replan_of(case)
    if found is None:
        flash.info(request, _("分期与生效的协议一致，无需调整。"))
        return redirect("desk:agreement", number)
    form = ReplanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            milestones.replan(case, actor=request.user, reason=form.cleaned_data["reason"])
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已按修订协议调整分期。"))
            return redirect("desk:agreement", number)
    return render(request, "desk/aftercare/replan.html", {"case": case, "form": form, "found": found})


@require_safe
def evidence(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """What was handed in with the last claim: for both sides who claim and the officers of the case."""
    case = doors.recognised(find_case(request, number))
    row = milestone_of(case, place)
    inside_case = inside(request, case) and not only_checking(request, case)
    if not inside_case and not milestones.side_of(request.user, row):
        raise Http404
    return sent(get_object_or_404(row.claims.select_related("evidence__document")[:1]).evidence)
