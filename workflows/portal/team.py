"""Teams outside: the leader names and invites, each core member fills in and confirms the own part."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from talent.core.models import Consent
from talent.core.services import policy
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel import dossier
from talent.green_channel.models import GreenChannelCase, TeamChange, TeamMember
from talent.green_channel.services import team, team_changes
from workflows.base import telling
from workflows.desk.small import ReasonForm

from .filing import UploadForm
from .own import own_case


class JoinForm(forms.Form):
    """A further member after the submission."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=80)
    employer_name = forms.CharField(label=gettext_lazy("现工作单位"), max_length=120)
    duty = forms.CharField(label=gettext_lazy("承担任务"), max_length=200)
    reason = forms.CharField(
        label=gettext_lazy("增加的原因"), max_length=300, min_length=2, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


class ConsentForm(forms.Form):
    """One tick per purpose; none is ticked for anybody."""

    consents = forms.MultipleChoiceField(
        label=gettext_lazy("逐项同意"), widget=forms.CheckboxSelectMultiple, required=False,
        choices=[(one.value, one.label) for one in team.PURPOSES],
        help_text=gettext_lazy("同意可以随时撤回；撤回以前已经进行的处理仍然有效"),
    )  # fmt: skip


# --- the leader ----------------------------------------------------------------------------------------------


def _led(request: HttpRequest, number: str) -> GreenChannelCase:
    case = own_case(request, number)
    if not isinstance(case, GreenChannelCase) or not case.team:
        raise Http404
    return case


@require_http_methods(["GET", "POST"])
def team_page(request: HttpRequest, number: str) -> HttpResponse:
    """Who is in the team and who has confirmed; invitations, and changes after the submission."""
    case = _led(request, number)
    name = request.POST.get("act", "")
    form = JoinForm(request.POST if name == "join" else None)
    if request.method == "POST" and (name != "join" or form.is_valid()):
        try:
            link = _lead(request, case, name, form)
        except NotAllowed:
            raise
        except ActRefused as refusal:
            flash.error(request, str(refusal))
        else:
            if link:
                return render(request, "portal/team/link.html", {"case": case, "link": link})
            flash.success(request, _("已办理。"))
        return redirect("my:team", number)
    waiting = {one.member_id: one for one in case.team_changes.unsettled()}
    rows = [
        {
            "member": member,
            "change": waiting.get(member.pk),
            "can_invite": member.state == member.State.NAMED and member.profile_id is None,
            "can_leave": team_changes.changeable(case)
            and member.state == member.State.CONFIRMED
            and member.pk not in waiting,
            "leave_form": ReasonForm(auto_id=f"leave{member.pk}_%s"),
            "cancel_form": ReasonForm(auto_id=f"cancel{member.pk}_%s"),
        }
        for member in case.members.all()
    ]
    return render(
        request, "portal/team/team.html",
        {"case": case, "rows": rows, "form": form, "open": team.is_open(case),
         "changeable": team_changes.changeable(case), "changes": case.team_changes.select_related("member")},
    )  # fmt: skip


def _lead(request: HttpRequest, case: GreenChannelCase, name: str, form: JoinForm) -> str:
    """What the leader does; returns the link of an invitation, shown once."""
    reason = request.POST.get("reason", "")
    if name == "join":
        change = team_changes.ask_join(case, actor=request.user, **form.cleaned_data)
        token = team.invite(change.member, actor=request.user)
    elif name == "invite":
        token = team.invite(_member(case, request), actor=request.user)
    elif name == "leave":
        team_changes.ask_leave(_member(case, request), actor=request.user, reason=reason)
        return ""
    elif name == "cancel":
        change = get_object_or_404(case.team_changes.unsettled(), member=_member(case, request))
        team_changes.cancel(change, actor=request.user, reason=reason)
        return ""
    else:
        raise Http404
    return request.build_absolute_uri(reverse("my:team_join", args=[token]))


def _member(case: GreenChannelCase, request: HttpRequest) -> TeamMember:
    key = request.POST.get("member", "")
    return get_object_or_404(case.members, pk=int(key) if key.isdigit() else 0)


# --- the member ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The invitation: who leads which project; accepting takes the place with this account."""
    member, problem = team.invited(token), ""
    if request.method == "POST":
        try:
            member = team.accept(token, actor=request.user)
        except ActRefused as refusal:
            problem = str(refusal)
        else:
            flash.success(request, _("已接受邀请，请填写您的部分并确认。"))
            return redirect("my:member", member.row_key)
    return render(request, "portal/team/join.html", {"member": member, "problem": problem})


def _own(request: HttpRequest, key: Any) -> TeamMember:
    """The reader's own place, or 404."""
    member = get_object_or_404(team.seats_of(request.user), row_key=key)
    member.case = GreenChannelCase.objects.select_related("applicant", "edition").get(pk=member.case_id)
    return member


@require_http_methods(["GET", "POST"])
def member_page(request: HttpRequest, key: Any) -> HttpResponse:
    """The member's own part as a task list, own materials, consents; confirm, decline, withdraw, leave."""
    member = _own(request, key)
    case, name = member.case, request.POST.get("act", "")
    figures = policy.figures(case.edition)
    form = ConsentForm(request.POST if name == "confirm" else None)
    upload = UploadForm(request.POST, request.FILES, of="") if name == "file" else None
    problem = ""
    if request.method == "POST":
        try:
            _act(request, member, name, form, upload)
        except NotAllowed:
            raise
        except ActRefused as refusal:
            problem = str(refusal)
        else:
            flash.success(request, _("已办理。"))
            return redirect("my:member", key)
    writable, kept = team.writable(member), {one.code: one for one in member.files.select_related("version")}
    items = [
        {
            "label": part.title,
            "hint": part.hint,
            "status": _("已完成") if part.complete else _("未完成"),
            "tone": "" if part.complete else "info",
            "url": reverse("my:member_part", args=[key, part.code])
            if writable and part.code != "files"
            else "",
        }
        for part in team.parts(member)
    ]
    files = [
        {"material": material, "kept": kept.get(material.code),
         "form": UploadForm(auto_id=f"{material.code}_%s", of=material.name)}
        for material in map(figures.material, figures.team.materials)
    ]  # fmt: skip
    given = Consent.objects.filter(profile=member.profile, case_id=case.pk, purpose__in=team.PURPOSES)
    return render(
        request, "portal/team/member.html",
        {
            "member": member, "case": case, "items": items, "files": files, "writable": writable, "form": form,
            "problem": problem, "names": team.known_names(case), "consents": given,
            "step": telling.current_step(case),
            "can_confirm": writable and member.state != member.State.CONFIRMED,
            "can_withdraw": member.state in (member.State.CONFIRMED, member.State.JOINING),
            "leave": member.changes.filter(kind=TeamChange.Kind.LEAVE, state=TeamChange.State.ASKED).first(),
            "decline_form": ReasonForm(auto_id="decline_%s"), "withdraw_form": ReasonForm(auto_id="withdraw_%s"),
            "stay_form": ReasonForm(auto_id="stay_%s"),
        },
    )  # fmt: skip


def _act(
    request: HttpRequest, member: TeamMember, name: str, form: ConsentForm, upload: UploadForm | None
) -> None:
    """What the member does on the own page."""
    reason = request.POST.get("reason", "")
    if name == "confirm":
        team.confirm(
            member, actor=request.user, consents=form.cleaned_data["consents"] if form.is_valid() else ()
        )
    elif name == "file":
        if not upload.is_valid():
            raise ActRefused(upload.errors["file"][0])
        team.file_material(
            member, request.POST.get("code", ""), upload.cleaned_data["file"], actor=request.user
        )
    elif name == "decline":
        team.decline(member, actor=request.user, reason=reason)
    elif name == "withdraw":
        team.withdraw(member, actor=request.user, reason=reason)
    elif name in ("leave", "stay"):
        change = get_object_or_404(member.changes.unsettled(), kind=TeamChange.Kind.LEAVE)
        team_changes.answer_leave(change, actor=request.user, agreed=name == "leave", reason=reason)
    else:
        raise Http404


@require_http_methods(["GET", "POST"])
def member_part(request: HttpRequest, key: Any, code: str) -> HttpResponse:
    """One part of the member's own dossier: saved at any time, kept on errors."""
    member = _own(request, key)
    kind = next((part for part in dossier.MEMBER_PARTS if part.code == code), None)
    if kind is None:
        raise Http404
    if not team.writable(member):
        raise ActRefused(_("现在不能修改您的部分；需要更正时请联系受理单位。"))
    page = kind(member, request.user, request.POST or None)
    if request.method == "POST" and page.is_valid():
        try:
            page.save()
        except ActRefused as refusal:
            page.refuse(str(refusal))
        else:
            flash.success(request, _("“%(part)s”已保存。") % {"part": page.title})
            return redirect("my:member", key)
    return render(
        request, "portal/part.html",
        {"case": member.case, "page": page, "back": reverse("my:member", args=[key]), "back_title": _("我参加的团队")},
    )  # fmt: skip
