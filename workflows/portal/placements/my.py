"""/my/placements/: the person's posts, a day logged in three taps, the application, and the acts of the person's side."""

import uuid

from django.contrib import messages as flash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core.models import TalentProfile
from talent.core.services import calendar
from talent.core.services.errors import ActRefused
from talent.placements import forms
from talent.placements.models import Need, PersonOffer, Placement, PlacementCase, ServiceDay
from talent.placements.services import applying, places, relations, serving, supply
from workflows.base import telling
from workflows.flows.placements import PlacementFlow
from workflows.portal.own import own_case

from .acts import act_page
from .case import case_context
from .case_acts import Side, attach_proof


def _mine(request: HttpRequest):
    return Placement.objects.filter(person__user=request.user).select_related(
        "firm", "need", "case__edition", "person"
    )


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """All own posts, the form for today, and the last days entered. Saving is one tap when nothing needs changing."""
    today = calendar.today()
    mine = list(_mine(request).exclude(state="released").order_by("-starts_on", "-pk"))
    serving_now = _mine(request).serving().order_by("ends_on")
    last = ServiceDay.objects.filter(person__user=request.user).order_by("-pk").first()
    initial = {"day": today, "mode": last.mode if last else "on_site", "text": last.text if last else ""}
    if last is not None:
        initial["placement"] = last.placement_id
    form = forms.LogForm(
        request.POST if request.method == "POST" else None, placements=serving_now, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            day = serving.log(data.pop("placement"), actor=request.user, **data)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error("late_reason" if "补记" in str(refusal) else None, str(refusal))
        else:
            flash.success(request, _("已登记%(day)s。") % {"day": f"{day.day:%Y-%m-%d}"})
            return redirect("my:placements")
    done = serving.days_done(mine, today.year)
    rows = [
        {
            "place": place,
            "done": done.get(place.pk, (0, 0)),
            "due": serving.days_due(place, today.year),
            "gone": place.share_gone(today),
        }
        for place in mine
    ]
    return render(
        request, "placements/my.html",
        {"form": form if serving_now.exists() else None, "rows": rows, "today": today,
         "days": ServiceDay.objects.filter(person__user=request.user).select_related("placement__firm")[:15],
         "offers": PersonOffer.objects.filter(person__user=request.user, withdrawn_at__isnull=True).select_related("university")},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, number: str) -> HttpResponse:
    """申请岗位: the person's form about one open need."""
    need = get_object_or_404(
        Need.objects.open_to_public(calendar.today()).select_related("firm", "edition"), number=number
    )
    posted = request.method == "POST"
    form = forms.ApplyForm(
        request.POST if posted else None, request.FILES if posted else None, book=places.book_of(need)
    )
    try:
        key = uuid.UUID(request.POST.get("submission_key", ""))
    except ValueError:
        key = uuid.uuid4()
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():
                case = applying.apply(
                    need, actor=request.user, university=data["university"], starts_on=data["starts_on"],
                    submission_key=key, **form.of_person(),
                )  # fmt: skip
                attach_proof(case, actor=request.user, upload=data["proof"])
                PlacementFlow.start_for(case)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已申请，办件编号 %(number)s，等待企业确认。") % {"number": case.number})
            return redirect("my:placement", number=case.number)
    return render(
        request, "placements/apply.html",
        {"form": form, "need": need, "submission_key": key, "mark": need.edition.mark},
    )  # fmt: skip


@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    case = own_case(request, number)
    context = case_context(case, [Side.PERSON], reader=telling.Reader.APPLICANT)
    return render(
        request, "placements/case.html",
        context | {"act_url": "my:placement_act", "back": reverse("my:placements"), "back_title": _("我的岗位")},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    case = own_case(request, number)
    return act_page(
        request,
        case,
        act,
        sides=[Side.PERSON],
        back=reverse("my:placement", args=[number]),
        back_title=number,
    )


@require_http_methods(["GET", "POST"])
def relations_page(request: HttpRequest) -> HttpResponse:
    """回避关系: what I declared, what a bureau recorded about me, on what basis; a new one is declared here."""
    own = (
        PlacementCase.objects.filter(applicant__user=request.user).select_related("employer").order_by("-pk")
    )
    running = [(case.number, f"{case.employer.name}（{case.number}）") for case in own if not case.ended]
    form = forms.DeclareForm(request.POST if request.method == "POST" else None, cases=running)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            relations.declare(
                own_case(request, data["number"]), actor=request.user, code=data["code"], note=data["note"]
            )
        except ActRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已申明，牵头部门将核实。"))
            return redirect("my:placement_relations")
    known = {row.code: row for row in relations.current_book().relations}
    person = TalentProfile.objects.filter(user=request.user).first()
    return render(
        request, "placements/my_relations.html",
        {"form": form if running else None, "known": list(known.values()),
         "declared": [(case, [known[code] for code in case.declared if code in known]) for case in own if case.declared],
         "recorded": [(row, known.get(row.code)) for row in relations.about(person)] if person else []},
    )  # fmt: skip


@require_POST
def answer_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to be offered to firms, or have the offer taken down."""
    offer = get_object_or_404(PersonOffer, pk=pk, person__user=request.user)
    agreed = request.POST.get("answer") == "yes"
    supply.consent_to_offer(offer, actor=request.user, agreed=agreed)
    flash.success(request, _("已同意发布。") if agreed else _("已撤下。"))
    return redirect("my:placements")
