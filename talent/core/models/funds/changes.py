"""变更: what happened to somebody who is being paid, what the office proposes, and what a second person decided."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..cases import Case
from ..materials import DocumentVersion
from ..organisations import Organisation
from ..people import User
from .awards import Award


class AwardChangeQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "AwardChangeQuerySet":
        """Those of the cases `user` may see."""
        return self.filter(award__case__in=Case.objects.visible_to(user))

    def open(self) -> "AwardChangeQuerySet":
        return self.filter(state__in=AwardChange.OPEN)


class AwardChange(models.Model):
    """One event and what follows from it. Where money changes, who decides is never who proposed.

    kind: what happened, as reported; outcome: what is done about it. `facts` is what the outcome needs (the new
    employer, the new level); `result` what the act wrote, so that it can be undone by an act.
    """

    class Kind(models.TextChoices):
        LEFT = "left", _("离职或离岗")
        EMPLOYER = "employer", _("变更用人单位")
        LEVEL = "level", _("人才层次提升")
        PURCHASE = "purchase", _("由租房转为购房")
        FLAT = "flat", _("退出人才公寓")
        INSURANCE = "insurance", _("社会保险中断")
        HOME = "home", _("家庭住房变化")
        BENEFIT = "benefit", _("享受其他住房待遇")
        CURED = "cured", _("原因已消除，请求恢复发放")
        OTHER = "other", _("其他变化")

    class Outcome(models.TextChoices):
        KEEP = "keep", _("不影响发放")
        SUSPEND = "suspend", _("暂停发放")
        RESUME = "resume", _("恢复发放")
        STOP = "stop", _("停发")
        REINSTATE = "reinstate", _("撤销停发")
        UPGRADE = "upgrade", _("按新层次补差")
        UNDO_UPGRADE = "undo_upgrade", _("撤销补差")
        EMPLOYER = "employer", _("改由新单位继续发放")

    class State(models.TextChoices):
        REPORTED = "reported", _("待核实")
        PROPOSED = "proposed", _("待审定")
        DONE = "done", _("已办理")
        REFUSED = "refused", _("未予办理")
        REVERSED = "reversed", _("已撤销")

    class Side(models.TextChoices):
        PERSON = "person", _("本人")
        EMPLOYER = "employer", _("用人单位")
        OFFICE = "office", _("经办单位")

    OPEN = (State.REPORTED, State.PROPOSED)
    # What one officer does at once: nothing is paid, promised or lost by it.
    ALONE = (Outcome.KEEP, Outcome.SUSPEND)

    award = models.ForeignKey(Award, models.PROTECT, related_name="changes", verbose_name=_("资助"))
    place = models.PositiveSmallIntegerField(_("序号"))
    kind = models.CharField(_("变化"), max_length=10, choices=Kind)
    happened_on = models.DateField(_("发生日期"))
    statement = models.CharField(_("情况说明"), max_length=500)
    evidence = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("凭证")
    )
    side = models.CharField(_("报告方"), max_length=10, choices=Side)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("报告人"))
    reported_at = models.DateTimeField(_("报告时间"), default=timezone.now)
    late = models.BooleanField(_("超过报告期限"), default=False)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.REPORTED)
    outcome = models.CharField(_("处理"), max_length=14, choices=Outcome, blank=True)
    reason = models.CharField(_("处理理由"), max_length=200, blank=True)
    clause = models.CharField(_("条款"), max_length=200, blank=True)
    facts = models.JSONField(_("处理内容"), default=dict, blank=True)
    result = models.JSONField(_("办理结果"), default=dict, blank=True)
    new_employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("新用人单位")
    )
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤销")
    )
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提出人")
    )
    proposed_at = models.DateTimeField(_("提出时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审定人")
    )
    decided_at = models.DateTimeField(_("审定时间"), null=True, blank=True)
    note = models.CharField(_("审定意见"), max_length=200, blank=True)

    objects = AwardChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("发放变更")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["award", "place"], name="one_change_per_place"),
            models.UniqueConstraint(
                fields=["award", "kind"],
                condition=Q(state__in=("reported", "proposed")),
                name="one_open_change_per_kind",
                violation_error_message=_("该资助已有一项同类变化正在办理。"),
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="change_decided_by_somebody_else",
                violation_error_message=_("提出处理意见的人不能自己审定。"),
            ),
            models.CheckConstraint(
                condition=Q(state="reported")
                | (~Q(outcome="") & ~Q(reason="") & Q(proposed_by__isnull=False)),
                name="change_states_what_follows",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("done", "reversed"))
                | Q(outcome__in=("keep", "suspend"))
                | Q(decided_by__isnull=False),
                name="money_changes_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="employer") | Q(new_employer__isnull=False),
                name="change_of_employer_names_one",
            ),
        )

    def __str__(self) -> str:
        return f"{self.award.number} {self.get_kind_display()}"
