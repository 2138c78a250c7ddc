"""联审、核查: what a case asks several bureaus at once, what they answered, and who confirmed it.

Opinions, confirmations and conclusions are append-only by trigger: an edit is a new version beside the old one.
A confirmation belongs to one version, so an edit makes it void and leaves it readable.
"""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cases import Case
from .organisations import Organisation
from .people import User


class CheckQuerySet(models.QuerySet):
    def open(self) -> "CheckQuerySet":
        """Checks the bureau has not finished: silence is never an answer."""
        return self.filter(state__in=Check.OPEN)

    def counted(self) -> "CheckQuerySet":
        """All but the cancelled ones: the m of n/m."""
        return self.exclude(state=Check.State.CANCELLED)


class Check(models.Model):
    """One question to one bureau about one case. `version` is the number of opinions so far."""

    class State(models.TextChoices):
        ASKED = "asked", _("待答复")
        ANSWERED = "answered", _("待负责人确认")
        CONFIRMED = "confirmed", _("已答复")
        CANCELLED = "cancelled", _("已撤销")

    OPEN = (State.ASKED, State.ANSWERED)

    case = models.ForeignKey(Case, models.PROTECT, related_name="checks", verbose_name=_("办件"))
    place = models.PositiveSmallIntegerField(_("序号"))
    subject = models.SlugField(_("核查内容"), max_length=30)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("核查部门")
    )
    counts = models.BooleanField(_("计入办理时限"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提请人"))
    asked_at = models.DateTimeField(_("提请时间"), default=timezone.now)
    reason = models.CharField(_("提请理由"), max_length=300, blank=True)
    due_on = models.DateField(_("答复期限"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASKED)
    version = models.PositiveSmallIntegerField(_("意见版次"), default=0)
    closed_at = models.DateTimeField(_("答复时间"), null=True)
    # 逾期未复: the day it was recorded, and to whom it was reported
    silent_on = models.DateField(_("逾期未复"), null=True)
    escalated_to = models.CharField(_("上报给"), max_length=120, blank=True)
    concluded = models.BooleanField(_("已汇总"), default=False)

    objects = CheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("核查")
        ordering = ("case_id", "place")
        indexes = (models.Index(fields=["organisation", "case"], name="check_by_organisation"),)
        constraints = (
            models.UniqueConstraint(fields=["case", "place"], name="one_check_per_place"),
            models.UniqueConstraint(
                fields=["case", "subject"],
                condition=Q(state__in=("asked", "answered")),
                name="one_open_check_per_subject",
                violation_error_message=_("该项核查还有部门未答复，不能同时再征询一家。"),
            ),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "cancelled")) | Q(version__gte=1),
                name="answered_check_has_an_opinion",
                violation_error_message=_("没有意见的核查不能记为已答复。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.subject} {self.organisation}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    def late_on(self, day: date) -> bool:
        """Whether the limit is over without a confirmed answer."""
        return self.is_open and self.due_on < day


class CheckOpinion(models.Model):
    """What an officer found, in one version. Append-only."""

    asked = models.ForeignKey(Check, models.PROTECT, related_name="opinions", verbose_name=_("核查"))
    version = models.PositiveSmallIntegerField(_("版次"))
    finding = models.SlugField(_("结论"), max_length=30)
    adverse = models.BooleanField(_("不利结论"))
    text = models.TextField(_("意见"), max_length=1000)
    officer = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("经办人"))
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("被代理人")
    )
    given_at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("核查意见")
        ordering = ("asked_id", "version")
        constraints = (
            models.UniqueConstraint(fields=["asked", "version"], name="one_opinion_per_version"),
            models.CheckConstraint(
                condition=~Q(finding="") & ~Q(text=""),
                name="opinion_has_finding_and_text",
                violation_error_message=_("核查意见必须有结论和文字说明。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.asked} 第{self.version}版"


class CheckConfirmation(models.Model):
    """The bureau's head stands for one version of an opinion; void as soon as there is a later one. Append-only."""

    opinion = models.OneToOneField(
        CheckOpinion, models.PROTECT, related_name="confirmation", verbose_name=_("意见")
    )
    officer = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("经办人"))
    head = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("负责人"))
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("被代理人")
    )
    note = models.TextField(_("确认意见"), max_length=1000, blank=True)
    confirmed_at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("核查意见的确认")
        constraints = (
            models.CheckConstraint(
                condition=~Q(head=F("officer")),
                name="another_person_confirms_the_opinion",
                violation_error_message=_("经办人不能确认自己的核查意见。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.opinion} 确认"


class CheckConclusion(models.Model):
    """核查汇总: what the lead makes of the answers, and why adverse ones do not stand in the way. Append-only."""

    class Advice(models.TextChoices):
        RECOMMEND = "recommend", _("建议继续办理")
        REFUSE = "refuse", _("建议不予支持")

    case = models.ForeignKey(Case, models.PROTECT, related_name="check_conclusions", verbose_name=_("办件"))
    advice = models.CharField(_("汇总意见"), max_length=10, choices=Advice)
    text = models.TextField(_("说明"), max_length=1000, blank=True)
    explanation = models.TextField(_("对不利结论的说明"), max_length=1000, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("汇总人"))
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("被代理人")
    )
    made_at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("核查汇总")
        ordering = ("case_id", "-pk")

    def __str__(self) -> str:
        return f"{self.case} {self.get_advice_display()}"
