"""Who holds which post, from when to when, by whose hand.

The guardian permission on the organisation is the shadow of an appointment, never the source: rights
are asked of these rows, whose dates take effect by themselves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core import roles

from . import together

ROLE_CHOICES = [(role.codename, role.title) for role in roles.ROLES]


class AppointmentQuerySet(models.QuerySet):
    def in_force(self, day: date):
        """Appointments that give a right on `day`; a person whose account is off holds none."""
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=day),
            starts_on__lte=day,
            dismissed_at__isnull=True,
            user__is_active=True,
            organisation__status="confirmed",
        )

    def of_role(self, *wanted: roles.Role):
        return self.filter(role__in=[role.codename for role in wanted])


class Appointment(models.Model):
    """A post (岗位): user × role × organisation × dates."""

    user = models.ForeignKey("core.User", models.PROTECT, related_name="appointments", verbose_name=_("人员"))
    role = models.CharField(_("岗位"), max_length=40, choices=ROLE_CHOICES)
    organisation = models.ForeignKey(
        "core.Organisation", models.PROTECT, related_name="appointments", verbose_name=_("单位")
    )
    starts_on = models.DateField(_("起始日期"))
    ends_on = models.DateField(_("截止日期"), null=True, blank=True)
    appointed_by = models.ForeignKey(
        "core.User", models.PROTECT, null=True, related_name="+", verbose_name=_("任命人")
    )
    reason = models.CharField(_("依据"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    dismissed_at = models.DateTimeField(_("免去时间"), null=True, blank=True)
    dismissed_by = models.ForeignKey(
        "core.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("免去人")
    )
    dismissal_reason = models.CharField(_("免去原因"), max_length=200, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("任职")
        ordering = ("organisation_id", "role", "pk")
        indexes = (models.Index(fields=["user", "role", "organisation"], name="appointment_by_user"),)
        constraints = (
            models.UniqueConstraint(
                fields=["user", "role", "organisation"],
                condition=Q(dismissed_at__isnull=True),
                name="one_live_appointment",
                violation_error_message=_("此人在该单位已有同一岗位的任职，请先免去或修改期限。"),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="appointment_ends_after_it_begins",
                violation_error_message=_("任职截止日期早于起始日期，请核对。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.organisation}"

    @property
    def as_role(self) -> roles.Role:
        return roles.BY_CODENAME[self.role]


class DeputyQuerySet(models.QuerySet):
    def in_force(self, day: date):
        return self.filter(
            starts_on__lte=day, ends_on__gte=day, revoked_at__isnull=True, deputy__is_active=True
        )


class Deputy(models.Model):
    """AB岗: another person acts in a principal's post for a bounded time. A deputy names no deputy."""

    appointment = models.ForeignKey(
        Appointment, models.PROTECT, related_name="deputies", verbose_name=_("被代理的任职")
    )
    deputy = models.ForeignKey(
        "core.User", models.PROTECT, related_name="deputising", verbose_name=_("代理人")
    )
    policies = models.JSONField(_("代理范围"), default=list, blank=True, help_text=_("政策代码；空为全部"))
    starts_on = models.DateField(_("起始日期"))
    ends_on = models.DateField(_("截止日期"))
    reason = models.CharField(_("原因"), max_length=200)
    named_by = models.ForeignKey("core.User", models.PROTECT, related_name="+", verbose_name=_("指定人"))
    created_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)

    objects = DeputyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("代理")
        ordering = ("-starts_on", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="deputy_ends_after_it_begins",
                violation_error_message=_("代理截止日期早于起始日期，请核对。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.deputy} 代 {self.appointment.user}"


_kept: ContextVar[dict | None] = ContextVar("held", default=None)


@contextmanager
def remembered(kept: dict | None = None) -> Iterator[None]:
    """Inside, each person's posts are read once. For one page that is read, or one act under its lock, no longer.

    kept: what an earlier block of the same request has read; a new block without it asks anew.
    """
    token = _kept.set({} if kept is None else kept)
    try:
        yield
    finally:
        _kept.reset(token)


def held(user, day: date) -> tuple[list[Appointment], list[Deputy]]:
    """What `user` holds on a day: own appointments in force, and deputyships in appointments in force. One query."""
    kept = _kept.get()
    if kept is not None and (user.pk, day) in kept:
        return kept[user.pk, day]
    in_force = Appointment.objects.in_force(day)
    own = in_force.filter(user=user).select_related("organisation__region")
    stood_in = (
        Deputy.objects.in_force(day)
        .filter(deputy=user, appointment__in=in_force)
        .select_related("appointment__user", "appointment__organisation__region")
        .order_by("pk")
    )
    together.fill(own, stood_in)
    found = (list(own), list(stood_in))
    if kept is not None:
        kept[user.pk, day] = found
    return found


def viewing_posts(user) -> list[tuple[int, str, tuple[str, ...]]]:
    """The (organisation id, role codename, policies) of every viewing post a user holds today, deputised ones included.

    `policies` limits a deputy's scope; empty means all.
    """
    viewing = {role.codename for role in roles.VIEWING}
    own, stood_in = held(user, timezone.localdate())
    posts = [(row.organisation_id, row.role, ()) for row in own]
    posts += [
        (row.appointment.organisation_id, row.appointment.role, tuple(row.policies)) for row in stood_in
    ]
    return [post for post in posts if post[1] in viewing]


class Invitation(models.Model):
    """An invitation to hold a post in an organisation; the token itself is never stored."""

    organisation = models.ForeignKey("core.Organisation", models.PROTECT, verbose_name=_("单位"))
    role = models.CharField(_("岗位"), max_length=40, choices=ROLE_CHOICES)
    name = models.CharField(_("姓名"), max_length=50)
    email = models.EmailField(_("电子邮箱"), blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey("core.User", models.PROTECT, related_name="+", verbose_name=_("邀请人"))
    created_at = models.DateTimeField(_("邀请时间"), auto_now_add=True)
    expires_at = models.DateTimeField(_("有效期至"))
    accepted_by = models.ForeignKey(
        "core.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("接受人")
    )
    accepted_at = models.DateTimeField(_("接受时间"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("邀请")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{self.name} → {self.organisation}"
