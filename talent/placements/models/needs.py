"""岗位需求: what a firm is looking for, checked by the county and published by the lead bureau (P1–P3)."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import IndustryChain, Organisation, PolicyEdition, Region, TalentProfile, User


class FirmProfile(models.Model):
    """What the county has found out about a firm: its class, which sets the quota, and the firm conditions."""

    firm = models.OneToOneField(
        Organisation, models.PROTECT, related_name="placement_profile", verbose_name=_("企业")
    )
    firm_class = models.SlugField(_("企业类别"), max_length=20)
    conditions = models.JSONField(_("逐条核验"), default=dict)
    checked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("核验人"))
    checked_at = models.DateTimeField(_("核验时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("企业核验情况")

    def __str__(self) -> str:
        return f"{self.firm}"

    @property
    def fits(self) -> bool:
        return bool(self.conditions) and all(self.conditions.values())


class RecordedRelation(models.Model):
    """A fact that excludes a post, recorded by a bureau with its source: who holds what in which firm."""

    firm = models.ForeignKey(
        Organisation, models.PROTECT, related_name="recorded_relations", verbose_name=_("企业")
    )
    code = models.SlugField(_("关系"), max_length=30)
    university = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("派出单位")
    )
    person = models.ForeignKey(
        TalentProfile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("本人")
    )
    fact = models.CharField(_("事实"), max_length=200)
    source = models.CharField(_("来源"), max_length=120)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("记录人"))
    recorded_at = models.DateTimeField(_("记录时间"), default=timezone.now)
    ended_on = models.DateField(_("解除日期"), null=True, blank=True)
    end_text = models.CharField(_("解除依据"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("回避关系记录")
        ordering = ("-recorded_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(university__isnull=False, person__isnull=True)
                | Q(university__isnull=True, person__isnull=False),
                name="relation_is_of_one_side",
                violation_error_message=_("关系应属于派出单位或者本人之一。"),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | ~Q(end_text=""),
                name="ended_relation_says_by_what",
                violation_error_message=_("解除应写明依据。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.firm} {self.fact}"


class NeedQuerySet(models.QuerySet):
    def open_to_public(self, day):
        """Published needs that still take applications on `day`."""
        return self.filter(Q(open_until__isnull=True) | Q(open_until__gte=day), status=Need.Status.PUBLISHED)

    def of_firms(self, firms):
        return self.filter(firm__in=firms)


class Need(models.Model):
    """One post (or several alike) a firm wants to fill. Never deleted: withdrawn or closed."""

    class Status(models.TextChoices):
        CHECKING = "checking", _("待核验")
        CHECKED = "checked", _("待发布")
        PUBLISHED = "published", _("征集中")
        RETURNED = "returned", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")
        CLOSED = "closed", _("已关闭")

    number = models.CharField(_("需求编号"), max_length=30, unique=True)
    edition = models.ForeignKey(PolicyEdition, models.PROTECT, verbose_name=_("政策版本"))
    firm = models.ForeignKey(Organisation, models.PROTECT, related_name="needs", verbose_name=_("企业"))
    kind = models.SlugField(_("岗位种类"), max_length=30)
    chain = models.ForeignKey(
        IndustryChain, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("产业链")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("县市区"))
    title = models.CharField(_("岗位名称"), max_length=80)
    field = models.CharField(_("技术领域"), max_length=80)
    problem = models.TextField(_("要解决的问题"), max_length=1000)
    expected_result = models.TextField(_("预期成果"), max_length=1000)
    days_per_year = models.PositiveSmallIntegerField(_("每年在岗天数"))
    pay_per_year = models.DecimalField(_("年报酬（元）"), max_digits=12, decimal_places=2)
    term_months = models.PositiveSmallIntegerField(_("聘期（月）"))
    posts = models.PositiveSmallIntegerField(_("人数"), default=1)
    open_until = models.DateField(_("征集截止日期"), null=True, blank=True)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.CHECKING)
    county_bureau = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("核验部门")
    )
    lead_bureau = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("发布部门")
    )
    reason = models.CharField(_("说明"), max_length=300, blank=True)
    copied_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复制自")
    )
    posted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    posted_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核验人")
    )
    checked_at = models.DateTimeField(_("核验时间"), null=True, blank=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发布人")
    )
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("岗位需求")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["firm", "-id"], name="need_by_firm"),
            models.Index(fields=["status", "-id"], name="need_by_status"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(posts__gte=1) & Q(days_per_year__gte=1) & Q(term_months__gte=1),
                name="need_asks_for_something",
                violation_error_message=_("人数、天数和聘期应为正整数。"),
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False, checked_at__isnull=False),
                name="published_need_was_checked",
                violation_error_message=_("需求未经核验不能发布。"),
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("posted_by")),
                name="need_is_not_published_by_its_poster",
                violation_error_message=_("登记人不能自己发布需求。"),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("returned", "withdrawn", "closed")) | ~Q(reason=""),
                name="ended_need_says_why",
                violation_error_message=_("退回、撤回或关闭需求应写明原因。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def live(self) -> bool:
        return self.status in (self.Status.CHECKING, self.Status.CHECKED, self.Status.PUBLISHED)
