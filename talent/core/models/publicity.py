"""公示: what is shown to the public, for how long, and what the public answered."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField

from .cases import Case
from .people import User


class Publicity(models.Model):
    """One publicity of one case. `shown` holds the whitelisted fields and nothing else is ever rendered."""

    class State(models.TextChoices):
        OPEN = "open", _("公示中")
        CLOSED = "closed", _("公示期满")
        EXEMPT = "exempt", _("不公示")
        CANCELLED = "cancelled", _("已撤销")

    case = models.ForeignKey(Case, models.PROTECT, related_name="publicities", verbose_name=_("办件"))
    key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    shown = models.JSONField(_("公示内容"), default=dict)
    starts_on = models.DateField(_("开始日期"), null=True)
    ends_on = models.DateField(_("截止日期"), null=True)
    state = models.CharField(_("状态"), max_length=10, choices=State)
    exempt_reason = models.CharField(_("不公示理由"), max_length=300, blank=True)
    exempt_asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("提请人")
    )
    exempt_approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("批准人")
    )
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("发布人"))
    opened_at = models.DateTimeField(_("发布时间"), default=timezone.now)
    closed_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("公示")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["case"], condition=Q(state="open"), name="one_open_publicity"),
            models.CheckConstraint(
                condition=~Q(state="exempt")
                | (
                    ~Q(exempt_reason="")
                    & Q(exempt_approved_by__isnull=False)
                    & ~Q(exempt_approved_by=models.F("exempt_asked_by"))
                ),
                name="exemption_has_reason_and_second_person",
                violation_error_message=_("不公示必须写明理由，并由提请人以外的人批准。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} 公示"


class Objection(models.Model):
    """An objection from the public, named or anonymous; open ones block the decision letter."""

    class State(models.TextChoices):
        OPEN = "open", _("待核查")
        DISMISSED = "dismissed", _("异议不成立")
        UPHELD = "upheld", _("异议成立")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    publicity = models.ForeignKey(
        Publicity, models.PROTECT, related_name="objections", verbose_name=_("公示")
    )
    number = models.CharField(_("异议编号"), max_length=30, unique=True)
    anonymous = models.BooleanField(_("匿名"), default=False)
    name = SealedField(_("姓名"), mask="name", blank=True)
    contact = SealedField(_("联系方式"), mask="mobile", blank=True)
    content = models.TextField(_("异议内容"), max_length=2000)
    received_at = models.DateTimeField(_("收到时间"), default=timezone.now)
    due_on = models.DateField(_("核查期限"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    finding = models.TextField(_("核查结论"), max_length=2000, blank=True)
    handled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("核查人")
    )
    handled_at = models.DateTimeField(_("核查时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("异议")
        ordering = ("-received_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(finding=""),
                name="handled_objection_states_its_finding",
                violation_error_message=_("核查结论不能为空。"),
            ),
        )

    def __str__(self) -> str:
        return self.number
