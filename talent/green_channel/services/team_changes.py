"""A member joins or leaves after the submission (济政发〔2025〕8号 item 7).

Asked by the leader with a reason, confirmed by the member, approved by the lead bureau. With an agreement in force the
approval drafts its amendment, and the change takes effect when everybody has signed that; otherwise at once.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, User
from talent.core.services import appointments, messages
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.supplements import tell_applicant
from talent.green_channel.models import Agreement, GreenChannelCase, TeamChange, TeamMember

from . import agreements, posts, team

State, Kind = TeamChange.State, TeamChange.Kind
_MAKING = (Agreement.State.DRAFTED, Agreement.State.SIGNING)


def changeable(case: GreenChannelCase) -> bool:
    """Whether the team changes by acts now: it was handed in, and did not end without a recognition."""
    over = case.ended and case.status != Case.Status.COMPLETED
    return case.team and not team.is_open(case) and not over


def _require_changeable(case: GreenChannelCase, actor: User) -> None:
    posts.require_oneself(actor, case)
    if not changeable(case):
        raise ActRefused(_("现在不能提出成员变动：提交前直接修改名单，办件结束后不再变动。"))


def _reason(reason: str) -> str:
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明变动的原因。"))
    return reason.strip()[:300]


def _locked(change: TeamChange, *states: str) -> TeamChange:
    case = posts.lock(change.case)
    fresh = (
        TeamChange.objects.select_for_update(of=("self",)).select_related("member__profile").get(pk=change.pk)
    )
    fresh.case = fresh.member.case = case
    if fresh.state not in states:
        raise Conflict(
            _("该变动现在是“%(state)s”，不能再办理这一步，请刷新后查看。")
            % {"state": fresh.get_state_display()}
        )
    return fresh


def _note(
    change: TeamChange, kind: str, title: str, *, actor: User, standing: Standing | None = None, **facts
):
    team.note(
        change.case, kind, title, actor=actor, standing=standing,
        figures={"change": change.kind, "member": change.member_id}, **facts,
    )  # fmt: skip


# --- leader and member -------------------------------------------------------------------------------------------


@transaction.atomic
def ask_join(
    case: GreenChannelCase, *, actor: User, name: str, employer_name: str, duty: str, reason: str
) -> TeamChange:
    """The leader asks for a further member, who is then invited, fills in the own part and confirms."""
    case = posts.lock(case)
    _require_changeable(case, actor)
    reason = _reason(reason)
    member = team.add(case, name=name, employer_name=employer_name, duty=duty)
    change = TeamChange.objects.create(
        case=case, member=member, kind=Kind.JOIN, reason=reason, asked_by=actor
    )
    _note(
        change, "team_join_asked", _("申请增加核心成员"), actor=actor, public_text=f"{member.name}：{reason}"
    )
    return change


@transaction.atomic
def ask_leave(member: TeamMember, *, actor: User, reason: str) -> TeamChange:
    """The leader asks that a member leaves; the member confirms, or says no."""
    case = posts.lock(member.case)
    _require_changeable(case, actor)
    member = TeamMember.objects.select_related("profile__user").get(pk=member.pk)
    if member.state != TeamMember.State.CONFIRMED:
        raise Conflict(_("%(name)s现在不在团队中。") % {"name": member.name})
    try:
        with transaction.atomic():
            change = TeamChange.objects.create(
                case=case, member=member, kind=Kind.LEAVE, reason=_reason(reason), asked_by=actor
            )
    except IntegrityError:
        raise Conflict(_("%(name)s的变动已经提出，尚未办结。") % {"name": member.name}) from None
    _note(
        change, "team_leave_asked", _("申请核心成员退出"), actor=actor, public_text=f"{member.name}：{change.reason}"
    )  # fmt: skip
    messages.tell(
        member.profile.user, kind="team_leave", subject=_("请确认退出团队"),
        body=_("团队负责人提出您退出团队，请登录后在“我参加的团队”中确认或说明不同意。"),
        key=f"team_leave:{change.pk}",
    )  # fmt: skip
    return change


@transaction.atomic
def answer_leave(change: TeamChange, *, actor: User, agreed: bool, reason: str = "") -> TeamChange:
    """The member confirms the leaving, or refuses it with a reason, which ends the request."""
    change = _locked(change, State.ASKED)
    if change.kind != Kind.LEAVE or change.member.profile.user_id != actor.pk:
        raise NotAllowed(_("只能由该成员本人确认。"))
    if agreed:
        change.state, change.confirmed_at = State.CONFIRMED, timezone.now()
        change.save(update_fields=["state", "confirmed_at"])
        _note(
            change, "team_leave_confirmed", _("核心成员确认退出"), actor=actor, public_text=change.member.name
        )
        return change
    change.state, change.opinion = State.CANCELLED, _reason(reason)
    change.save(update_fields=["state", "opinion"])
    _note(
        change, "team_leave_declined", _("核心成员不同意退出"), actor=actor,
        public_text=f"{change.member.name}：{change.opinion}",
    )  # fmt: skip
    return change


@transaction.atomic
def cancel(change: TeamChange, *, actor: User, reason: str) -> TeamChange:
    """The leader takes the request back before it is decided; nobody's withdrawal of consent is taken back by it."""
    change = _locked(change, *TeamChange.WAITING)
    posts.require_oneself(actor, change.case)
    if change.asked_by_id != actor.pk:
        raise NotAllowed(_("成员本人提出的退出不能由负责人取消。"))
    change.state, change.opinion = State.CANCELLED, _reason(reason)
    change.save(update_fields=["state", "opinion"])
    if change.kind == Kind.JOIN:
        TeamMember.objects.filter(pk=change.member_id).update(state=TeamMember.State.DECLINED)
    _note(change, "team_change_cancelled", _("取消成员变动"), actor=actor, public_text=change.opinion)
    return change


# --- the bureau -------------------------------------------------------------------------------------------------


def approver(actor: User, case: Case) -> Standing:
    """The post that decides: an officer of the lead bureau, before the dispatch of the intake bureau."""
    return posts.on_case(actor, case, roles.Act.CHECK if case.lead_organisation_id else roles.Act.ACCEPT)


def may_approve(actor: User, case: Case) -> bool:
    act = roles.Act.CHECK if case.lead_organisation_id else roles.Act.ACCEPT
    return appointments.standing_on(actor, case, act) is not None


@transaction.atomic
def approve(change: TeamChange, *, actor: User, opinion: str) -> TeamChange:
    """The bureau agrees. An agreement in force is amended in the same act; the change waits for its signatures."""
    change = _locked(change, State.CONFIRMED)
    case = change.case
    post = approver(actor, case)
    if case.agreements.filter(state__in=_MAKING).exists():
        raise Conflict(_("有一版协议正在拟稿或签署，请先办完，再审核成员变动，以便写入下一版协议。"))
    change.state = State.APPROVED
    _decide(change, actor, opinion)
    words = _("核心成员%(kind)s：%(name)s") % {"kind": change.get_kind_display(), "name": change.member.name}
    current = agreements.current(case)
    if current is not None:
        change.agreement = agreements.amend(current, actor=actor, reason=words)
        change.save(update_fields=["agreement"])
    _note(
        change, "team_change_approved", _("同意成员变动"), actor=actor, standing=post,
        public_text=_("%(words)s。随协议修订版签署后生效。") % {"words": words} if current else words,
    )  # fmt: skip
    if current is None:
        team.settle(case)
    _tell(change, _("团队成员变动已同意"))
    change.refresh_from_db()
    return change


@transaction.atomic
def refuse(change: TeamChange, *, actor: User, opinion: str) -> TeamChange:
    """The bureau does not agree, and says why: the team stays as it is."""
    change = _locked(change, State.CONFIRMED)
    post = approver(actor, change.case)
    change.state = State.REFUSED
    _decide(change, actor, opinion)
    if change.kind == Kind.JOIN:
        TeamMember.objects.filter(pk=change.member_id).update(state=TeamMember.State.DECLINED)
    _note(
        change, "team_change_refused", _("不同意成员变动"), actor=actor, standing=post,
        public_text=f"{change.member.name}：{change.opinion}",
    )  # fmt: skip
    _tell(change, _("团队成员变动未获同意"))
    return change


def _decide(change: TeamChange, actor: User, opinion: str) -> None:
    if len(opinion.strip()) < 2:
        raise ActRefused(_("请写明审核意见。"))
    change.opinion, change.decided_by, change.decided_at = opinion.strip()[:300], actor, timezone.now()
    change.save(update_fields=["state", "opinion", "decided_by", "decided_at"])


def _tell(change: TeamChange, subject: str) -> None:
    body = _("办件 %(number)s：%(subject)s。") % {"number": change.case.number, "subject": subject}
    tell_applicant(change.case, kind="team_change_decided", subject=subject, body=body)
    messages.tell(change.member.profile.user, kind="team_change_decided", subject=subject, body=body)
