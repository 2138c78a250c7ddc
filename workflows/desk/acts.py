"""The small acts of the case page: every one a POST that answers with a sentence."""

from collections.abc import Callable

from django import forms
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from talent.core.models import User
from talent.core.services import cases, messages, people
from talent.core.services.errors import ActRefused
from workflows.base import acts, telling

from .access import find_officer_case, find_officer_step, officers
from .small import MessageForm, NoteForm, ReasonForm, StopForm, TransferForm


def _act(request: HttpRequest, number: str, done: str, act: Callable[[], object]) -> HttpResponse:
    """Do `act`, say `done` or the refusal, and go back to the case."""
    try:
        act()
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    else:
        flash.success(request, done)
    return redirect("desk:case", number=number)


def _clean(request: HttpRequest, form: forms.Form) -> dict:
    """The clean data of a small form; a wrong one is refused with its own sentence."""
    if not form.is_valid():
        problems = "；".join(
            f"{form.fields[name].label}：{errors[0]}"
            for name, errors in form.errors.items()
            if name in form.fields
        )
        raise ActRefused(problems or _("请填写完整后再提交。"))
    return form.cleaned_data


@require_POST
@officers
def claim(request: HttpRequest, number: str, node: str) -> HttpResponse:
    _case, step = find_officer_step(request, number, node)
    try:
        acts.claim(step, actor=request.user)
    except ActRefused as refusal:
        flash.error(request, str(refusal))
        return redirect("desk:case", number=number)
    flash.success(request, _("已领取“%(step)s”，请办理。") % {"step": step.title})
    return redirect("desk:decide", number=number, node=node)


@require_POST
@officers
def put_back(request: HttpRequest, number: str, node: str) -> HttpResponse:
    _case, step = find_officer_step(request, number, node)
    return _act(
        request, number, _("已放回待领取。"),
        lambda: acts.put_back(step, actor=request.user, reason=_clean(request, ReasonForm(request.POST))["reason"]),
    )  # fmt: skip


@require_POST
@officers
def transfer(request: HttpRequest, number: str, node: str) -> HttpResponse:
    _case, step = find_officer_step(request, number, node)

    def act() -> None:
        form = TransferForm(request.POST, people=User.objects.filter(is_active=True).order_by("pk"))
        data = _clean(request, form)
        acts.transfer(step, actor=request.user, to=User.objects.get(pk=data["to"]), reason=data["reason"])

    return _act(request, number, _("已转办，新的经办人会在待办中看到。"), act)


@require_POST
@officers
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    case = find_officer_case(request, number)
    return _act(
        request, number, _("已撤回，请重新办理。"),
        lambda: acts.take_back(case, actor=request.user, reason=_clean(request, ReasonForm(request.POST))["reason"]),
    )  # fmt: skip


@require_POST
@officers
def stop(request: HttpRequest, number: str) -> HttpResponse:
    case = find_officer_case(request, number)

    def act() -> None:
        data = _clean(request, StopForm(request.POST))
        acts.stop(case, actor=request.user, reason=data["reason"], clause=data["clause"])

    return _act(request, number, _("已终止办理，终止通知书已制发。"), act)


@require_POST
@officers
def supervise(request: HttpRequest, number: str) -> HttpResponse:
    case = find_officer_case(request, number)
    return _act(
        request, number, _("督办已发出，经办人须答复。"),
        lambda: cases.supervise(case, actor=request.user, note=_clean(request, ReasonForm(request.POST))["reason"]),
    )  # fmt: skip


@require_POST
@officers
def reply(request: HttpRequest, number: str, urge: int) -> HttpResponse:
    case = find_officer_case(request, number)
    row = get_object_or_404(case.urges, pk=urge)
    return _act(
        request, number, _("已答复。"),
        lambda: cases.reply_to_urge(row, actor=request.user, reply=_clean(request, ReasonForm(request.POST))["reason"]),
    )  # fmt: skip


@require_POST
@officers
def note(request: HttpRequest, number: str) -> HttpResponse:
    case = find_officer_case(request, number)
    post = next(
        (one for one in request.held_posts if case.parties.filter(organisation=one.organisation).exists()),
        None,
    )
    return _act(
        request, number, _("已留言。"),
        lambda: messages.note(
            case, _clean(request, NoteForm(request.POST))["text"], actor=request.user,
            organisation=post.organisation if post else None,
        ),
    )  # fmt: skip


@require_POST
@officers
def message(request: HttpRequest, number: str) -> HttpResponse:
    """Write to the applicant; the copy stays on the case, with its delivery."""
    case = find_officer_case(request, number)

    def act() -> None:
        messages.write(case, _clean(request, MessageForm(request.POST))["body"], actor=request.user)

    return _act(request, number, _("消息已送达申请人。"), act)


@require_POST
@officers
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Show a masked value once, with a reason; the page is not cached and the look is recorded."""
    case = find_officer_case(request, number)
    field = request.POST.get("field", "id_number")
    if field not in ("id_number", "mobile", "bank_account"):
        field = "id_number"
    try:
        reason = _clean(request, ReasonForm(request.POST))["reason"]
        value = people.reveal(case.applicant, field, actor=request.user, reason=reason, case=case)
    except ActRefused as refusal:
        flash.error(request, str(refusal))
        return redirect("desk:case", number=number)
    label = case.applicant._meta.get_field(field).verbose_name
    return render(
        request, "desk/revealed.html",
        {"case": case, "label": label, "value": value, "reason": reason, "back": reverse("desk:case", args=[number]),
         "sentence": telling.place_sentence(case, telling.current_step(case), reader=telling.Reader.OFFICER)},
    )  # fmt: skip
