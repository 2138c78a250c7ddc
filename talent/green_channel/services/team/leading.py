"""What the leader does: name, correct, leave out, invite."""

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Consent, User
from talent.core.services import audit
from talent.core.services.errors import ActRefused
from talent.green_channel.models import GreenChannelCase, TeamMember

from .. import posts
from .rows import SALT, State, add, forget_files, is_open, locked, note, tell


def _require_open(case: GreenChannelCase) -> None:
    if not case.team:
        raise ActRefused(_("本办件是个人申报，没有团队成员；团队申报请由推荐单位修改申报类型。"))
    if not is_open(case):
        raise ActRefused(_("申报书已经提交，成员加入或退出请在“团队”页面提出变动。"))


@transaction.atomic
def name_member(case: GreenChannelCase, *, actor: User, **facts: str) -> TeamMember:
    """The leader names a core member: `name`, `employer_name`, `duty`."""
    case = posts.lock(case)
    posts.require_oneself(actor, case)
    _require_open(case)
    member = add(case, **facts)
    note(case, "team_member_named", _("提名核心成员"), actor=actor, public_text=member.name)
    return member


@transaction.atomic
def change_member(member: TeamMember, *, actor: User, **facts: str) -> TeamMember:
    """The leader corrects what is said of a member; who had confirmed something else is asked again."""
    member = locked(member, State.NAMED, State.CONFIRMED, State.DECLINED)
    posts.require_oneself(actor, member.case)
    _require_open(member.case)
    if member.profile_id and facts.get("name", member.name).strip() != member.name:
        raise ActRefused(
            _("%(name)s已接受邀请，不能改为他人；请移除后另行提名。") % {"name": member.name}, code="name"
        )
    for field, value in facts.items():
        setattr(member, field, value.strip())
    if member.state != State.NAMED:
        member.state = State.NAMED
        tell(member, "team_changed", _("团队申报的分工有修改，请重新确认"))
    member.save()
    note(member.case, "team_member_changed", _("修改核心成员"), actor=actor, public_text=member.name)
    return member


@transaction.atomic
def drop_member(member: TeamMember, *, actor: User) -> None:
    """The leader leaves somebody out before the submission; the member's files and consents here end with it."""
    member = locked(member)
    posts.require_oneself(actor, member.case)
    _require_open(member.case)
    if member.profile_id:
        tell(member, "team_dropped", _("您已不在团队申报名单中"))
        Consent.objects.filter(
            profile=member.profile, case_id=member.case_id, withdrawn_at__isnull=True
        ).update(withdrawn_at=timezone.now())
    forget_files(member)
    note(member.case, "team_member_dropped", _("移除核心成员"), actor=actor, public_text=member.name)
    member.delete()


@transaction.atomic
def invite(member: TeamMember, *, actor: User) -> str:
    """The token of the member's invitation, good for fourteen days until somebody accepts; holds a row number only."""
    member = locked(member, State.NAMED, State.DECLINED)
    posts.require_oneself(actor, member.case)
    if member.profile_id:
        raise ActRefused(_("%(name)s已接受邀请，直接登录即可。") % {"name": member.name})
    audit.record("team_member_invited", actor=actor, subject=member.case.number)
    return signing.dumps(str(member.row_key), salt=SALT)
