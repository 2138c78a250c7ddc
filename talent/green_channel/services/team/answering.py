"""What a member does: take the place, fill in the own part, confirm it with the own consents, decline, withdraw."""

from collections.abc import Collection

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Consent, Document, TalentProfile, User
from talent.core.services import dossier, materials, people, policy, recusals
from talent.core.services.dossier import Part
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.intake import CONSENT_TEXT
from talent.green_channel.models import MemberFile, TeamChange, TeamMember

from .rows import SALT, State, forget_files, is_open, locked, note, reason_given, section, tell_leader

# What a member agrees to, each by itself.
PURPOSES = (Consent.Purpose.TEAM, Consent.Purpose.JOINT_CHECK, Consent.Purpose.PUBLICITY)
_SECONDS = 14 * 24 * 60 * 60


def invited(token: str) -> TeamMember | None:
    """The place behind a token; None when it is not one of these, too old, or taken."""
    try:
        key = signing.loads(token, salt=SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return None
    return (
        TeamMember.objects.filter(row_key=key, profile__isnull=True, state=State.NAMED)
        .select_related("case__applicant")
        .first()
    )


@transaction.atomic
def accept(token: str, *, actor: User) -> TeamMember:
    """The invited person takes the place with the account signed in; it is confirmed once the own part is complete.

    Raises `ActRefused` for a used or old token, for the leader, for somebody who is in the team already or bears
    another name.
    """
    member = invited(token)
    if member is None:
        raise ActRefused(_("邀请链接无效、已使用或已过期，请联系团队负责人重新发送。"))
    member = locked(member, State.NAMED)
    if member.profile_id:
        raise Conflict(_("该邀请已被接受。"))
    profile = TalentProfile.objects.filter(user=actor).first()
    if profile is None:
        profile = people.create_profile(actor=actor, user=actor, name=member.name)
    if member.case.includes(profile):
        raise ActRefused(_("您已在本团队中，不能再作为另一名成员加入。"))
    if profile.name != member.name:
        raise ActRefused(
            _("邀请的是“%(name)s”，与您档案中的姓名不一致；请由本人登录，或请团队负责人更正姓名。")
            % {"name": member.name}
        )
    member.profile = profile
    member.save(update_fields=["profile"])
    recusals.declare(member.case, actor, actor=actor, reason=_("团队核心成员"))
    note(member.case, "team_member_joined", _("核心成员接受邀请"), actor=actor, public_text=member.name)
    return member


def _require_member(member: TeamMember, actor: User) -> None:
    if member.profile_id is None or member.profile.user_id != actor.pk:
        raise NotAllowed(_("只能由该成员本人办理。"))


def writable(member: TeamMember) -> bool:
    """Whether the member may still fill in the own part."""
    if is_open(member.case):
        return member.state in (State.NAMED, State.CONFIRMED, State.DECLINED)
    return member.state == State.NAMED and member.changes.unsettled().exists()


def _require_writable(member: TeamMember, actor: User) -> None:
    _require_member(member, actor)
    if not writable(member):
        raise ActRefused(_("现在不能修改您的部分；需要更正时请联系受理单位。"))


@transaction.atomic
def reopen(member: TeamMember, *, actor: User) -> None:
    """A part was written: what had been confirmed is confirmed anew."""
    member = locked(member)
    _require_writable(member, actor)
    TeamMember.objects.filter(pk=member.pk, state=State.CONFIRMED).update(state=State.NAMED)


@transaction.atomic
def declare(
    member: TeamMember,
    *,
    actor: User,
    former_employer_settled: bool,
    non_compete_free: bool,
    ip_undisputed: bool,
    declaration_note: str,
) -> TeamMember:
    """The member's own declaration; what cannot be declared is explained."""
    member = locked(member)
    _require_writable(member, actor)
    declared = (former_employer_settled, non_compete_free, ip_undisputed)
    if not all(declared) and not declaration_note.strip():
        raise ActRefused(_("有未勾选的声明时，请说明具体情况。"))
    member.former_employer_settled, member.non_compete_free, member.ip_undisputed = declared
    member.declaration_note = declaration_note.strip()
    member.save()
    return member


def file_material(member: TeamMember, code: str, upload: UploadedFile, *, actor: User) -> MemberFile:
    """A material of the member's own; kept with the person, shown to the officers of the case."""
    _require_writable(member, actor)
    figures = policy.figures(member.case.edition)
    if code not in figures.team.materials:
        raise ActRefused(_("成员不需要提交这份材料。"))
    document = Document.objects.filter(profile=member.profile, type_code=code).order_by("-pk").first()
    # Before the transaction: the checks of a file take longer than a lock should be held.
    version = materials.store_upload(
        upload, owner=member.profile, type_code=code, title=figures.material(code).name, actor=actor, document=document
    )  # fmt: skip
    with transaction.atomic():
        reopen(member, actor=actor)
        return MemberFile.objects.update_or_create(member=member, code=code, defaults={"version": version})[0]


def parts(member: TeamMember) -> list[Part]:
    """The member's own dossier in order, derived from what is recorded."""
    saved, person = dossier.saved(member.case), member.profile
    known = bool(person and person.name and person.id_number_index and person.mobile_index)
    wanted = policy.figures(member.case.edition).team.materials
    there = set(member.files.values_list("code", flat=True))
    return [
        Part("person", _("基本信息"), _("姓名、证件、联系方式"), known and section(member, "person") in saved),
        Part(
            "history", _("教育与工作经历"), _("最高学历和主要任职"),
            bool(person) and person.educations.exists() and person.employments.exists(),
        ),
        Part(
            "declaration", _("声明"), _("原单位关系、竞业限制、知识产权"),
            section(member, "declaration") in saved,
        ),
        Part(
            "files", _("本人材料"), _("已传 %(there)d / %(all)d 份") % {"there": len(there), "all": len(wanted)},
            there.issuperset(wanted),
        ),
    ]  # fmt: skip


@transaction.atomic
def confirm(member: TeamMember, *, actor: User, consents: Collection[str]) -> TeamMember:
    """The member confirms the own part and gives each consent. Raises `ActRefused` naming what is missing.

    After the submission this confirms that one wants to join; the lead bureau then approves.
    """
    member = locked(member, State.NAMED, State.DECLINED)
    _require_writable(member, actor)
    missing = dossier.open_titles(parts(member))
    if missing:
        raise ActRefused(_("您的部分还没有完成：%(parts)s。") % {"parts": "、".join(missing)})
    refused = [str(purpose.label) for purpose in PURPOSES if purpose not in consents]
    if refused:
        raise ActRefused(_("请逐项阅读并同意：%(purposes)s。") % {"purposes": "、".join(refused)})
    for purpose in PURPOSES:
        materials.give_consent(
            member.profile, purpose, text_version=CONSENT_TEXT, actor=actor, case=member.case
        )
    person = member.profile
    member.id_kind, member.id_number = person.id_kind, person.id_number.reveal()
    member.state = State.CONFIRMED if is_open(member.case) else State.JOINING
    member.answered_at, member.answer_note = timezone.now(), ""
    member.save()
    TeamChange.objects.filter(member=member, state=TeamChange.State.ASKED).update(
        state=TeamChange.State.CONFIRMED, confirmed_at=timezone.now()
    )
    note(member.case, "team_member_confirmed", _("核心成员本人确认"), actor=actor, public_text=member.name)
    tell_leader(member, "team_confirmed", _("核心成员已确认"))
    return member


@transaction.atomic
def decline(member: TeamMember, *, actor: User, reason: str) -> TeamMember:
    """The invited person does not join. Files and consents given here end."""
    member = locked(member, State.NAMED)
    _require_member(member, actor)
    return _out(member, actor, reason, "team_member_declined", _("核心成员不同意加入"))


@transaction.atomic
def withdraw(member: TeamMember, *, actor: User, reason: str) -> TeamMember:
    """The member takes the consents back (个人信息保护法 art. 15); what was done before stays valid.

    Before the submission the place is free again. Afterwards the consents end at once and the leaving is asked for.
    """
    member = locked(member, State.CONFIRMED, State.JOINING)
    _require_member(member, actor)
    if is_open(member.case) or member.state == State.JOINING:
        return _out(member, actor, reason, "team_member_withdrew", _("核心成员撤回同意"))
    _end_consents(member, actor)
    made, fresh = TeamChange.objects.get_or_create(
        member=member, state__in=TeamChange.WAITING,
        defaults={"case": member.case, "kind": TeamChange.Kind.LEAVE, "reason": reason_given(reason), "asked_by": actor,
                  "state": TeamChange.State.CONFIRMED, "confirmed_at": timezone.now()},
    )  # fmt: skip
    if not fresh and made.state == TeamChange.State.ASKED:
        made.state, made.confirmed_at = TeamChange.State.CONFIRMED, timezone.now()
        made.save(update_fields=["state", "confirmed_at"])
    note(
        member.case, "team_member_withdrew", _("核心成员撤回同意，申请退出"), actor=actor,
        public_text=f"{member.name}：{made.reason}",
    )  # fmt: skip
    tell_leader(member, "team_withdrew", _("核心成员撤回同意，申请退出"))
    return member


def _out(member: TeamMember, actor: User, reason: str, kind: str, title: str) -> TeamMember:
    member.state, member.answered_at, member.answer_note = (
        State.DECLINED,
        timezone.now(),
        reason_given(reason),
    )
    member.save(update_fields=["state", "answered_at", "answer_note"])
    _end_consents(member, actor)
    forget_files(member)
    member.changes.unsettled().update(state=TeamChange.State.CANCELLED)
    note(member.case, kind, title, actor=actor, public_text=f"{member.name}：{member.answer_note}")
    tell_leader(member, kind, title)
    return member


def _end_consents(member: TeamMember, actor: User) -> None:
    for purpose in PURPOSES:
        materials.withdraw_consent(member.profile, purpose, actor=actor, case=member.case)
