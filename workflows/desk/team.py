"""Teams at the desk: each member's part for the officers of the case, and the changes the lead bureau decides."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.models import Consent
from talent.core.services import appointments, people, policy
from talent.core.services.errors import ActRefused
from talent.green_channel.models import GreenChannelCase, MemberFile, TeamMember
from talent.green_channel.services import team, team_changes
from workflows.base import telling

from .access import find_officer_case, officers
from .case import sent
from .small import ReasonForm


class OpinionForm(forms.Form):
    opinion = forms.CharField(
        label=gettext_lazy("审核意见"), min_length=2, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("团队负责人和该成员可以看到"),
    )  # fmt: skip


def find_team(request: HttpRequest, number: str) -> GreenChannelCase:
    """A team's case seen from inside by an officer of a party, else 404."""
    case = find_officer_case(request, number)
    if not isinstance(case, GreenChannelCase) or not case.team:
        raise Http404
    return case


@require_http_methods(["GET", "POST"])
@officers
def team_page(request: HttpRequest, number: str) -> HttpResponse:
    """Leader and members; joining and leaving with reason, confirmed by the member, decided here."""
    case = find_team(request, number)
    changes = list(case.team_changes.select_related("member__profile", "asked_by", "decided_by", "agreement"))
    waiting = next((one for one in reversed(changes) if one.state == one.State.CONFIRMED), None)
    form = OpinionForm(request.POST or None)
    if request.method == "POST":
        if waiting is None or request.POST.get("change") != str(waiting.row_key):
            flash.error(request, _("该变动已经办理，请查看最新状态。"))
            return redirect("desk:team", number)
        if form.is_valid():
            act = team_changes.approve if request.POST.get("act") == "approve" else team_changes.refuse
            try:
                act(waiting, actor=request.user, opinion=form.cleaned_data["opinion"])
            except ActRefused as refusal:
                if refusal.status == 403:
                    raise
                form.add_error(None, str(refusal))
            else:
                flash.success(request, _("已办理。"))
                return redirect("desk:team", number)
    return render(
        request, "desk/team.html",
        {"case": case, "members": case.members.all(), "changes": changes, "waiting": waiting, "form": form,
         "can_decide": waiting is not None and team_changes.may_approve(request.user, case)},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def member_page(request: HttpRequest, number: str, key: Any) -> HttpResponse:
    """One member's part: person, history, declaration, files, consents. The number is opened with a reason."""
    case = find_team(request, number)
    member = get_object_or_404(case.members.select_related("profile"), row_key=key)
    form = ReasonForm(request.POST or None, auto_id="reveal_%s")
    if request.method == "POST" and form.is_valid():
        try:
            value = people.reveal(
                member, "id_number", actor=request.user, reason=form.cleaned_data["reason"], case=case
            )
        except ActRefused as refusal:
            flash.error(request, str(refusal))
            return redirect("desk:member", number, key)
        return render(
            request, "desk/revealed.html",
            {"case": case, "label": _("%(name)s的证件号码") % {"name": member.name}, "value": value,
             "reason": form.cleaned_data["reason"], "back": reverse("desk:member", args=[number, key]),
             "sentence": telling.place_sentence(case, telling.current_step(case), reader=telling.Reader.OFFICER)},
        )  # fmt: skip
    figures = policy.figures(case.edition)
    kept = {one.code: one for one in member.files.select_related("version")}
    person = member.profile
    return render(
        request, "desk/member.html",
        {
            "case": case, "member": member, "form": form, "facts": _facts(member),
            "educations": person.educations.all() if person else (),
            "employments": person.employments.all() if person else (),
            "files": [
                {"material": one, "kept": kept.get(one.code)} for one in map(figures.material, figures.team.materials)
            ],
            "consents": Consent.objects.filter(
                profile=person, case_id=case.pk, purpose__in=team.PURPOSES
            ) if person else (),
            "can_reveal": bool(member.id_number) and appointments.standing_on(request.user, case, roles.Act.REVEAL) is not None,
        },
    )  # fmt: skip


def _facts(member: TeamMember) -> list[dict[str, Any]]:
    """The member's part as rows, numbers masked."""
    rows = [
        (_("姓名"), member.name),
        (_("现工作单位"), member.employer_name),
        (_("承担任务"), member.duty),
        (_("状态"), member.get_state_display()),
        (_("证件号码"), str(member.id_number or "")),
    ]
    if member.profile:
        rows += [
            (_("手机号码"), str(member.profile.mobile or "")),
            (_("研究领域"), member.profile.research_field),
        ]
    for name in ("former_employer_settled", "non_compete_free", "ip_undisputed"):
        rows.append(
            (TeamMember._meta.get_field(name).verbose_name, _("是") if getattr(member, name) else _("否"))
        )
    rows += [(_("需要说明的情况"), member.declaration_note), (_("答复说明"), member.answer_note)]
    return [{"label": label, "value": value} for label, value in rows]


@require_safe
def member_file(request: HttpRequest, number: str, key: Any, code: str) -> FileResponse:
    """A member's material: for the member and the officers of the case; the leader and the others do not open it."""
    mine = TeamMember.objects.visible_to(request.user).filter(case__number=number, row_key=key).first()
    member = mine or get_object_or_404(find_team(request, number).members, row_key=key)
    return sent(
        get_object_or_404(
            MemberFile.objects.select_related("version__document"), member=member, code=code
        ).version
    )
