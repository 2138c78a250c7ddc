"""核查交换清单 at the desk: a bureau makes its list, takes it out, brings the answer in, and its head confirms it."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from housing.models import ExchangeLine, ExchangeList, HousingCase
from housing.rules.checks import EXCHANGED
from housing.services import exchange as lists
from talent.core import roles
from talent.core.models import Check, User
from talent.core.services import policy, sheets
from talent.core.services.errors import ActRefused
from workflows.base import acts

from .access import officers

ROWS = 50


class AnswerForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("回复文件"),
        help_text=gettext_lazy("发出的清单填写核查结果后导入，XLSX 或 CSV；有一处错误就全部不导入"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


@require_http_methods(["GET", "POST"])
@officers
def home(request: HttpRequest) -> HttpResponse:
    """What may be listed now, and the lists of our bureaus; POST makes a list."""
    waiting = lists.waiting(request.user)
    if request.method == "POST":
        asked = (request.POST.get("organisation"), request.POST.get("subject"))
        chosen = next((one for one in waiting if (str(one.organisation.pk), one.subject) == asked), None)
        if chosen is None:
            flash.error(request, _("没有待核查的人员，或都已列入其他清单。"))
            return redirect("desk:exchanges")
        made = lists.make_list(chosen.organisation, chosen.subject, actor=request.user)
        flash.success(request, _("清单 %(number)s 已生成。") % {"number": made.number})
        return redirect("desk:exchange", number=made.number)
    page = Paginator(lists.visible(request.user), ROWS).get_page(request.GET.get("page"))
    return render(
        request, "desk/exchange/home.html",
        {"waiting": waiting, "page": page, "rows": [(one, _title(one)) for one in page.object_list]},
    )  # fmt: skip


def _title(exchange: ExchangeList) -> str:
    return policy.figures(exchange.edition).check(exchange.subject).title


def _find(request: HttpRequest, number: str) -> ExchangeList:
    return get_object_or_404(lists.visible(request.user), number=number)


@require_http_methods(["GET", "POST"])
@officers
def page(request: HttpRequest, number: str) -> HttpResponse:
    """One list: what it tells, its answer, and what is left to a person."""
    exchange = _find(request, number)
    form = AnswerForm(None, None)
    if request.method == "POST":
        act = request.POST.get("act")
        if act == "answer":
            form = AnswerForm(request.POST, request.FILES)
        try:
            if act == "answer" and form.is_valid():
                _take_in(exchange, form.cleaned_data["file"].read(), actor=request.user)
                flash.success(request, _("回复已导入；不一致和查无的，请逐件核查。"))
                return redirect("desk:exchange", number=number)
            if act == "confirm":
                done = _confirm(exchange, actor=request.user)
                flash.success(request, _("已确认%(n)d项核查意见。") % {"n": done})
                return redirect("desk:exchange", number=number)
            if act == "withdraw":
                lists.withdraw(exchange, actor=request.user)
                flash.success(request, _("清单已作废，其中的人员可以列入新的清单。"))
                return redirect("desk:exchange", number=number)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            if act != "answer":
                flash.error(request, str(refusal))
                return redirect("desk:exchange", number=number)
            form.add_error("file", str(refusal))
    rows = Paginator(_lines(exchange), ROWS).get_page(request.GET.get("page"))
    ours = {
        role: exchange.organisation_id in lists.bureaus_of(request.user, role)
        for role in (roles.CHECKER, roles.BUREAU_HEAD)
    }
    return render(
        request, "desk/exchange/page.html",
        {"exchange": exchange, "title": _title(exchange), "form": form, "page": rows, "node": f"check_{exchange.subject}",
         "rows": [(line, _named(line)) for line in rows.object_list],
         "columns": [EXCHANGED[column] for column in exchange.columns],
         "checks": ours[roles.CHECKER], "open": exchange.state == ExchangeList.State.OUT,
         "to_confirm": _to_confirm(exchange).count() if ours[roles.BUREAU_HEAD] else 0},
    )  # fmt: skip


def _lines(exchange: ExchangeList):
    return exchange.lines.select_related("asked__case__applicant").order_by("place")


def _named(line: ExchangeLine) -> str:
    return "、".join(EXCHANGED[column] for column in line.differing)


@require_POST
@officers
def file(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """The list as a file. Taking it out is an act and recorded."""
    exchange = _find(request, number)
    if kind not in lists.FORMATS:
        raise Http404
    name, content = lists.export(exchange, kind, actor=request.user)
    response = HttpResponse(content, content_type=sheets.XLSX if kind == "xlsx" else sheets.CSV)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- the acts: the list's row and the steps of its cases move together ------------------------------------


@transaction.atomic
def _take_in(exchange: ExchangeList, content: bytes, *, actor: User) -> None:
    """An answer as one act: what agrees answers its check in the flow, the rest stays an open task."""
    exchange = lists.hold(exchange)
    answers = lists.read_answer(exchange, content)
    finding, words = lists.opinion_on(exchange)
    with acts.hold(_cases(answer.line for answer in answers)):
        for answer in answers:
            version, left = None, ""
            if answer.agrees:
                try:
                    version = _decide(answer.line.asked, "check", actor, outcome=finding, opinion=words)
                except ActRefused as refusal:
                    left = str(refusal)
            lists.note(exchange, answer, actor=actor, version=version, left=left)
        lists.close(exchange, content, actor=actor)


def _cases(lines: Any) -> list[HousingCase]:
    return list(HousingCase.objects.filter(pk__in={line.asked.case_id for line in lines}))


def _decide(check: Check, kind: str, actor: User, **facts: Any) -> int:
    """Decide the step of a check, and roll back only that when it is refused. Returns the version it is about."""
    with transaction.atomic():
        check.refresh_from_db()
        step = (
            check.case.open_steps.select_related("task__process")
            .filter(node=f"{kind}_{check.subject}")
            .first()
        )
        if step is None:
            raise ActRefused(_("该项核查已经办理，未再录入。"))
        acts.decide(step, actor=actor, facts={"version": check.version, **facts})
        return check.version + (kind == "check")


def _to_confirm(exchange: ExchangeList):
    """Lines whose opinion stands as the list made it and waits for the head."""
    return exchange.lines.filter(opinion_version__isnull=False, asked__state=Check.State.ANSWERED)


@transaction.atomic
def _confirm(exchange: ExchangeList, *, actor: User) -> int:
    """The head confirms what the list answered, all of it; an opinion edited since is confirmed in its case."""
    lines = [
        line
        for line in _to_confirm(exchange).select_related("asked__case")
        if line.asked.version == line.opinion_version
    ]
    if not lines:
        raise ActRefused(_("没有等待确认的核查意见。"))
    with acts.hold(_cases(lines)):
        for line in lines:
            _decide(line.asked, "confirm", actor, outcome="confirm", opinion="")
    return len(lines)
