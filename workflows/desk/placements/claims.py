"""补助申请 at the desk: checked by the county bureau, approved by the head of the lead bureau."""

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talent.core import roles
from talent.core.services import funds
from talent.core.services.errors import ActRefused
from talent.placements import forms
from talent.placements.models import PlacementCase, SubsidyClaim
from talent.placements.services import claims, places, subsidies

from ..access import officers
from .doors import bureaus, placement_case


def find(case: PlacementCase, code: str, period: int) -> SubsidyClaim:
    """The newest claim of a period, or 404."""
    rows = SubsidyClaim.objects.select_related(
        "placement__need__county_bureau", "placement__person", "placement__firm", "placement__university", "claimant",
        "rating", "evidence", "award", "checked_by", "decided_by",
    )  # fmt: skip
    pk = rows.filter(placement__case=case, code=code, period=period).values_list("pk", flat=True).first()
    claim = get_object_or_404(rows, pk=pk)
    claim.placement.case = case
    claim.rating.placement = claim.placement
    return claim


@require_http_methods(["GET", "POST"])
@officers
def claim(request: HttpRequest, number: str, code: str, period: int) -> HttpResponse:
    """One claim with its rating and proof: check it, or approve it as the second person."""
    case = placement_case(request, number)
    found = find(case, code, period)
    book = places.book_of(case)
    posted = request.POST
    can_check = (
        found.state == SubsidyClaim.State.CLAIMED
        and found.placement.need.county_bureau_id in bureaus(request, roles.CHECKER)
    )
    can_decide = found.state == SubsidyClaim.State.CHECKED and case.lead_organisation_id in bureaus(
        request, roles.BUREAU_HEAD
    )
    check_form = forms.ClaimCheckForm(posted if "check" in posted else None, prefix="check")
    decide_form = forms.ClaimDecisionForm(posted if "decide" in posted else None, prefix="decide")
    if request.method == "POST":
        try:
            if "check" in posted and check_form.is_valid():
                data = check_form.cleaned_data
                claims.check(
                    found, actor=request.user, passed=data["passed"] == "yes", pay_accepted=data["pay_accepted"],
                    text=data["text"],
                )  # fmt: skip
            elif "decide" in posted and decide_form.is_valid():
                data = decide_form.cleaned_data
                claims.decide(found, actor=request.user, granted=data["granted"] == "yes", text=data["text"])
            else:
                raise ActRefused(_("请填写完整后再提交。"), code="form")
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            flash.error(request, str(refusal))
        else:
            flash.success(request, _("已办理 %(number)s。") % {"number": number})
            return redirect("desk:placement", number=number)
    paid = found.pay_paid if found.pay_accepted is None else found.pay_accepted
    expected = subsidies.amount_for(found.rating, code, pay_paid=paid)
    previous = subsidies.previous_rating(found.rating)
    return render(
        request, "placements/desk_claim.html",
        {"case": case, "claim": found, "subsidy": book.subsidy(code), "rating": book.rating(found.rating.result),
         "previous": book.rating(previous).title if previous else "", "expected": expected,
         "check_form": check_form if can_check else None, "decide_form": decide_form if can_decide else None,
         "timeline": funds.timeline(found.award) if found.award else [], "mark": case.edition.mark},
    )  # fmt: skip
