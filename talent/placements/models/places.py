"""A place: who works for which firm from when to when. It is taken when both sides have confirmed, not before.

The term's arithmetic is `rules.term`; `ends_on` stands on the row because lists sort and filter by it.
"""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import Organisation, TalentProfile, User
from talent.placements import rules

from .cases import PlacementCase
from .needs import Need

LIVE = ("reserved", "active", "suspended")


class PlacementQuerySet(models.QuerySet):
    def live(self):
        """Places that are taken: promised, in service, or suspended."""
        return self.filter(state__in=LIVE)

    def serving(self):
        """In service today or suspended."""
        return self.filter(state__in=(Placement.State.ACTIVE, Placement.State.SUSPENDED))

    def at(self, firms):
        return self.filter(firm__in=firms)

    def from_universities(self, universities):
        return self.filter(university__in=universities)


class Placement(models.Model):
    """A place and its term. One per case."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("待任职")
        ACTIVE = "active", _("在岗")
        SUSPENDED = "suspended", _("中止")
        ENDED = "ended", _("已结束")
        RELEASED = "released", _("未任职")

    case = models.OneToOneField(
        PlacementCase, models.PROTECT, related_name="placement", verbose_name=_("办件")
    )
    need = models.ForeignKey(Need, models.PROTECT, related_name="placements", verbose_name=_("岗位需求"))
    person = models.ForeignKey(
        TalentProfile, models.PROTECT, related_name="placements", verbose_name=_("人员")
    )
    firm = models.ForeignKey(Organisation, models.PROTECT, related_name="placements", verbose_name=_("企业"))
    university = models.ForeignKey(
        Organisation, models.PROTECT, related_name="sent_placements", verbose_name=_("派出单位")
    )
    kind = models.SlugField(_("岗位种类"), max_length=30)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.RESERVED)
    starts_on = models.DateField(_("开始日期"))
    months = models.PositiveSmallIntegerField(_("聘期（月）"))
    ends_on = models.DateField(_("结束日期"))
    ended_on = models.DateField(_("提前终止日期"), null=True, blank=True)
    end_reason = models.SlugField(_("终止原因"), max_length=20, blank=True)
    end_text = models.CharField(_("终止说明"), max_length=500, blank=True)
    settled_days = models.PositiveSmallIntegerField(_("结算天数"), null=True, blank=True)
    settled_pay = models.DecimalField(
        _("结算报酬（元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    days_per_year = models.PositiveSmallIntegerField(_("每年在岗天数"))
    pay_per_year = models.DecimalField(_("年报酬（元）"), max_digits=12, decimal_places=2)
    renewal = models.BooleanField(_("续聘"), default=False)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("任职")
        ordering = ("ends_on", "pk")
        indexes = (
            models.Index(fields=["firm", "state", "ends_on"], name="place_by_firm"),
            models.Index(fields=["person", "state"], name="place_by_person"),
            models.Index(fields=["university", "state"], name="place_by_university"),
            models.Index(fields=["state", "ends_on"], name="place_by_end"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["person", "firm", "kind"],
                condition=Q(state__in=LIVE, renewal=False),
                name="one_live_place_per_person_and_firm",
                violation_error_message=_("该人员在本企业已有同类岗位。"),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="place_ends_after_it_begins",
                violation_error_message=_("结束日期早于开始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | (Q(ends_on=F("ended_on")) & ~Q(end_reason="")),
                name="early_end_says_why",
                violation_error_message=_("提前终止应写明原因。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.firm} {self.case.number}"

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def term(self) -> rules.Term:
        """The term as the rules know it."""
        return rules.Term(
            starts_on=self.starts_on,
            months=self.months,
            pauses=tuple(
                rules.Pause(one.starts_on, one.ends_on, one.resumed)
                for one in sorted(self.suspensions.all(), key=lambda one: one.starts_on)
            ),
            extensions=tuple(
                rules.Extension(one.months)
                for one in self.extensions.all()
                if one.state == Extension.State.GRANTED
            ),
            ended_on=self.ended_on,
        )

    @property
    def held_post(self) -> rules.HeldPost:
        return rules.HeldPost(self.kind, self.firm.label, self.starts_on, self.ends_on, self.days_per_year)

    def share_gone(self, today: date) -> int:
        """Percent of the term that has passed by `today`."""
        whole = (self.ends_on - self.starts_on).days + 1
        gone = (min(today, self.ends_on) - self.starts_on).days + 1
        return max(0, min(100, round(100 * gone / whole)))


class Suspension(models.Model):
    """中止: from `starts_on` until the day before `ends_on`, which moves when service is resumed on another day."""

    placement = models.ForeignKey(
        Placement, models.PROTECT, related_name="suspensions", verbose_name=_("任职")
    )
    starts_on = models.DateField(_("中止日期"))
    ends_on = models.DateField(_("恢复日期"))
    resumed = models.BooleanField(_("已恢复"), default=False)
    reason = models.SlugField(_("事由"), max_length=20)
    text = models.CharField(_("说明"), max_length=300)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("办理人"))
    recorded_at = models.DateTimeField(_("办理时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("中止")
        ordering = ("starts_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["placement"], condition=Q(resumed=False), name="one_open_suspension",
                violation_error_message=_("上一次中止还没有恢复。"),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="suspension_has_a_length",
                violation_error_message=_("恢复日期应在中止日期之后。"),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} {self.starts_on:%Y-%m-%d}"


class Extension(models.Model):
    """延长: asked for by a side, decided by the lead bureau; one pending request at a time."""

    class State(models.TextChoices):
        PENDING = "pending", _("待审批")
        GRANTED = "granted", _("已同意")
        REFUSED = "refused", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    placement = models.ForeignKey(
        Placement, models.PROTECT, related_name="extensions", verbose_name=_("任职")
    )
    months = models.PositiveSmallIntegerField(_("延长月数"))
    reason = models.CharField(_("理由"), max_length=300)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PENDING)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审批人")
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    refusal = models.CharField(_("不同意的原因"), max_length=300, blank=True)
    remedy = models.CharField(_("怎样可以同意"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("延长申请")
        ordering = ("asked_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["placement"], condition=Q(state="pending"), name="one_pending_extension",
                violation_error_message=_("已有一份延长申请待审批。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | (~Q(refusal="") & ~Q(remedy="")),
                name="refused_extension_says_why_and_what_helps",
                violation_error_message=_("不同意延长应写明原因和怎样可以同意。"),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} +{self.months}"
