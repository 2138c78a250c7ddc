"""申报书: the dossier as a task list, its parts, materials, check answers, submit, confirmation."""

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core.models import Case, Consent, Document
from talent.core.services import materials, policy
from talent.core.services.errors import ActRefused
from workflows import processes
from workflows.base import acts, telling
from workflows.base.nodes import CONFIRM, SUPPLEMENT

from .own import next_url, own_case, services_of


def draft(request: HttpRequest, number: str) -> Case:
    """A case whose dossier is open for writing: it waits for the talent's confirmation."""
    case = own_case(request, number)
    if not case.open_steps.filter(node=CONFIRM).exists():
        raise ActRefused(_("申报书已经提交，现在不能修改；需要更正时请联系受理单位要求补正。"))
    return case


@require_safe
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
         "open_parts": "、".join(part.title for part in parts if not part.complete), "team": getattr(case, "team", False)},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def part(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One part of the dossier: saved at any time, kept on errors."""
    case = draft(request, number)
    kind = processes.of(case).part(code)
    if kind is None:
        raise Http404
    page = kind(case, request.user, request.POST or None)
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
    return render(
        request, "portal/part.html",
        {"case": case, "page": page, "back": reverse("my:dossier", args=[number]), "back_title": _("申报书")},
    )  # fmt: skip


class UploadForm(forms.Form):
    """One file; its label names what it is of, because a page has several."""

    file = forms.FileField(
        help_text=gettext_lazy("PDF、JPG 或 PNG，不超过 20 兆"),
        error_messages={
            "required": gettext_lazy("请先选择文件再上传。"),
            "empty": gettext_lazy("文件是空的，请检查后重新选择。"),
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args, of: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("选择“%(name)s”的文件") % {"name": of}


@require_http_methods(["GET", "POST"])
def material_list(request: HttpRequest, number: str) -> HttpResponse:
    """Uploads: one row per material; a document submitted before is offered, never asked again."""
    case = own_case(request, number)
    step = telling.current_step(case)
    writable = bool(
        (step and step.waiting == "applicant" and step.node in (CONFIRM, SUPPLEMENT))
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
                form = UploadForm(request.POST, request.FILES, of=line.name)
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
            if request.POST.get("back") == "fix":
                return redirect("my:fix", number=number)
            return redirect(f"{reverse('my:materials', args=[number])}#{line.code}")
        except ActRefused as refusal:
            errors[line.code] = str(refusal)
    rows = [
        {
            "line": line,
            "form": UploadForm(auto_id=f"{line.code}_%s", of=line.name),
            "offers": materials.offers_for(line) if writable else [],
            "error": errors.get(line.code, ""),
        }
        for line in case.materials.select_related("version__document").order_by("order", "pk")
    ]
    return render(
        request,
        "portal/materials.html",
        {"case": case, "rows": rows, "writable": writable, "mark": case.edition.mark,
         "problems": [{"id": f"{row['line'].code}_file", "label": row["line"].name, "error": row["error"]}
                      for row in rows if row["error"]],
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
    problem, unpromised = "", ""
    if request.method == "POST":
        if request.POST.get("promise") != "yes":
            problem = unpromised = _("请阅读承诺并勾选后再提交。")
        else:
            try:
                acts.answer(case, CONFIRM, actor=request.user)
                return redirect("my:done", number=number)
            except ActRefused as refusal:
                problem = str(refusal)
    sections = [
        {
            "title": page.title,
            "url": f"{reverse('my:part', args=[number, page.code])}?back=review",
            "rows": page.summary(),
        }
        for page in [part(case, request.user, None) for part in processes.of(case).parts]
    ]
    return render(
        request,
        "portal/review.html",
        {"case": case, "sections": sections, "materials": list(case.materials.select_related("version")),
         "problems": [{"id": "promise" if unpromised else "", "label": "", "error": problem}] if problem else [],
         "problem": problem, "unpromised": unpromised,
         "open_parts": [one.title for one in services_of(case).dossier(case) if not one.complete], "mark": case.edition.mark},
    )  # fmt: skip


@require_safe
def done(request: HttpRequest, number: str) -> HttpResponse:
    """The confirmation: number, what next, receipt; safe to bookmark."""
    case = own_case(request, number)
    figures = policy.figures(case.edition)
    return render(
        request,
        "portal/done.html",
        {"case": case, "receipt": case.letters.filter(kind="receipt").first(), "days": figures.step("intake").limit,
         "sentence": telling.place_sentence(case, telling.current_step(case), reader=telling.Reader.APPLICANT), "phone": figures.guide.phone},
    )  # fmt: skip
