"""What signing in remembers: the second factor, passwords already used, how often an address has tried."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField

from .people import User


class SecondFactor(models.Model):
    """The one-time-code device of an account (RFC 6238). Not in force until its first code was right."""

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    user = models.OneToOneField(User, models.PROTECT, related_name="second_factor", verbose_name=_("账号"))
    secret = SealedField(_("密钥"), mask="text")
    begun_at = models.DateTimeField(_("开始设置时间"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("启用时间"), null=True)
    # The last half minute whose code was taken: an earlier or the same one is a replay.
    last_counter = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(_("连续输错"), default=0)
    locked_until = models.DateTimeField(_("锁定至"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("动态口令")

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """A code that stands in for the device once. Only its hash is kept."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="codes", verbose_name=_("动态口令"))
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(_("使用时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("恢复码")
        constraints = (
            models.UniqueConstraint(fields=["factor", "digest"], name="one_row_per_recovery_code"),
        )

    def __str__(self) -> str:
        return str(self.factor)


class UsedPassword(models.Model):
    """The hash of a password an account has had; the last few are refused."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("账号"))
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField(_("设置时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("用过的密码")
        ordering = ("-set_at", "-pk")
        indexes = (models.Index(fields=["user", "-set_at"], name="used_password_by_user"),)

    def __str__(self) -> str:
        return str(self.user)


class HourlyTries(models.Model):
    """How often one address has done one thing within one hour, counted by all workers together."""

    what = models.SlugField(_("动作"), max_length=30)
    address = models.CharField(_("来源地址"), max_length=45, blank=True)
    hour = models.DateTimeField(_("小时"))
    count = models.PositiveIntegerField(_("次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("每小时次数")
        constraints = (
            models.UniqueConstraint(fields=["what", "address", "hour"], name="one_count_per_hour"),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.hour:%m-%d %H}"


class CacheEntry(models.Model):
    """The table of Django's database cache, made by migration so that nobody forgets `createcachetable`."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "core_cache"
        verbose_name = verbose_name_plural = _("缓存")

    def __str__(self) -> str:
        return self.cache_key
