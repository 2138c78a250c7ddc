"""追回: what has to come back, how it comes back, and what remains. The balance is never rounded or floored away."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..cases import Case
from ..letters import Letter
from ..organisations import Organisation
from ..people import User
from .awards import Award
from .batches import BatchLine
from .money import YuanField


class RecoveryQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "RecoveryQuerySet":
        """Those of the cases `user` may see."""
        return self.filter(award__case__in=Case.objects.visible_to(user))

    def owing(self) -> "RecoveryQuerySet":
        """Notified, not under objection, and not yet all back."""
        return self.filter(state=Recovery.State.NOTIFIED)


class Recovery(models.Model):
    """An amount to come back under one award. The four sums below it are moved by conditional updates only.

    reserved: set aside against an instalment that is on its way; it becomes `offset` when the bank has paid.
    """

    class State(models.TextChoices):
        ASSESSED = "assessed", _("待审定")
        NOTIFIED = "notified", _("追回中")
        OBJECTED = "objected", _("异议核查中")
        SETTLED = "settled", _("已结清")
        WITHDRAWN = "withdrawn", _("已撤销")

    OPEN = (State.ASSESSED, State.NOTIFIED, State.OBJECTED)

    number = models.CharField(_("追回编号"), max_length=30, unique=True)
    award = models.ForeignKey(Award, models.PROTECT, related_name="recoveries", verbose_name=_("资助"))
    amount = YuanField(_("应追回金额"))
    basis = models.JSONField(_("计算依据"), default=list)
    reason = models.CharField(_("追回原因"), max_length=300)
    clause = models.CharField(_("条款"), max_length=200)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASSESSED)
    state_since = models.DateTimeField(_("状态时间"), default=timezone.now)
    owner_organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    reserved = YuanField(_("抵扣中"), default=0)
    offset = YuanField(_("已抵扣"), default=0)
    received = YuanField(_("已收回"), default=0)
    written_off = YuanField(_("已核销"), default=0)
    assessed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("认定人"))
    assessed_at = models.DateTimeField(_("认定时间"), default=timezone.now)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审定人")
    )
    decided_at = models.DateTimeField(_("审定时间"), null=True, blank=True)
    letter = models.ForeignKey(
        Letter, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("追回通知书")
    )
    objection = models.TextField(_("异议"), max_length=2000, blank=True)
    objected_at = models.DateTimeField(_("异议时间"), null=True, blank=True)
    finding = models.TextField(_("核查结论"), max_length=2000, blank=True)
    due_on = models.DateField(_("退款期限"), null=True, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("追回")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="recovery_asks_something"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0)
                & Q(offset__gte=0)
                & Q(received__gte=0)
                & Q(written_off__gte=0)
                & Q(amount__gte=F("reserved") + F("offset") + F("received") + F("written_off")),
                name="recovery_balance_not_negative",
                violation_error_message=_("超过了尚未追回的金额。"),
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("assessed_by")),
                name="recovery_decided_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled")
                | Q(reserved=0, amount=F("offset") + F("received") + F("written_off")),
                name="settled_recovery_owes_nothing",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("assessed", "withdrawn")) | Q(decided_by__isnull=False),
                name="notified_recovery_was_decided",
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def balance(self):
        """What is still to come back, 元; what is set aside against a payment on its way is not counted."""
        return self.amount - self.reserved - self.offset - self.received - self.written_off


class Offset(models.Model):
    """抵扣: part of a recovery kept back from one payment."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("抵扣中")
        DONE = "done", _("已抵扣")
        VOID = "void", _("未发生")

    recovery = models.ForeignKey(Recovery, models.PROTECT, related_name="offsets", verbose_name=_("追回"))
    line = models.ForeignKey(BatchLine, models.PROTECT, related_name="offsets", verbose_name=_("批次明细"))
    amount = YuanField(_("金额"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.RESERVED)

    class Meta:
        verbose_name = verbose_name_plural = _("抵扣")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["recovery", "line"], name="one_offset_per_line"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="offset_keeps_something"),
        )

    def __str__(self) -> str:
        return f"{self.recovery} {self.amount}"


class Receipt(models.Model):
    """Money that came back, in one part of perhaps several. `reference` of the bank is counted once."""

    recovery = models.ForeignKey(Recovery, models.PROTECT, related_name="receipts", verbose_name=_("追回"))
    amount = YuanField(_("金额"))
    reference = models.CharField(_("缴款凭证号"), max_length=40, unique=True)
    received_on = models.DateField(_("到账日期"))
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    recorded_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    reversed_at = models.DateTimeField(_("冲销时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("收回")
        ordering = ("pk",)
        constraints = (models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_brings_something"),)

    def __str__(self) -> str:
        return f"{self.recovery} {self.amount}"


class WriteOff(models.Model):
    """核销: proposed by one person, approved by another, with a reason and the clause that allows it."""

    recovery = models.ForeignKey(Recovery, models.PROTECT, related_name="write_offs", verbose_name=_("追回"))
    amount = YuanField(_("金额"))
    reason = models.CharField(_("原因"), max_length=300)
    clause = models.CharField(_("依据"), max_length=200)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准人")
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    refused_at = models.DateTimeField(_("不予批准时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("核销")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_forgoes_something"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(clause=""), name="write_off_states_its_reason"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="write_off_approved_by_somebody_else",
            ),
            models.UniqueConstraint(
                fields=["recovery"],
                condition=Q(approved_at__isnull=True, refused_at__isnull=True),
                name="one_open_write_off",
            ),
        )

    def __str__(self) -> str:
        return f"{self.recovery} {self.amount}"
