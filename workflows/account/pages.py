"""动态口令: set up, asked for after the password, replaced; recovery codes are on one page, once."""

from django import forms
from django.conf import settings
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from talent.core.models import SecondFactor
from talent.core.services import second_factor
from talent.core.services.errors import ActRefused


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("动态口令"),
        max_length=24,
        help_text=gettext_lazy("手机验证器显示的6位数字；手机不在身边时可填一个恢复码"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class FirstCodeForm(forms.Form):
    code = forms.RegexField(
        r"^[0-9]{6}$",
        label=gettext_lazy("动态口令"),
        help_text=gettext_lazy("输入验证器现在显示的6位数字"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"invalid": gettext_lazy("动态口令是6位数字，请核对后重新输入。")},
    )


def _target(request: HttpRequest) -> str:
    """Where one was going before the question; nothing outside this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else ""


def _proved(request: HttpRequest, factor: SecondFactor) -> None:
    # A new key for what is now a stronger session: one planted before the question is worth nothing.
    request.session.cycle_key()
    request.session[second_factor.SESSION_KEY] = str(factor.row_key)


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """The code after the password."""
    factor = second_factor.in_force(request.user)
    if factor is None or second_factor.is_proved(factor, request.session):
        return redirect(_target(request) or "home_after_login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _proved(request, second_factor.prove(request.user, code=form.cleaned_data["code"]))
        except ActRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            return redirect(_target(request) or "home_after_login")
    return render(request, "registration/second_factor_check.html", {"form": form, "next": _target(request)})


@require_http_methods(["GET", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """Set the device up, confirm it, replace it, renew the recovery codes; by the button pressed."""
    forms_of = {"confirm": FirstCodeForm, "renew": CodeForm, "replace": CodeForm}
    act = request.POST.get("act", "")
    if request.method == "POST" and act == "begin":
        second_factor.begin(request.user)
        return redirect("second_factor")
    bound = forms_of[act](request.POST, auto_id=f"{act}_%s") if act in forms_of else None
    if bound is not None and bound.is_valid():
        try:
            return _acted(request, act, bound.cleaned_data["code"])
        except ActRefused as refusal:
            bound.add_error("code", str(refusal))
    return _shown(request, {act: bound} if bound is not None else {})


def _acted(request: HttpRequest, act: str, code: str) -> HttpResponse:
    if act == "replace":
        second_factor.replace(request.user, code=code)
        request.session.pop(second_factor.SESSION_KEY, None)
        flash.info(request, _("原验证器已停用，请设置新的验证器。"))
        return redirect("second_factor")
    if act == "confirm":
        factor, codes = second_factor.confirm(request.user, code=code)
        _proved(request, factor)
    else:
        codes = second_factor.renew_codes(request.user, code=code)
    return render(request, "registration/recovery_codes.html", {"codes": codes})


def _shown(request: HttpRequest, bound: dict[str, forms.Form]) -> HttpResponse:
    factor = SecondFactor.objects.filter(user=request.user).first()
    on = factor is not None and factor.confirmed_at is not None
    context = {
        "form": next(iter(bound.values()), None),
        "factor": factor,
        "on": on,
        "asked": settings.SECOND_FACTOR,
        "required": second_factor.required_for(request.user),
    }
    if on:
        context |= {
            "left": second_factor.codes_left(factor),
            "renew": bound.get("renew") or CodeForm(auto_id="renew_%s"),
            "replace": bound.get("replace") or CodeForm(auto_id="replace_%s"),
        }
    elif factor is not None:
        context |= {
            "setup": second_factor.setup_of(factor),
            "confirm": bound.get("confirm") or FirstCodeForm(auto_id="confirm_%s"),
        }
    return render(request, "registration/second_factor.html", context)
