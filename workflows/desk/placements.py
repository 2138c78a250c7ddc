"""校聘企用 at the desk: needs to check and publish, extensions and ratings to decide, the ledger with what is behind a count."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from talent.core import roles
from talent.core.services import calendar, policy
from talent.core.services.errors import ActRefused
from talent.placements import forms
from talent.placements.models import Extension, Need, Placement, PlacementCase, Rating
from talent.placements.services import changing, needs, places, rating

from .access import find_officer_case, held_posts, officers

TARGET = "joint_talents"


def _bureaus(request: HttpRequest) -> list[int]:
    return [
        post.organisation.pk
        for post in held_posts(request)
        if post.role in (roles.CHECKER, roles.BUREAU_HEAD)
    ]


class LedgerFilter(django_forms.Form):
    kind = django_forms.ChoiceField(label=gettext_lazy("岗位种类"), required=False)
    state = django_forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[("", gettext_lazy("全部")), *Placement.State.choices],
    )
    year = django_forms.IntegerField(
        label=gettext_lazy("开始年份"), required=False, min_value=2000, max_value=2100
    )
    high = django_forms.BooleanField(label=gettext_lazy("只看高层次协同创新人才"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.code, kind.title) for kind in forms.current_book().kinds]
        self.fields["kind"].choices = [("", _("全部")), *kinds]


def _visible(request: HttpRequest):
    """Places whose case the officer may see."""
    return Placement.objects.filter(case__in=PlacementCase.objects.visible_to(request.user)).exclude(
        state=Placement.State.RELEASED
    )


@require_GET
@officers
def home(request: HttpRequest) -> HttpResponse:
    """What waits for our bureau, and the ledger of our area; the count against the target opens its own list."""
    ours = _bureaus(request)
    today = calendar.today()
    form = LedgerFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    book = forms.current_book()
    high = [kind.code for kind in book.kinds if kind.high_level]
    appointed = _visible(request).exclude(state=Placement.State.RESERVED)
    ledger = (
        _visible(request)
        .select_related("person", "firm", "university", "case", "need")
        .order_by("-starts_on", "-pk")
    )
    for name in ("kind", "state"):
        if chosen.get(name):
            ledger = ledger.filter(**{name: chosen[name]})
    if chosen.get("year"):
        ledger = ledger.filter(starts_on__year=chosen["year"])
    if chosen.get("high"):
        ledger = ledger.filter(kind__in=high).exclude(state=Placement.State.RESERVED)
    titles = {kind.code: kind.title for kind in book.kinds}
    return render(
        request, "placements/desk.html",
        {"to_check": Need.objects.filter(status=Need.Status.CHECKING, county_bureau__in=ours).select_related("firm"),
         "to_publish": Need.objects.filter(status=Need.Status.CHECKED, lead_bureau__in=ours).select_related("firm"),
         "extensions": Extension.objects.filter(state="pending", placement__case__lead_organisation__in=ours).select_related("placement__case", "placement__firm"),
         "ratings": Rating.objects.filter(state__in=("lead", "objected"), placement__case__lead_organisation__in=ours).select_related("placement__case", "placement__firm"),
         "form": form, "rows": [{"place": place, "kind": titles.get(place.kind, place.kind)} for place in ledger[:200]],
         "count": appointed.filter(kind__in=high, starts_on__year=today.year).count(),
         "target": next(row["figure"] for row in policy.targets() if row["code"] == TARGET), "year": today.year},
    )  # fmt: skip


class ReturnForm(django_forms.Form):
    reason = django_forms.CharField(label=gettext_lazy("退回原因"), max_length=300)


@require_http_methods(["GET", "POST"])
@officers
def need(request: HttpRequest, number: str) -> HttpResponse:
    """Check the firm (county), publish (lead), or return with a reason."""
    ours = _bureaus(request)
    found = get_object_or_404(
        Need.objects.select_related("firm", "chain", "region", "county_bureau", "lead_bureau", "edition"),
        number=number,
    )
    if not {found.county_bureau_id, found.lead_bureau_id} & set(ours):
        raise Http404
    book = places.book_of(found)
    check_form = forms.NeedCheckForm(request.POST if "check" in request.POST else None, book=book)
    return_form = ReturnForm(request.POST if "return" in request.POST else None)
    if request.method == "POST":
        try:
            if "check" in request.POST and check_form.is_valid():
                needs.check(
                    found, actor=request.user, firm_class=check_form.cleaned_data["firm_class"],
                    conditions=check_form.conditions(), opinion=check_form.cleaned_data["opinion"],
                )  # fmt: skip
            elif "publish" in request.POST:
                needs.publish(found, actor=request.user)
            elif "return" in request.POST and return_form.is_valid():
                needs.send_back(found, actor=request.user, reason=return_form.cleaned_data["reason"])
            else:
                raise ActRefused(_("请填写完整后再提交。"), code="form")
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            (return_form if "return" in request.POST else check_form).is_valid()
            flash.error(request, str(refusal))
        else:
            flash.success(request, _("已办理 %(number)s。") % {"number": number})
            return redirect("desk:placements")
    return render(
        request, "placements/desk_need.html",
        {"need": found, "kind": book.kind(found.kind), "check_form": check_form, "return_form": return_form,
         "can_check": found.status == Need.Status.CHECKING and found.county_bureau_id in ours,
         "can_publish": found.status == Need.Status.CHECKED and found.lead_bureau_id in ours, "mark": found.edition.mark},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def place(request: HttpRequest, number: str) -> HttpResponse:
    """One placement from inside: extension, rating, objection, visits."""
    case = find_officer_case(request, number)
    if not isinstance(case, PlacementCase):
        raise Http404
    found = get_object_or_404(
        Placement.objects.select_related("person", "firm", "university", "need"), case=case
    )
    book = places.book_of(case)
    extension = found.extensions.filter(state="pending").first()
    rated = found.ratings.filter(state__in=("lead", "objected")).order_by("number").first()
    posted = request.POST
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
         "ratings": found.ratings.all(), "suspensions": found.suspensions.all(), "mark": case.edition.mark},
    )  # fmt: skip
