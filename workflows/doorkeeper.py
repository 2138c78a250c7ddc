"""What every request meets before its page: allowed methods, session age, second factor, headers, origin of audit rows.

And what it meets after: a service's refusal becomes a page with a sentence and a way back, a breakdown a page that
needs nothing that may be broken.
"""

import base64
import hashlib
import logging
import re
import time
from functools import cache

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talent.core.services import appointments, audit, origin, second_factor
from talent.core.services.errors import ActRefused
from talent.core.services.second_factor import Pending

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# Django form views treat PUT as POST, while Viewflow locks on POST only: other methods end here.
RENEW_SECONDS = 5 * 60
# What an error page says when nobody gave it a sentence.
_WORDS = {403: gettext_lazy("您没有办理此事项的权限。"), 404: gettext_lazy("没有找到您要的页面。")}
logger = logging.getLogger(__name__)


class Doorkeeper:
    """Middleware, after authentication."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        audit.set_origin(origin.client_address(request))
        if request.method in ("GET", "HEAD"):
            # A page that is only read asks once who may see it; an act asks anew at every step.
            request.posts_read = {}
            with appointments.remembered(request.posts_read):
                response = self._answer(request)
        else:
            response = self._answer(request)
        # A shared computer at the window must not show the last person's dossier from its cache. Pages for visitors
        # too: an invitation and a progress query name people.
        patch_cache_control(response, no_store=True, private=True)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        turned_away = self._check_session(request) if request.user.is_authenticated else None
        return turned_away or self.get_response(request)

    def _check_session(self, request: HttpRequest) -> HttpResponse | None:
        now = int(time.time())
        began = request.session.setdefault("began", now)
        if now - began > settings.SESSION_ABSOLUTE_SECONDS:
            logout(request)
            return redirect_to_login(request.get_full_path())
        if now - request.session.get("seen", 0) > RENEW_SECONDS:
            request.session["seen"] = now
        if request.path == reverse("logout"):
            return None
        owed = second_factor.pending(request.user, request.session)
        if owed == Pending.CODE:
            # Before a new password, too: whoever only knows the old one must not get further by it.
            return _unless_there(request, reverse("second_factor_check"))
        if request.user.must_change_password:
            return _unless_there(request, reverse("password_change"))
        if owed == Pending.ENROL and request.path != reverse("password_change"):
            return _unless_there(request, reverse("second_factor"))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal nobody caught: the sentence, with its status, never a 500."""
        if isinstance(exception, ActRefused):
            return refused(request, exception)
        return None


def _unless_there(request: HttpRequest, door: str) -> HttpResponse | None:
    """Send to `door`, and from there to where one was going."""
    if request.path == door:
        return None
    going = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
    return redirect(f"{door}{going}")


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
    return _page(request, template, refusal.status, message=str(refusal), back_url=back)


def _refused_at(request: HttpRequest) -> str:
    """Where it was refused: the case, else the route as declared. Never the path itself, which may hold a token."""
    match = request.resolver_match
    if match is None:
        return ""
    return match.kwargs.get("number") or f"/{match.route}"[:120]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is too old or came from elsewhere."""
    message = _("页面已过期，请返回上一页刷新后重新提交；已填写的内容可先复制保存。")
    return _page(request, "403.html", 403, message=message, back_url=request.path)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain("400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "403.html", 403, message="", back_url="")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _plain("500.html", 500)


def _page(request: HttpRequest, template: str, status: int, **context: str) -> HttpResponse:
    """An error page with the menu around it; when that cannot be drawn, the bare page with the same words.

    A program, which reads no pages, gets the words alone.
    """
    if not request.accepts("text/html"):
        return HttpResponse(
            context.get("message") or _WORDS[status], status=status, content_type="text/plain; charset=utf-8"
        )
    try:
        return render(request, template, context, status=status)
    except Exception:
        logger.exception("%s could not be drawn", template)
        return _plain(f"bare/{template}", status, message=context.get("message", ""))


def _plain(template: str, status: int, **context: str) -> HttpResponse:
    """A page without request, user, database, context processor or static file; its style stands in it."""
    response = HttpResponse(render_to_string(template, context), status=status)
    # Read by the policy's middleware: this one style sheet, by its hash, beside our own files.
    response._csp_update = {"style-src": ["'self'", _style_hash()]}
    return response


@cache
def _style_hash() -> str:
    style = re.search(r"<style>(.*?)</style>", render_to_string("500.html"), re.DOTALL)[1]
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
