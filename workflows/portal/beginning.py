"""How a case begins, for every process of the register: at /unit/ about a person, at /my/ by the person himself."""

import uuid
from typing import Any

from django.contrib import messages as flash
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talent.core import roles
from talent.core.forms import CandidateForm
from talent.core.models import Case, Organisation, TalentLead, TalentProfile, User
from talent.core.services import atlas, candidates, people, policy
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, NotAllowed
from workflows import processes
from workflows.base import Begins, Process, acts
from workflows.base.nodes import REVISE
from workflows.desk.access import find_case

from .own import posts_at_unit


def _process(slug: str, begins: Begins) -> Process:
    process = processes.find(slug)
    if process is None or process.begins is not begins:
        raise Http404
    return process


def _key(request: HttpRequest) -> uuid.UUID:
    """The key of the form as it was shown: the same form sent twice opens one case."""
    try:
        return uuid.UUID(request.POST.get("submission_key", ""))
    except ValueError:
        return uuid.uuid4()


def _sentence(refusal: Exception) -> str:
    return "；".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


# --- by an organisation, about a person ----------------------------------------------------------------------


def _unit_form(request: HttpRequest, process: Process, posts: list[Standing], **more: Any) -> CandidateForm:
    """The first form with the employers the reader may name: a bureau any, an employer itself."""
    employers = Organisation.objects.confirmed().employers()
    if not any(post.role is not roles.HR for post in posts):
        employers = employers.filter(pk__in=[post.organisation.pk for post in posts])
    return process.begin_form(request.POST or None, employers=employers.order_by("name", "pk"), **more)


@require_http_methods(["GET", "POST"])
def at_unit(request: HttpRequest, slug: str) -> HttpResponse:
    """Name a person and his employer; the person gets an invitation to confirm."""
    process = _process(slug, Begins.UNIT)
    posts = posts_at_unit(request, *process.begun_by)
    lead = _lead(request, process)
    known = _known(lead) if lead else {}
    form, key = _unit_form(request, process, posts, **known), _key(request)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():
                case = process.begin(
                    actor=request.user, recommender=_recommender(posts, data["employer"]), employer=data["employer"],
                    candidate=_candidate(request.user, data, lead), submission_key=key, **form.facts(),
                    **({"lead": lead} if lead else {}),
                )  # fmt: skip
                process.flow.start_for(case)
                link = _invite(request, case)
        except (ActRefused, ValidationError, ValueError) as refusal:
            form.add_error(None, _sentence(refusal))
        else:
            flash.success(request, _("已提交，办件编号 %(number)s，等待本人确认。") % {"number": case.number})
            if link:
                return render(
                    request, "portal/invited.html", {"case": case, "link": request.build_absolute_uri(link)}
                )
            return redirect("unit:case", number=case.number)
    return _shown(request, process, form, key, back=reverse("unit:home"), back_title=_("单位工作台"))


def _shown(
    request: HttpRequest, process: Process, form: Any, key: Any, *, back: str, back_title: str
) -> HttpResponse:
    return render(
        request, "portal/begin.html",
        {"form": form, "submission_key": key, "mark": policy.edition_for(process.policy).mark,
         "heading": form.heading, "button": form.button, "back": back, "back_title": back_title},
    )  # fmt: skip


def _recommender(posts: list[Standing], employer: Organisation) -> Organisation:
    """The employer itself when its HR begins the case, else the recommending bureau."""
    for post in posts:
        if post.role is roles.HR and post.organisation.pk == employer.pk:
            return post.organisation
    for post in posts:
        if post.role is not roles.HR:
            return post.organisation
    raise NotAllowed(_("您只能推荐本单位的人选。"))


def _lead(request: HttpRequest, process: Process) -> TalentLead | None:
    """The lead of the atlas the address names; 404 for one the reader may not recommend."""
    if "lead" not in request.GET:
        return None
    found = atlas.usable_lead(request.user, request.GET["lead"]) if process.from_leads else None
    if found is None:
        raise Http404
    return found


def _known(lead: TalentLead) -> dict[str, Any]:
    """What the atlas knows, as the first form takes it: everything filled in, the sealed values masked."""
    initial = {
        name: getattr(lead, name)
        for name in (
            "kind", "chain", "field", "level_code", "criterion", "project_title", "project_summary", "why_direct",
            "engagement", "contract_years",
        )
    }  # fmt: skip
    initial |= {"candidate_name": lead.name, "candidate_id_kind": lead.id_kind, "employer": lead.employer_id}
    sealed = {"candidate_id_number": lead.id_number, "candidate_email": lead.email}
    return {"initial": initial, "kept": {name: str(value) for name, value in sealed.items() if value}}


def _candidate(actor: User, data: dict[str, Any], lead: TalentLead | None) -> TalentProfile:
    """The person by identity number; one who is known here keeps the record, nothing is asked twice."""
    if lead is not None:
        number, email = atlas.identity_of(lead, actor=actor)
        data = data | {
            "candidate_id_number": data["candidate_id_number"] or number,
            "candidate_email": data["candidate_email"] or email,
        }
    return people.known_or_recorded(
        actor=actor, name=data["candidate_name"].strip(), id_kind=data["candidate_id_kind"],
        id_number=data["candidate_id_number"], email=data["candidate_email"],
    )  # fmt: skip


def _invite(request: HttpRequest, case: Case) -> str:
    """A link by which a person without an account opens one; shown once to whoever named him."""
    if case.applicant.user_id:
        return ""
    return reverse("join", args=[candidates.invite(case, actor=request.user)])


@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest, number: str) -> HttpResponse:
    """The first form came back: change it and send it on."""
    posts = posts_at_unit(request)
    case = find_case(request, number)
    step = case.open_steps.filter(node=REVISE).first()
    if step is None or case.recommender_id not in {post.organisation.pk for post in posts}:
        raise Http404
    form = _unit_form(request, processes.of(case), posts, instance=case, revising=True)
    if request.method == "POST" and form.is_valid():
        acts.answer(case, REVISE, actor=request.user, **form.facts())
        flash.success(request, _("已修改，等待本人再次确认。"))
        return redirect("unit:case", number=number)
    return render(
        request, "portal/begin.html",
        {"form": form, "submission_key": "", "mark": case.edition.mark, "heading": _("修改推荐"),
         "button": form.button, "back": reverse("unit:case", args=[number]), "back_title": number},
    )  # fmt: skip


# --- by the person himself ------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def at_my(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin one's own application: a draft under /my/, filled in whenever there is time. A draft there is goes on."""
    process = _process(slug, Begins.APPLICANT)
    profile = TalentProfile.objects.filter(user=request.user).first()
    draft = Case.objects.filter(
        applicant__user=request.user, policy=process.policy, status=Case.Status.DRAFT
    ).first()
    if draft is not None:
        flash.info(request, _("您有一份未提交的申报书，可以接着填写。"))
        return redirect("my:dossier", number=draft.number)
    form, key = process.begin_form(request.POST or None, profile=profile), _key(request)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                applicant = profile or people.create_profile(
                    actor=request.user, user=request.user, **form.person()
                )
                case = process.begin(
                    actor=request.user, applicant=applicant, submission_key=key, **form.facts()
                )
                process.flow.start_for(case)
        except (ActRefused, ValidationError, ValueError) as refusal:
            form.add_error(None, _sentence(refusal))
        else:
            flash.success(
                request,
                _("已建立申报书，办件编号 %(number)s；可以随时保存，下次接着填写。")
                % {"number": case.number},
            )
            return redirect("my:dossier", number=case.number)
    return _shown(request, process, form, key, back=reverse("guide", args=[slug]), back_title=_("办事指南"))
