"""What happens while a place runs: days of service, reports, visits, ratings, warnings."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import DocumentVersion, TalentProfile, User

from .places import Placement


class ServiceDayQuerySet(models.QuerySet):
    def counting(self):
        """Days that were not refused."""
        return self.exclude(state=ServiceDay.State.REFUSED)

    def to_confirm(self):
        return self.filter(state=ServiceDay.State.LOGGED)


class ServiceDay(models.Model):
    """One day of service, entered by the person, confirmed by the firm. A day counts once over all places."""

    class Mode(models.TextChoices):
        ON_SITE = "on_site", _("到岗")
        REMOTE = "remote", _("远程")

    class State(models.TextChoices):
        LOGGED = "logged", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        REFUSED = "refused", _("未确认")

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="days", verbose_name=_("任职"))
    person = models.ForeignKey(TalentProfile, models.PROTECT, related_name="+", verbose_name=_("人员"))
    day = models.DateField(_("日期"))
    mode = models.CharField(_("方式"), max_length=8, choices=Mode, default=Mode.ON_SITE)
    text = models.CharField(_("做了什么"), max_length=200)
    late_reason = models.CharField(_("补记理由"), max_length=200, blank=True)
    logged_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.LOGGED)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("确认人")
    )
    answered_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    refusal = models.CharField(_("不确认的原因"), max_length=200, blank=True)

    objects = ServiceDayQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("在岗日")
        ordering = ("-day", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "day"], condition=~Q(state="refused"), name="a_day_counts_once",
                violation_error_message=_("这一天已经登记过。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal=""),
                name="refused_day_says_why",
                violation_error_message=_("不确认应写明原因。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(answered_by__isnull=False),
                name="confirmed_day_has_its_confirmer",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class QuarterlyReport(models.Model):
    """A report on one period of a place, due some days after the period's end."""

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="reports", verbose_name=_("任职"))
    year = models.PositiveSmallIntegerField(_("年"))
    number = models.PositiveSmallIntegerField(_("期"))
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    due_on = models.DateField(_("报告期限"))
    unchanged = models.BooleanField(_("无变化"), default=False)
    text = models.TextField(_("进展"), max_length=1000, blank=True)
    submitted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("报告人")
    )
    submitted_at = models.DateTimeField(_("报告时间"), null=True, blank=True)
    reminded = models.PositiveSmallIntegerField(_("已提醒次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("定期报告")
        ordering = ("starts_on", "pk")
        constraints = (
            models.UniqueConstraint(fields=["placement", "year", "number"], name="one_report_per_period"),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(unchanged=True) | ~Q(text=""),
                name="report_says_something",
                violation_error_message=_("报告应写明进展，或者选择无变化。"),
            ),
        )
        indexes = (
            models.Index(
                fields=["due_on"], condition=Q(submitted_at__isnull=True), name="report_open_by_due"
            ),
        )

    def __str__(self) -> str:
        return f"{self.year}-{self.number}"


class Visit(models.Model):
    """A visit of a bureau to the firm, and what was found."""

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="visits", verbose_name=_("任职"))
    day = models.DateField(_("走访日期"))
    text = models.TextField(_("走访记录"), max_length=1000)
    visited_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("走访人"))
    recorded_at = models.DateTimeField(_("记录时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("走访")
        ordering = ("-day", "-pk")

    def __str__(self) -> str:
        return f"{self.placement} {self.day:%Y-%m-%d}"


class Rating(models.Model):
    """年度考核: firm → university → lead bureau; the person may object to the result."""

    class State(models.TextChoices):
        FIRM = "firm", _("待企业评价")
        UNIVERSITY = "university", _("待派出单位评价")
        LEAD = "lead", _("待牵头部门评定")
        GIVEN = "given", _("已评定")
        OBJECTED = "objected", _("有异议")
        FINAL = "final", _("已生效")

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="ratings", verbose_name=_("任职"))
    number = models.PositiveSmallIntegerField(_("年次"))
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.FIRM)
    firm_result = models.SlugField(_("企业评价"), max_length=20, blank=True)
    firm_text = models.TextField(_("企业意见"), max_length=1000, blank=True)
    evidence = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("佐证材料")
    )
    university_result = models.SlugField(_("派出单位评价"), max_length=20, blank=True)
    university_text = models.TextField(_("派出单位意见"), max_length=1000, blank=True)
    result = models.SlugField(_("结果"), max_length=20, blank=True)
    text = models.TextField(_("评定意见"), max_length=1000, blank=True)
    given_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("评定人")
    )
    given_at = models.DateTimeField(_("评定时间"), null=True, blank=True)
    object_until = models.DateField(_("异议截止"), null=True, blank=True)
    objection = models.TextField(_("异议"), max_length=1000, blank=True)
    finding = models.TextField(_("异议核查结论"), max_length=1000, blank=True)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核查人")
    )
    opened_at = models.DateTimeField(_("发起时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("年度考核")
        ordering = ("placement_id", "number")
        constraints = (
            models.UniqueConstraint(fields=["placement", "number"], name="one_rating_per_year"),
            models.CheckConstraint(
                condition=~Q(state__in=("given", "objected", "final"))
                | (~Q(result="") & Q(given_by__isnull=False)),
                name="given_rating_has_a_result",
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("given_by")),
                name="objection_is_settled_by_somebody_else",
                violation_error_message=_("评定人不能核查对自己评定的异议。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.placement} {self.number}"


class TermWarning(models.Model):
    """One warning before a term ends, given once per end and number of days."""

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="warnings", verbose_name=_("任职"))
    ends_on = models.DateField(_("结束日期"))
    days_before = models.PositiveSmallIntegerField(_("提前天数"))
    given_at = models.DateTimeField(_("提醒时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("到期提醒")
        ordering = ("-given_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["placement", "ends_on", "days_before"], name="one_warning_per_end"
            ),
        )

    def __str__(self) -> str:
        return f"{self.placement} {self.days_before}"
