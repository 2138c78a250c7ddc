"""What every request meets before its page: allowed methods, session age, headers, the origin of audit rows.

And what it meets after: a service's refusal becomes a page with a sentence and a way back.
"""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from talent.core.services import appointments, audit, signin
from talent.core.services.errors import ActRefused

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# Django form views treat PUT as POST, while Viewflow locks on POST only: other methods end here.
RENEW_SECONDS = 5 * 60


class Doorkeeper:
    """Middleware, after authentication."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        audit.set_origin(request.META.get("REMOTE_ADDR"))
        if request.user.is_authenticated:
            turned_away = self._check_session(request)
            if turned_away:
                return turned_away
        if request.method in ("GET", "HEAD"):
            # A page that is only read asks once who may see it; an act asks anew at every step.
            request.posts_read = {}
            with appointments.remembered(request.posts_read):
                response = self.get_response(request)
        else:
            response = self.get_response(request)
        if request.user.is_authenticated:
            # A shared computer at the window must not show the last person's dossier from its cache.
            patch_cache_control(response, no_store=True, private=True)
        return response

    def _check_session(self, request: HttpRequest) -> HttpResponse | None:
        now = int(time.time())
        began = request.session.setdefault("began", now)
        if now - began > settings.SESSION_ABSOLUTE_SECONDS:
            logout(request)
            return redirect(f"{reverse('login')}?next={request.path}")
        if now - request.session.get("seen", 0) > RENEW_SECONDS:
            request.session["seen"] = now
        open_doors = {reverse("password_change"), reverse("password_change_done"), reverse("logout")}
        if request.path in open_doors or request.path.startswith(settings.STATIC_URL):
            return None
        if request.user.must_change_password:
            return redirect("password_change")
        pending = signin.second_factor_pending(request.user, request.session)
        if pending and request.path != pending:
            return redirect(pending)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal nobody caught: the sentence, with its status, never a 500."""
        if isinstance(exception, ActRefused):
            return refused(request, exception)
        return None


def refused(request: HttpRequest, refusal: ActRefused) -> HttpResponse:
    """The page for an act that was not done."""
    template = "403.html" if refusal.status == 403 else "409.html"
    back = request.META.get("HTTP_REFERER", "")
    if not back.startswith(f"{request.scheme}://{request.get_host()}/"):
        back = reverse("home_after_login")
    audit.record(
        "refused",
        actor=request.user if request.user.is_authenticated else None,
        subject=_refused_at(request),
        succeeded=False,
    )
    return render(request, template, {"message": str(refusal), "back_url": back}, status=refusal.status)


def _refused_at(request: HttpRequest) -> str:
    """Where it was refused: the case, else the route as declared. Never the path itself, which may hold a token."""
    match = request.resolver_match
    if match is None:
        return ""
    return match.kwargs.get("number") or f"/{match.route}"[:120]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is too old or came from elsewhere."""
    return render(
        request,
        "403.html",
        {
            "message": _("页面已过期，请返回上一页刷新后重新提交；已填写的内容可先复制保存。"),
            "back_url": request.path,
        },
        status=403,
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", {"message": "", "back_url": ""}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)
