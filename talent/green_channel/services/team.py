"""Teams (济政发〔2025〕8号 item 7): the leader names and invites, each core member answers in person.

A member fills in the own part, gives the own consents and confirms; before the submission one may decline, withdraw or
be left out without anybody's leave. From the invitation on a member keeps away from the case as an officer (回避).
What happens after the submission is in `team_changes`.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Case, CaseMaterial, Consent, Document, TalentProfile, User
from talent.core.services import audit, cases, materials, messages, people, policy, recusals
from talent.core.services import dossier as parts_of_dossier
from talent.core.services.dossier import Part
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.intake import CONSENT_TEXT
from talent.core.services.supplements import tell_applicant
from talent.green_channel.models import GreenChannelCase, MemberFile, TeamChange, TeamMember

from . import posts

State = TeamMember.State
# What a member agrees to, each by itself.
PURPOSES = (Consent.Purpose.TEAM, Consent.Purpose.JOINT_CHECK, Consent.Purpose.PUBLICITY)
_SALT = "talent.team"
_SECONDS = 14 * 24 * 60 * 60


def is_open(case: Case) -> bool:
    """Whether the dossier is still with the leader: members simply change."""
    return case.status in (Case.Status.DRAFT, Case.Status.RECOMMENDED)


def _locked(member: TeamMember, *states: str) -> TeamMember:
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


# --- by the leader -------------------------------------------------------------------------------------------


def _require_open(case: GreenChannelCase) -> None:
    if not case.team:
        raise ActRefused(_("本办件是个人申报，没有团队成员；团队申报请由推荐单位修改申报类型。"))
    if not is_open(case):
        raise ActRefused(_("申报书已经提交，成员加入或退出请在“团队”页面提出变动。"))


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
    member = _locked(member, State.NAMED, State.CONFIRMED, State.DECLINED)
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
        _tell(member, "team_changed", _("团队申报的分工有修改，请重新确认"))
    member.save()
    note(member.case, "team_member_changed", _("修改核心成员"), actor=actor, public_text=member.name)
    return member


@transaction.atomic
def drop_member(member: TeamMember, *, actor: User) -> None:
    """The leader leaves somebody out before the submission; the member's files and consents here end with it."""
    member = _locked(member)
    posts.require_oneself(actor, member.case)
    _require_open(member.case)
    if member.profile_id:
        _tell(member, "team_dropped", _("您已不在团队申报名单中"))
        Consent.objects.filter(
            profile=member.profile, case_id=member.case_id, withdrawn_at__isnull=True
        ).update(withdrawn_at=timezone.now())
    _forget_files(member)
    note(member.case, "team_member_dropped", _("移除核心成员"), actor=actor, public_text=member.name)
    member.delete()


@transaction.atomic
def invite(member: TeamMember, *, actor: User) -> str:
    """The token of the member's invitation, good for fourteen days until somebody accepts; holds a row number only."""
    member = _locked(member, State.NAMED, State.DECLINED)
    posts.require_oneself(actor, member.case)
    if member.profile_id:
        raise ActRefused(_("%(name)s已接受邀请，直接登录即可。") % {"name": member.name})
    audit.record("team_member_invited", actor=actor, subject=member.case.number)
    return signing.dumps(str(member.row_key), salt=_SALT)


# --- by the member -------------------------------------------------------------------------------------------


def invited(token: str) -> TeamMember | None:
    """The place behind a token; None when it is not one of these, too old, or taken."""
    try:
        key = signing.loads(token, salt=_SALT, max_age=_SECONDS)
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
    member = _locked(member, State.NAMED)
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
    member = _locked(member)
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
    member = _locked(member)
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


def section(member: TeamMember, code: str) -> str:
    """Under what name a part of the member is noted as saved, beside the parts of the leader."""
    return f"{code}-{member.pk}"


def parts(member: TeamMember) -> list[Part]:
    """The member's own dossier in order, derived from what is recorded."""
    saved, person = parts_of_dossier.saved(member.case), member.profile
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
    member = _locked(member, State.NAMED, State.DECLINED)
    _require_writable(member, actor)
    missing = parts_of_dossier.open_titles(parts(member))
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
    _tell_leader(member, "team_confirmed", _("核心成员已确认"))
    return member


@transaction.atomic
def decline(member: TeamMember, *, actor: User, reason: str) -> TeamMember:
    """The invited person does not join. Files and consents given here end."""
    member = _locked(member, State.NAMED)
    _require_member(member, actor)
    return _out(member, actor, reason, "team_member_declined", _("核心成员不同意加入"))


@transaction.atomic
def withdraw(member: TeamMember, *, actor: User, reason: str) -> TeamMember:
    """The member takes the consents back (个人信息保护法 art. 15); what was done before stays valid.

    Before the submission the place is free again. Afterwards the consents end at once and the leaving is asked for.
    """
    member = _locked(member, State.CONFIRMED, State.JOINING)
    _require_member(member, actor)
    if is_open(member.case) or member.state == State.JOINING:
        return _out(member, actor, reason, "team_member_withdrew", _("核心成员撤回同意"))
    _end_consents(member, actor)
    made, fresh = TeamChange.objects.get_or_create(
        member=member, state__in=TeamChange.WAITING,
        defaults={"case": member.case, "kind": TeamChange.Kind.LEAVE, "reason": _reason(reason), "asked_by": actor,
                  "state": TeamChange.State.CONFIRMED, "confirmed_at": timezone.now()},
    )  # fmt: skip
    if not fresh and made.state == TeamChange.State.ASKED:
        made.state, made.confirmed_at = TeamChange.State.CONFIRMED, timezone.now()
        made.save(update_fields=["state", "confirmed_at"])
    note(
        member.case, "team_member_withdrew", _("核心成员撤回同意，申请退出"), actor=actor,
        public_text=f"{member.name}：{made.reason}",
    )  # fmt: skip
    _tell_leader(member, "team_withdrew", _("核心成员撤回同意，申请退出"))
    return member


def _out(member: TeamMember, actor: User, reason: str, kind: str, title: str) -> TeamMember:
    member.state, member.answered_at, member.answer_note = State.DECLINED, timezone.now(), _reason(reason)
    member.save(update_fields=["state", "answered_at", "answer_note"])
    _end_consents(member, actor)
    _forget_files(member)
    member.changes.unsettled().update(state=TeamChange.State.CANCELLED)
    note(member.case, kind, title, actor=actor, public_text=f"{member.name}：{member.answer_note}")
    _tell_leader(member, kind, title)
    return member


def _reason(reason: str) -> str:
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明原因（至少2个字）。"))
    return reason.strip()[:300]


def _end_consents(member: TeamMember, actor: User) -> None:
    for purpose in PURPOSES:
        materials.withdraw_consent(member.profile, purpose, actor=actor, case=member.case)


def _forget_files(member: TeamMember) -> None:
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


# --- what others ask -------------------------------------------------------------------------------------------


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


def _tell(member: TeamMember, kind: str, subject: str) -> None:
    messages.tell(
        member.profile.user, kind=kind, subject=subject,
        body=_("%(subject)s。请登录后在“我的办件”的“我参加的团队”中查看。") % {"subject": subject},
    )  # fmt: skip


def _tell_leader(member: TeamMember, kind: str, subject: str) -> None:
    tell_applicant(
        member.case, kind=kind, subject=subject,
        body=_("办件 %(number)s：%(subject)s（%(name)s）。")
        % {"number": member.case.number, "subject": subject, "name": member.name},
    )  # fmt: skip
