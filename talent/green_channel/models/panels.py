"""专家评审 (G6): the panel of a case, its seats, and every version of every score."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import Organisation, User

from .cases import GreenChannelCase
from .experts import Expert


class Panel(models.Model):
    """One panel on one case. `figures` keeps the numbers and the rule that made the result."""

    class State(models.TextChoices):
        OPEN = "open", _("评审中")
        PASSED = "passed", _("评审通过")
        FAILED = "failed", _("评审不通过")
        CANCELLED = "cancelled", _("已取消")

    case = models.ForeignKey(GreenChannelCase, models.PROTECT, related_name="panels", verbose_name=_("办件"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("组织单位")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("评审秘书"))
    opened_at = models.DateTimeField(_("启动时间"), default=timezone.now)
    due_on = models.DateField(_("评审期限"))
    average = models.DecimalField(_("平均分"), max_digits=5, decimal_places=2, null=True)
    spread = models.DecimalField(_("分差"), max_digits=5, decimal_places=2, null=True)
    rule = models.CharField(_("结果依据"), max_length=12, blank=True)
    reason = models.CharField(_("结果说明"), max_length=300, blank=True)
    warning = models.CharField(_("分差提示"), max_length=200, blank=True)
    figures = models.JSONField(_("当时的数据"), default=dict)
    opinion = models.TextField(_("评审综合意见"), max_length=2000, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("结束人"))
    closed_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("专家评审")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="open"), name="one_open_panel_per_case"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "cancelled"))
                | (Q(average__isnull=False) & ~Q(rule="") & Q(closed_at__isnull=False)),
                name="closed_panel_has_its_result",
                violation_error_message=_("评审结束必须记录结果和依据。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.get_state_display()}"

    @property
    def open(self) -> bool:
        return self.state == self.State.OPEN


class PanelSeat(models.Model):
    """An expert's place on a panel; refused assignments are kept too, with the reason."""

    class State(models.TextChoices):
        REFUSED = "refused", _("应当回避，未安排")
        INVITED = "invited", _("待答复")
        ACCEPTED = "accepted", _("已接受")
        SCORED = "scored", _("已评分")
        DECLINED = "declined", _("已谢绝")
        RECUSED = "recused", _("已回避")

    # Who counts for the composition of the panel.
    SITTING = (State.ACCEPTED, State.SCORED)

    row_key = models.UUIDField(_("编号"), default=uuid.uuid4, editable=False, unique=True)
    panel = models.ForeignKey(Panel, models.PROTECT, related_name="seats", verbose_name=_("专家评审"))
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats", verbose_name=_("专家"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.INVITED)
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    invited_at = models.DateTimeField(_("邀请时间"), default=timezone.now)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    version = models.PositiveSmallIntegerField(_("评分版本"), default=0)
    agrees = models.BooleanField(_("同意推荐"), null=True)
    vetoes = models.BooleanField(_("一票否决"), default=False)
    comment = models.TextField(_("评审意见"), max_length=2000, blank=True)
    scored_at = models.DateTimeField(_("评分时间"), null=True)
    # the secretary who copied a signed sheet of an expert without an account
    entered_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("代录人")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("评审席位")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["panel", "expert"], name="one_seat_per_expert"),
            models.CheckConstraint(
                condition=~Q(state="scored") | (Q(agrees__isnull=False) & Q(version__gt=0)),
                name="scored_seat_has_its_sheet",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("refused", "declined", "recused")) | ~Q(reason=""),
                name="empty_seat_states_why",
                violation_error_message=_("未安排、谢绝或回避必须写明原因。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.panel_id}-{self.pk} {self.get_state_display()}"


class Score(models.Model):
    """Points of one seat in one dimension; a change is a new version, the earlier one stays."""

    seat = models.ForeignKey(PanelSeat, models.PROTECT, related_name="scores", verbose_name=_("席位"))
    version = models.PositiveSmallIntegerField(_("版本"))
    dimension = models.SlugField(_("评分项"), max_length=20)
    points = models.PositiveSmallIntegerField(_("得分"))
    comment = models.CharField(_("评分理由"), max_length=500, blank=True)
    made_at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("评分")
        ordering = ("seat", "version", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["seat", "version", "dimension"], name="one_score_per_dimension_and_version"
            ),
            models.CheckConstraint(
                condition=Q(points__lte=100),
                name="points_within_the_scale",
                violation_error_message=_("得分应在0至100之间。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.dimension} {self.points}"
