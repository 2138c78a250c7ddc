"""台账: every movement of money, append-only by trigger. Nothing is corrected but by an entry against it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..cases import Case
from ..people import User
from ..policy import PolicyEdition
from .awards import Instalment
from .budgets import BudgetLine
from .money import YuanField
from .recoveries import Recovery


class LedgerEntry(models.Model):
    """One movement on one budget line. A reversing entry has the same kind and the opposite amount.

    audit_number: the link of the audit chain that records the act together with a digest of its entries.
    """

    class Kind(models.TextChoices):
        ALLOCATE = "allocate", _("下达预算")
        TRANSFER_IN = "transfer_in", _("调入")
        TRANSFER_OUT = "transfer_out", _("调出")
        RETURN = "return", _("年终收回")
        RESERVE = "reserve", _("预留")
        RELEASE = "release", _("释放预留")
        COMMIT = "commit", _("列入批次")
        UNCOMMIT = "uncommit", _("退出批次")
        PAY = "pay", _("拨付")
        OFFSET = "offset", _("抵扣追回")
        RECEIVE = "receive", _("收回")
        WRITE_OFF = "write_off", _("核销")

    # Acts on the budget itself; every other entry belongs to a case.
    OF_BUDGET = (Kind.ALLOCATE, Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.RETURN)
    # What one entry of a kind does to the sums of its line.
    EFFECTS = {  # noqa: RUF012
        Kind.ALLOCATE: {"allocated": 1},
        Kind.TRANSFER_IN: {"allocated": 1},
        Kind.TRANSFER_OUT: {"allocated": -1},
        Kind.RETURN: {"allocated": -1},
        Kind.RESERVE: {"reserved": 1},
        Kind.RELEASE: {"reserved": -1},
        Kind.COMMIT: {"reserved": -1, "committed": 1},
        Kind.UNCOMMIT: {"committed": -1, "reserved": 1},
        Kind.PAY: {"committed": -1, "paid": 1},
        Kind.OFFSET: {"recovered": 1},
        Kind.RECEIVE: {"recovered": 1},
        Kind.WRITE_OFF: {},
    }

    at = models.DateTimeField(_("时间"), default=timezone.now)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    amount = YuanField(_("金额"))
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="entries", verbose_name=_("预算指标"))
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+", verbose_name=_("办件"))
    instalment = models.ForeignKey(
        Instalment, models.PROTECT, null=True, related_name="entries", verbose_name=_("分期")
    )
    recovery = models.ForeignKey(
        Recovery, models.PROTECT, null=True, related_name="entries", verbose_name=_("追回")
    )
    edition = models.ForeignKey(PolicyEdition, models.PROTECT, related_name="+", verbose_name=_("政策版本"))
    approver = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("批准人"))
    audit_number = models.PositiveBigIntegerField(_("审计序号"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("冲销")
    )
    reason = models.CharField(_("说明"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("资金台账")
        ordering = ("pk",)
        indexes = (models.Index(fields=["line", "id"], name="ledger_by_line"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="only_a_reversal_is_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("allocate", "transfer_in", "transfer_out", "return"))
                | Q(case__isnull=False),
                name="entry_belongs_to_a_case",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("reserve", "release", "commit", "uncommit", "pay"))
                | Q(instalment__isnull=False),
                name="payment_entry_names_its_instalment",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("offset", "receive", "write_off")) | Q(recovery__isnull=False),
                name="recovery_entry_names_its_recovery",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.get_kind_display()} {self.amount}"
