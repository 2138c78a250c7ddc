"""What a side may do in a case: one page that shows the form of an act and one door that does it."""

from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from talent.core.services.errors import ActRefused, Conflict
from talent.placements.models import PlacementCase
from talent.placements.services import agreeing

from .case_acts import ACTS, CaseAct


def open_acts(case: PlacementCase, sides: list[str]) -> list[tuple[str, CaseAct]]:
    """What the given sides may do now, the awaited ones first."""
    found = [
        (slug, act)
        for slug, act in ACTS.items()
        if any(side in act.sides and act.open(case, side) for side in sides)
    ]
    return sorted(found, key=lambda pair: not pair[1].main)


def act_page(
    request: HttpRequest, case: PlacementCase, slug: str, *, sides: list[str], back: str, back_title: Any
) -> HttpResponse:
    """Show the form of an act, or do it. 404 for an act that is not of these sides."""
    act = ACTS.get(slug)
    speaking = [side for side in sides if act is not None and side in act.sides]
    if not speaking:
        raise Http404
    side = next((side for side in speaking if act.open(case, side)), "")
    if not side:
        raise Conflict(_("“%(title)s”现在不能办理，请刷新页面查看最新状态。") % {"title": act.title})
    posted = request.method == "POST"
    form = act.form(case, side, request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        try:
            act.do(case, request.user, side, form)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已办理：%(title)s。") % {"title": act.title})
            return redirect(back)
    return render(
        request, "placements/act.html",
        {"case": case, "act": act, "form": form, "back": back, "back_title": back_title, "mark": case.edition.mark,
         "uploads": form.is_multipart(), "agreement": agreeing.current(case) if slug == "sign" else None,
         "facts": act.facts(case) if act.facts else []},
    )  # fmt: skip
