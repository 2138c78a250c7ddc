"""The case page and the page on which an officer reads and decides."""

from decimal import Decimal

from django.contrib import messages as flash
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.models import (
    Case,
    Delivery,
    DocumentVersion,
    Letter,
    LetterRead,
    SupplementItem,
    together,
)
from talent.core.services import appointments, cases, checks, letters, materials, policy
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from workflows import processes
from workflows.base import acts, telling
from workflows.base.joint import CheckTask
from workflows.base.nodes import ReviewTask
from workflows.models import OpenStep

from . import checking, counties, limits, worklist
from .access import find_case, find_officer_case, find_officer_step, guest, officers, only_checking
from .aftercare.doors import is_recognised
from .small import MessageForm, NoteForm, ReasonForm, StopForm, TransferForm


def facts_of(case: Case) -> list[dict]:
    """The dossier's facts as rows, personal numbers masked."""
    person = case.applicant
    rows = [
        # first, because a printed page has no breadcrumbs
        (_("办件编号"), case.number),
        (_("申请人"), person.name),
        (_("证件类型"), person.get_id_kind_display()),
        (_("证件号码"), str(person.id_number or "")),
        (_("手机号码"), str(person.mobile or "")),
        (_("国籍（地区）"), person.nationality),
        (_("研究领域"), person.research_field),
        (_("拟申报层次"), case.level_code and f"{case.level_code}类"),
        (_("用人单位"), case.employer.name if case.employer else ""),
        (_("推荐单位"), case.recommender.name if case.recommender else ""),
        (_("县市区"), case.region.name),
        (_("产业链"), str(case.chain) if case.chain else ""),
        (_("链长"), case.chain.leader if case.chain else ""),
    ]
    for name in case.facts:
        field = case._meta.get_field(name)
        display = getattr(case, f"get_{name}_display", None)
        value = display() if display else getattr(case, name)
        if isinstance(value, bool):
            value = _("是") if value else _("否")
        rows.append((str(field.verbose_name), f"{value:,.2f}" if isinstance(value, Decimal) else value))
    return [{"label": label, "value": value} for label, value in rows]


# Lists that only the case of some policies has.
_OWN_LISTS = ("members", "achievements", "needs", "panels", "agenda_items")


def _read_together(case: Case) -> None:
    """Every list a case page shows, in one statement; afterwards `case.<list>.all()` asks nothing more."""
    lists = {
        "supplements": case.supplements.all(),
        "materials": case.materials.select_related("version__document"),
        "promises": case.promises.all(),
        "publicities": case.publicities.all(),
        "extensions": case.extensions.select_related("asked_by"),
        "events": telling.events_of(case),
        "notes": case.notes.select_related("author", "organisation"),
        "messages": case.messages.select_related("recipient"),
        "urges": case.urges.select_related("made_by", "replied_by"),
        "letters": case.letters.select_related("issuer"),
    } | {name: getattr(case, name).all() for name in _OWN_LISTS if hasattr(case, name)}
    career = {"educations": case.applicant.educations.all(), "employments": case.applicant.employments.all()}
    items = SupplementItem.objects.filter(supplement__case=case.pk).select_related("before", "after")
    reads = LetterRead.objects.filter(letter__case=case.pk)
    deliveries = Delivery.objects.filter(message__case=case.pk)
    together.fill(*lists.values(), *career.values(), items, reads, deliveries)
    together.keep(case, **lists)
    together.keep(case.applicant, **career)
    together.hang(lists["supplements"], "items", items)
    together.hang(lists["letters"], "reads", reads)
    together.hang(lists["messages"], "deliveries", deliveries)


def touching(request: HttpRequest, case: Case) -> list[dict]:
    """Other cases of the same person, spouse, home or account; a link and a number only for who may see the case."""
    found = processes.of(case).touched(case)
    if not found:
        return []
    visible = Case.objects.visible_to(request.user).filter(pk__in=[one.case.pk for one in found])
    numbers = dict(visible.values_list("pk", "number"))
    return [{"text": one.text, "number": numbers.get(one.case.pk, "")} for one in found]


def dossier_context(request: HttpRequest, case: Case) -> dict:
    """What both pages show of a case."""
    _read_together(case)
    events = case.events.all()
    open_steps = telling.open_steps(case)
    step = next(iter(open_steps), None)
    return {
        "case": case,
        "open_steps": open_steps,
        "mark": case.edition.mark,
        "sentence": telling.place_sentence(case, step, reader=telling.Reader.OFFICER),
        "step": step,
        "facts": facts_of(case),
        "clock": telling.clock_panel(case, events=events),
        "timeline": telling.timeline(case, public=False, events=events),
        "materials": list(case.materials.all()),
        "outstanding": [] if case.ended else materials.outstanding(case),
        "blocking": [] if case.ended else cases.blocking_reasons(case),
        "supplements": case.supplements.all(),
        "notes": [
            {
                "who": f"{note.author} {note.organisation or ''}",
                "when": note.made_at,
                "text": note.text,
                "kind": "internal",
            }
            for note in case.notes.all()
        ],
        "sent": case.messages.all(),
        "urges": case.urges.all(),
        "letters": case.letters.all(),
        **{name: getattr(case, name).all() if hasattr(case, name) else [] for name in _OWN_LISTS},
        "educations": case.applicant.educations.all(),
        "employments": case.applicant.employments.all(),
        "touching": touching(request, case),
    } | processes.of(case).explained(case)


def acting_on(request: HttpRequest, open_steps: list[OpenStep]) -> list[dict]:
    """Every officer's step with what the viewer may do in it; those he has no part in are left out."""
    posts, rows = request.held_posts, []
    for step in open_steps:
        at_home = [post for post in posts if post.organisation.pk == step.organisation_id]
        # Somebody without the post is not told so on every case; somebody who has it and may not act is.
        has_post = any(post.role.codename == step.role for post in at_home)
        is_mine, is_head = step.owner_id == request.user.pk, any(p.role == roles.BUREAU_HEAD for p in at_home)
        if not (has_post or is_mine or is_head):
            continue
        refused, stands_in = "", step.task.flow_task.stands_in(request.user, step.task)
        if has_post and (stands_in or step.owner_id is None):
            refused = step.task.flow_task.refusal(request.user, step.task, for_whom=step.owner_id)
        people = appointments.holders(roles.BY_CODENAME[step.role], step.organisation)
        rows.append(
            {
                "step": step,
                "refused": refused,
                "can_claim": has_post and step.owner_id is None and not refused,
                "stands_in": stands_in and not refused,
                "is_mine": is_mine,
                "can_transfer": is_mine or is_head,
                "put_back_form": ReasonForm(auto_id=f"putback{step.pk}_%s"),
                "transfer_form": TransferForm(
                    people=[one for one in people if one != request.user], auto_id=f"transfer{step.pk}_%s"
                ),
            }
        )
    return rows


@require_safe
@officers
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One case, everything about it, and the acts that are possible now."""
    case = find_officer_case(request, number, checking=True)
    if only_checking(request, case):
        return checking.bureau_page(request, case, acting_on(request, telling.open_steps(case)))
    context = dossier_context(request, case)
    posts = request.held_posts
    parties = {party.organisation_id for party in case.parties.all()}
    may = {act for post in posts if post.organisation.pk in parties for act in post.role.acts}
    context |= {
        "steps": acting_on(request, context["open_steps"]),
        "checks": checking.panel(request, case),
        "can_take_back": not acts.refusal_to_take_back(case, request.user),
        "can_stop": roles.Act.STOP in may and not case.ended,
        "can_supervise": roles.Act.SUPERVISE in may and not case.ended,
        "can_reveal": roles.Act.REVEAL in may,
        "take_back_form": ReasonForm(auto_id="takeback_%s"),
        "stop_form": StopForm(auto_id="stop_%s"),
        "supervise_form": ReasonForm(auto_id="supervise_%s"),
        "reveal_form": ReasonForm(auto_id="reveal_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
        "message_form": MessageForm(auto_id="message_%s"),
        **limits.offers(request, case, may),
        **counties.offers(request, case, context["open_steps"]),
        "recognised": is_recognised(case),
        "has_sheet": processes.of(case).sheet is not None,
        "chart_url": reverse("chart", args=[processes.of(case).slug]),
    }
    return render(request, "desk/case.html", context)


@require_http_methods(["GET", "POST"])
@officers
def decide(request: HttpRequest, number: str, node: str) -> HttpResponse:
    """Read and decide on one page. A GET changes nothing; the POST claims, decides and moves on in one transaction."""
    case, step = find_officer_step(request, number, node)
    flow_task = step.task.flow_task
    check = flow_task.check(case) if isinstance(flow_task, CheckTask) else None
    if not isinstance(flow_task, ReviewTask) or (check is None and only_checking(request, case)):
        raise Http404
    posted = request.method == "POST"
    form = flow_task.form_for(case, request.POST if posted else None)
    # A form in order is decided below, where the right is asked under the lock; anything else is asked here.
    if not (posted and form.is_valid()):
        refused = flow_task.refusal(request.user, step.task)
        if refused and posted:
            raise NotAllowed(refused)
        if refused or (step.owner_id and step.owner_id != request.user.pk):
            taken = _("该环节已由%(name)s领取。") % {"name": step.owner}
            if posted:
                raise Conflict(taken)
            flash.warning(request, refused or taken)
            return redirect("desk:case", number=number)
    status = 200
    if posted and form.is_valid():
        try:
            case = acts.decide(step, actor=request.user, facts=form.facts())
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
            # A lost race keeps what was written on the page, for copying; its status says that nothing was done.
            status = 409 if isinstance(refusal, Conflict) else 200
        else:
            flash.success(request, _("已办理 %(number)s“%(step)s”。%(next)s") % {
                "number": case.number, "step": step.title,
                "next": telling.next_sentence(case),
            })  # fmt: skip
            return redirect(_after(request, case))
    light = worklist.light_of(step, telling.calendar.today(), telling.calendar.current())
    context = {
        "form": form,
        "step": step,
        "step_title": step.title,
        "phrases": policy.figures(case.edition).phrases(flow_task.step_code),
        "light": light[0],
        "words": telling.words_for(*light),
    }
    if check is not None:
        return render(
            request, "desk/check.html", checking.context_of(request, case, check) | context, status=status
        )
    context = dossier_context(request, case) | context
    context |= {
        "checks": checking.panel(request, case),
        "checklist": form.checklist() if form.uses_checklist else [],
        "drafted": next(
            (event for event in reversed(case.events.all()) if event.kind == "decision_drafted"), None
        ),
    }
    return render(request, "desk/decide.html", context, status=status)


def _after(request: HttpRequest, case: Case) -> str:
    """提交并办下一件: the next step of mine, soonest due first; else the case."""
    if "next" in request.POST:
        following = (
            OpenStep.objects.mine(request.user).order_by("due_on", "pk").select_related("case").first()
        )
        if following is None:
            following = (
                worklist.steps(request.user, request.held_posts, "claim")
                .order_by("due_on", "pk")
                .select_related("case")
                .first()
            )
        if following is not None:
            return reverse("desk:decide", args=[following.case.number, following.node])
        flash.info(request, _("没有更多待办了。"))
        return reverse("desk:home")
    return reverse("desk:case", args=[case.number])


@require_safe
@officers
def sheet(request: HttpRequest, number: str) -> HttpResponse:
    """审批表 as PDF, for whoever reads the case from inside, finance among them."""
    case = find_officer_case(request, number)
    made = processes.of(case).sheet
    if made is None:
        raise Http404
    response = HttpResponse(made(case, actor=request.user), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{case.number}.pdf"'
    return response


# --- files: only through visible_to ------------------------------------------------------------------


def _version_of(request: HttpRequest, number: str, code: str) -> DocumentVersion:
    case = find_case(request, number)
    line = get_object_or_404(case.materials.select_related("version__document"), code=code)
    if only_checking(request, case) and code not in checks.materials_for(request.user, case):
        raise Http404
    if line.version is None:
        raise Http404
    # An expert reads what the edition opens to experts, and no identity document or contract.
    if guest(request, case) and code not in policy.figures(case.edition).panel.materials:
        raise Http404
    return line.version


def sent(version: DocumentVersion) -> FileResponse:
    """A stored file as a download. The caller has asked who may have it."""
    kept = materials.open_file(version)
    return FileResponse(
        kept.open(),
        content_type=kept.content_type,
        as_attachment=True,
        filename=kept.name,
        headers={"Content-Length": str(kept.size)},
    )


@require_safe
def material_file(request: HttpRequest, number: str, code: str) -> FileResponse:
    """A material of a case, as stored."""
    return sent(_version_of(request, number, code))


@require_safe
def material_page(request: HttpRequest, number: str, code: str, page: int) -> HttpResponse:
    """One page of a material as an image, for reading beside the decision."""
    version = _version_of(request, number, code)
    if not 1 <= page <= max(version.pages, 1):
        raise Http404
    return HttpResponse(materials.preview_page(version, page), content_type="image/png")


@require_safe
def letter_file(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """A letter's PDF; the applicant's first opening is its 送达回证."""
    case = find_case(request, number)
    if guest(request, case):
        raise Http404
    letter = get_object_or_404(Letter.objects.filter(case_id=case.pk), check_code=code)
    if only_checking(request, case) or not processes.of(case).may_read(letter, request.user):
        raise Http404
    if not letter.rendered_at:
        letters.render(letter)
        letter.refresh_from_db()
    if not letter.pdf:
        flash.info(request, _("文书正在生成，请一分钟后再下载。"))
        return redirect(request.META.get("HTTP_REFERER") or reverse("home_after_login"))
    letters.acknowledge(letter, reader=request.user)
    return FileResponse(
        letters.open_pdf(letter),
        content_type="application/pdf",
        filename=f"{letter.title}-{letter.check_code}.pdf",
    )
