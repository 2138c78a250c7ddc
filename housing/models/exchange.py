"""Exchange lists: what goes out to a bureau that answers by file, and what it said of each person."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField
from talent.core.models import Check, Organisation, PolicyEdition, User


class ExchangeList(models.Model):
    """One numbered list for one bureau and one subject; `sha256` is of its CSV form."""

    class State(models.TextChoices):
        OUT = "out", _("待回复")
        ANSWERED = "answered", _("已回复")
        WITHDRAWN = "withdrawn", _("已作废")

    number = models.CharField(_("清单编号"), max_length=20, unique=True)
    subject = models.SlugField(_("核查内容"), max_length=30)
    edition = models.ForeignKey(PolicyEdition, models.PROTECT, related_name="+", verbose_name=_("政策版本"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("核查部门")
    )
    columns = models.JSONField(_("列"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("生成人"))
    made_at = models.DateTimeField(_("生成时间"), auto_now_add=True)
    sha256 = models.CharField(_("校验值"), max_length=64)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OUT)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("回复人")
    )
    answered_at = models.DateTimeField(_("回复时间"), null=True)
    answer_sha256 = models.CharField(_("回复文件校验值"), max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("核查交换清单")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["answer_sha256"], condition=~Q(answer_sha256=""), name="one_list_per_answer_file"
            ),
            models.CheckConstraint(
                condition=Q(state="answered", answered_by__isnull=False, answered_at__isnull=False)
                | Q(state__in=("out", "withdrawn"), answered_by__isnull=True),
                name="answered_list_names_who_answered",
            ),
        )

    def __str__(self) -> str:
        return self.number


class ExchangeLine(models.Model):
    """One person's check on a list: exactly what was sent (sealed), and the verdict per field."""

    class Verdict(models.TextChoices):
        OPEN = "", _("待回复")
        AGREES = "agrees", _("一致")
        DIFFERS = "differs", _("不一致")
        UNKNOWN = "unknown", _("查无")
        WITHDRAWN = "withdrawn", _("已作废")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    exchange = models.ForeignKey(ExchangeList, models.PROTECT, related_name="lines", verbose_name=_("清单"))
    place = models.PositiveIntegerField(_("行号"))
    asked = models.ForeignKey(Check, models.PROTECT, related_name="exchange_lines", verbose_name=_("核查"))
    content = SealedField(_("送出内容"))
    verdict = models.CharField(_("结果"), max_length=10, choices=Verdict, default=Verdict.OPEN, blank=True)
    differing = models.JSONField(_("不一致的项"), default=list, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    # The version of the opinion this line made; None when the officer answers himself.
    opinion_version = models.PositiveSmallIntegerField(_("意见版次"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("核查交换明细")
        ordering = ("exchange_id", "place")
        constraints = (
            models.UniqueConstraint(fields=["exchange", "place"], name="one_exchange_line_per_place"),
            models.UniqueConstraint(
                fields=["asked"], condition=Q(verdict=""), name="one_open_exchange_line_per_check"
            ),
            models.CheckConstraint(
                condition=Q(opinion_version__isnull=True) | Q(verdict="agrees"),
                name="only_agreement_answers_a_check",
            ),
        )

    def __str__(self) -> str:
        return f"{self.exchange}-{self.place}"
