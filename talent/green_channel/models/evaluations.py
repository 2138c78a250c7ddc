"""绩效评估 (G14), yearly and final, and 容错免责 (济政发〔2025〕8号 item 18)."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import Case, DocumentVersion, Recovery, User, YuanField

from .cases import GreenChannelCase


class EvaluationQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "EvaluationQuerySet":
        return self.filter(case__in=Case.objects.visible_to(user))


class Evaluation(models.Model):
    """One evaluation: the employer reports, an officer of the lead bureau proposes, its head concludes."""

    class Kind(models.TextChoices):
        YEARLY = "yearly", _("年度评估")
        FINAL = "final", _("期满评估")

    class State(models.TextChoices):
        OPENED = "opened", _("待单位报告")
        REPORTED = "reported", _("待评估")
        PROPOSED = "proposed", _("待审核")
        CONCLUDED = "concluded", _("已评估")

    class Result(models.TextChoices):
        GO_ON = "go_on", _("继续支持")
        ADJUST = "adjust", _("调整支持")
        STOP = "stop", _("终止支持")
        RECOVER = "recover", _("追回资金")
        EXCUSED = "excused", _("容错免责")

    case = models.ForeignKey(
        GreenChannelCase, models.PROTECT, related_name="evaluations", verbose_name=_("办件")
    )
    kind = models.CharField(_("类别"), max_length=8, choices=Kind)
    year = models.PositiveSmallIntegerField(_("协议年度"), help_text=_("协议生效后的第几年"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPENED)
    opened_at = models.DateTimeField(_("启动时间"), default=timezone.now)
    due_on = models.DateField(_("期限"))
    warned_at = models.DateTimeField(_("临期提醒时间"), null=True)
    report = models.TextField(_("单位报告"), max_length=3000, blank=True)
    report_file = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("报告附件")
    )
    reported_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("报告人")
    )
    reported_at = models.DateTimeField(_("报告时间"), null=True)
    result = models.CharField(_("评估结果"), max_length=8, choices=Result, blank=True)
    opinion = models.TextField(_("评估意见"), max_length=2000, blank=True)
    recover_amount = YuanField(
        _("追回金额（元）"), null=True, help_text=_("追回资金时，协议已拨付部分中应追回的")
    )
    recovery = models.OneToOneField(
        Recovery, models.PROTECT, null=True, related_name="evaluation", verbose_name=_("追回")
    )
    ground = models.CharField(_("免责情形"), max_length=40, blank=True)
    facts = models.TextField(_("未达目标的事实"), max_length=2000, blank=True)
    diligence = models.TextField(_("勤勉尽责的证据"), max_length=2000, blank=True)
    panel_on = models.DateField(_("论证日期"), null=True)
    panel_members = models.PositiveSmallIntegerField(_("论证人数"), null=True)
    panel_for = models.PositiveSmallIntegerField(_("同意免责人数"), null=True)
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("评估人")
    )
    proposed_at = models.DateTimeField(_("评估时间"), null=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人")
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("绩效评估")
        ordering = ("case_id", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["case", "kind", "year"], name="one_evaluation_per_year"),
            models.CheckConstraint(
                condition=~Q(state__in=("proposed", "concluded")) | (~Q(result="") & ~Q(opinion="")),
                name="proposed_evaluation_has_its_result",
            ),
            models.CheckConstraint(
                condition=~Q(result="excused")
                | (~Q(ground="") & ~Q(facts="") & ~Q(diligence="") & Q(panel_on__isnull=False)
                   & Q(panel_for__lte=F("panel_members"))),
                name="excuse_has_facts_diligence_and_panel",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="evaluation_takes_two_people",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()} {self.year}"
