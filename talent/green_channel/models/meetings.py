"""联席会议 (G7): who was there, what was voted on, what was granted, and the minutes.

A secret ballot keeps who has voted and how many voted which way, and nothing that joins the two: no row is made per
vote, the marks are made before the first one, and the running count lies sealed in one field until it is closed.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField
from talent.core.models import Letter, Organisation, User

from .cases import GreenChannelCase


class Meeting(models.Model):
    """One sitting, called by the intake organisation."""

    class State(models.TextChoices):
        PLANNED = "planned", _("筹备中")
        OPEN = "open", _("会议中")
        CLOSED = "closed", _("已结束")
        CANCELLED = "cancelled", _("已取消")

    number = models.CharField(_("会议编号"), max_length=30, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("召集单位")
    )
    title = models.CharField(_("会议名称"), max_length=80)
    held_on = models.DateField(_("会议日期"))
    place = models.CharField(_("会议地点"), max_length=100)
    chair = models.CharField(_("主持人"), max_length=40)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PLANNED)
    called_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("会议秘书"))
    called_at = models.DateTimeField(_("召集时间"), default=timezone.now)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("结束人"))
    closed_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("联席会议")
        ordering = ("-held_on", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False), name="closed_meeting_has_its_time"
            ),
        )

    def __str__(self) -> str:
        return self.number


class Attendance(models.Model):
    """A member of the meeting and whether its delegate came; one organisation, one vote."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances", verbose_name=_("会议"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("成员单位")
    )
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="attendances", verbose_name=_("参会账号")
    )
    delegate = models.CharField(_("参会人"), max_length=40, blank=True)
    present = models.BooleanField(_("到会"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("参会")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["meeting", "organisation"], name="one_seat_per_member"),
            models.UniqueConstraint(fields=["meeting", "user"], name="one_delegate_one_member"),
        )

    def __str__(self) -> str:
        return str(self.organisation)


class AgendaItem(models.Model):
    """One case before a meeting. The counts are written when the vote is closed."""

    class State(models.TextChoices):
        LISTED = "listed", _("待审议")
        VOTING = "voting", _("表决中")
        APPROVED = "approved", _("通过")
        REJECTED = "rejected", _("未通过")
        POSTPONED = "postponed", _("暂缓审议")

    SETTLED = (State.APPROVED, State.REJECTED, State.POSTPONED)

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items", verbose_name=_("会议"))
    case = models.ForeignKey(
        GreenChannelCase, models.PROTECT, related_name="agenda_items", verbose_name=_("办件")
    )
    place = models.PositiveSmallIntegerField(_("议题序号"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.LISTED)
    secret = models.BooleanField(_("无记名表决"), default=False)
    conditions = models.TextField(_("附加条件"), max_length=1000, blank=True)
    reason = models.CharField(_("说明"), max_length=500, blank=True)
    running = SealedField(_("计票中"), mask="text", blank=True)
    agree = models.PositiveSmallIntegerField(_("同意"), null=True)
    against = models.PositiveSmallIntegerField(_("不同意"), null=True)
    abstain = models.PositiveSmallIntegerField(_("弃权"), null=True)
    figures = models.JSONField(_("当时的数据"), default=dict)

    class Meta:
        verbose_name = verbose_name_plural = _("议题")
        ordering = ("meeting", "place")
        constraints = (
            models.UniqueConstraint(fields=["meeting", "case"], name="one_item_per_case_and_meeting"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=("listed", "voting")), name="one_live_item_per_case"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "rejected"))
                | Q(agree__isnull=False, against__isnull=False, abstain__isnull=False),
                name="decided_item_has_its_count",
            ),
            models.CheckConstraint(
                condition=~Q(state="postponed") | ~Q(reason=""),
                name="postponed_item_states_why",
                violation_error_message=_("暂缓审议必须写明原因。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.meeting} {self.place}"

    @property
    def settled(self) -> bool:
        return self.state in self.SETTLED


class ItemRecusal(models.Model):
    """A member stays away from one item; it counts neither as a member nor as present."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="recusals", verbose_name=_("议题"))
    attendance = models.ForeignKey(
        Attendance, models.PROTECT, related_name="recusals", verbose_name=_("成员单位")
    )
    reason = models.CharField(_("回避理由"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("会议回避")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["item", "attendance"], name="one_recusal_per_item"),)

    def __str__(self) -> str:
        return f"{self.item} {self.attendance}"


class Ballot(models.Model):
    """The mark that a member has voted, made for all of them when the vote opens; the choice in an open vote only.

    No time, and a random key, so that neither tells the order in which they voted.
    """

    class Choice(models.TextChoices):
        AGREE = "agree", _("同意")
        AGAINST = "against", _("不同意")
        ABSTAIN = "abstain", _("弃权")

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="ballots", verbose_name=_("议题"))
    attendance = models.ForeignKey(
        Attendance, models.PROTECT, related_name="ballots", verbose_name=_("成员单位")
    )
    secret = models.BooleanField(_("无记名"))
    cast = models.BooleanField(_("已投票"), default=False)
    choice = models.CharField(_("表决意见"), max_length=8, choices=Choice, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("表决")
        ordering = ("attendance",)
        constraints = (
            models.UniqueConstraint(fields=["item", "attendance"], name="one_ballot_per_member"),
            models.CheckConstraint(
                condition=Q(secret=False) | Q(choice=""), name="secret_ballot_has_no_choice"
            ),
            models.CheckConstraint(
                condition=Q(secret=True) | Q(cast=False) | ~Q(choice=""), name="open_ballot_has_its_choice"
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} {self.attendance}"


class SupportItem(models.Model):
    """One line of the support list (一事一议) with its basis and its money in 元; None where no money is given."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="support", verbose_name=_("议题"))
    name = models.CharField(_("支持事项"), max_length=120)
    basis = models.CharField(_("依据"), max_length=200)
    amount = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("责任单位"))

    class Meta:
        verbose_name = verbose_name_plural = _("支持清单")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                name="support_amount_is_positive",
                violation_error_message=_("金额应大于零。"),
            ),
            models.CheckConstraint(condition=~Q(basis=""), name="support_states_its_basis"),
        )

    def __str__(self) -> str:
        return self.name


class Minutes(models.Model):
    """纪要: the letter in which a closed meeting is written down, once."""

    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="minutes", verbose_name=_("会议"))
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name=_("纪要文书"))

    class Meta:
        verbose_name = verbose_name_plural = _("会议纪要")

    def __str__(self) -> str:
        return str(self.meeting)
