"""What is asked again while money is being paid: every quarter of the employer, every year of the office."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..cases import Case
from ..organisations import Organisation
from ..people import User
from .awards import Award
from .changes import AwardChange


class PostRound(models.Model):
    """在岗确认: one employer's word about all its people who are paid, for one quarter (`2026Q1`)."""

    class State(models.TextChoices):
        OPEN = "open", _("待确认")
        OVERDUE = "overdue", _("逾期未确认")
        ANSWERED = "answered", _("已确认")

    ASKED = (State.OPEN, State.OVERDUE)

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="post_rounds", verbose_name=_("用人单位")
    )
    quarter = models.CharField(_("季度"), max_length=6)
    due_on = models.DateField(_("确认期限"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    told_at = models.DateTimeField(_("通知时间"), default=timezone.now)
    reminded_at = models.DateTimeField(_("提醒时间"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("确认人")
    )
    answered_at = models.DateTimeField(_("确认时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("在岗确认")
        ordering = ("-quarter", "organisation_id")
        constraints = (
            models.UniqueConstraint(fields=["organisation", "quarter"], name="one_round_per_quarter"),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="answered_round_says_by_whom",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} {self.quarter}"


class PostAnswer(models.Model):
    """What the employer said about one person: in post and unchanged, or a change with its reason."""

    round = models.ForeignKey(PostRound, models.PROTECT, related_name="answers", verbose_name=_("在岗确认"))
    award = models.ForeignKey(Award, models.PROTECT, related_name="post_answers", verbose_name=_("资助"))
    unchanged = models.BooleanField(_("在岗且无变化"))
    change = models.ForeignKey(
        AwardChange, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("变化")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("在岗确认明细")
        ordering = ("round_id", "award_id")
        constraints = (
            models.UniqueConstraint(fields=["round", "award"], name="one_answer_per_person"),
            models.CheckConstraint(
                condition=Q(unchanged=True, change__isnull=True) | Q(unchanged=False, change__isnull=False),
                name="answer_is_unchanged_or_a_change",
            ),
        )

    def __str__(self) -> str:
        return f"{self.round} {self.award}"


class AnnualReviewQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "AnnualReviewQuerySet":
        """Those of the cases `user` may see."""
        return self.filter(award__case__in=Case.objects.visible_to(user))


class AnnualReview(models.Model):
    """年度复核: all conditions of one award, once a year. `findings` are the policy's, each with text and clause."""

    class State(models.TextChoices):
        OPEN = "open", _("待复核")
        PASSED = "passed", _("符合")
        FAILED = "failed", _("不符合")

    award = models.ForeignKey(Award, models.PROTECT, related_name="reviews", verbose_name=_("资助"))
    year = models.PositiveSmallIntegerField(_("年度"))
    due_on = models.DateField(_("复核期限"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.OPEN)
    findings = models.JSONField(_("复核情况"), default=list)
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    reviewed_at = models.DateTimeField(_("复核时间"), null=True, blank=True)

    objects = AnnualReviewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("年度复核")
        ordering = ("-year", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["award", "year"], name="one_review_per_year"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(reviewed_by__isnull=False),
                name="review_says_by_whom",
            ),
        )

    def __str__(self) -> str:
        return f"{self.award} {self.year}"
