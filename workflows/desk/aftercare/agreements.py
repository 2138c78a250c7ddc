"""引进协议 at the desk: the lead bureau drafts, its head sends it out, the government's copy is filed."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.services import appointments, calendar, policy
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel.models import Agreement, GreenChannelCase
from talent.green_channel.services import agreements, milestones

from ..access import find_case, inside, officers, only_checking
from ..case import sent
from ..small import ReasonForm
from . import doors

_DAY = {"type": "date"}


class TermsForm(forms.Form):
    """The terms of one version; the first proposes the edition's standing words."""

    starts_on = forms.DateField(
        label=gettext_lazy("起始日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY)
    )
    ends_on = forms.DateField(
        label=gettext_lazy("截止日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY)
    )
    service_years = forms.IntegerField(label=gettext_lazy("服务年限（年）"), min_value=1, max_value=30)
    duties = forms.CharField(
        label=gettext_lazy("各方职责"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6})
    )
    ip = forms.CharField(
        label=gettext_lazy("知识产权归属"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    recovery = forms.CharField(
        label=gettext_lazy("违约与追回"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    reason = forms.CharField(
        label=gettext_lazy("修订原因"), max_length=300, required=False, help_text=gettext_lazy("第二版起必填")
    )  # fmt: skip


class AimForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("目标"), max_length=120)
    due_on = forms.DateField(
        label=gettext_lazy("完成日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY)
    )
    amount = forms.DecimalField(
        label=gettext_lazy("拨付金额（元）"), min_value=Decimal(0), max_digits=14, decimal_places=2
    )
    evidence = forms.CharField(label=gettext_lazy("凭证要求"), max_length=200)


AimFormSet = forms.formset_factory(AimForm, extra=1, max_num=20, validate_max=True, can_delete=True)


class CopyForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("本方签署件"), help_text=gettext_lazy("签名或盖章后的全文扫描件，PDF、JPG 或 PNG")
    )  # fmt: skip


def rows_of(case: GreenChannelCase, reader: Any) -> list[dict[str, Any]]:
    """Every version with its copies, and what the reader may do for which side; drafts are for officers only."""
    found = []
    versions = case.agreements.select_related("letter", "employer", "government", "drafted_by")
    for agreement in versions.prefetch_related("milestones", "copies__filed_by"):
        agreement.case = case
        filed = {copy.side: copy for copy in agreement.copies.all()}
        signing = agreement.state == Agreement.State.SIGNING
        mine = agreements.sides_of(reader, agreement) if signing else []
        found.append(
            {
                "agreement": agreement,
                "sides": [
                    {"side": side, "label": side.label, "copy": filed.get(side), "mine": side in mine}
                    for side in agreements.Side
                ],
                "to_sign": [side for side in mine if side not in filed],
            }
        )  # fmt: skip
    return found


def _proposed(case: GreenChannelCase) -> dict[str, Any]:
    """What a fresh draft starts from: the last version, else the edition's standing words."""
    last = case.agreements.order_by("-version").first()
    if last is not None:
        names = ("starts_on", "ends_on", "service_years", "duties", "ip", "recovery")
        return {name: getattr(last, name) for name in names}
    terms, today = policy.figures(case.edition).agreement, calendar.today()
    years = case.contract_years or 1
    # 29 February has no anniversary in most years.
    ends = date(today.year + years, today.month, min(today.day, 28) if today.month == 2 else today.day)
    return {
        "starts_on": today, "ends_on": ends, "service_years": years, "duties": terms.duties, "ip": terms.ip,
        "recovery": terms.recovery,
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def draft(request: HttpRequest, number: str) -> HttpResponse:
    """拟稿: terms and milestones; an amendment starts from the last version."""
    case = doors.find_recognised(request, number)
    if appointments.standing_on(request.user, case, roles.Act.CHECK) is None:
        raise NotAllowed(_("协议由牵头部门的审查人员拟稿。"))
    last = case.agreements.order_by("-version").first()
    aims = [
        {"title": one.title, "due_on": one.due_on, "amount": one.amount, "evidence": one.evidence}
        for one in (last.milestones.all() if last else ())
    ]
    form = TermsForm(request.POST or None, initial=_proposed(case))
    # What is posted counts as it is: compared with the last version, an unchanged row would be taken for an empty one.
    formset = AimFormSet(request.POST or None, initial=None if request.POST else aims, prefix="aim")
    if request.method == "POST" and form.is_valid() and formset.is_valid():
        kept = [one for one in formset.cleaned_data if one and not one.get("DELETE")]
        try:
            agreements.draft_agreement(
                case, actor=request.user, **form.cleaned_data,
                aims=[agreements.Aim(one["title"], one["due_on"], one["amount"], one["evidence"]) for one in kept],
            )  # fmt: skip
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已拟定，请部门负责人审核后送签。"))
            return redirect("desk:agreement", number)
    return render(
        request, "desk/aftercare/draft.html",
        {"case": case, "form": form, "formset": formset, "mark": policy.figures(case.edition).agreement.mark},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def agreement(request: HttpRequest, number: str) -> HttpResponse:
    """Every version; the head sends out or sends back, the government's signed copy is filed."""
    case = doors.find_recognised(request, number)
    form = (
        CopyForm(request.POST or None, request.FILES or None)
        if request.POST.get("act") == "copy"
        else CopyForm()
    )
    if request.method == "POST":
        current = get_object_or_404(
            case.agreements.select_related("employer", "government"), state__in=("drafted", "signing")
        )
        current.case = case
        answered = act(request, current, form, side=agreements.Side.GOVERNMENT, back="desk:agreement")
        if answered is not None:
            return answered
    rows = rows_of(case, request.user)
    checks = appointments.standing_on(request.user, case, roles.Act.CHECK) is not None
    return render(
        request, "desk/aftercare/agreement.html",
        {
            "case": case, "rows": rows, "form": form, "reason_form": ReasonForm(auto_id="reason_%s"),
            "can_draft": checks
            and not any(row["agreement"].state in ("drafted", "signing") for row in rows),
            "can_replan": checks and milestones.replan_of(case) is not None,
            "can_open": appointments.standing(
                request.user, roles.BUREAU_HEAD, case.lead_organisation, policy=case.policy
            ) is not None,
        },
    )  # fmt: skip


def act(
    request: HttpRequest, current: Agreement, form: CopyForm, *, side: str, back: str
) -> HttpResponse | None:
    """What a side does with a version; None when the form has to be shown again."""
    name, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    at_desk = side == agreements.Side.GOVERNMENT
    acts = {
        "copy": (
            lambda: agreements.file_copy(current, side, form.cleaned_data["file"], actor=request.user),
            _("签署件已提交。"),
        ),
        "decline": (
            lambda: agreements.decline(current, side, actor=request.user, reason=reason), _("已告知各方。"),
        ),
    }  # fmt: skip
    if at_desk:
        acts |= {
            "open": (lambda: agreements.open_signing(current, actor=request.user), _("已送签，各方已收到通知。")),
            "send_back": (
                lambda: agreements.send_back(current, actor=request.user, reason=reason), _("已退回重拟。"),
            ),
        }  # fmt: skip
    if name not in acts:
        raise Http404
    if name == "copy" and not form.is_valid():
        return None
    do, sentence = acts[name]
    try:
        do()
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        flash.error(request, str(refusal))
    else:
        flash.success(request, sentence)
    return redirect(back, current.case.number)


@require_safe
def signed_copy(request: HttpRequest, number: str, version: int, side: str) -> HttpResponse:
    """The copy a side has filed: for the three sides and the officers of the case."""
    case = doors.recognised(find_case(request, number))
    found = get_object_or_404(case.agreements.prefetch_related("copies__file__document"), version=version)
    found.case = case
    inside_case = inside(request, case) and not only_checking(request, case)
    if not inside_case and not agreements.sides_of(request.user, found):
        raise Http404
    copy = next((one for one in found.copies.all() if one.side == side), None)
    if copy is None:
        raise Http404
    return sent(copy.file)
