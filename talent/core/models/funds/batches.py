"""拨付批次: what finance sends to the bank in one file, who signed it, and what the bank answered."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..appointments import ROLE_CHOICES
from ..organisations import Organisation
from ..people import User
from .awards import Instalment, Payee
from .money import YuanField


class PaymentBatch(models.Model):
    """One batch of one finance bureau. `file_hash` is drawn when the last signature is given."""

    class State(models.TextChoices):
        SIGNING = "signing", _("待签批")
        APPROVED = "approved", _("待送银行")
        SENT = "sent", _("已送银行")
        SETTLED = "settled", _("已回盘")
        RETURNED = "returned", _("已退回")

    number = models.CharField(_("批次号"), max_length=30, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("拨付单位")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.SIGNING)
    count = models.PositiveIntegerField(_("笔数"))
    gross = YuanField(_("应付合计"))
    net = YuanField(_("实付合计"))
    required_signatures = models.PositiveSmallIntegerField(_("应签人数"))
    signature_rule = models.CharField(_("签批依据"), max_length=200)
    head_required = models.BooleanField(_("须负责人签批"), default=False)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("编制人"))
    prepared_at = models.DateTimeField(_("编制时间"), default=timezone.now)
    approved_at = models.DateTimeField(_("签批完成时间"), null=True, blank=True)
    sent_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("送出人")
    )
    sent_at = models.DateTimeField(_("送出时间"), null=True, blank=True)
    settled_at = models.DateTimeField(_("回盘完成时间"), null=True, blank=True)
    file_hash = models.CharField(_("文件校验值"), max_length=64, blank=True)
    return_reason = models.CharField(_("退回原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("拨付批次")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("signing", "returned")) | ~Q(file_hash=""),
                name="approved_batch_has_hash",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(return_reason=""), name="returned_batch_states_its_reason"
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0) & Q(gross__gte=F("net")), name="batch_pays_at_most_its_gross"
            ),
        )

    def __str__(self) -> str:
        return self.number


class Signature(models.Model):
    """签批 of a batch. Whoever prepared it signs nothing; nobody signs twice."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="signatures", verbose_name=_("批次"))
    place = models.PositiveSmallIntegerField(_("顺序"))
    signer = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签批人"))
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("被代理人")
    )
    role = models.CharField(_("岗位"), max_length=40, choices=ROLE_CHOICES)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("编制人"))
    opinion = models.CharField(_("意见"), max_length=200, blank=True)
    signed_at = models.DateTimeField(_("签批时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("签批")
        ordering = ("batch_id", "place")
        constraints = (
            models.UniqueConstraint(fields=["batch", "signer"], name="one_signature_per_person"),
            models.UniqueConstraint(fields=["batch", "place"], name="one_signature_per_place"),
            models.CheckConstraint(
                condition=~Q(signer=F("prepared_by")), name="batch_signed_by_somebody_else"
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch} {self.signer}"


class BatchLine(models.Model):
    """One payment of a batch, with what the bank answered. `net` is what is paid after offsets."""

    class State(models.TextChoices):
        LISTED = "listed", _("待送出")
        SENT = "sent", _("待回盘")
        PAID = "paid", _("成功")
        FAILED = "failed", _("失败")
        REMOVED = "removed", _("已撤出")

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="lines", verbose_name=_("批次"))
    place = models.PositiveIntegerField(_("行号"))
    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="batch_lines", verbose_name=_("分期")
    )
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="+", verbose_name=_("收款账户"))
    gross = YuanField(_("应付金额"))
    net = YuanField(_("实付金额"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.LISTED)
    reason = models.CharField(_("失败原因"), max_length=200, blank=True)
    bank_reference = models.CharField(_("银行流水号"), max_length=40, blank=True)
    settled_on = models.DateField(_("入账日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("批次明细")
        ordering = ("batch_id", "place")
        constraints = (
            models.UniqueConstraint(fields=["batch", "place"], name="one_batch_line_per_place"),
            models.UniqueConstraint(
                fields=["instalment"],
                condition=Q(state__in=("listed", "sent", "paid")),
                name="one_live_line_per_instalment",
                violation_error_message=_("该期已编入另一批次或已经付清。"),
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0) & Q(gross__gt=0) & Q(gross__gte=F("net")),
                name="batch_line_pays_at_most_its_gross",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(reason=""), name="failed_line_states_its_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch} {self.place}"


class ResultFile(models.Model):
    """回盘文件: taken in once. Its hash is unique, so the same file does nothing a second time."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="results", verbose_name=_("批次"))
    sha256 = models.CharField(_("文件校验值"), max_length=64, unique=True)
    name = models.CharField(_("文件名"), max_length=120, blank=True)
    paid = models.PositiveIntegerField(_("成功笔数"))
    failed = models.PositiveIntegerField(_("失败笔数"))
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    taken_at = models.DateTimeField(_("登记时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("回盘文件")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.batch} {self.sha256[:12]}"
