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
from talent.core.models import Case
from talent.core.services import appointments, editions, extensions
from talent.core.services.errors import ActRefused, NotAllowed
from workflows.base import acts

from .access import find_officer_case, officers
from .differences import difference_rows


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
