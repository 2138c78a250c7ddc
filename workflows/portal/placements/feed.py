"""日历订阅: open and take back the secret address, and what it answers."""

from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talent.placements.models import CalendarFeed
from talent.placements.services import feeds

from .unit import organisations_of


@require_http_methods(["GET", "POST"])
def manage(request: HttpRequest) -> HttpResponse:
    organisations_of(request)
    link = ""
    if request.method == "POST":
        if "revoke" in request.POST:
            feeds.revoke_feed(request.user)
            flash.success(request, _("已收回，原地址不能再用。"))
            return redirect("unit:placement_feed")
        link = request.build_absolute_uri(reverse("calendar_feed", args=[feeds.open_feed(request.user)]))
    live = CalendarFeed.objects.filter(owner=request.user, revoked_at__isnull=True).first()
    return render(request, "placements/feed.html", {"link": link, "live": live})


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a secret; 404 for any other."""
    owner = feeds.owner_of(token)
    if owner is None:
        raise Http404
    text = feeds.as_calendar(feeds.entries(owner), host=settings.SITE["city"])
    return HttpResponse(
        text, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"}
    )
