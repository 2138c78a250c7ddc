"""补正 (行政许可法 art. 32(4)) and 容缺受理 with 告知承诺 (国办发〔2020〕42号)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cases import Case
from .materials import CaseMaterial, DocumentVersion
from .people import User


class Supplement(models.Model):
    """One 补正 notice: every missing or wrong item at once. One is open at a time."""

    class State(models.TextChoices):
        OPEN = "open", _("待补正")
        ANSWERED = "answered", _("已补正")
        LAPSED = "lapsed", _("逾期未补正")
        CANCELLED = "cancelled", _("已撤销")

    case = models.ForeignKey(Case, models.PROTECT, related_name="supplements", verbose_name=_("办件"))
    round = models.PositiveSmallIntegerField(_("次数"))
    step = models.CharField(_("提出环节"), max_length=40)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    asked_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    again_reason = models.CharField(
        _("再次补正理由"), max_length=300, blank=True, help_text=_("第二次起必填：为什么首次未一并告知")
    )
    due_on = models.DateField(_("补正期限"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    answered_at = models.DateTimeField(_("补正时间"), null=True)
    reminded = models.PositiveSmallIntegerField(_("已提醒次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("补正通知")
        ordering = ("case_id", "-round")
        constraints = (
            models.UniqueConstraint(fields=["case", "round"], name="one_supplement_per_round"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state="open"),
                name="one_open_supplement",
                violation_error_message=_("已有一份补正通知未答复，不能再次发出。"),
            ),
            models.CheckConstraint(
                condition=Q(round=1) | ~Q(again_reason=""),
                name="second_supplement_states_why",
                violation_error_message=_(
                    "再次要求补正必须说明首次未一并告知的理由（行政许可法第三十二条）。"
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} 第{self.round}次补正"


class SupplementItem(models.Model):
    """One missing or wrong thing, its reason, and how the applicant answered it."""

    supplement = models.ForeignKey(
        Supplement, models.PROTECT, related_name="items", verbose_name=_("补正通知")
    )
    material = models.ForeignKey(
        CaseMaterial, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("材料")
    )
    subject = models.CharField(_("事项"), max_length=120)
    reason = models.CharField(_("原因"), max_length=300)
    before = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("补正前")
    )
    after = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("补正后")
    )
    answer = models.CharField(_("答复"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("补正事项")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.subject


class Promise(models.Model):
    """A 容缺承诺: the officer offers, the applicant accepts or declines, the missing items come by `due_on`.

    `items` lists code and name of the deferred materials; `text` is the promise as accepted, with its version.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("待承诺")
        ACCEPTED = "accepted", _("承诺中")
        DECLINED = "declined", _("未承诺")
        FULFILLED = "fulfilled", _("已履行")
        LAPSED = "lapsed", _("逾期未履行")
        CANCELLED = "cancelled", _("已撤销")

    case = models.ForeignKey(Case, models.PROTECT, related_name="promises", verbose_name=_("办件"))
    items = models.JSONField(_("容缺材料"))
    text = models.TextField(_("承诺内容"))
    text_version = models.CharField(_("文本版本"), max_length=20)
    working_days = models.PositiveSmallIntegerField(_("补齐期限（工作日）"))
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    offered_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OFFERED)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    due_on = models.DateField(_("补齐期限"), null=True)
    settled_at = models.DateTimeField(_("了结时间"), null=True)
    reminded = models.PositiveSmallIntegerField(_("已提醒次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("容缺承诺")
        ordering = ("case_id", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state__in=("offered", "accepted")),
                name="one_live_promise",
                violation_error_message=_("该办件已有未了结的容缺承诺。"),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "fulfilled", "lapsed")) | Q(due_on__isnull=False),
                name="accepted_promise_has_a_due_date",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} 容缺承诺"
