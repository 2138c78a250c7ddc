"""发放前复核 of an instalment, and 年度复核: item by item a finding, the fact it rests on, and where the officer looked."""

from typing import Any

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.models import AnnualReview, Award, Instalment
from talent.core.services import funds
from talent.core.services.errors import ActRefused
from workflows import processes

from ..access import holders_of
from . import doors
from .forms import RecheckForm

_checkers = holders_of(roles.Act.RECHECK)


def items_of(award: Award) -> list[funds.Item]:
    """What the award's policy asks again; a policy without questions of its own asks whether it still holds."""
    paying = processes.of(award.case).paying
    if paying is not None:
        return paying.recheck_items(award)
    return [funds.Item("holds", _("仍符合发放条件"), award.edition.clause, _("办件档案"))]


def _page(
    request: HttpRequest, award: Award, form: RecheckForm, heading: str, *, earlier: list[Any]
) -> HttpResponse:
    return render(
        request,
        "desk/funds/recheck.html",
        {"award": award, "form": form, "words": heading, "earlier": earlier},
    )


@require_http_methods(["GET", "POST"])
@_checkers
def recheck(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """发放前复核: every item passed sends the line to finance; one that fails holds it with the reason."""
    award = doors.find_award(request, number)
    row = get_object_or_404(award.instalments.select_related("award"), seq=seq)
    if row.state not in (Instalment.State.DUE, Instalment.State.HELD, Instalment.State.RECHECKED):
        flash.error(request, _("“%(one)s”还没有到复核的时候，或已经在拨付。") % {"one": row.title})
        return redirect("desk:funds:award", number)
    form = RecheckForm(request.POST or None, items=items_of(award))
    if request.method == "POST" and form.is_valid():
        try:
            found = funds.recheck(row, form.result(), actor=request.user)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(
                request, _("复核通过，已转财政拨付。") if found.passed else _("已暂缓，已告知申请人。")
            )
            return redirect("desk:funds:award", number)
    earlier = list(row.rechecks.select_related("checked_by"))
    return _page(request, award, form, _("发放前复核：%(one)s") % {"one": row.title}, earlier=earlier)


@require_safe
@doors.readers
def review_list(request: HttpRequest) -> HttpResponse:
    """年度复核 of the awards the reader sees, the open ones first."""
    rows = (
        AnnualReview.objects.visible_to(request.user)
        .select_related("award__case__applicant", "award__case__region", "reviewed_by")
        .order_by("-year", "reviewed_at", "pk")
    )
    state = request.GET.get("state", "")
    if state in AnnualReview.State.values:
        rows = rows.filter(state=state)
    return render(
        request,
        "desk/funds/reviews.html",
        {"tabs": doors.tabs(request, "reviews"), "page": doors.page_of(request, rows)},
    )


@require_http_methods(["GET", "POST"])
@_checkers
def review(request: HttpRequest, number: str, year: int) -> HttpResponse:
    """年度复核 of one award."""
    award = doors.find_award(request, number)
    row = get_object_or_404(award.reviews.select_related("award"), year=year)
    if row.state != AnnualReview.State.OPEN:
        flash.info(request, _("该资助本年度已经复核。"))
        return redirect("desk:funds:award", number)
    form = RecheckForm(request.POST or None, items=items_of(award))
    if request.method == "POST" and form.is_valid():
        try:
            done = funds.review(row, form.result(), actor=request.user)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            passed = done.state == AnnualReview.State.PASSED
            flash.success(request, _("年度复核通过。") if passed else _("已记录，已预警；请在本页办理暂停。"))
            return redirect("desk:funds:award", number)
    return _page(request, award, form, _("%(year)d年度复核") % {"year": year}, earlier=[])
