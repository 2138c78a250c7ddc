"""A calendar other programs may read by an address with a secret, which can be taken back."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import User


class CalendarFeed(models.Model):
    """The secret itself is never stored; `token_hash` finds the row."""

    owner = models.ForeignKey(User, models.PROTECT, related_name="calendar_feeds", verbose_name=_("账号"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("开通时间"), default=timezone.now)
    revoked_at = models.DateTimeField(_("收回时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("日历订阅")
        constraints = (
            models.UniqueConstraint(
                fields=["owner"], condition=Q(revoked_at__isnull=True), name="one_live_feed"
            ),
        )

    def __str__(self) -> str:
        return f"{self.owner}"
