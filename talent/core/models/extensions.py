"""延期 of the time limit (行政许可法 art. 42): asked with a reason, approved by somebody else, told to the applicant."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cases import Case
from .people import User


class Extension(models.Model):
    """One request for more working days. One waits at a time."""

    class State(models.TextChoices):
        ASKED = "asked", _("待批准")
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("未批准")
        CANCELLED = "cancelled", _("已取消")

    case = models.ForeignKey(Case, models.PROTECT, related_name="extensions", verbose_name=_("办件"))
    step = models.CharField(_("环节"), max_length=40)
    days = models.PositiveSmallIntegerField(_("延长工作日数"))
    reason = models.CharField(_("延期理由"), max_length=300)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人员"))
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASKED)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("批准人")
    )
    settled_at = models.DateTimeField(_("批准时间"), null=True)
    note = models.CharField(_("批准意见"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("延期")
        ordering = ("case_id", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state="asked"),
                name="one_extension_waits",
                violation_error_message=_("已有一份延期申请等待批准。"),
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("asked_by")),
                name="extension_approved_by_another",
                violation_error_message=_("延期不能由申请人员自己批准。"),
            ),
            models.CheckConstraint(
                condition=Q(days__gt=0),
                name="extension_has_days",
                violation_error_message=_("延长天数应大于 0。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} 延长{self.days}日"
