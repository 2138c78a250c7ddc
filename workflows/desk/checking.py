"""Joint checks on the desk: the asked bureau's own page, and the panel of those who conclude and decide."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from talent.core import roles
from talent.core.forms import BureausForm, OpinionForm
from talent.core.models import Case, Check, Organisation
from talent.core.services import appointments, checks
from talent.core.services.errors import ActRefused, Conflict
from workflows.base import joint, telling

from .access import find_officer_case, officers
from .small import ReasonForm


def panel(request: HttpRequest, case: Case) -> dict | None:
    """How far the joint check has come; what was found for those who may read it. None when nobody was asked."""
    # Whoever is asked is a party, and the parties have been read.
    if not any(party.capacity == roles.Capacity.CHECKING for party in case.parties.all()):
        return None
    known = checks.progress([case]).get(case.pk)
    if known is None:
        return None
    everything = checks.reads_findings(request.user, case)
    readable = {check.pk: check for check in checks.own_checks(request.user, case, everything=everything)}
    lead = appointments.standing_on(request.user, case, roles.Act.CHECK) is not None
    gathering = not case.ended and not all(line.check.concluded for line in known.lines)
    return {
        "progress": known,
        "rows": [
            _row(request, case, line, readable.get(line.check.pk))
            | {"can_withdraw": lead and gathering and not checks.refusal_to_withdraw(line.check)}
            for line in known.lines
        ],
        "conclusions": case.check_conclusions.select_related("made_by", "on_behalf_of") if everything else [],
        "can_ask": lead and gathering,
    }


def _row(request: HttpRequest, case: Case, line: checks.Line, read: Check | None) -> dict:
    """One bureau's line; its opinions when `read` is given, and whether the viewer may edit the last one."""
    mine = read is not None and line.check.organisation_id in appointments.organisations_where(
        request.user, roles.CHECKER, policy=case.policy
    )
    return {
        "line": line,
        "words": telling.words_for(line.light, line.left),
        "opinions": checks.opinions(case, read) if read is not None else [],
        "can_revise": mine and not checks.refusal_to_revise(line.check),
    }


def facts_for_check(case: Case) -> list[dict]:
    """The few facts every check starts from; the rest stands in the materials its subject needs."""
    person = case.applicant
    rows = [
        (_("办件编号"), case.number),
        (_("申请人"), person.name),
        (_("证件类型"), person.get_id_kind_display()),
        (_("证件号码"), str(person.id_number or "")),
        (_("国籍（地区）"), person.nationality),
        (_("用人单位"), case.employer.name if case.employer else ""),
        (_("研究领域"), person.research_field),
        (_("项目名称"), getattr(case, "project_title", "")),
    ]
    return [{"label": label, "value": value} for label, value in rows]


def context_of(request: HttpRequest, case: Case, *asked: Check) -> dict:
    """What the page of an asked bureau shows: its own checks, the facts, and the materials they need."""
    prefetch_related_objects([case], "materials__version__document")
    keys = {check.pk for check in asked}
    own = [check for check in checks.own_checks(request.user, case) if not keys or check.pk in keys]
    allowed = checks.materials_for(request.user, case)
    return {
        "case": case,
        "mark": case.edition.mark,
        "rows": [
            _row(request, case, line, check) for check, line in zip(own, checks.lines(case, own), strict=True)
        ],
        "facts": facts_for_check(case),
        "materials": [line for line in case.materials.all() if line.code in allowed],
    }


def bureau_page(request: HttpRequest, case: Case, steps: list[dict]) -> HttpResponse:
    """The case as an asked bureau sees it: nothing of the other bureaus, no opinions of the procedure."""
    return render(request, "desk/check_case.html", context_of(request, case) | {"steps": steps})


@require_http_methods(["GET", "POST"])
@officers
def revise(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """Edit an opinion already given: a new version; a confirmation of the old one is void and stays readable."""
    case = find_officer_case(request, number, checking=True)
    check = get_object_or_404(case.checks.select_related("organisation", "case"), place=place)
    if check.organisation_id not in appointments.organisations_where(
        request.user, roles.CHECKER, policy=case.policy
    ):
        raise Http404
    refused = checks.refusal_to_revise(check)
    if refused:
        flash.warning(request, refused)
        return redirect("desk:case", number=number)
    form, status = OpinionForm(request.POST or None, case=case, check=check), 200
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        try:
            joint.revise(
                case, check, actor=request.user, finding=facts["outcome"], text=facts["opinion"],
                version=facts["version"],
            )  # fmt: skip
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
            status = 409 if isinstance(refusal, Conflict) else 200
        else:
            flash.success(request, _("已修改核查意见，须由负责人重新确认。"))
            return redirect("desk:case", number=number)
    title = _("修改核查意见·%(subject)s") % {"subject": form.subject.title}
    context = context_of(request, case, check) | {
        "form": form, "step_title": title, "phrases": joint.phrases(case, check),
        "light": "", "words": "",
    }  # fmt: skip
    return render(request, "desk/check.html", context, status=status)


class MoreForm(BureausForm):
    """Which bureaus are asked besides, and why."""

    def clean(self) -> dict:
        data = super().clean()
        if not self.chosen_bureaus():
            raise forms.ValidationError(_("请至少选择一个核查部门。"))
        if not data.get("check_reason"):
            self.add_error("check_reason", _("请写明增加核查部门的理由。"))
        return data


@require_http_methods(["GET", "POST"])
@officers
def more(request: HttpRequest, number: str) -> HttpResponse:
    """The lead asks further bureaus while answers are gathered or before it concludes."""
    case = find_officer_case(request, number)
    joint.require_lead(request.user, case)
    form = MoreForm(
        request.POST or None,
        proposals=checks.further(case),
        bureaus=Organisation.objects.checking().filter(region__kind="city"),
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            joint.ask_more(
                case,
                actor=request.user,
                chosen=form.chosen_bureaus(),
                reason=form.cleaned_data["check_reason"],
            )
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
            status = 409 if isinstance(refusal, Conflict) else 200
        else:
            flash.success(request, _("已征询新增的部门。"))
            return redirect("desk:case", number=number)
    return render(request, "desk/check_more.html", {"case": case, "form": form}, status=status)


class WithdrawForm(ReasonForm):
    """Why the question is taken back, and who is asked in its place."""

    instead = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("改征询"), required=False,
        empty_label=gettext_lazy("不再征询其他部门"), help_text=gettext_lazy("期限从今天重新计算"),
    )  # fmt: skip

    def __init__(self, *args: Any, bureaus: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instead"].queryset = bureaus


@require_http_methods(["GET", "POST"])
@officers
def withdraw(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """The lead takes a wrongly addressed check back before it is answered; the bureau is told."""
    case = find_officer_case(request, number)
    joint.require_lead(request.user, case)
    check = get_object_or_404(case.checks.select_related("organisation"), place=place)
    bureaus = Organisation.objects.checking().filter(region__kind="city").exclude(pk=check.organisation_id)
    form, status = WithdrawForm(request.POST or None, bureaus=bureaus), 200
    if request.method == "POST" and form.is_valid():
        try:
            joint.withdraw(case, check, actor=request.user, **form.cleaned_data)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
            status = 409 if isinstance(refusal, Conflict) else 200
        else:
            flash.success(request, _("已撤回，已告知该部门。"))
            return redirect("desk:case", number=number)
    line = checks.lines(case, [check])[0]
    return render(
        request, "desk/check_withdraw.html", {"case": case, "form": form, "line": line}, status=status
    )
