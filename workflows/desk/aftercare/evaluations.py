"""绩效评估 at the desk, 容错免责 among its results; the dynamic list of recognised talents."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.models import CaseParty
from talent.core.services import appointments, calendar, policy
from talent.core.services.errors import ActRefused
from talent.green_channel.models import Agreement, Evaluation, GreenChannelCase
from talent.green_channel.services import evaluating

from ..access import find_case, held_posts, inside, officers, only_checking
from ..case import sent
from ..funds.doors import page_of
from . import doors


class OpenForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=Evaluation.Kind)
    year = forms.IntegerField(label=gettext_lazy("协议年度"), min_value=1, max_value=30)


class ResultForm(forms.Form):
    """The result; what 容错免责 needs is asked for that result alone."""

    result = forms.ChoiceField(
        label=gettext_lazy("评估结果"), choices=Evaluation.Result, widget=forms.RadioSelect
    )
    opinion = forms.CharField(
        label=gettext_lazy("评估意见"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )  # fmt: skip
    recover_amount = forms.DecimalField(
        label=gettext_lazy("追回金额（元）"), required=False, min_value=Decimal("0.01"), max_digits=14, decimal_places=2,
        help_text=gettext_lazy("选择追回资金时填写；不填为协议已拨付的全部"),
    )  # fmt: skip
    ground = forms.ChoiceField(label=gettext_lazy("免责情形"), required=False)
    facts = forms.CharField(
        label=gettext_lazy("未达目标的事实"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip
    diligence = forms.CharField(
        label=gettext_lazy("勤勉尽责的证据"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip
    panel_on = forms.DateField(
        label=gettext_lazy("论证日期"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )  # fmt: skip
    panel_members = forms.IntegerField(
        label=gettext_lazy("论证人数"), required=False, min_value=1, max_value=99
    )
    panel_for = forms.IntegerField(
        label=gettext_lazy("同意免责人数"), required=False, min_value=0, max_value=99
    )

    def __init__(self, *args: Any, case: GreenChannelCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = policy.figures(case.edition).excuse_grounds
        self.fields["ground"].choices = [("", _("请选择")), *((row.code, row.text) for row in grounds)]

    def proposal(self) -> dict[str, Any]:
        """What `evaluating.propose` takes."""
        data = dict(self.cleaned_data)
        held_on, members, in_favour = (data.pop(name) for name in ("panel_on", "panel_members", "panel_for"))
        if held_on and members is not None and in_favour is not None:
            data["panel"] = evaluating.Panel(held_on, members, in_favour)
        return data


class ConcludeForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("审核意见"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("退回重评时必填"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def evaluation_list(request: HttpRequest, number: str) -> HttpResponse:
    """The evaluations of one talent; the lead bureau may begin one before the calendar does."""
    case = doors.find_recognised(request, number)
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = evaluating.open_evaluation(case, actor=request.user, **form.cleaned_data)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已启动评估，已请用人单位报告。"))
            return redirect("desk:evaluation", number, made.kind, made.year)
    return render(
        request, "desk/aftercare/evaluations.html",
        {"case": case, "rows": case.evaluations.all(), "form": form,
         "can_open": appointments.standing_on(request.user, case, roles.Act.CHECK) is not None},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def evaluation(request: HttpRequest, number: str, kind: str, year: int) -> HttpResponse:
    """One evaluation: the officer proposes, the head of the bureau concludes."""
    case = doors.find_recognised(request, number)
    made = get_object_or_404(
        case.evaluations.select_related("reported_by", "proposed_by", "decided_by", "report_file"), kind=kind, year=year
    )  # fmt: skip
    made.case = case
    name = request.POST.get("act", "")
    form = ResultForm(request.POST if name == "propose" else None, case=case)
    verdict = ConcludeForm(request.POST if name in ("conclude", "send_back") else None, auto_id="verdict_%s")
    shown = {"propose": form, "conclude": verdict, "send_back": verdict}.get(name)
    if request.method == "POST" and shown is None:
        raise Http404
    if request.method == "POST" and shown.is_valid():
        try:
            if name == "propose":
                evaluating.propose(made, actor=request.user, **form.proposal())
            else:
                evaluating.conclude(
                    made, actor=request.user, agreed=name == "conclude", note=verdict.cleaned_data["note"]
                )
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            shown.add_error(None, str(refusal))
        else:
            flash.success(request, _("已办理。"))
            return redirect("desk:evaluation", number, kind, year)
    words = {row.code: row.text for row in policy.figures(case.edition).excuse_grounds}
    checks = appointments.standing_on(request.user, case, roles.Act.CHECK) is not None
    heads = appointments.standing(request.user, roles.BUREAU_HEAD, case.lead_organisation, policy=case.policy)
    return render(
        request, "desk/aftercare/evaluation.html",
        {
            "case": case, "made": made, "form": form, "verdict": verdict, "ground": words.get(made.ground, made.ground),
            "rule": policy.figures(case.edition).excuse,
            "can_propose": checks and made.state in ("opened", "reported"),
            "can_conclude": heads is not None and made.state == "proposed" and made.proposed_by_id != request.user.pk,
        },
    )  # fmt: skip


@require_safe
def report_file(request: HttpRequest, number: str, kind: str, year: int) -> HttpResponse:
    """The attachment of the employer's report: for the employer and the officers of the case."""
    case = doors.recognised(find_case(request, number))
    made = get_object_or_404(case.evaluations.select_related("report_file__document"), kind=kind, year=year)
    inside_case = inside(request, case) and not only_checking(request, case)
    own = appointments.standing(request.user, roles.HR, case.employer, policy=case.policy) is not None
    if made.report_file is None or not (inside_case or own):
        raise Http404
    return sent(made.report_file)


@require_safe
@officers
def recognised_list(request: HttpRequest) -> HttpResponse:
    """动态名单: who is recognised, until when, with the agreement and the last evaluation; ending terms first."""
    houses = [post.organisation.pk for post in held_posts(request)]
    # An asked bureau sees its check, not what came of the case.
    inside = CaseParty.objects.filter(organisation__in=houses).exclude(
        capacity__in=(roles.Capacity.CHECKING, roles.Capacity.EMPLOYER, roles.Capacity.RECOMMENDER)
    )
    last = Evaluation.objects.filter(case=OuterRef("pk"), state="concluded").order_by("-decided_at")
    in_force = Agreement.objects.filter(case=OuterRef("pk"), state="in_force")
    cases = (
        GreenChannelCase.objects.visible_to(request.user)
        .filter(status="completed", pk__in=inside.values("case"))
        .select_related("applicant", "employer", "lead_organisation", "steward", "edition", "chain")
        .annotate(
            ends_on=Subquery(in_force.values("ends_on")[:1]), last_result=Subquery(last.values("result")[:1])
        )
        .order_by("ends_on", "-closed_at", "-pk")
    )
    page, today = page_of(request, cases), calendar.today()
    rows = []
    for case in page:
        light = ""
        if case.ends_on:
            warn = calendar.warn_day(case.ends_on, policy.figures(case.edition).limit("term_warn_days"))
            light = "red" if case.ends_on < today else "yellow" if warn <= today else "green"
        result = Evaluation.Result(case.last_result).label if case.last_result else ""
        rows.append({"case": case, "light": light, "result": result})
    return render(request, "desk/aftercare/recognised.html", {"page": page, "rows": rows})
