"""The rows of a team: read again under the lock of the case, told, and asked by others."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Case, CaseMaterial, Consent, Document, User
from talent.core.services import cases, materials, messages, policy
from talent.core.services.errors import ActRefused, Conflict
from talent.core.services.supplements import tell_applicant
from talent.green_channel.models import GreenChannelCase, MemberFile, TeamChange, TeamMember

from .. import posts

State = TeamMember.State
SALT = "talent.team"


def is_open(case: Case) -> bool:
    """Whether the dossier is still with the leader: members simply change."""
    return case.status in (Case.Status.DRAFT, Case.Status.RECOMMENDED)


def locked(member: TeamMember, *states: str) -> TeamMember:
    """The member as it is now, the case locked; `Conflict` in none of `states` (any, when none is named)."""
    case = posts.lock(member.case)
    fresh = TeamMember.objects.select_for_update(of=("self",)).select_related("profile").get(pk=member.pk)
    fresh.case = case
    if states and fresh.state not in states:
        raise Conflict(
            _("%(name)s现在是“%(state)s”，不能再办理这一步，请刷新后查看。")
            % {"name": fresh.name, "state": fresh.get_state_display()}
        )
    return fresh


def note(case: Case, kind: str, title: str, *, actor: User | None, **facts: Any) -> None:
    """The event of an act on the team, read by leader and officers."""
    cases.record(case, kind, actor=actor, title=title, **facts)


def add(case: GreenChannelCase, *, name: str, employer_name: str = "", duty: str = "") -> TeamMember:
    """A further place in the team, to be confirmed by its person. The caller has locked and asked; `ActRefused` when full."""
    most = policy.figures(case.edition).team.most
    waiting = (State.NAMED, State.CONFIRMED, State.JOINING)
    if case.members.filter(state__in=waiting).count() >= most:
        raise ActRefused(_("核心成员最多%(most)d人。") % {"most": most})
    if not name.strip():
        raise ActRefused(_("请填写成员姓名。"))
    return TeamMember.objects.create(
        case=case, name=name.strip()[:80], employer_name=employer_name.strip()[:120], duty=duty.strip()[:200]
    )


def section(member: TeamMember, code: str) -> str:
    """Under what name a part of the member is noted as saved, beside the parts of the leader."""
    return f"{code}-{member.pk}"


def reason_given(reason: str) -> str:
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明原因（至少2个字）。"))
    return reason.strip()[:300]


def forget_files(member: TeamMember) -> None:
    """The files go with the place, unless the person lets them be reused or another case stands on them."""
    documents = list(
        Document.objects.filter(pk__in=member.files.values("version__document"), profile=member.profile_id)
    )
    member.files.all().delete()
    if member.profile_id is None or materials.has_consent(member.profile, Consent.Purpose.REUSE):
        return
    for document in documents:
        used = CaseMaterial.objects.filter(version__document=document).exists()
        if not used and not MemberFile.objects.filter(version__document=document).exists():
            materials.erase(document)


def require_confirmed(case: GreenChannelCase) -> None:
    """Raise `ActRefused` naming every core member who has not confirmed; called before the team is handed in."""
    if not case.team:
        return
    open_ = list(case.members.exclude(state=State.CONFIRMED))
    if open_:
        names = "、".join(f"{one.name}（{one.get_state_display()}）" for one in open_)
        raise ActRefused(
            _("以下核心成员尚未确认：%(names)s。请提醒本人登录确认，或在“团队成员”中移除后再提交。")
            % {"names": names},
            code="team",
        )


def require_settled(case: Case) -> None:
    """Raise `ActRefused` while somebody's joining or leaving is not answered."""
    waiting = list(TeamChange.objects.unsettled().filter(case=case.pk).select_related("member"))
    if waiting:
        names = "、".join(f"{one.member.name}{one.get_kind_display()}" for one in waiting)
        raise ActRefused(_("团队成员变动尚未办结：%(names)s。请先审核变动。") % {"names": names}, code="team")


def settle(case: GreenChannelCase) -> None:
    """Every approved change takes effect: at the approval, or with the amended agreement that everybody has signed."""
    for change in TeamChange.objects.approved().filter(case=case.pk).select_related("member"):
        joins = change.kind == TeamChange.Kind.JOIN
        TeamMember.objects.filter(pk=change.member_id).update(state=State.CONFIRMED if joins else State.LEFT)
        TeamChange.objects.filter(pk=change.pk).update(effective_at=timezone.now())
        note(
            case, "team_changed", _("成员变动生效"), actor=None,
            public_text=_("核心成员%(kind)s：%(name)s")
            % {"kind": change.get_kind_display(), "name": change.member.name},
        )  # fmt: skip


def seats_of(user: User) -> Iterable[TeamMember]:
    """The places `user` holds in teams, newest first."""
    return (
        TeamMember.objects.visible_to(user).select_related("case__applicant", "case__edition").order_by("-pk")
    )


def known_names(case: GreenChannelCase) -> list[str]:
    """The other people of the team by name, as its members know them; nothing else of them."""
    named = case.members.filter(~Q(state__in=(State.DECLINED, State.LEFT)))
    return [str(case.applicant), *named.values_list("name", flat=True)]


def tell(member: TeamMember, kind: str, subject: str) -> None:
    messages.tell(
        member.profile.user, kind=kind, subject=subject,
        body=_("%(subject)s。请登录后在“我的办件”的“我参加的团队”中查看。") % {"subject": subject},
    )  # fmt: skip


def tell_leader(member: TeamMember, kind: str, subject: str) -> None:
    tell_applicant(
        member.case, kind=kind, subject=subject,
        body=_("办件 %(number)s：%(subject)s（%(name)s）。")
        % {"number": member.case.number, "subject": subject, "name": member.name},
    )  # fmt: skip
