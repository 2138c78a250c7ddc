"""A list of people an employer files for at once. A line is sealed as it arrives and emptied when its case is there."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField
from talent.core.models import Organisation, User

from .cases import HousingCase


class Roster(models.Model):
    """One list that was read without a mistake. The file itself is not kept."""

    class State(models.TextChoices):
        CHECKED = "checked", _("已核对，尚未申报")
        RUNNING = "running", _("正在申报")
        DONE = "done", _("已完成")
        DROPPED = "dropped", _("已放弃")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    number = models.CharField(_("批次编号"), max_length=20, unique=True)
    employer = models.ForeignKey(
        Organisation, models.PROTECT, related_name="rosters", verbose_name=_("用人单位")
    )
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申报人"))
    made_at = models.DateTimeField(_("导入时间"), auto_now_add=True)
    ended_at = models.DateTimeField(_("完成时间"), null=True)
    total = models.PositiveIntegerField(_("人数"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.CHECKED)

    class Meta:
        verbose_name = verbose_name_plural = _("批量申报")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(total__gt=0), name="roster_has_people"),
            models.CheckConstraint(
                condition=Q(state__in=("checked", "running"), ended_at__isnull=True)
                | Q(state__in=("done", "dropped"), ended_at__isnull=False),
                name="roster_ended_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.number


class RosterLine(models.Model):
    """One person of a list: what was written (sealed, until it is used), and the case that came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待申报")
        FILED = "filed", _("已申报")
        FAILED = "failed", _("未能申报")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    roster = models.ForeignKey(Roster, models.PROTECT, related_name="lines", verbose_name=_("批次"))
    line = models.PositiveIntegerField(_("行号"))
    masked_name = models.CharField(_("姓名"), max_length=80)
    content = SealedField(_("填写内容"), blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    cause = models.CharField(_("原因"), max_length=300, blank=True)
    case = models.OneToOneField(
        HousingCase, models.PROTECT, null=True, related_name="roster_line", verbose_name=_("办件")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("批量申报人员")
        ordering = ("roster_id", "line")
        constraints = (
            models.UniqueConstraint(fields=["roster", "line"], name="one_person_per_line"),
            models.CheckConstraint(
                condition=Q(state="filed", case__isnull=False)
                | Q(state__in=("waiting", "failed"), case__isnull=True),
                name="filed_line_has_its_case",
            ),
            # What is used or given up is not kept a second time.
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(content__isnull=True), name="used_line_is_empty"
            ),
        )

    def __str__(self) -> str:
        return f"{self.roster}-{self.line}"
