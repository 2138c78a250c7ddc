"""Pages beside the cases: publicity and objections, employers to confirm, credit, deputies, posts, audit."""

from django import forms
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.models import (
    Appointment,
    AuditEntry,
    Case,
    CreditMark,
    Deputy,
    Objection,
    Organisation,
    Publicity,
    SecondFactor,
    Urge,
    User,
)
from talent.core.services import appointments, calendar, organisations, promises, publicity, second_factor
from talent.core.services.errors import ActRefused, NotAllowed

from . import audit_words
from .access import holders_of, officers
from .case import ReasonForm

ROWS = 100


class FindingForm(forms.Form):
    upheld = forms.ChoiceField(
        label=gettext_lazy("核查结论"),
        choices=[("no", gettext_lazy("异议不成立")), ("yes", gettext_lazy("异议成立"))],
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(
        label=gettext_lazy("核查情况"),
        min_length=4,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _visible(request: HttpRequest):
    return Case.objects.visible_to(request.user)


@require_safe
@holders_of(roles.Act.PUBLISH)
def publicity_list(request: HttpRequest) -> HttpResponse:
    """公示 of our cases and the objections to them."""
    shown = (
        Publicity.objects.filter(case__in=_visible(request))
        .select_related("case__applicant")
        .order_by("-pk")[:ROWS]
    )
    found = Objection.objects.filter(publicity__case__in=_visible(request)).select_related(
        "publicity__case", "handled_by"
    )
    return render(
        request,
        "desk/publicity.html",
        {
            "publicities": shown,
            "objections": [
                (row, FindingForm(auto_id=f"o{row.pk}_%s")) for row in found.order_by("state", "-pk")[:ROWS]
            ],
        },
    )


@require_POST
@holders_of(roles.Act.PUBLISH)
def settle(request: HttpRequest, number: str) -> HttpResponse:
    """Write the finding of one objection."""
    objection = get_object_or_404(
        Objection.objects.filter(publicity__case__in=_visible(request)), number=number
    )
    standing = appointments.standing_on(request.user, objection.publicity.case, roles.Act.PUBLISH)
    if standing is None:
        raise NotAllowed(_("您没有核查该异议的岗位授权。"))
    form = FindingForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("请选择核查结论，并写明核查情况（至少4个字）。"))
    else:
        publicity.settle(
            objection, upheld=form.cleaned_data["upheld"] == "yes", finding=form.cleaned_data["finding"],
            actor=request.user, standing=standing,
        )  # fmt: skip
        flash.success(request, _("异议 %(number)s 已核查完毕。") % {"number": number})
    return redirect("desk:publicity")


@require_http_methods(["GET", "POST"])
@holders_of(roles.Act.CONFIRM_EMPLOYER)
def organisation_list(request: HttpRequest) -> HttpResponse:
    """Employers that registered: confirm or refuse with a reason."""
    if request.method == "POST":
        organisation = get_object_or_404(Organisation, code=request.POST.get("code", ""))
        reason = request.POST.get("reason", "").strip()
        try:
            if request.POST.get("verdict") == "confirm":
                organisations.confirm(organisation, actor=request.user, reason=reason)
                flash.success(request, _("已核验“%(name)s”。") % {"name": organisation})
            else:
                organisations.refuse(organisation, actor=request.user, reason=reason)
                flash.success(request, _("已退回“%(name)s”的注册。") % {"name": organisation})
        except ActRefused as refusal:
            flash.error(request, str(refusal))
        return redirect("desk:organisations")
    waiting = (
        Organisation.objects.filter(status=Organisation.Status.PENDING)
        .select_related("region")
        .order_by("created_at", "pk")
    )
    mine = [row for row in waiting[:ROWS] if organisations.may_confirm(request.user, row)]
    return render(
        request, "desk/organisations.html",
        {"rows": [(row, ReasonForm(auto_id=f"c{row.pk}_%s"), ReasonForm(auto_id=f"r{row.pk}_%s")) for row in mine]},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@holders_of(roles.Act.REPAIR_CREDIT)
def credit(request: HttpRequest) -> HttpResponse:
    """Broken promises and their repair."""
    marks = CreditMark.objects.filter(case__in=_visible(request)).select_related(
        "profile", "case", "repaired_by"
    )
    if request.method == "POST":
        mark = get_object_or_404(marks, pk=request.POST.get("mark") or 0)
        try:
            promises.repair(mark, actor=request.user, reason=request.POST.get("reason", ""))
            flash.success(request, _("信用已修复，可以再次适用告知承诺。"))
        except ActRefused as refusal:
            flash.error(request, str(refusal))
        return redirect("desk:credit")
    rows = [
        (mark, ReasonForm(auto_id=f"m{mark.pk}_%s")) for mark in marks.order_by("repaired_at", "-pk")[:ROWS]
    ]
    return render(request, "desk/credit.html", {"rows": rows})


@require_safe
@holders_of(roles.Act.SUPERVISE)
def supervise(request: HttpRequest) -> HttpResponse:
    """督办: what was asked and what was answered."""
    rows = Urge.objects.filter(case__in=_visible(request)).select_related("case", "made_by", "replied_by")
    return render(request, "desk/supervise.html", {"rows": rows.order_by("replied_at", "-pk")[:ROWS]})


class DeputyForm(forms.Form):
    appointment = forms.ModelChoiceField(Appointment.objects.none(), label=gettext_lazy("我的岗位"))
    deputy = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("代理人"))
    starts_on = forms.DateField(
        label=gettext_lazy("起始日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    ends_on = forms.DateField(
        label=gettext_lazy("截止日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        mine = Appointment.objects.in_force(calendar.today()).filter(user=user)
        self.fields["appointment"].queryset = mine.select_related("user", "organisation")
        colleagues = Appointment.objects.in_force(calendar.today()).filter(
            organisation__in=mine.values("organisation")
        )
        self.fields["deputy"].queryset = (
            User.objects.filter(pk__in=colleagues.values("user")).exclude(pk=user.pk).order_by("pk")
        )


@require_http_methods(["GET", "POST"])
@officers
def deputies(request: HttpRequest) -> HttpResponse:
    """AB岗: who stands in for me, from when to when."""
    form = DeputyForm(request.POST or None, user=request.user)
    if request.method == "POST":
        if "revoke" in request.POST:
            deputy = get_object_or_404(Deputy, pk=request.POST["revoke"], appointment__user=request.user)
            appointments.revoke_deputy(deputy, actor=request.user)
            flash.success(request, _("代理已撤销，立即生效。"))
            return redirect("desk:deputies")
        if form.is_valid():
            data = form.cleaned_data
            try:
                appointments.name_deputy(
                    data["appointment"], data["deputy"], actor=request.user, starts_on=data["starts_on"],
                    ends_on=data["ends_on"], reason=data["reason"],
                )  # fmt: skip
            except ActRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                flash.success(request, _("代理已设置；代理人办理时会注明“代”。"))
                return redirect("desk:deputies")
    rows = Deputy.objects.filter(appointment__user=request.user) | Deputy.objects.filter(deputy=request.user)
    rows = rows.select_related("appointment__user", "appointment__organisation", "deputy").order_by(
        "-starts_on", "-pk"
    )[:ROWS]
    return render(request, "desk/deputies.html", {"form": form, "rows": rows})


class AppointForm(forms.Form):
    user = forms.CharField(label=gettext_lazy("账号"), max_length=150)
    role = forms.ChoiceField(
        label=gettext_lazy("岗位"), choices=[(role.codename, role.title) for role in roles.ROLES]
    )
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("单位"))
    ends_on = forms.DateField(
        label=gettext_lazy("截止日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    reason = forms.CharField(label=gettext_lazy("任命依据"), max_length=200)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = (
            Organisation.objects.confirmed().bureaus().order_by("name", "pk")
        )

    def clean_user(self) -> User:
        found = User.objects.filter(username=self.cleaned_data["user"], is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("没有这个账号，或账号已停用，请核对。"))
        return found


@require_http_methods(["GET", "POST"])
@holders_of(roles.Act.APPOINT)
def appointment_list(request: HttpRequest) -> HttpResponse:
    """任免: who holds which post, granted and ended here only."""
    form = AppointForm(request.POST if "appoint" in request.POST else None)
    if request.method == "POST":
        try:
            if "dismiss" in request.POST:
                row = get_object_or_404(Appointment, pk=request.POST["dismiss"])
                appointments.dismiss(row, actor=request.user, reason=request.POST.get("reason", ""))
                flash.success(request, _("已免去，立即生效。"))
                return redirect("desk:appointments")
            if form.is_valid():
                data = form.cleaned_data
                appointments.appoint(
                    data["user"], roles.BY_CODENAME[data["role"]], data["organisation"], actor=request.user,
                    ends_on=data["ends_on"], reason=data["reason"],
                )  # fmt: skip
                flash.success(request, _("已任命，立即生效。"))
                return redirect("desk:appointments")
        except ActRefused as refusal:
            if form.is_bound:
                form.add_error(None, str(refusal))
            else:
                flash.error(request, str(refusal))
                return redirect("desk:appointments")
    rows = Appointment.objects.filter(dismissed_at__isnull=True).select_related(
        "user", "organisation", "appointed_by"
    )
    text = request.GET.get("q", "").strip()
    if text:
        rows = rows.filter(user__name__startswith=text) | rows.filter(organisation__name__contains=text)
    rows = [
        (row, ReasonForm(auto_id=f"d{row.pk}_%s"))
        for row in rows.order_by("organisation_id", "role", "pk")[:ROWS]
    ]
    return render(request, "desk/appointments.html", {"form": form, "rows": rows, "q": text})


@require_http_methods(["GET", "POST"])
@holders_of(roles.Act.APPOINT)
def second_factors(request: HttpRequest) -> HttpResponse:
    """动态口令重置: whose device and recovery codes are lost, after asking who it is."""
    found = SecondFactor.objects.filter(confirmed_at__isnull=False).select_related("user")
    if request.method == "POST":
        factor = get_object_or_404(found, user=request.POST.get("user") or 0)
        try:
            second_factor.reset(factor.user, actor=request.user, reason=request.POST.get("reason", ""))
            flash.success(
                request, _("已重置“%(user)s”的动态口令，其登录已全部失效。") % {"user": factor.user}
            )
        except ActRefused as refusal:
            flash.error(request, str(refusal))
        return redirect("desk:second_factors")
    rows = [(row, ReasonForm(auto_id=f"s{row.user_id}_%s")) for row in found.order_by("user__username")]
    return render(request, "desk/second_factors.html", {"rows": rows})


@require_safe
@holders_of(roles.Act.READ_AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    """The audit chain, newest first, by action, person or case."""
    rows = AuditEntry.objects.order_by("-seq")
    text = request.GET.get("q", "").strip()
    if text:
        rows = (
            rows.filter(subject=text)
            | rows.filter(action__in=audit_words.codes_of(text))
            | rows.filter(actor_name=text)
        )
    before = request.GET.get("before", "")
    if before.isdigit():
        rows = rows.filter(seq__lt=int(before))
    found = list(rows[: ROWS + 1])
    following = f"?before={found[ROWS - 1].seq}&q={text}" if len(found) > ROWS else ""
    told = [
        (row, audit_words.action_in_words(row), audit_words.subject_in_words(row)) for row in found[:ROWS]
    ]
    return render(request, "desk/audit.html", {"rows": told, "next_url": following, "q": text})


@require_safe
@officers
def matrix(request: HttpRequest) -> HttpResponse:
    """The table role × act: an act a row, a post a column; on a narrow screen an act with the posts that may."""
    rows = [
        {
            "act": roles.ACT_LABELS[act],
            "cells": [{"post": role.title, "may": role.may(act)} for role in roles.ROLES],
        }
        for act in roles.Act
    ]
    return render(request, "desk/matrix.html", {"posts": [role.title for role in roles.ROLES], "rows": rows})
