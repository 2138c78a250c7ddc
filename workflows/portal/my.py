"""我的办件: the applicant's cases, the dossier as a task list, materials, 补正, promise, progress."""

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from talent.core.models import Case, Consent, Document, Message, NotificationPreference, TalentProfile
from talent.core.services import cases, materials, messages, people, policy
from talent.core.services.errors import ActRefused
from workflows.base import acts, telling
from workflows.desk.access import find_case
from workflows.processes import BY_POLICY

from .dossier import PARTS, SaveDraft


def own_case(request: HttpRequest, number: str) -> Case:
    """A case of which the signed-in person is the applicant, or 404."""
    case = find_case(request, number)
    if case.applicant.user_id != request.user.pk:
        raise Http404
    return case


def services_of(case: Case):
    return BY_POLICY[case.policy].services


@require_GET
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
    return render(request, "portal/my_home.html", {"running": running, "finished": finished, "todo": todo})


def next_url(case: Case, node: str) -> str:
    """Where the applicant does what is awaited."""
    name = {"confirm": "my:dossier", "supplement": "my:fix", "promise": "my:promise"}.get(node, "my:case")
    return reverse(name, args=[case.number])


@require_GET
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """Progress: with whom, until when, why, what next."""
    case = own_case(request, number)
    step = telling.current_step(case)
    awaited = bool(step and step.waiting == "applicant")
    return render(
        request,
        "portal/my_case.html",
        {
            "case": case,
            "mark": case.edition.mark,
            "sentence": telling.place_sentence(case, step, public=True),
            "steps": telling.public_steps(case),
            "timeline": telling.timeline(case, public=True),
            "clock": telling.clock_panel(case),
            "letters": case.letters.filter(state="valid").select_related("issuer"),
            "materials": list(case.materials.select_related("version__document")),
            "blocking": []
            if case.ended
            else [one for one in cases.blocking_reasons(case) if one.code in ("promise", "supplement")],
            "awaited_url": next_url(case, step.node) if awaited else "",
            "awaited_title": step.public_title if awaited else "",
            "promise": case.promises.filter(state="accepted").first(),
            "can_withdraw": not case.ended and case.status != Case.Status.APPROVED,
            "can_urge": not case.ended and not awaited,
            "urges": case.urges.filter(made_by=request.user),
        },
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


# --- the dossier ---------------------------------------------------------------------------------------


def draft(request: HttpRequest, number: str) -> Case:
    """A case whose dossier is open for writing: it waits for the talent's confirmation."""
    case = own_case(request, number)
    if not case.open_steps.filter(node="confirm").exists():
        raise ActRefused(_("申报书已经提交，现在不能修改；需要更正时请联系受理单位要求补正。"))
    return case


@require_GET
def dossier(request: HttpRequest, number: str) -> HttpResponse:
    """The task list: parts in any order, submit when all are complete."""
    case = draft(request, number)
    parts = services_of(case).dossier(case)
    items = [
        {
            "label": part.title,
            "hint": part.hint,
            "status": _("已完成") if part.complete else _("未完成"),
            "tone": "" if part.complete else "info",
            "url": reverse("my:materials", args=[number])
            if part.code == "materials"
            else reverse("my:part", args=[number, part.code]),
        }
        for part in parts
    ]
    done = sum(part.complete for part in parts)
    return render(
        request,
        "portal/dossier.html",
        {"case": case, "mark": case.edition.mark, "items": items, "done": done, "total": len(parts), "ready": done == len(parts),
         "open_parts": "、".join(part.title for part in parts if not part.complete)},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def part(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One part of the dossier: saved at any time, kept on errors."""
    case = draft(request, number)
    kind = PARTS.get((case.policy, code))
    if kind is None:
        raise Http404
    page: SaveDraft = kind(case, request.user, request.POST or None)
    if request.method == "POST":
        if page.is_valid():
            try:
                page.save()
            except ActRefused as refusal:
                page.refuse(str(refusal))
            else:
                if request.headers.get("X-Autosave"):
                    return HttpResponse(status=204)
                flash.success(request, _("“%(part)s”已保存。") % {"part": page.title})
                return redirect(
                    (request.GET.get("back") == "review" and "my:review") or "my:dossier", number=number
                )
        elif request.headers.get("X-Autosave"):
            return HttpResponse(status=422)
    return render(request, "portal/part.html", {"case": case, "page": page, "mark": case.edition.mark})


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("选择文件"),
        help_text=gettext_lazy("PDF、JPG 或 PNG，不超过 20 兆"),
        error_messages={
            "required": gettext_lazy("请先选择文件再上传。"),
            "empty": gettext_lazy("文件是空的，请检查后重新选择。"),
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )


@require_http_methods(["GET", "POST"])
def material_list(request: HttpRequest, number: str) -> HttpResponse:
    """Uploads: one row per material; a document submitted before is offered, never asked again."""
    case = own_case(request, number)
    step = telling.current_step(case)
    writable = bool(
        (step and step.waiting == "applicant" and step.node in ("confirm", "supplement"))
        or case.promises.filter(state="accepted").exists()
    )
    errors: dict[str, str] = {}
    if request.method == "POST":
        line = get_object_or_404(case.materials, code=request.POST.get("code", ""))
        try:
            if not writable:
                raise ActRefused(_("现在不能修改材料；需要更正时请联系受理单位要求补正。"))
            if request.POST.get("reuse", "").isdigit():
                version = next(
                    (one for one in materials.offers_for(line) if one.pk == int(request.POST["reuse"])), None
                )
                if version is None:
                    raise ActRefused(_("这份材料不能复用，请重新上传。"))
                materials.reuse(line, version, actor=request.user)
            else:
                form = UploadForm(request.POST, request.FILES)
                if not form.is_valid():
                    raise ActRefused(form.errors["file"][0])
                document = (
                    Document.objects.filter(profile=case.applicant, type_code=line.code)
                    .order_by("-pk")
                    .first()
                )
                version = materials.store_upload(
                    form.cleaned_data["file"], owner=case.applicant, type_code=line.code, title=line.name,
                    actor=request.user, document=document,
                )  # fmt: skip
                materials.attach(line, version, actor=request.user)
            flash.success(request, _("“%(name)s”已上传。") % {"name": line.name})
            return redirect(f"{reverse('my:materials', args=[number])}#{line.code}")
        except ActRefused as refusal:
            errors[line.code] = str(refusal)
    rows = [
        {
            "line": line,
            "form": UploadForm(auto_id=f"{line.code}_%s"),
            "offers": materials.offers_for(line) if writable else [],
            "error": errors.get(line.code, ""),
        }
        for line in case.materials.select_related("version__document").order_by("order", "pk")
    ]
    return render(
        request,
        "portal/materials.html",
        {"case": case, "rows": rows, "writable": writable, "mark": case.edition.mark, "errors": errors,
         "consented": materials.has_consent(case.applicant, Consent.Purpose.REUSE),
         "promise": case.promises.filter(state="accepted").first(),
         "back": next_url(case, step.node) if step and step.waiting == "applicant" else reverse("my:case", args=[number])},
    )  # fmt: skip


@require_POST
def consent(request: HttpRequest, number: str) -> HttpResponse:
    """Agree, or no longer agree, that one's documents are offered to later cases."""
    case = own_case(request, number)
    if request.POST.get("agree") == "yes":
        materials.give_consent(case.applicant, Consent.Purpose.REUSE, text_version="1", actor=request.user)
        flash.success(request, _("已同意复用：以后申报时可以直接选用已提交的材料。"))
    else:
        materials.withdraw_consent(case.applicant, Consent.Purpose.REUSE, actor=request.user)
        flash.success(request, _("已撤回同意：以后的申报不再提供已提交的材料。"))
    return redirect("my:materials", number=number)


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, number: str) -> HttpResponse:
    """核对并提交: every answer once more, then submit."""
    case = draft(request, number)
    problem = ""
    if request.method == "POST":
        if request.POST.get("promise") != "yes":
            problem = _("请阅读承诺并勾选后再提交。")
        else:
            try:
                acts.answer(case, "confirm", actor=request.user)
                return redirect("my:done", number=number)
            except ActRefused as refusal:
                problem = str(refusal)
    sections = [
        {
            "title": page.title,
            "url": f"{reverse('my:part', args=[number, code])}?back=review",
            "rows": page.summary(),
        }
        for (slug, code), kind in PARTS.items()
        if slug == case.policy
        for page in [kind(case, request.user, None)]
    ]
    return render(
        request,
        "portal/review.html",
        {"case": case, "sections": sections, "materials": list(case.materials.select_related("version")), "problem": problem,
         "open_parts": [one.title for one in services_of(case).dossier(case) if not one.complete], "mark": case.edition.mark},
    )  # fmt: skip


@require_GET
def done(request: HttpRequest, number: str) -> HttpResponse:
    """The confirmation: number, what next, receipt; safe to bookmark."""
    case = own_case(request, number)
    figures = policy.figures(case.edition)
    return render(
        request,
        "portal/done.html",
        {"case": case, "receipt": case.letters.filter(kind="receipt").first(), "days": figures.step("intake").limit,
         "sentence": telling.place_sentence(case, telling.current_step(case), public=True), "phone": figures.guide.phone},
    )  # fmt: skip


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
            acts.answer(case, "supplement", actor=request.user, answers=answers)
        except ActRefused as refusal:
            problem = str(refusal)
        else:
            flash.success(request, _("已补正，办理时限恢复计算，由原经办人继续办理。"))
            return redirect("my:case", number=number)
    rows = [
        {
            "item": item,
            "form": UploadForm(auto_id=f"i{item.pk}_%s"),
            "answer": request.POST.get(f"answer_{item.pk}", item.answer),
        }
        for item in items
    ]
    return render(
        request, "portal/fix.html", {"case": case, "supplement": supplement, "rows": rows, "problem": problem}
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
        acts.answer(case, "promise", actor=request.user, accepted=accepted)
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
        row = get_object_or_404(
            Message.objects.filter(recipient=request.user), row_key=request.POST.get("message", "")
        )
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
