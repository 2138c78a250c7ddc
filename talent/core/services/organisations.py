"""Employers register, the county 人社局 confirms, members are invited and hand over when they leave.

The contact person's post is written at registration and has no force until the organisation is confirmed:
an appointment in an unconfirmed organisation gives no right.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import identifiers, roles
from talent.core.models import Appointment, Invitation, Organisation, Region, User

from . import appointments, audit, materials, signin
from .errors import ActRefused, Conflict, NotAllowed

INVITATION_LIFETIME = timedelta(days=7)
LICENCE_TYPE = "licence"


@dataclass(frozen=True)
class NewAccount:
    """What an invited person without an account chooses."""

    username: str
    password: str
    name: str


# --- registration --------------------------------------------------------------------------------


@transaction.atomic
def register(
    *,
    actor: User,
    code: str,
    name: str,
    kind: str,
    region: Region,
    licence: Any,
    contact_name: str,
    contact_phone: str = "",
    **facts: Any,
) -> Organisation:
    """Register an employer and name `actor` as its first 单位人事专员, to take effect when it is confirmed.

    code: 统一社会信用代码 (GB 32100-2015), checked. licence: the uploaded 营业执照. A refused registration may be
    handed in again. Raises `ActRefused` for a wrong code or kind, `Conflict` when the code is registered.
    """
    try:
        code = identifiers.check_credit_code(code)
    except ValueError as error:
        raise ActRefused(str(error), code="code") from None
    if kind == Organisation.Kind.BUREAU:
        raise ActRefused(_("机关部门由系统管理员登记，不能自行注册。"), code="kind")
    if not licence:
        raise ActRefused(_("请上传营业执照（法人登记证书）。"), code="licence")
    today = timezone.localdate()
    facts |= {
        "name": name.strip(),
        "kind": kind,
        "region": region,
        "contact_name": contact_name,
        "contact_phone": contact_phone,
        "status": Organisation.Status.PENDING,
    }
    known = Organisation.objects.select_for_update().filter(code=code).first()
    if known is None:
        organisation = _create(code, facts)
    elif known.status == Organisation.Status.REFUSED:
        organisation = known
        for field, value in facts.items():
            setattr(organisation, field, value)
        organisation.save(update_fields=list(facts))
        Appointment.objects.filter(organisation=known, dismissed_at__isnull=True).update(
            dismissed_at=timezone.now(), dismissal_reason=_("重新登记")
        )
    else:
        raise Conflict(_taken(known), code="code")
    appointments.require_compatible(actor, roles.HR, organisation, starts_on=today, ends_on=None)
    Appointment.objects.create(
        user=actor, role=roles.HR.codename, organisation=organisation, starts_on=today, reason=_("单位登记")
    )
    version = materials.store_upload(
        licence, owner=organisation, type_code=LICENCE_TYPE, title=_("营业执照"), actor=actor
    )
    organisation.licence = version.document
    organisation.save(update_fields=["licence"])
    _note("organisation_registered", organisation, actor=actor)
    return organisation


def _create(code: str, facts: dict[str, Any]) -> Organisation:
    try:
        with transaction.atomic():
            return Organisation.objects.create(code=code, **facts)
    except IntegrityError:
        raise Conflict(_("该统一社会信用代码刚刚被登记，请刷新后查看。"), code="code") from None


def _taken(known: Organisation) -> str:
    if known.status == Organisation.Status.INACTIVE:
        return _("该统一社会信用代码的单位已停用，请联系所在县市区人社部门。")
    return _("该统一社会信用代码已登记，请联系该单位的人事专员邀请您加入。")


def _note(action: str, organisation: Organisation, *, actor: User, **facts: Any) -> None:
    audit.record(action, actor=actor, subject=f"organisation:{organisation.pk}", detail=facts)


def may_confirm(actor: User, organisation: Organisation) -> bool:
    """Whether `actor` is a 单位核验人员 of the organisation's county or of the city, and not its own contact."""
    return (
        any(
            post.role is roles.REGISTRAR
            and (
                post.organisation.region_id == organisation.region_id
                or post.organisation.region.kind == Region.Kind.CITY
            )
            for post in appointments.posts_of(actor)
        )
        and not Appointment.objects.filter(
            user=actor, organisation=organisation, dismissed_at__isnull=True
        ).exists()
    )


def _settle(organisation: Organisation, status: str, reason: str, *, actor: User) -> Organisation:
    if not may_confirm(actor, organisation):
        raise NotAllowed(
            _("您没有核验“%(name)s”的权限，由单位所在县市区的核验人员办理。") % {"name": organisation}
        )
    settled = Organisation.objects.filter(pk=organisation.pk, status=Organisation.Status.PENDING).update(
        status=status, status_reason=reason, confirmed_by=actor, confirmed_at=timezone.now()
    )
    if not settled:
        raise Conflict(_("“%(name)s”当前不在待核验状态，请刷新页面。") % {"name": organisation})
    organisation.refresh_from_db()
    return organisation


@transaction.atomic
def confirm(organisation: Organisation, *, actor: User, reason: str = "") -> Organisation:
    """Confirm a registration: the contact person's post takes effect. Raises `NotAllowed` or `Conflict`."""
    organisation = _settle(organisation, Organisation.Status.CONFIRMED, reason.strip(), actor=actor)
    waiting = Appointment.objects.filter(organisation=organisation, appointed_by__isnull=True)
    waiting.filter(dismissed_at__isnull=True).update(appointed_by=actor)
    appointments.sync_shadows(organisation=organisation)
    _note("organisation_confirmed", organisation, actor=actor)
    return organisation


@transaction.atomic
def refuse(organisation: Organisation, *, actor: User, reason: str) -> Organisation:
    """Refuse a registration with a reason the contact person reads. Raises `ActRefused` without one."""
    if not reason.strip():
        raise ActRefused(_("请写明未通过核验的原因。"), code="reason")
    organisation = _settle(organisation, Organisation.Status.REFUSED, reason.strip(), actor=actor)
    _note("organisation_refused", organisation, actor=actor)
    return organisation


# --- members -------------------------------------------------------------------------------------


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    organisation: Organisation, role: roles.Role, name: str, email: str = "", *, actor: User
) -> tuple[Invitation, str]:
    """Invite somebody to a post. Returns the invitation and its token, which is shown once and never stored.

    Valid for seven days. Raises `NotAllowed` when `actor` may not appoint to this post.
    """
    appointments.require_right_to_appoint(actor, role, organisation)
    if not name.strip():
        raise ActRefused(_("请填写被邀请人的姓名。"), code="name")
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        organisation=organisation,
        role=role.codename,
        name=name.strip(),
        email=email.strip(),
        token_hash=_hash(token),
        invited_by=actor,
        expires_at=timezone.now() + INVITATION_LIFETIME,
    )
    _note("invited", organisation, actor=actor, invitation=invitation.pk, role=role.codename)
    return invitation, token


def open_invitation(token: str) -> Invitation:
    """The invitation behind a token; raises `ActRefused` in the same words whether unknown, used or too late."""
    invitation = (
        Invitation.objects.select_related("organisation", "invited_by")
        .filter(token_hash=_hash(token), accepted_at__isnull=True, revoked_at__isnull=True)
        .filter(expires_at__gt=timezone.now())
        .first()
    )
    if invitation is None:
        raise ActRefused(_("邀请链接无效、已使用或已过期，请联系邀请人重新邀请。"), code="invitation")
    return invitation


@transaction.atomic
def accept_invitation(
    token: str, *, user: User | None = None, account: NewAccount | None = None
) -> Appointment:
    """Take the post one was invited to, with an account (`user`) or with a new one (`account`).

    The inviter must still hold the right. Raises `ActRefused`, or `NotAllowed` when he no longer does.
    """
    invitation = open_invitation(token)
    role = roles.BY_CODENAME[invitation.role]
    appointments.require_right_to_appoint(invitation.invited_by, role, invitation.organisation)
    user = user or new_account(account)
    appointment = appointments.appoint(
        user, role, invitation.organisation, actor=invitation.invited_by, reason=_("接受邀请"), system=True
    )
    # Of two people with the same link the second finds it used, and his whole acceptance is undone.
    taken = Invitation.objects.filter(
        pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True
    ).update(accepted_by=user, accepted_at=timezone.now())
    if not taken:
        raise Conflict(_("该邀请已被接受或撤回。"))
    _note("invitation_accepted", invitation.organisation, actor=user, invitation=invitation.pk)
    return appointment


def new_account(account: NewAccount | None) -> User:
    """Open an account with the chosen name and password; raises `ActRefused` with what is wrong."""
    if account is None:
        raise ActRefused(_("请先登录，或填写新账号。"), code="account")
    user = User(username=account.username.strip(), name=account.name.strip())
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise ActRefused("".join(error.messages), code="account") from error
    user.save()
    return signin.change_password(user, account.password, actor=user)


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, actor: User) -> Invitation:
    """Take an unused invitation back."""
    appointments.require_right_to_appoint(actor, roles.BY_CODENAME[invitation.role], invitation.organisation)
    open_ones = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True)
    if not open_ones.update(revoked_at=timezone.now()):
        raise Conflict(_("该邀请已被接受或撤回。"))
    invitation.refresh_from_db()
    _note("invitation_revoked", invitation.organisation, actor=actor, invitation=invitation.pk)
    return invitation


@transaction.atomic
def hand_over(from_user: User, to_user: User, organisation: Organisation, *, actor: User) -> Appointment:
    """The 单位人事专员 leaves: the successor is appointed and the post of the leaving one ends, in one act.

    By the leaving person, another 单位人事专员 of the employer or a 安全管理员. Returns the successor's post.
    """
    appointments.require_right_to_appoint(actor, roles.HR, organisation)
    if from_user.pk == to_user.pk:
        raise ActRefused(_("接任者不能是本人。"))
    posts = Appointment.objects.in_force(timezone.localdate()).filter(
        role=roles.HR.codename, organisation=organisation
    )
    leaving = posts.filter(user=from_user).first()
    if leaving is None:
        raise Conflict(_("“%(user)s”已不是该单位的人事专员。") % {"user": from_user})
    successor = posts.filter(user=to_user).first() or appointments.appoint(
        to_user, roles.HR, organisation, actor=actor, reason=_("工作移交"), system=True
    )
    appointments.dismiss(leaving, actor=actor, reason=_("工作移交"), system=True)
    return successor
