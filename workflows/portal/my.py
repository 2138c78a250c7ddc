"""我的办件: the applicant's cases, the dossier as a task list, materials, 补正, promise, progress."""

import uuid

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core.models import Case, Document, Message, NotificationPreference, TalentProfile, together
from talent.core.services import cases, materials, messages, people
from talent.core.services.errors import ActRefused
from talent.green_channel.services import team
from workflows import processes
from workflows.base import acts, telling
from workflows.base.nodes import PROMISE, SUPPLEMENT
from workflows.desk.aftercare.doors import is_recognised

from .filing import UploadForm
from .own import next_url, own_case, services_of
from .subsidies import payments_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What to do first, then running and finished cases."""
    mine = (
        Case.objects.filter(applicant__user=request.user)
        .select_related("employer", "edition")
        .prefetch_related("open_steps")
        .order_by("-pk")[:100]
    )
    running, finished, todo = [], [], []
    for case in mine:
        step = next(iter(case.open_steps.all()), None)
        row = {"case": case, "step": step}
        (finished if case.ended else running).append(row)
        if step and step.waiting == "applicant":
            todo.append(row | {"url": next_url(case, step.node)})
    return render(
        request,
        "portal/my_home.html",
        {"running": running, "finished": finished, "todo": todo, "teams": team.seats_of(request.user)},
    )


@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """Progress: with whom, until when, why, what next."""
    case = own_case(request, number)
    read = {
        "events": telling.events_of(case),
        "materials": case.materials.select_related("version__document"),
        "supplements": case.supplements.all(),
        "promises": case.promises.all(),
        "publicities": case.publicities.all(),
        "extensions": case.extensions.all(),
    }
    shown = case.letters.filter(state="valid").select_related("issuer")
    urges = case.urges.filter(made_by=request.user)
    awards = case.awards.order_by("pk")
    together.fill(*read.values(), shown, urges, awards)
    together.keep(case, **read)
    events = case.events.all()
    step = telling.current_step(case)
    awaited = bool(step and step.waiting == "applicant")
    return render(
        request,
        "portal/my_case.html",
        {
            "case": case,
            "mark": case.edition.mark,
            "sentence": telling.place_sentence(case, step, reader=telling.Reader.APPLICANT),
            "steps": telling.public_steps(case),
            "timeline": telling.timeline(case, public=True, events=events),
            "clock": telling.clock_panel(case, events=events),
            "letters": shown,
            "materials": list(case.materials.all()),
            "outstanding": [] if case.ended or not case.submitted_at else materials.outstanding(case),
            "blocking": []
            if case.ended
            else [one for one in cases.blocking_reasons(case) if one.code in ("promise", "supplement")],
            "awaited_url": next_url(case, step.node) if awaited else "",
            "awaited_title": step.public_title if awaited else "",
            "promise": next((one for one in case.promises.all() if one.state == "accepted"), None),
            "can_withdraw": not case.ended and case.status != Case.Status.APPROVED,
            "can_urge": not case.ended and not awaited,
            "recognised": is_recognised(case),
            "team": getattr(case, "team", False),
            "urges": urges,
            "payments": payments_of(awards),
        }
        | processes.of(case).explained(case),
    )


class NoteForm(forms.Form):
    note = forms.CharField(max_length=300, min_length=2)


@require_POST
def urge(request: HttpRequest, number: str) -> HttpResponse:
    case = own_case(request, number)
    form = NoteForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("请写明催办的内容（2至300个字）。"))
        return redirect("my:case", number=number)
    try:
        cases.urge(case, actor=request.user, note=form.cleaned_data["note"])
        flash.success(request, _("催办已送达经办单位，答复会显示在本页。"))
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    return redirect("my:case", number=number)


@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    case = own_case(request, number)
    try:
        acts.withdraw(case, actor=request.user, reason=request.POST.get("reason", "").strip()[:200])
        flash.success(request, _("已撤回申报。已提交的材料保留在“我的材料”，重新申报时可以直接使用。"))
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    return redirect("my:case", number=number)


# --- what the officer asked for --------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def fix(request: HttpRequest, number: str) -> HttpResponse:
    """补正: only what the notice lists, with its reason; then back to the same officer."""
    case = own_case(request, number)
    supplement = case.supplements.filter(state="open").first()
    if supplement is None:
        flash.info(request, _("没有待补正的事项。"))
        return redirect("my:case", number=number)
    items = list(supplement.items.select_related("material__version__document", "before"))
    problem = ""
    if request.method == "POST":
        answers = {item.pk: request.POST.get(f"answer_{item.pk}", "")[:300] for item in items}
        try:
            acts.answer(case, SUPPLEMENT, actor=request.user, answers=answers)
        except ActRefused as refusal:
            problem = str(refusal)
        else:
            flash.success(request, _("已补正，办理时限恢复计算，由原经办人继续办理。"))
            return redirect("my:case", number=number)
    rows = [
        {
            "item": item,
            "form": UploadForm(auto_id=f"i{item.pk}_%s", of=str(item.subject)),
            "answer": request.POST.get(f"answer_{item.pk}", item.answer),
        }
        for item in items
    ]
    return render(
        request,
        "portal/fix.html",
        {
            "case": case,
            "supplement": supplement,
            "rows": rows,
            "problem": problem,
            "problems": [{"id": "", "label": "", "error": problem}] if problem else [],
        },
    )


@require_http_methods(["GET", "POST"])
def promise(request: HttpRequest, number: str) -> HttpResponse:
    """告知承诺: read, then accept or decline; declining has no disadvantage."""
    case = own_case(request, number)
    offered = case.promises.filter(state="offered").first()
    if offered is None:
        flash.info(request, _("没有待答复的容缺承诺。"))
        return redirect("my:case", number=number)
    if request.method == "POST":
        accepted = request.POST.get("answer") == "accept"
        acts.answer(case, PROMISE, actor=request.user, accepted=accepted)
        flash.success(
            request,
            _("已作出承诺，申报已容缺受理，请按期补齐材料。")
            if accepted
            else _("已选择不承诺，受理单位将按一般程序办理。"),
        )
        return redirect("my:case", number=number)
    return render(request, "portal/promise.html", {"case": case, "offered": offered})


@require_POST
def fulfil(request: HttpRequest, number: str) -> HttpResponse:
    """Everything promised is uploaded: say so."""
    case = own_case(request, number)
    live = case.promises.filter(state="accepted").first()
    if live is None:
        flash.info(request, _("没有待履行的容缺承诺。"))
        return redirect("my:case", number=number)
    try:
        services_of(case).fulfil_promise(live, actor=request.user)
        flash.success(request, _("承诺的材料已全部补齐。"))
    except ActRefused as refusal:
        flash.error(request, str(refusal))
        return redirect("my:materials", number=number)
    return redirect("my:case", number=number)


# --- messages and account --------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def message_list(request: HttpRequest) -> HttpResponse:
    """In-app messages; reading is noted."""
    if request.method == "POST":
        try:
            key = uuid.UUID(request.POST.get("message", ""))
        except ValueError:
            raise Http404 from None
        row = get_object_or_404(Message.objects.filter(recipient=request.user), row_key=key)
        messages.mark_read(row, reader=request.user)
        return redirect("my:messages")
    rows = Message.objects.filter(recipient=request.user).select_related("case").order_by("-pk")[:100]
    return render(request, "portal/messages.html", {"rows": rows})


class PersonForm(forms.Form):
    """The account's own data and notification preferences."""

    email = forms.EmailField(label=gettext_lazy("电子邮箱"), required=False)
    by_email = forms.BooleanField(label=gettext_lazy("同时发送电子邮件"), required=False)
    reminders = forms.BooleanField(label=gettext_lazy("发送到期提醒"), required=False)


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Account, preferences, and the documents in the vault."""
    preference = NotificationPreference.objects.filter(user=request.user).first() or NotificationPreference(
        user=request.user
    )
    form = PersonForm(
        request.POST or None,
        initial={
            "email": request.user.email,
            "by_email": preference.email,
            "reminders": preference.reminders,
        },
    )
    if request.method == "POST" and form.is_valid():
        request.user.email = form.cleaned_data["email"]
        request.user.save(update_fields=["email"])
        preference.email, preference.reminders = form.cleaned_data["by_email"], form.cleaned_data["reminders"]
        preference.save()
        flash.success(request, _("已保存。"))
        return redirect("my:account")
    profile = TalentProfile.objects.filter(user=request.user).first()
    documents = Document.objects.filter(profile=profile).prefetch_related("versions") if profile else []
    return render(request, "portal/account.html", {"form": form, "profile": profile, "documents": documents})


@require_POST
def reveal_own(request: HttpRequest) -> HttpResponse:
    """One's own numbers, shown once and recorded."""
    profile = get_object_or_404(TalentProfile, user=request.user)
    value = people.reveal(profile, "id_number", actor=request.user, reason=_("本人查看"))
    return render(request, "portal/revealed.html", {"value": value})
