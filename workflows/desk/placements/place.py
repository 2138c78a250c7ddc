"""One placement from inside."""

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talent.core.services.errors import ActRefused
from talent.placements import forms, rules
from talent.placements.models import Placement, Rating
from talent.placements.services import changing, countersigning, places, rating

from ..access import officers
from .doors import placement_case


@require_http_methods(["GET", "POST"])
@officers
def place(request: HttpRequest, number: str) -> HttpResponse:
    """One placement from inside: extension, rating, objection, proposals, claims, visits, and how it was carried out."""
    case = placement_case(request, number)
    found = get_object_or_404(
        Placement.objects.select_related("person", "firm", "university", "need"), case=case
    )
    book = places.book_of(case)
    extension = found.extensions.filter(state="pending").first()
    rated = found.ratings.filter(state__in=("lead", "objected")).order_by("number").first()
    posted = request.POST
    stated = {f"diligence_{row.code}" for row in book.diligence if row.basis == "officer"}
    extension_form = forms.ExtensionDecisionForm(
        posted if "extension" in posted else None, prefix="extension"
    )
    rating_form = forms.RatingForm(posted if "rating" in posted else None, book=book, prefix="rating")
    visit_form = forms.VisitForm(posted if "visit" in posted else None, prefix="visit")
    if request.method == "POST":
        try:
            if "extension" in posted and extension and extension_form.is_valid():
                data = extension_form.cleaned_data
                changing.decide_extension(
                    extension, actor=request.user, granted=data["granted"] == "yes", refusal=data["refusal"], remedy=data["remedy"]
                )  # fmt: skip
            elif "rating" in posted and rated and rating_form.is_valid():
                data = rating_form.cleaned_data
                if rated.state == Rating.State.LEAD:
                    rating.by_lead(rated, actor=request.user, **data)
                else:
                    rating.settle(rated, actor=request.user, result=data["result"], finding=data["text"])
            elif "visit" in posted and visit_form.is_valid():
                rating.visit(found, actor=request.user, **visit_form.cleaned_data)
            else:
                raise ActRefused(_("请填写完整后再提交。"), code="form")
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            flash.error(request, str(refusal))
        else:
            flash.success(request, _("已办理 %(number)s。") % {"number": number})
            return redirect("desk:placement", number=number)
    return render(
        request, "placements/desk_place.html",
        {"case": case, "place": found, "kind": book.kind(found.kind), "extension": extension, "rated": rated,
         "extension_form": extension_form, "rating_form": rating_form, "visit_form": visit_form,
         "findings": case.findings, "visits": found.visits.select_related("visited_by"), "reports": found.reports.all(),
         "ratings": [(one, book.rating(one.result).title if one.result else "") for one in found.ratings.all()],
         "suspensions": found.suspensions.all(), "mark": case.edition.mark,
         "proposals": [(one, countersigning.in_words(one), list(one.signatures.all())) for one in found.proposals.select_related("placement__case__edition").prefetch_related("signatures")],
         "claims": [(one, book.subsidy(one.code).title) for one in found.claims.select_related("claimant", "award")],
         "conduct": [one for one in rules.diligent(rating.conduct_of(found), book=book) if one.condition not in stated]},
    )  # fmt: skip
