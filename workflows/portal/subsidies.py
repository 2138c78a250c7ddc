"""Money as people outside see it: the payment timeline, changes to report, and the employer's quarterly word."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.models import Award, AwardChange, Instalment, Organisation, PostRound
from talent.core.services import calendar, funds, policy
from talent.core.services.errors import ActRefused
from workflows import processes

from .own import own_case, posts_at_unit

Kind = AwardChange.Kind
# What an employer says at the quarterly confirmation; the rest is the person's own to report.
_OF_EMPLOYER = (Kind.LEFT, Kind.INSURANCE, Kind.OTHER)


def payments_of(awards: Iterable[Award]) -> list[dict[str, Any]]:
    """Awards of a case with their timelines, what was reported, and what has to come back."""
    return [
        {
            "award": award,
            "steps": funds.timeline(award),
            "paid": funds.paid_of(award),
            "changes": award.changes.all(),
            "recoveries": award.recoveries.exclude(state__in=("assessed", "withdrawn")),
        }
        for award in awards
    ]


class ChangeForm(forms.Form):
    """A change with the day it happened and what shows it."""

    kind = forms.ChoiceField(label=gettext_lazy("发生了什么变化"), widget=forms.RadioSelect)
    happened_on = forms.DateField(
        label=gettext_lazy("发生日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    statement = forms.CharField(
        label=gettext_lazy("情况说明"), min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
    new_employer = forms.ModelChoiceField(
        label=gettext_lazy("新用人单位"), queryset=Organisation.objects.none(), required=False,
        help_text=gettext_lazy("变更用人单位的填写；不在本地的请选择“离职或离岗”"),
    )  # fmt: skip
    level_code = forms.ChoiceField(
        label=gettext_lazy("提升后的层次"), required=False, help_text=gettext_lazy("人才层次提升的填写")
    )
    evidence = forms.FileField(label=gettext_lazy("凭证"), help_text=gettext_lazy("PDF、JPG 或 PNG"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Kind.choices
        employers = Organisation.objects.confirmed().exclude(kind=Organisation.Kind.BUREAU)
        self.fields["new_employer"].queryset = employers.order_by("name")
        levels = [(level.code, str(level)) for level in policy.talent_levels()]
        self.fields["level_code"].choices = [("", gettext_lazy("不涉及")), *levels]


def _report(request: HttpRequest, award: Award, back: str, *args: Any, crumb: str) -> HttpResponse:
    form = ChangeForm(request.POST or None, request.FILES or None)
    paying = processes.of(award.case).paying
    within = paying.report_days(award.case.specific()) if paying else 0
    if request.method == "POST" and form.is_valid():
        try:
            made = funds.report(award, actor=request.user, within=within, **form.cleaned_data)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(
                request, _("已报告“%(kind)s”，经办单位核实后告知您。") % {"kind": made.get_kind_display()}
            )
            return redirect(back, *args)
    return render(
        request, "portal/change.html",
        {"award": award, "form": form, "within": within, "back": back, "back_args": args, "crumb": crumb},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def my_change(request: HttpRequest, number: str, award: str) -> HttpResponse:
    """报告变化 by the person."""
    case = own_case(request, number)
    row = get_object_or_404(case.awards.select_related("handling_organisation"), number=award)
    row.case = case
    return _report(request, row, "my:case", number, crumb=number)


@require_POST
def object_to(request: HttpRequest, number: str, recovery: str) -> HttpResponse:
    """异议 against a recovery, once."""
    case = own_case(request, number)
    for award in case.awards.all():
        row = award.recoveries.filter(number=recovery).first()
        if row is None:
            continue
        try:
            funds.object_to(row, request.POST.get("reason", "")[:2000], actor=request.user)
            flash.success(request, _("异议已提出，核查期间不抵扣。"))
        except ActRefused as refusal:
            flash.error(request, str(refusal))
        return redirect("my:case", number=number)
    raise Http404


# --- the employer --------------------------------------------------------------------------------------------


def _employers(request: HttpRequest) -> list[Organisation]:
    found = {post.organisation.pk: post.organisation for post in posts_at_unit(request, roles.HR)}
    return [found[key] for key in sorted(found)]


def _awards_at(employers: list[Organisation]):
    return Award.objects.filter(case__employer__in=employers).select_related(
        "case__applicant", "case__employer", "handling_organisation"
    )


@require_safe
def subsidies(request: HttpRequest) -> HttpResponse:
    """本单位人员补贴: who is paid what, when the next part comes, and the rounds that wait for us."""
    employers = _employers(request)
    rows = list(_awards_at(employers).prefetch_related("instalments").order_by("case__number", "pk")[:500])
    for row in rows:
        live = [one for one in row.instalments.all() if one.state not in Instalment.CLOSED]
        row.next = min(live, key=lambda one: (one.due_on, one.seq), default=None)
        row.paid = sum(one.amount for one in row.instalments.all() if one.state == Instalment.State.PAID)
        row.can_report = row.state != Award.State.COMPLETED
    rounds = PostRound.objects.filter(organisation__in=employers).select_related("organisation")
    return render(
        request,
        "portal/subsidies.html",
        {
            "rows": rows,
            "waiting": [one for one in rounds if one.state in PostRound.ASKED],
            "answered": [one for one in rounds if one.state == PostRound.State.ANSWERED][:8],
            "sum": Award.objects.filter(pk__in=[row.pk for row in rows]).aggregate(sum=Sum("total"))["sum"],
        },
    )


@require_http_methods(["GET", "POST"])
def unit_change(request: HttpRequest, award: str) -> HttpResponse:
    """报告变化 by the employer's HR."""
    row = get_object_or_404(_awards_at(_employers(request)), number=award)
    return _report(request, row, "unit:subsidies", crumb=row.case.number)


class PersonForm(forms.Form):
    """One line of the quarterly confirmation: empty means in post and unchanged."""

    kind = forms.ChoiceField(label=gettext_lazy("变化"), required=False)
    happened_on = forms.DateField(
        label=gettext_lazy("发生日期"), required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("情况说明"), max_length=300, required=False)

    def __init__(self, *args, award: Award, **kwargs) -> None:
        super().__init__(*args, prefix=f"a{award.pk}", **kwargs)
        self.award = award
        self.fields["kind"].choices = [
            ("", gettext_lazy("在岗，无变化")), *((kind.value, kind.label) for kind in _OF_EMPLOYER)
        ]  # fmt: skip

    def clean(self):
        data = super().clean()
        if data.get("kind"):
            if not data.get("happened_on"):
                self.add_error("happened_on", _("请填写变化的发生日期。"))
            elif data["happened_on"] > calendar.today():
                self.add_error("happened_on", _("发生日期不能晚于今天。"))
            if len(data.get("reason", "").strip()) < 4:
                self.add_error("reason", _("请写明变化的情况（至少4个字）。"))
        return data

    def reported(self) -> funds.Reported | None:
        data = self.cleaned_data
        if not data["kind"]:
            return None
        return funds.Reported(data["kind"], data["happened_on"], data["reason"])


@require_http_methods(["GET", "POST"])
def posts(request: HttpRequest, pk: int) -> HttpResponse:
    """在岗确认 of one quarter: everybody at once, or a change with its reason for those who have one."""
    asked = get_object_or_404(
        PostRound.objects.filter(organisation__in=_employers(request)).select_related("organisation"),
        pk=pk,
    )
    awards = _asked_about(asked)
    everybody = request.POST.get("act") == "unchanged"
    lines = [PersonForm(request.POST if request.method == "POST" else None, award=row) for row in awards]
    problem = ""
    if request.method == "POST" and (everybody or not [line for line in lines if not line.is_valid()]):
        found = {} if everybody else {line.award.pk: said for line in lines if (said := line.reported())}
        try:
            funds.answer_round(asked, awards, found, actor=request.user, within=_within(awards))
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            problem = str(refusal)
        else:
            flash.success(request, _("已确认 %(n)d 人的在岗情况。") % {"n": len(awards)})
            return redirect("unit:subsidies")
    return render(
        request, "portal/posts.html",
        {"asked": asked, "lines": lines, "problem": problem, "open": asked.state in PostRound.ASKED,
         "answers": asked.answers.select_related("award__case__applicant", "change")},
    )  # fmt: skip


def _asked_about(asked: PostRound) -> list[Award]:
    """Whom the round asks about: people of policies that recheck, granted before the quarter began."""
    policies = [process.policy for process in processes.PROCESSES if process.paying]
    return funds.asked_about(asked.organisation, policies, funds.quarter_of(asked.due_on)[1])


def _within(awards: list[Award]) -> int:
    """The shortest time the policies concerned give for reporting a change."""
    days = [
        paying.report_days(award.case.specific())
        for award in awards
        if (paying := processes.of(award.case).paying)
    ]
    return min(days, default=0)
