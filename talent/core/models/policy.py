"""Policy as dated data: editions, talent levels, holidays. Written only by `load_policy`."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class PolicyEditionQuerySet(models.QuerySet):
    def in_force(self, policy: str, day: date):
        """The edition of `policy` in force on `day`; newest first."""
        return self.filter(
            models.Q(effective_to__isnull=True) | models.Q(effective_to__gte=day),
            policy=policy,
            effective_from__lte=day,
        ).order_by("-effective_from", "-pk")


class PolicyEdition(models.Model):
    """The figures of one policy for a span of time, as loaded and checked from its TOML file.

    `data` is the whole file; `digest` is its SHA-256. An edition is never altered: a change is a new
    edition with its own dates. `confirmed` is False while the city has not confirmed the figures, and
    every page that shows them then says 示例·待确认.
    """

    policy = models.SlugField(_("政策"), max_length=40)
    code = models.CharField(_("版本"), max_length=40)
    title = models.CharField(_("名称"), max_length=120)
    document_no = models.CharField(_("文号"), max_length=80)
    clause = models.CharField(_("条款"), max_length=200, blank=True)
    effective_from = models.DateField(_("施行日期"))
    effective_to = models.DateField(_("废止日期"), null=True, blank=True)
    confirmed = models.BooleanField(_("已确认"), default=False)
    data = models.JSONField(_("内容"))
    digest = models.CharField(_("校验值"), max_length=64)
    source_file = models.CharField(_("来源文件"), max_length=200)
    loaded_at = models.DateTimeField(_("载入时间"), auto_now_add=True)

    objects = PolicyEditionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("政策版本")
        ordering = ("policy", "-effective_from")
        constraints = (models.UniqueConstraint(fields=["policy", "code"], name="one_edition_per_code"),)

    def __str__(self) -> str:
        return f"{self.title}（{self.code}）"

    @property
    def mark(self) -> str:
        """What stands beside a figure of this edition while nobody has confirmed it."""
        return "" if self.confirmed else str(_("示例·待确认"))


class TalentLevel(models.Model):
    """A level of the talent catalogue (A–F4) with its criteria and where they come from."""

    code = models.CharField(_("层次"), max_length=4, unique=True)
    name = models.CharField(_("名称"), max_length=40)
    rank = models.PositiveSmallIntegerField(_("次序"))
    family = models.CharField(_("类别"), max_length=20)
    criteria = models.JSONField(_("认定标准"), default=list, help_text=_("每条含编号、内容、佐证和来源"))
    confirmed = models.BooleanField(_("已确认"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("人才层次")
        ordering = ("rank",)

    def __str__(self) -> str:
        return f"{self.code}类 {self.name}"


class HolidayYear(models.Model):
    """Whether the State Council has published the holidays of a year. Unpublished years count plain weekends."""

    year = models.PositiveSmallIntegerField(_("年份"), unique=True)
    published = models.BooleanField(_("已公布"), default=False)
    source = models.CharField(_("文件"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("节假日年份")
        ordering = ("year",)

    def __str__(self) -> str:
        return str(self.year)


class Holiday(models.Model):
    """A day that is off although a weekday, or worked although a weekend (调休)."""

    day = models.DateField(_("日期"), unique=True)
    working = models.BooleanField(_("调休上班"), default=False)
    name = models.CharField(_("名称"), max_length=20)

    class Meta:
        verbose_name = verbose_name_plural = _("节假日")
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
