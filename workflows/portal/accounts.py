"""Accounts opened by invitation or by oneself."""

from django import forms
from django.contrib import messages as flash
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from talent.core.services import candidates, organisations
from talent.core.services.errors import ActRefused


class AccountForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("账号"), max_length=60, help_text=gettext_lazy("字母、数字，登录时使用")
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    password = forms.CharField(
        label=gettext_lazy("密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=gettext_lazy("再输一次密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self):
        data = super().clean()
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("两次输入的密码不一致，请重新输入。"))
        return data


@login_not_required
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: to hold a post in an employer, or to confirm one's own recommendation."""
    candidate = candidates.invited(token)
    invitation = None if candidate else organisations.open_invitation(token)
    form = AccountForm(
        request.POST or None, initial={"name": candidate.name if candidate else invitation.name}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        account = organisations.NewAccount(
            username=data["username"], name=data["name"], password=data["password"]
        )
        try:
            if candidate:
                user = candidates.accept(token, account)
            else:
                user = organisations.accept_invitation(token, account=account).user
        except (ActRefused, ValidationError, ValueError) as refusal:
            form.add_error(
                None, "；".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
            )
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            flash.success(request, _("账号已开通。"))
            return redirect("home_after_login")
    return render(
        request, "portal/join.html",
        {"form": form, "invitation": invitation, "candidate": candidate, "onward": ""},
    )  # fmt: skip


@login_not_required
@require_http_methods(["GET", "POST"])
def open_account(request: HttpRequest) -> HttpResponse:
    """Somebody opens an account for himself: to go on to `next`, or else to register an employer."""
    onward = _onward(request)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        account = organisations.NewAccount(
            username=data["username"], name=data["name"], password=data["password"]
        )
        try:
            user = organisations.new_account(account)
        except (ActRefused, ValidationError) as refusal:
            problems = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
            form.add_error(None, "；".join(problems))
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            flash.success(request, _("账号已开通。") if onward else _("账号已开通，请填写单位信息。"))
            return redirect(onward or "unit:register")
    return render(
        request, "portal/join.html",
        {"form": form, "invitation": None, "candidate": None, "onward": onward},
    )  # fmt: skip


def _onward(request: HttpRequest) -> str:
    """The page of ours the visitor was going to; empty when there is none."""
    target = request.POST.get("next") or request.GET.get("next", "")
    here = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if here else ""
