"""/unit/placements/needs/ and /unit/placements/supply/: what a firm looks for, what a university offers, and matches."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages as flash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from talent.core.models import Organisation, TalentProfile
from talent.core.services import policy
from talent.core.services.errors import ActRefused
from talent.placements import forms
from talent.placements.models import Need, PersonOffer, UniversityStrength
from talent.placements.services import applying, needs, places, supply
from workflows.flows.placements import PlacementFlow

from .unit import needs_of, organisations_of

UNIVERSITIES = (Organisation.Kind.UNIVERSITY, Organisation.Kind.INSTITUTE)


class EndNeedForm(django_forms.Form):
    reason = django_forms.CharField(label=gettext_lazy("原因"), max_length=300)


@require_safe
def need_list(request: HttpRequest) -> HttpResponse:
    ours = organisations_of(request)
    kinds = {kind.code: kind.title for kind in forms.current_book().kinds}
    rows = [{"need": need, "kind": kinds.get(need.kind, need.kind)} for need in needs_of(ours)[:200]]
    return render(request, "placements/needs.html", {"rows": rows})


def _facts(form: forms.NeedForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("firm", *forms.NeedForm.Meta.fields)}


@require_http_methods(["GET", "POST"])
def need_new(request: HttpRequest) -> HttpResponse:
    """登记岗位需求; with ?copy=number last year's need is taken over."""
    ours = organisations_of(request)
    firms = Organisation.objects.filter(pk__in=[one.pk for one in ours], kind=Organisation.Kind.EMPLOYER)
    source = needs_of(ours).filter(number=request.GET.get("copy", "")).first()
    initial = {name: getattr(source, name) for name in needs.COPIED} | {"firm": source.firm} if source else {}
    form = forms.NeedForm(request.POST if request.method == "POST" else None, firms=firms, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            need = needs.post(actor=request.user, copied_from=source, **_facts(form))
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(
                request, _("已登记 %(number)s，等待%(bureau)s核验。") % {"number": need.number, "bureau": need.county_bureau.label}
            )  # fmt: skip
            return redirect("unit:placement_need", number=need.number)
    return render(
        request, "placements/need_form.html",
        {"form": form, "source": source, "mark": policy.edition_for("placements").mark},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def need_page(request: HttpRequest, number: str) -> HttpResponse:
    """One need of ours: where it is, its applications, matching offers, invite, withdraw, close."""
    ours = organisations_of(request)
    need = get_object_or_404(needs_of(ours), number=number)
    invite_form = forms.InviteForm(
        request.POST if "offer" in request.POST else None, needs=Need.objects.filter(pk=need.pk), initial={"need": need}
    )  # fmt: skip
    end_form = EndNeedForm(request.POST if "end" in request.POST else None)
    if request.method == "POST":
        try:
            if "offer" in request.POST and invite_form.is_valid():
                offer = get_object_or_404(
                    PersonOffer.objects.offered(),
                    pk=request.POST["offer"] if request.POST["offer"].isdigit() else 0,
                )
                with transaction.atomic():
                    case = applying.invite(
                        need, actor=request.user, offer=offer, starts_on=invite_form.cleaned_data["starts_on"]
                    )
                    PlacementFlow.start_for(case)
                flash.success(
                    request, _("已邀请，办件编号 %(number)s，等待本人确认。") % {"number": case.number}
                )
                return redirect("unit:placement", number=case.number)
            if "end" in request.POST and end_form.is_valid():
                end = needs.close if need.status == Need.Status.PUBLISHED else needs.withdraw
                end(need, actor=request.user, reason=end_form.cleaned_data["reason"])
                flash.success(request, _("已办理。"))
                return redirect("unit:placement_need", number=number)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            (invite_form if "offer" in request.POST else end_form).add_error(None, str(refusal))
    book = places.book_of(need)
    published = need.status == Need.Status.PUBLISHED
    return render(
        request, "placements/need.html",
        {"need": need, "kind": book.kind(need.kind), "cases": need.cases.select_related("applicant", "university").order_by("pk"),
         "matches": supply.matches(need, PersonOffer.objects.offered(), book=book)[:20] if published else [],
         "invite_form": invite_form, "end_form": end_form, "published": published,
         "end_words": _("关闭需求") if published else _("撤回需求"), "mark": need.edition.mark},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def supply_page(request: HttpRequest) -> HttpResponse:
    """优势学科、成果和可派出人选 of our university or institute."""
    ours = [one for one in organisations_of(request) if one.kind in UNIVERSITIES]
    strength_form = forms.StrengthForm(request.POST if "strength" in request.POST else None)
    offer_form = forms.OfferForm(request.POST if "offer" in request.POST else None)
    if request.method == "POST" and ours:
        try:
            if "strength" in request.POST and strength_form.is_valid():
                supply.publish_strength(ours[0], actor=request.user, **strength_form.cleaned_data)
                flash.success(request, _("已发布。"))
                return redirect("unit:placement_supply")
            if "offer" in request.POST and offer_form.is_valid():
                data = offer_form.cleaned_data
                person = TalentProfile.objects.filter(user__username=data.pop("account")).first()
                if person is None:
                    raise ActRefused(_("没有这个账号，或者本人还没有填写个人资料。请本人先登录填写。"))
                supply.offer_person(ours[0], actor=request.user, person=person, **data)
                flash.success(request, _("已登记，本人同意后企业可以看到（不显示姓名）。"))
                return redirect("unit:placement_supply")
            if request.POST.get("withdraw", "").isdigit():
                offer = get_object_or_404(PersonOffer, pk=request.POST["withdraw"], university__in=ours)
                supply.withdraw_offer(offer, actor=request.user)
                flash.success(request, _("已撤下。"))
                return redirect("unit:placement_supply")
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            (offer_form if "offer" in request.POST else strength_form).add_error(None, str(refusal))
    return render(
        request, "placements/supply.html",
        {"ours": ours, "strength_form": strength_form, "offer_form": offer_form,
         "strengths": UniversityStrength.objects.filter(university__in=ours, withdrawn_at__isnull=True),
         "offers": PersonOffer.objects.filter(university__in=ours, withdrawn_at__isnull=True).select_related("person")},
    )  # fmt: skip
