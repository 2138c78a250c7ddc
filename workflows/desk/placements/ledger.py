"""What waits for our bureau, and the ledger of our area with what stands behind every count."""

from typing import Any

from django import forms as django_forms
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from talent.core import roles
from talent.core.models import Region
from talent.core.services import calendar, policy
from talent.placements import forms
from talent.placements.models import Extension, Need, Placement, PlacementCase, Rating, SubsidyClaim
from talent.placements.services import relations

from ..access import officers
from .doors import bureaus

TARGET = "joint_talents"
ROWS = 50


class LedgerFilter(django_forms.Form):
    kind = django_forms.ChoiceField(label=gettext_lazy("岗位种类"), required=False)
    state = django_forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[("", gettext_lazy("全部")), *Placement.State.choices],
    )
    region = django_forms.ModelChoiceField(
        Region.objects.exclude(kind=Region.Kind.CITY),
        label=gettext_lazy("县市区"), required=False, empty_label=gettext_lazy("全部"), to_field_name="code",
    )  # fmt: skip
    year = django_forms.IntegerField(
        label=gettext_lazy("开始年份"), required=False, min_value=2000, max_value=2100
    )
    high = django_forms.BooleanField(label=gettext_lazy("只看高层次协同创新人才"), required=False)

    def __init__(
        self, *args: Any, high_kinds: list[str], kinds: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.high_kinds = high_kinds
        self.fields["kind"].choices = [("", _("全部")), *kinds]

    def narrow(self, rows: QuerySet[Placement]) -> QuerySet[Placement]:
        """The places that are left; nothing is left out while the filter is empty or wrong."""
        chosen = self.cleaned_data if self.is_bound and self.is_valid() else {}
        for name in ("kind", "state"):
            if chosen.get(name):
                rows = rows.filter(**{name: chosen[name]})
        if chosen.get("region"):
            rows = rows.filter(need__region=chosen["region"])
        if chosen.get("year"):
            rows = rows.filter(starts_on__year=chosen["year"])
        if chosen.get("high"):
            rows = rows.filter(kind__in=self.high_kinds).exclude(state=Placement.State.RESERVED)
        return rows


def _visible(request: HttpRequest) -> QuerySet[Placement]:
    """Places whose case the officer may see."""
    return Placement.objects.filter(case__in=PlacementCase.objects.visible_to(request.user)).exclude(
        state=Placement.State.RELEASED
    )


def waiting_claims(ours: list[int], heads: list[int]) -> QuerySet[SubsidyClaim]:
    """Claims to check by one of `ours`, and those to approve by a head of one of `heads`."""
    return (
        SubsidyClaim.objects.filter(
            Q(state="claimed", placement__need__county_bureau__in=ours)
            | Q(state="checked", placement__case__lead_organisation__in=heads)
        )
        .select_related("placement__case", "placement__firm", "claimant")
        .order_by("due_on", "pk")
    )


@require_safe
@officers
def home(request: HttpRequest) -> HttpResponse:
    """What waits for our bureau, counts by county and kind, and the ledger they open."""
    ours = bureaus(request)
    today = calendar.today()
    book = forms.current_book()
    titles = {kind.code: kind.title for kind in book.kinds}
    high = [kind.code for kind in book.kinds if kind.high_level]
    form = LedgerFilter(request.GET or None, high_kinds=high, kinds=list(titles.items()))
    seen = _visible(request)
    appointed = seen.exclude(state=Placement.State.RESERVED)
    ledger = form.narrow(seen).select_related("person", "firm", "university", "case", "need__region")
    page = Paginator(ledger.order_by("-starts_on", "-pk"), ROWS).get_page(request.GET.get("page"))
    led = {"placement__case__lead_organisation__in": ours}
    counts = [
        {"code": row["need__region__code"], "name": row["need__region__name"],
         "cells": [(kind, row[kind]) for kind in titles], "total": row["total"]}
        for row in seen.order_by("need__region__order", "need__region__code")
        .values("need__region__code", "need__region__name")
        .annotate(total=Count("pk"), **{kind: Count("pk", filter=Q(kind=kind)) for kind in titles})
    ]  # fmt: skip
    return render(
        request, "placements/desk.html",
        {"to_check": Need.objects.filter(status=Need.Status.CHECKING, county_bureau__in=ours).select_related("firm"),
         "to_publish": Need.objects.filter(status=Need.Status.CHECKED, lead_bureau__in=ours).select_related("firm"),
         "extensions": Extension.objects.filter(state="pending", **led).select_related("placement__case", "placement__firm"),
         "ratings": Rating.objects.filter(state__in=("lead", "objected"), **led).select_related("placement__case", "placement__firm"),
         "claims": waiting_claims(bureaus(request, roles.CHECKER), bureaus(request, roles.BUREAU_HEAD)),
         "form": form, "page": page, "rows": [{"place": place, "kind": titles.get(place.kind, place.kind)} for place in page],
         "counts": counts, "kinds": list(titles.values()), "keeps_relations": bool(relations.posts_of(request.user, book=book)),
         "count": appointed.filter(kind__in=high, starts_on__year=today.year).count(),
         "target": next(row["figure"] for row in policy.targets() if row["code"] == TARGET), "year": today.year},
    )  # fmt: skip
