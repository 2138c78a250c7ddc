"""预算: what may be spent in a year, from which source, for which county, by whose share."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..organisations import Organisation, Region
from .money import YuanField


class BudgetLine(models.Model):
    """One line of a year's budget. The four sums are moved by the ledger's one writer alone.

    allocated: 预算数; reserved: decided and not yet in a batch; committed: in a batch or on its way; paid: at the
    payee. recovered: taken back of what was paid, shown beside it; it does not make the line larger.
    """

    class Share(models.TextChoices):
        CITY = "city", _("市级分担")
        COUNTY = "county", _("县级分担")

    year = models.PositiveSmallIntegerField(_("预算年度"))
    source = models.SlugField(_("资金来源"), max_length=40, help_text=_("资金来源代码，见资金规则"))
    source_title = models.CharField(_("资金来源名称"), max_length=60)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("县市区"))
    share = models.CharField(_("分担"), max_length=8, choices=Share)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("管理部门")
    )
    allocated = YuanField(_("预算数"), default=0)
    reserved = YuanField(_("已预留"), default=0)
    committed = YuanField(_("拨付中"), default=0)
    paid = YuanField(_("已拨付"), default=0)
    recovered = YuanField(_("已追回"), default=0)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    closed_at = models.DateTimeField(_("结账时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("预算指标")
        ordering = ("-year", "region__order", "source", "share")
        constraints = (
            models.UniqueConstraint(fields=["year", "source", "region", "share"], name="one_budget_line"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0)
                & Q(reserved__gte=0)
                & Q(committed__gte=0)
                & Q(paid__gte=0)
                & Q(recovered__gte=0)
                & Q(recovered__lte=F("paid")),
                name="budget_sums_not_negative",
                violation_error_message=_("预算各项金额不能为负。"),
            ),
            models.CheckConstraint(
                condition=Q(allocated__gte=F("reserved") + F("committed") + F("paid")),
                name="budget_never_below_zero",
                violation_error_message=_("预算余额不足。"),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | (Q(reserved=0) & Q(committed=0)),
                name="closed_budget_owes_nothing",
                violation_error_message=_("还有预留或拨付中的金额，不能结账。"),
            ),
        )

    def __str__(self) -> str:
        return _("%(year)d年 %(region)s %(source)s（%(share)s）") % {
            "year": self.year,
            "region": self.region,
            "source": self.source_title,
            "share": self.get_share_display(),
        }

    @property
    def available(self):
        """What can still be promised, 元."""
        return self.allocated - self.reserved - self.committed - self.paid
