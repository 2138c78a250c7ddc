"""Credit marks: a broken promise blocks the next one until repaired (国办发〔2020〕42号)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cases import Case
from .people import TalentProfile, User


class CreditMarkQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(repaired_at__isnull=True)


class CreditMark(models.Model):
    """One broken promise of one person; repaired by a recorded act, never deleted."""

    profile = models.ForeignKey(
        TalentProfile, models.PROTECT, related_name="credit_marks", verbose_name=_("人才")
    )
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", verbose_name=_("办件"))
    reason = models.CharField(_("事由"), max_length=200)
    made_at = models.DateTimeField(_("记录时间"), default=timezone.now)
    repaired_at = models.DateTimeField(_("修复时间"), null=True)
    repaired_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("修复人")
    )
    repair_reason = models.CharField(_("修复理由"), max_length=200, blank=True)

    objects = CreditMarkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("失信记录")
        ordering = ("-made_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(repaired_at__isnull=True) | ~Q(repair_reason=""),
                name="repair_states_its_reason",
                violation_error_message=_("信用修复必须写明理由。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.profile} {self.reason}"
