"""After the recognition, for those outside: the agreement, services and their rating, the employer's report."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.models import Consent
from talent.core.services import materials, policy
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel.models import Evaluation, GreenChannelCase, ServiceOrder
from talent.green_channel.services import agreements, evaluating, milestones, orders, rating
from workflows.desk.access import find_case
from workflows.desk.aftercare import doors
from workflows.desk.aftercare.agreements import CopyForm, act, rows_of
from workflows.desk.aftercare.milestones import milestone_of
from workflows.desk.aftercare.orders import OrderForm
from workflows.desk.small import ReasonForm

from .own import own_case, posts_at_unit

FAMILY_CONSENT = gettext_lazy(
    "我已告知家属，单独同意将所填家属信息仅提供给本事项的责任单位，用于办理本事项；可以随时撤回"
)


def _mine(request: HttpRequest, number: str) -> GreenChannelCase:
    return doors.recognised(own_case(request, number))


def _ours(request: HttpRequest, number: str) -> GreenChannelCase:
    """A recognised case of the employer in which the reader is HR; a recommender is no party of what follows."""
    posts = posts_at_unit(request, roles.HR)
    case = doors.recognised(find_case(request, number))
    if case.employer_id not in {post.organisation.pk for post in posts}:
        raise Http404
    return case


# --- the agreement -----------------------------------------------------------------------------------------


def _agreement(request: HttpRequest, case: GreenChannelCase, side: str, page: str) -> HttpResponse:
    """Read the versions that were sent out; file the own signed copy, or say that one does not sign."""
    posted = request.POST.get("act") == "copy"
    form = CopyForm(request.POST, request.FILES) if posted else CopyForm()
    if request.method == "POST":
        current = get_object_or_404(case.agreements.select_related("employer", "government"), state="signing")
        current.case = case
        answered = act(request, current, form, side=side, back=page)
        if answered is not None:
            return answered
    rows = [row for row in rows_of(case, request.user) if row["agreement"].letter_id]
    for row in rows:
        row["to_sign"] = [one for one in row["to_sign"] if one == side]
    return render(
        request, "portal/aftercare/agreement.html",
        {"case": case, "rows": rows, "form": form, "reason_form": ReasonForm(auto_id="reason_%s"), "side": side,
         "milestone_page": f"{page.partition(':')[0]}:milestone"},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def my_agreement(request: HttpRequest, number: str) -> HttpResponse:
    return _agreement(request, _mine(request, number), agreements.Side.TALENT, "my:agreement")


@require_http_methods(["GET", "POST"])
def unit_agreement(request: HttpRequest, number: str) -> HttpResponse:
    return _agreement(request, _ours(request, number), agreements.Side.EMPLOYER, "unit:agreement")


# --- money by milestones -----------------------------------------------------------------------------------


class ClaimForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("完成情况"), min_length=2, max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )  # fmt: skip
    evidence = forms.FileField(label=gettext_lazy("凭证"), help_text=gettext_lazy("PDF、JPG 或 PNG"))


class AccountForm(forms.Form):
    bank = forms.CharField(label=gettext_lazy("开户银行"), max_length=80)
    account = forms.CharField(
        label=gettext_lazy("银行账号"), max_length=32, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("须为本人账户，加密保存"),
    )  # fmt: skip
    consent = forms.BooleanField(label=gettext_lazy("我同意将银行账户用于本协议的资金拨付"), required=False)


def _milestone(
    request: HttpRequest, case: GreenChannelCase, place: int, page: str, back: str
) -> HttpResponse:
    """One milestone: claim it with evidence; the talent says once where to pay."""
    row = milestone_of(case, place)
    mine, name = case.applicant.user_id == request.user.pk, request.POST.get("act", "")
    form = ClaimForm(request.POST, request.FILES) if name == "claim" else ClaimForm()
    account = AccountForm(request.POST if name == "account" else None, auto_id="account_%s")
    shown = {"claim": form, "account": account if mine else None}.get(name)
    if request.method == "POST" and shown is None:
        raise Http404
    if request.method == "POST" and shown.is_valid():
        try:
            if name == "claim":
                milestones.claim(row, actor=request.user, **form.cleaned_data)
            else:
                milestones.set_account(case, actor=request.user, **account.cleaned_data)
        except ActRefused as refusal:
            shown.add_error(None, str(refusal))
        else:
            flash.success(request, _("已提交。"))
            return redirect(page, case.number, place)
    claims = list(row.claims.select_related("instalment"))
    return render(
        request, "portal/aftercare/milestone.html",
        {
            "case": case, "row": row, "claims": claims, "form": form, "account": account, "back": back,
            "ask_account": mine and milestones.needs_account(case),
            "can_claim": row.agreement.state == "in_force" and row.amount > 0
            and not any(one.state != "refused" for one in claims),
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def my_milestone(request: HttpRequest, number: str, place: int) -> HttpResponse:
    return _milestone(request, _mine(request, number), place, "my:milestone", "my:agreement")


@require_http_methods(["GET", "POST"])
def unit_milestone(request: HttpRequest, number: str, place: int) -> HttpResponse:
    return _milestone(request, _ours(request, number), place, "unit:milestone", "unit:agreement")


# --- services ----------------------------------------------------------------------------------------------


class MyOrderForm(OrderForm):
    """The talent's own order; family details need the separate consent."""

    consent = forms.BooleanField(label=FAMILY_CONSENT, required=False)


class FamilyForm(forms.Form):
    detail = forms.CharField(
        label=gettext_lazy("具体需求"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("留空表示不修改；加密保存，只有责任单位能看"),
    )  # fmt: skip
    consent = forms.BooleanField(label=FAMILY_CONSENT, required=False)


class RatingForm(forms.Form):
    grade = forms.TypedChoiceField(
        label=gettext_lazy("您对这项服务"), coerce=int, widget=forms.RadioSelect,
        choices=sorted(ServiceOrder.Grade.choices, reverse=True),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("评为不满意时请写明原因，会有专人回访"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def services(request: HttpRequest, number: str) -> HttpResponse:
    """What I have asked for and how far it is; something new can be asked for years."""
    case = _mine(request, number)
    form = MyOrderForm(request.POST or None, case=case)
    if request.method == "POST" and form.is_valid():
        try:
            orders.order(case, actor=request.user, **form.facts())
        except ActRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已提出，责任单位会在期限内办理。"))
            return redirect("my:services", number)
    rows = [doors.order_row(row) for row in case.service_orders.select_related("case__edition", "owner")]
    consented = materials.has_consent(case.applicant, Consent.Purpose.FAMILY, case=case)
    return render(
        request, "portal/aftercare/services.html",
        {"case": case, "rows": rows, "form": form, "consented": consented, "steward": case.steward},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def service(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """One service: family details with consent, withdraw, and the rating once it is finished."""
    case = _mine(request, number)
    made = get_object_or_404(case.service_orders.select_related("owner", "evidence"), place=place)
    made.case = case
    name = request.POST.get("act", "")
    forms_ = {
        "family": FamilyForm(request.POST if name == "family" else None, auto_id="family_%s"),
        "rate": RatingForm(request.POST if name == "rate" else None, auto_id="rate_%s"),
    }
    if request.method == "POST":
        if name not in ("family", "rate", "withdraw"):
            raise Http404
        form = forms_.get(name)
        if form is None or form.is_valid():
            try:
                _serve(made, name, request.user, form.cleaned_data if form else {})
            except ActRefused as refusal:
                flash.error(request, str(refusal))
            else:
                flash.success(request, _("已办理。"))
            return redirect("my:service", number, place)
    consented = materials.has_consent(case.applicant, Consent.Purpose.FAMILY, case=case)
    return render(
        request, "portal/aftercare/service.html",
        doors.order_row(made)
        | {
            "case": case, "forms": forms_, "detail": orders.read_detail(made, reader=request.user),
            "consented": consented, "follow_up": getattr(made, "follow_up", None),
            "can_rate": made.state in ("done", "impossible") and made.grade is None,
        },
    )  # fmt: skip


def _serve(made: ServiceOrder, name: str, actor: Any, facts: dict[str, Any]) -> None:
    if name == "family":
        orders.tell_family(made, actor=actor, **facts)
    elif name == "rate":
        rating.rate(made, actor=actor, **facts)
    else:
        orders.withdraw(made, actor=actor)


@require_POST
def withdraw_family(request: HttpRequest, number: str) -> HttpResponse:
    """No longer agree that the bureaus read what was said about the family."""
    case = _mine(request, number)
    materials.withdraw_consent(case.applicant, Consent.Purpose.FAMILY, actor=request.user, case=case)
    flash.success(request, _("已撤回同意：责任单位不能再查看家属信息。"))
    return redirect("my:services", number)


# --- evaluations -------------------------------------------------------------------------------------------


class ReportForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("履约和绩效情况"), min_length=10, max_length=3000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("目标完成、资金使用、存在的困难；不少于10个字"),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("附件"), required=False, help_text=gettext_lazy("PDF、JPG 或 PNG，可不附")
    )


@require_http_methods(["GET", "POST"])
def reports(request: HttpRequest, number: str) -> HttpResponse:
    """The employer's report to the open evaluation; earlier ones with their results."""
    case = _ours(request, number)
    rows = list(case.evaluations.all())
    for row in rows:
        row.case = case
    waiting = next((row for row in rows if row.state == Evaluation.State.OPENED), None)
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if waiting is None:
            raise NotAllowed(_("现在没有等待本单位报告的评估。"))
        if form.is_valid():
            try:
                evaluating.report(waiting, actor=request.user, **form.cleaned_data)
            except ActRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                flash.success(request, _("报告已提交牵头部门。"))
                return redirect("unit:evaluations", number)
    return render(
        request,
        "portal/aftercare/reports.html",
        {"case": case, "rows": rows, "waiting": waiting, "form": form},
    )


@login_not_required
@require_safe
def excused(request: HttpRequest) -> HttpResponse:
    """容错免责 by year, for everybody: numbers and grounds, nobody's name."""
    figures = policy.figures(policy.edition_for("green_channel"))
    return render(
        request, "public/excused.html",
        {"rows": evaluating.excused_by_year(), "grounds": figures.excuse_grounds, "rule": figures.excuse},
    )  # fmt: skip
