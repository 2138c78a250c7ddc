"""Granting and ending posts; every grant is recorded, none by the grantee's own hand.

The only module that writes guardian's rows, the shadow of an appointment on the organisation. The questions
"who may?" are answered in `standing`, whose answers are offered here too: this is the one door to posts.
"""

from collections.abc import Sequence
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm

from talent.core import roles
from talent.core.models import Appointment, Case, Deputy, Organisation, User
from talent.core.models.appointments import remembered

from . import audit, signin
from .errors import ActRefused, Conflict, NotAllowed
from .standing import (
    Standing,
    holders,
    organisations_where,
    posts_of,
    recusal_reason,
    refusal,
    require_compatible,
    require_right_to_appoint,
    separated,
    standing,
    standing_on,
    superior_of,
)

__all__ = [
    "Standing", "appoint", "dismiss", "end_view", "grant_view", "holders", "name_deputy", "organisations_where", "posts_of", "prolong",
    "recusal_reason", "refusal", "remembered", "require_compatible", "require_right_to_appoint", "revoke_deputy", "separated",
    "standing", "standing_on", "superior_of", "sync_shadows",
]  # fmt: skip


def _require_reason(reason: str) -> str:
    if not reason.strip():
        raise ActRefused(_("请填写依据或原因。"), code="reason")
    return reason.strip()


def _require_days(starts_on: date, ends_on: date | None, *, backdated: bool = False) -> None:
    if ends_on and ends_on < starts_on:
        raise ActRefused(_("截止日期早于起始日期，请核对。"), code="dates")
    if not backdated and starts_on < timezone.localdate():
        raise ActRefused(_("起始日期不能早于今天，授权不能倒签。"), code="dates")


@transaction.atomic
def appoint(
    user: User,
    role: roles.Role,
    organisation: Organisation,
    *,
    actor: User | None,
    reason: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
    system: bool = False,
) -> Appointment:
    """Appoint `user` to `role` in `organisation` from `starts_on` (today) to `ends_on` (open), both included.

    system: an act that has asked the right itself (a confirmed registration, an accepted invitation, set-up by
    command). Without it the actor must hold the right, except for the very first appointment of an installation.
    Raises `NotAllowed` without the right or for oneself, `ActRefused` for dates, an unconfirmed organisation or
    posts that exclude each other, `Conflict` when the post is already held.
    """
    reason = _require_reason(reason)
    if actor is not None and actor.pk == user.pk:
        raise NotAllowed(_("不能给自己任命岗位，请由其他有权限的人员办理。"))
    if not system and (actor is not None or Appointment.objects.exists()):
        post = require_right_to_appoint(actor, role, organisation)
        if post.principal is not None and post.principal.pk == user.pk:
            raise NotAllowed(_("代理人不能给被代理人任命岗位。"))
    if not user.is_active:
        raise ActRefused(_("账号“%(user)s”已停用，不能任命。") % {"user": user})
    if organisation.status != Organisation.Status.CONFIRMED and not system:
        raise ActRefused(
            _("“%(organisation)s”尚未通过核验或已停用，不能任命。") % {"organisation": organisation}
        )
    starts_on = starts_on or timezone.localdate()
    _require_days(starts_on, ends_on, backdated=system)
    require_compatible(user, role, organisation, starts_on=starts_on, ends_on=ends_on)
    live = Appointment.objects.filter(
        user=user, role=role.codename, organisation=organisation, dismissed_at__isnull=True
    )
    # An expired row still occupies the one live place of the post: it is closed before the next one opens.
    live.filter(ends_on__lt=timezone.localdate()).update(
        dismissed_at=timezone.now(), dismissal_reason=_("任期届满")
    )
    if live.exists():
        raise Conflict(
            _("“%(user)s”已在“%(organisation)s”担任%(role)s；需要续任请修改截止日期。")
            % {"user": user, "organisation": organisation, "role": role.title}
        )
    appointment = Appointment.objects.create(
        user=user,
        role=role.codename,
        organisation=organisation,
        starts_on=starts_on,
        ends_on=ends_on,
        appointed_by=actor,
        reason=reason,
    )
    if actor is not None and not system:
        # Whoever gets another right signs in anew: a session opened with less is not lifted.
        signin.end_sessions(user)
    if Appointment.objects.in_force(timezone.localdate()).filter(pk=appointment.pk).exists():
        assign_perm(role.permission, user, organisation)
    _note("appointed", appointment, actor=actor, starts_on=starts_on, ends_on=ends_on)
    return appointment


def _note(action: str, appointment: Appointment, *, actor: User | None, **facts) -> None:
    audit.record(
        action,
        actor=actor,
        subject=f"user:{appointment.user_id}",
        # The organisation by key: an employer's code may look like an identity number.
        detail={
            "appointment": appointment.pk,
            "role": appointment.role,
            "organisation": appointment.organisation_id,
            **facts,
        },
    )


@transaction.atomic
def prolong(appointment: Appointment, ends_on: date | None, *, actor: User, reason: str) -> Appointment:
    """Give a post that is not over yet another last day (None: open). Nobody prolongs his own.

    Raises `NotAllowed`, `ActRefused` for a day in the past or a post that would then exclude another, `Conflict`
    when the post is over.
    """
    reason = _require_reason(reason)
    role, organisation, today = appointment.as_role, appointment.organisation, timezone.localdate()
    if actor.pk == appointment.user_id:
        raise NotAllowed(_("不能给自己任命岗位，请由其他有权限的人员办理。"))
    require_right_to_appoint(actor, role, organisation)
    _require_days(max(appointment.starts_on, today), ends_on)
    require_compatible(appointment.user, role, organisation, starts_on=appointment.starts_on, ends_on=ends_on)
    still = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    changed = Appointment.objects.filter(still, pk=appointment.pk, dismissed_at__isnull=True).update(
        ends_on=ends_on, reason=reason
    )
    if not changed:
        raise Conflict(_("该岗位已到期或被免去，请重新任命。"))
    appointment.refresh_from_db()
    _note("appointment_prolonged", appointment, actor=actor, ends_on=ends_on)
    return appointment


@transaction.atomic
def dismiss(
    appointment: Appointment, *, actor: User | None, reason: str, system: bool = False
) -> Appointment:
    """End a post now; its deputies and its holder's sessions end with it, and claimed tasks are lost with the next question.

    Nobody dismisses himself except an HR member who leaves, and the last HR member only hands over.
    """
    reason = _require_reason(reason)
    role = appointment.as_role
    if not system:
        post = require_right_to_appoint(actor, role, appointment.organisation)
        if actor.pk == appointment.user_id and role is not roles.HR:
            raise NotAllowed(_("不能免去自己的岗位，请由其他安全管理员办理。"))
        if role is roles.HR and post.role is roles.HR:
            _require_successor(appointment)
    now = timezone.now()
    ended = Appointment.objects.filter(pk=appointment.pk, dismissed_at__isnull=True).update(
        dismissed_at=now, dismissed_by=actor, dismissal_reason=reason
    )
    if not ended:
        raise Conflict(_("该岗位已被免去，无需重复办理。"))
    Deputy.objects.filter(appointment=appointment, revoked_at__isnull=True).update(revoked_at=now)
    remove_perm(role.permission, appointment.user, appointment.organisation)
    if actor is None or actor.pk != appointment.user_id:
        signin.end_sessions(appointment.user)
    appointment.refresh_from_db()
    _note("dismissed", appointment, actor=actor)
    return appointment


def _require_successor(appointment: Appointment) -> None:
    """Two members leaving at once wait for each other here; a deputy is no successor, he goes with the post."""
    organisation = Organisation.objects.select_for_update().get(pk=appointment.organisation_id)
    others = Appointment.objects.in_force(timezone.localdate()).filter(
        role=roles.HR.codename, organisation=organisation
    )
    if not others.exclude(pk=appointment.pk).exists():
        raise ActRefused(
            _("这是“%(organisation)s”唯一的单位人事专员，请先移交给接任者。")
            % {"organisation": organisation},
            code="last_hr",
        )


def _no_chain() -> str:
    return _("代理人不能再指定代理人，请由本人或安全管理员指定。")


@transaction.atomic
def name_deputy(
    appointment: Appointment,
    deputy: User,
    *,
    actor: User,
    starts_on: date,
    ends_on: date,
    reason: str,
    policies: Sequence[str] = (),
) -> Deputy:
    """AB岗: let `deputy` act in this post for bounded days, for all policies or those named.

    The holder names a colleague of the same organisation; anybody else is named by a 安全管理员. A deputy names
    no deputy: the right comes from an own appointment. Raises `NotAllowed` or `ActRefused` with the reason.
    """
    reason = _require_reason(reason)
    _require_days(starts_on, ends_on)
    if deputy.pk in (actor.pk, appointment.user_id):
        raise NotAllowed(_("不能指定自己或本人为代理人。"))
    if actor.pk != appointment.user_id:
        if any(post.principal == appointment.user for post in posts_of(actor)):
            raise NotAllowed(_no_chain())
        if (
            require_right_to_appoint(actor, appointment.as_role, appointment.organisation).principal
            is not None
        ):
            raise NotAllowed(_no_chain())
    elif not any(
        post.organisation == appointment.organisation and not post.principal
        for post in posts_of(deputy, starts_on)
    ):
        raise ActRefused(_("代理人须是本单位在岗人员；其他人员请由安全管理员指定。"))
    if appointment.dismissed_at or (appointment.ends_on and appointment.ends_on < ends_on):
        raise ActRefused(_("代理期限超出了被代理岗位的任期，请缩短期限。"), code="dates")
    if not deputy.is_active:
        raise ActRefused(_("账号“%(user)s”已停用，不能代理。") % {"user": deputy})
    require_compatible(
        deputy, appointment.as_role, appointment.organisation, starts_on=starts_on, ends_on=ends_on
    )
    overlapping = Deputy.objects.filter(
        appointment=appointment,
        deputy=deputy,
        revoked_at__isnull=True,
        starts_on__lte=ends_on,
        ends_on__gte=starts_on,
    )
    if overlapping.exists():
        raise Conflict(_("该代理人在这段时间已经代理此岗位。"))
    named = Deputy.objects.create(
        appointment=appointment,
        deputy=deputy,
        policies=list(policies),
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        named_by=actor,
    )
    _note("deputy_named", appointment, actor=actor, deputy=deputy.pk, starts_on=starts_on, ends_on=ends_on)
    return named


@transaction.atomic
def revoke_deputy(deputy: Deputy, *, actor: User) -> Deputy:
    """End a deputyship now: by the principal, the deputy or a 安全管理员."""
    if actor.pk not in (deputy.deputy_id, deputy.appointment.user_id):
        require_right_to_appoint(actor, deputy.appointment.as_role, deputy.appointment.organisation)
    if not Deputy.objects.filter(pk=deputy.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        raise Conflict(_("该代理已被撤销。"))
    deputy.refresh_from_db()
    _note("deputy_revoked", deputy.appointment, actor=actor, deputy=deputy.deputy_id)
    return deputy


@transaction.atomic
def sync_shadows(day: date | None = None, *, organisation: Organisation | None = None) -> int:
    """Let guardian's rows follow the appointments in force, everywhere or on one organisation.

    Returns how many rows changed; repeating it changes none. A row that no appointment explains is removed.
    """
    in_force = Appointment.objects.in_force(day or timezone.localdate())
    rows = UserObjectPermission.objects.filter(
        content_type=ContentType.objects.get_for_model(Organisation),
        permission__codename__in=roles.BY_CODENAME,
    )
    if organisation is not None:
        in_force, rows = (
            in_force.filter(organisation=organisation),
            rows.filter(object_pk=str(organisation.pk)),
        )
    wanted = {
        (user, role, str(org)) for user, role, org in in_force.values_list("user", "role", "organisation")
    }
    columns = rows.values_list("pk", "user", "permission__codename", "object_pk")
    found = {(user, role, key): pk for pk, user, role, key in columns}
    extra, missing = found.keys() - wanted, wanted - found.keys()
    UserObjectPermission.objects.filter(pk__in=[found[key] for key in extra]).delete()
    for user, role, key in missing:
        assign_perm(
            roles.BY_CODENAME[role].permission, User.objects.get(pk=user), Organisation.objects.get(pk=key)
        )
    if extra or missing:
        audit.record("shadows_synced", detail={"added": len(missing), "removed": len(extra)})
    return len(extra) + len(missing)


@transaction.atomic
def grant_view(case: Case, user: User, *, actor: User) -> None:
    """Let somebody from outside (an expert) read this one case, until `end_view`. The rare exception to rights on
    organisations: it carries no task. Repeating it changes nothing.
    """
    assign_perm("core.view_case", user, Case(pk=case.pk))
    audit.record("view_granted", actor=actor, subject=case.number, detail={"user": user.pk})


@transaction.atomic
def end_view(case: Case, user: User, *, actor: User | None) -> None:
    """End what `grant_view` gave, if it is there."""
    rows = UserObjectPermission.objects.filter(
        user=user,
        permission__codename="view_case",
        content_type=ContentType.objects.get_for_model(Case),
        object_pk=str(case.pk),
    )
    if rows.delete()[0]:
        audit.record("view_ended", actor=actor, subject=case.number, detail={"user": user.pk})
