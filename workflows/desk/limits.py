"""What changes the limits of a running case: 延期, and going on under a newer edition of the policy."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from talent.core import roles
from talent.core.models import Case, PolicyEdition
from talent.core.services import appointments, editions, extensions, policy
from talent.core.services.errors import ActRefused, NotAllowed
from workflows.base import acts

from .access import find_officer_case, officers

# How tables and keys of a policy file are called on the page that compares two editions.
_TABLES = {
    "edition": gettext_lazy("版本"), "guide": gettext_lazy("办事指南"), "limit": gettext_lazy("期限"),
    "reminders": gettext_lazy("提醒"), "step": gettext_lazy("环节"), "material": gettext_lazy("材料"),
    "recommender": gettext_lazy("推荐单位"), "condition": gettext_lazy("受理条件"),
    "refusal_ground": gettext_lazy("不予办理的情形"), "dispatch": gettext_lazy("分办"),
    "question": gettext_lazy("常见问题"), "publicity": gettext_lazy("公示"), "need": gettext_lazy("服务事项"),
    "promise_text": gettext_lazy("承诺书"), "phrase": gettext_lazy("常用意见"), "remedy": gettext_lazy("救济渠道"),
}  # fmt: skip
_KEYS = {
    "days": gettext_lazy("天数"), "limit": gettext_lazy("期限（工作日）"), "warn": gettext_lazy("提前提醒（工作日）"),
    "title": gettext_lazy("名称"), "public_title": gettext_lazy("公开名称"), "name": gettext_lazy("名称"),
    "text": gettext_lazy("内容"), "body": gettext_lazy("内容"), "clause": gettext_lazy("条款"),
    "source": gettext_lazy("来源"), "mark": gettext_lazy("标记"), "required": gettext_lazy("是否必要"),
    "deferrable": gettext_lazy("可否容缺"), "needed_before": gettext_lazy("最迟在此环节前交齐"),
    "note": gettext_lazy("说明"), "active": gettext_lazy("是否启用"), "counts": gettext_lazy("是否计入期限"),
    "role": gettext_lazy("办理岗位"), "effective_from": gettext_lazy("施行日期"), "code": gettext_lazy("编号"),
    "advice": gettext_lazy("建议"), "answer": gettext_lazy("答复"), "document_no": gettext_lazy("文号"),
    "effective_to": gettext_lazy("废止日期"), "replaces": gettext_lazy("替代的版本"), "version": gettext_lazy("文本版本"),
}  # fmt: skip


def _label(key: str) -> str:
    """`limit[legal_days].days` as people say it: 「期限 legal_days 天数」; codes stay codes."""
    table, _dot, last = key.partition(".")
    name, _bracket, code = table.partition("[")
    words = [str(_TABLES.get(name, name)), code.rstrip("]"), str(_KEYS.get(last, last))]
    return " ".join(word for word in words if word)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return "、".join(map(str, value)) if isinstance(value, list) else str(value or "")


def difference_rows(old: PolicyEdition, new: PolicyEdition) -> list[dict[str, str]]:
    """What `new` says otherwise than `old`, as rows of the comparing table."""
    return [
        {"label": _label(key), "before": _value(before), "after": _value(after)}
        for key, before, after in policy.edition_difference(old, new)
    ]


class ExtensionForm(forms.Form):
    days = forms.IntegerField(label=gettext_lazy("延长工作日数"), min_value=1)
    reason = forms.CharField(
        label=gettext_lazy("延期理由"), min_length=4, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("批准后申请人可以看到"),
    )  # fmt: skip


class VerdictForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("批准意见"), max_length=300, required=False)


class EditionForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("改按新版本办理的理由"), min_length=4, max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=gettext_lazy("申请人可以看到"),
    )  # fmt: skip


def offers(request: HttpRequest, case: Case, may: set[roles.Act]) -> dict[str, Any]:
    """What the case page offers here to somebody whose posts may do `may`: asking, approving, the newer edition."""
    waiting = extensions.waiting(case)
    newer = None
    if roles.Act.MOVE_EDITION in may and not case.ended:
        newer = editions.newer_edition(case)
    return {
        "can_extend": roles.Act.ASK_EXTENSION in may and not extensions.refusal_to_ask(case),
        "extension_form": ExtensionForm(auto_id="extension_%s"),
        "waiting_extension": waiting,
        "can_settle_extension": bool(
            waiting and waiting.asked_by_id != request.user.pk and roles.Act.APPROVE_EXTENSION in may
        ),
        "verdict_form": VerdictForm(auto_id="verdict_%s"),
        "newer_edition": newer if newer and not editions.refusal_to_move(case, newer) else None,
    }


@require_POST
@officers
def ask_extension(request: HttpRequest, number: str) -> HttpResponse:
    """申请延期 with days and reason; somebody else approves."""
    case = find_officer_case(request, number)
    form = ExtensionForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("请填写延长的工作日数，并写明延期理由（至少4个字）。"))
        return redirect("desk:case", number=number)
    try:
        extensions.ask(case, actor=request.user, **form.cleaned_data)
        flash.success(request, _("延期申请已提交，等待批准。"))
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    return redirect("desk:case", number=number)


@require_POST
@officers
def settle_extension(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """批准 or not."""
    case = find_officer_case(request, number)
    extension = get_object_or_404(case.extensions.select_related("case"), pk=pk)
    form = VerdictForm(request.POST)
    approved = request.POST.get("verdict") == "approve"
    try:
        if not form.is_valid():
            raise ActRefused(_("批准意见最多300个字。"))
        acts.settle_extension(
            extension, approved=approved, note=form.cleaned_data["note"], actor=request.user
        )
        flash.success(request, _("已批准延期，申请人已收到通知。") if approved else _("已退回延期申请。"))
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    return redirect("desk:case", number=number)


@require_http_methods(["GET", "POST"])
@officers
def edition(request: HttpRequest, number: str) -> HttpResponse:
    """改按新版本办理: what the newer edition says otherwise, and the act."""
    case = find_officer_case(request, number)
    if appointments.standing_on(request.user, case, roles.Act.MOVE_EDITION) is None:
        raise NotAllowed(_("您没有变更办件适用版本的岗位授权。"))
    newer = editions.newer_edition(case)
    if newer is None:
        raise Http404
    form = EditionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            editions.move(case, newer, actor=request.user, reason=form.cleaned_data["reason"])
        except ActRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已改按“%(edition)s”办理，申请人已收到通知。") % {"edition": newer})
            return redirect("desk:case", number=number)
    return render(
        request, "desk/edition.html",
        {"case": case, "newer": newer, "form": form, "rows": difference_rows(case.edition, newer),
         "refused": editions.refusal_to_move(case, newer)},
    )  # fmt: skip
