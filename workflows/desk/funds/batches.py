"""Batches: previewed, prepared, signed, handed to the bank, and its answer taken in."""

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from talent.core import roles
from talent.core.models import Instalment, Organisation, PaymentBatch
from talent.core.services import funds
from talent.core.services.errors import ActRefused

from ..access import holders_of
from . import doors
from .forms import BatchFilter, ReasonForm, ResultForm, SignForm


def _chosen(request: HttpRequest) -> tuple[Organisation | None, list[Instalment]]:
    """The ticked lines the reader sees, and the one bureau that pays them; None when there is not exactly one."""
    keys = [int(key) for key in request.POST.getlist("instalment") if key.isdecimal()]
    rows = list(
        Instalment.objects.visible_to(request.user)
        .filter(pk__in=keys, state=Instalment.State.RECHECKED)
        .select_related("award__paying_organisation", "award__case__region", "award__case__applicant")
        .order_by("due_on", "pk")
    )
    offices = {row.award.paying_organisation_id: row.award.paying_organisation for row in rows}
    return (next(iter(offices.values())) if len(offices) == 1 else None), rows


@require_POST
@holders_of(roles.Act.PREPARE_PAYMENT)
def preview(request: HttpRequest) -> HttpResponse:
    """What the batch would be, before anything is written."""
    office, rows = _chosen(request)
    if office is None:
        flash.error(request, _("请至少选择一笔待拨付的分期，且属于同一拨付单位。"))
        return redirect("desk:funds:due")
    return render(
        request,
        "desk/funds/preview.html",
        {"office": office, "rows": rows, "preview": funds.preview(rows), "mark": funds.mark()},
    )


@require_POST
@holders_of(roles.Act.PREPARE_PAYMENT)
def prepare(request: HttpRequest) -> HttpResponse:
    """Build the batch that was previewed."""
    office, rows = _chosen(request)
    if office is None or len(rows) != len(set(request.POST.getlist("instalment"))):
        flash.error(request, _("所选的分期已有变化，请重新选择。"))
        return redirect("desk:funds:due")
    try:
        batch = funds.prepare(office, rows, actor=request.user)
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        flash.error(request, str(refusal))
        return redirect("desk:funds:due")
    flash.success(
        request,
        _("已编制批次 %(number)s，还需 %(count)d 人签批。")
        % {"number": batch.number, "count": batch.required_signatures},
    )
    return redirect("desk:funds:batch", batch.number)


@require_safe
@doors.finance
def batch_list(request: HttpRequest) -> HttpResponse:
    """The batches of the reader's bureau, newest first."""
    form = BatchFilter(request.GET)
    rows = funds.visible_batches(request.user).select_related("organisation", "prepared_by")
    if form.is_valid() and form.cleaned_data["state"]:
        rows = rows.filter(state=form.cleaned_data["state"])
    return render(
        request,
        "desk/funds/batches.html",
        {"tabs": doors.tabs(request, "batches"), "filter_form": form, "page": doors.page_of(request, rows)},
    )


@require_safe
@doors.finance
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One batch with its lines, signatures and what can be done now. Accounts are masked."""
    batch = doors.find_batch(request, number)
    lines = batch.lines.select_related(
        "instalment__award__case__applicant", "instalment__award__case__region", "payee"
    )
    states, office = PaymentBatch.State, batch.organisation
    signing = batch.state == states.SIGNING
    signed = list(batch.signatures.select_related("signer", "on_behalf_of"))
    mine = batch.prepared_by_id == request.user.pk or request.user.pk in {one.signer_id for one in signed}
    approved = batch.state in (states.APPROVED, states.SENT, states.SETTLED)
    back = signing or batch.state == states.APPROVED
    return render(
        request,
        "desk/funds/batch.html",
        {
            "batch": batch,
            "page": doors.page_of(request, lines),
            "words": funds.in_words(batch.net),
            "kept": batch.gross - batch.net,
            "signatures": signed,
            "missing": max(batch.required_signatures - len(signed), 0) if signing else 0,
            "results": batch.results.select_related("taken_by"),
            "can_sign": signing and not mine and doors.may(request, roles.Act.SIGN_PAYMENT, office),
            "can_take_back": back and doors.may(request, roles.Act.SIGN_PAYMENT, office),
            "can_export": approved and doors.may(request, roles.Act.SEND_PAYMENT, office),
            "can_send": batch.state == states.APPROVED and doors.may(request, roles.Act.SEND_PAYMENT, office),
            "can_record": batch.state == states.SENT and doors.may(request, roles.Act.RECORD_PAYMENT, office),
            "can_bounce": doors.may(request, roles.Act.RECORD_PAYMENT, office),
            "sign_form": SignForm(auto_id="sign_%s"),
            "reason_form": ReasonForm(auto_id="back_%s"),
            "bounce_form": ReasonForm(auto_id=False),
            "result_form": ResultForm(auto_id="result_%s"),
        },
    )


@require_POST
@holders_of(roles.Act.SIGN_PAYMENT)
def sign(request: HttpRequest, number: str) -> HttpResponse:
    batch = doors.find_batch(request, number)
    form = SignForm(request.POST)
    opinion = form.cleaned_data["opinion"] if form.is_valid() else ""
    return doors.done(
        request,
        lambda: funds.sign(batch, actor=request.user, opinion=opinion),
        _("已签批。"),
        "desk:funds:batch",
        number,
    )


@require_POST
@holders_of(roles.Act.PREPARE_PAYMENT, roles.Act.SIGN_PAYMENT)
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    batch = doors.find_batch(request, number)
    return doors.done(
        request, lambda: funds.take_back(batch, actor=request.user, reason=request.POST.get("reason", "")),
        _("批次已退回，其中的分期回到应付清单。"), "desk:funds:batch", number,
    )  # fmt: skip


@require_POST
@holders_of(roles.Act.SEND_PAYMENT)
def bank_file(request: HttpRequest, number: str) -> HttpResponse:
    """The bank's file. By POST, because every export is recorded."""
    batch = doors.find_batch(request, number)
    kind = request.POST.get("kind", "")
    if kind not in funds.FORMATS:
        flash.error(request, _("请选择导出为 XLSX 或 CSV。"))
        return redirect("desk:funds:batch", number)
    try:
        name, content = funds.export(batch, kind, actor=request.user)
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        flash.error(request, str(refusal))
        return redirect("desk:funds:batch", number)
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@holders_of(roles.Act.SEND_PAYMENT)
def send(request: HttpRequest, number: str) -> HttpResponse:
    batch = doors.find_batch(request, number)
    return doors.done(
        request,
        lambda: funds.send(batch, actor=request.user),
        _("批次已送银行，等待回盘。"),
        "desk:funds:batch",
        number,
    )


@require_POST
@holders_of(roles.Act.RECORD_PAYMENT)
def result(request: HttpRequest, number: str) -> HttpResponse:
    """Take in the bank's answer: the whole file, or a sentence that names every wrong row."""
    batch = doors.find_batch(request, number)
    form = ResultForm(request.POST, request.FILES)
    if not form.is_valid():
        flash.error(request, doors.first_error(form))
        return redirect("desk:funds:batch", number)
    sent = form.cleaned_data["file"]
    return doors.done(
        request, lambda: funds.take_in(batch, sent.read(), name=sent.name, actor=request.user),
        _("回盘结果已登记；失败的已退回经办单位。"), "desk:funds:batch", number,
    )  # fmt: skip


@require_POST
@holders_of(roles.Act.RECORD_PAYMENT)
def bounce(request: HttpRequest, number: str, place: int) -> HttpResponse:
    batch = doors.find_batch(request, number)
    line = get_object_or_404(batch.lines.select_related("batch"), place=place)
    return doors.done(
        request, lambda: funds.bounce(line, actor=request.user, reason=request.POST.get("reason", "")),
        _("已登记退汇，该期退回经办单位。"), "desk:funds:batch", number,
    )  # fmt: skip
