"""批量申报 at /unit/: the template, the check of a filled one, and the filing with its progress."""

import time
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from housing.models import Roster
from housing.services import rosters
from talent.core import roles
from talent.core.models import Organisation
from talent.core.services import sheets
from talent.core.services.errors import ActRefused
from workflows.flows.housing import HousingFlow

from .own import posts_at_unit

ROWS = 50
# How long one request goes on filing, in seconds; the next one goes on.
A_WHILE = 2


class UploadForm(forms.Form):
    employer = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("用人单位"), empty_label=None
    )
    file = forms.FileField(
        label=gettext_lazy("工作簿"),
        help_text=gettext_lazy("XLSX 格式，不超过5MB；有一处错误就全部不导入。文件本身不保存"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )
    informed = forms.BooleanField(
        label=gettext_lazy("已告知名单中的人员，其信息用于本次申报，并由本人登录核对、补充和提交")
    )

    def __init__(self, *args: Any, employers: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["employer"].queryset = Organisation.objects.filter(pk__in=[one.pk for one in employers])


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Our lists, and a new one: checked whole, cell by cell."""
    posts_at_unit(request, roles.HR)
    employers = rosters.employers_of(request.user)
    posted = request.method == "POST"
    form = UploadForm(
        request.POST if posted else None, request.FILES if posted else None, employers=employers,
        initial={"employer": employers[0].pk},
    )  # fmt: skip
    errors: list[sheets.RowError] = []
    if posted and form.is_valid():
        try:
            roster, read = rosters.take_in(
                form.cleaned_data["file"].read(), actor=request.user, employer=form.cleaned_data["employer"]
            )
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error("file", str(refusal))
        else:
            if roster is not None:
                flash.success(request, _("名单已核对，共%(n)d人，没有错误。") % {"n": roster.total})
                return redirect("unit:roster", number=roster.number)
            errors = read.errors
    page = Paginator(rosters.visible(request.user), ROWS).get_page(request.GET.get("page"))
    return render(
        request, "portal/rosters/home.html",
        {"form": form, "errors": errors, "page": page, "columns": rosters.COLUMNS},
    )  # fmt: skip


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    posts_at_unit(request, roles.HR)
    return _download("people.xlsx", rosters.template())


def _download(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=sheets.XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _find(request: HttpRequest, number: str) -> Roster:
    posts_at_unit(request, roles.HR)
    return get_object_or_404(rosters.visible(request.user), number=number)


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, number: str) -> HttpResponse:
    """One list: begin to file it, or give it up; how far it is; who could not be filed and why."""
    roster = _find(request, number)
    if request.method == "POST":
        try:
            match request.POST.get("act"):
                case "start":
                    _go_on(rosters.start(roster, actor=request.user), request)
                case "advance":
                    _go_on(roster, request)
                case "drop":
                    rosters.drop(roster, actor=request.user)
                    flash.success(request, _("已放弃这份名单，其中的内容没有保存。"))
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            flash.error(request, str(refusal))
        return redirect("unit:roster", number=number)
    lines = roster.lines.select_related("case").order_by("line")
    if request.GET.get("failed"):
        lines = lines.filter(state="failed")
    return render(
        request, "portal/rosters/page.html",
        {"roster": roster, "progress": rosters.progress(roster), "page": Paginator(lines, ROWS).get_page(request.GET.get("page")),
         "failed_only": bool(request.GET.get("failed"))},
    )  # fmt: skip


def _go_on(roster: Roster, request: HttpRequest) -> None:
    """File for a while; what is left is filed by the next request, or by the calendar."""
    until = time.monotonic() + A_WHILE
    while roster.state == Roster.State.RUNNING:
        roster = rosters.advance(roster, begin=HousingFlow.start_for, actor=request.user)
        if time.monotonic() > until:
            break
    if roster.state == Roster.State.DONE:
        flash.success(request, _("名单已全部办理。"))


@require_POST
def links(request: HttpRequest, number: str) -> HttpResponse:
    """The invitations of everybody who has no account yet, for handing over; each link works once."""
    rows = [
        (line, name, case, request.build_absolute_uri(reverse("join", args=[token])))
        for line, name, case, token in rosters.invitations(_find(request, number), actor=request.user)
    ]
    if not rows:
        flash.info(request, _("名单中的人员都已有账号或已提交，没有需要发送的邀请。"))
        return redirect("unit:roster", number=number)
    heads = (_("行号"), _("姓名"), _("办件编号"), _("邀请链接"))
    return _download(f"{number}.xlsx", sheets.as_xlsx(_("邀请"), [heads, *rows]))
