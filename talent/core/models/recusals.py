"""回避 on record: from then on the case does not exist for that officer, in no list, count or export."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cases import Case
from .people import User


class Recusal(models.Model):
    """An officer stays away from one case (公务员法 art. 76). `Case.objects.visible_to` leaves the case out."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="recusals", verbose_name=_("办件"))
    user = models.ForeignKey(User, models.PROTECT, related_name="recusals", verbose_name=_("回避人"))
    reason = models.CharField(_("回避理由"), max_length=200)
    declared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    declared_at = models.DateTimeField(_("登记时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("回避")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["case", "user"], name="one_recusal_per_officer"),)

    def __str__(self) -> str:
        return f"{self.case} {self.user}"
