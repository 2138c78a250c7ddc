"""What was granted (资助), to whom it is paid and in which instalments (分期)."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import BlindIndexField, SealedField

from ..appointments import ROLE_CHOICES
from ..cases import Case
from ..organisations import Organisation
from ..people import TalentProfile, User
from ..policy import PolicyEdition
from .budgets import BudgetLine
from .money import YuanField


class AwardQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "AwardQuerySet":
        """Those of the cases `user` may see; the case alone decides."""
        return self.filter(case__in=Case.objects.visible_to(user))


class Award(models.Model):
    """What a decision grants: a total made of lines with their clauses, paid by one finance bureau.

    `handling_organisation` rechecks before each instalment and owns what nobody else owns; `alerted_at` and
    `stops_on` say when the person was warned and from which day on payment may be stopped.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("执行中")
        SUSPENDED = "suspended", _("已暂停")
        STOPPED = "stopped", _("已停发")
        COMPLETED = "completed", _("已付清")

    LIVE = (State.ACTIVE, State.SUSPENDED)

    case = models.ForeignKey(Case, models.PROTECT, related_name="awards", verbose_name=_("办件"))
    number = models.CharField(_("资助编号"), max_length=30, unique=True)
    kind = models.SlugField(_("类别"), max_length=40)
    title = models.CharField(_("名称"), max_length=120)
    edition = models.ForeignKey(PolicyEdition, models.PROTECT, related_name="+", verbose_name=_("政策版本"))
    total = YuanField(_("总额"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ACTIVE)
    handling_organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("经办单位")
    )
    paying_organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("拨付单位")
    )
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("审定人"))
    approved_at = models.DateTimeField(_("审定时间"), default=timezone.now)
    alerted_at = models.DateTimeField(_("预警时间"), null=True, blank=True)
    stops_on = models.DateField(_("最早停发日期"), null=True, blank=True)
    state_reason = models.CharField(_("状态说明"), max_length=300, blank=True)
    state_since = models.DateTimeField(_("状态时间"), default=timezone.now)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("资助")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(state__in=("active", "suspended")),
                name="one_live_award_per_kind",
                violation_error_message=_("该办件同一类别的资助正在执行，不能重复建立。"),
            ),
            models.CheckConstraint(condition=Q(total__gt=0), name="award_grants_something"),
            models.CheckConstraint(
                condition=Q(state__in=("active", "completed")) | ~Q(state_reason=""),
                name="held_award_states_its_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def payee(self) -> "Payee | None":
        """To whom the next instalment goes; None only while none has been named."""
        return next((one for one in self.payees.all() if one.current), None)


class AwardLine(models.Model):
    """How the total comes about: base, cap, offset, couple … each with its clause. An amount may be negative."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="lines", verbose_name=_("资助"))
    place = models.PositiveSmallIntegerField(_("顺序"))
    text = models.CharField(_("说明"), max_length=200)
    amount = YuanField(_("金额"))
    clause = models.CharField(_("条款"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("资助构成")
        ordering = ("award_id", "place")
        constraints = (
            models.UniqueConstraint(fields=["award", "place"], name="one_award_line_per_place"),
            models.CheckConstraint(condition=~Q(clause=""), name="award_line_has_clause"),
        )

    def __str__(self) -> str:
        return f"{self.text} {self.amount}"


class Payee(models.Model):
    """To whom and into which account an award is paid. A change is a new row; the account is sealed."""

    class Kind(models.TextChoices):
        PERSON = "person", _("个人")
        EMPLOYER = "employer", _("用人单位")
        UNIVERSITY = "university", _("高等院校")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    award = models.ForeignKey(Award, models.PROTECT, related_name="payees", verbose_name=_("资助"))
    kind = models.CharField(_("收款方"), max_length=12, choices=Kind)
    person = models.ForeignKey(
        TalentProfile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("收款人")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("收款单位")
    )
    holder = models.CharField(_("户名"), max_length=100)
    bank = models.CharField(_("开户银行"), max_length=80)
    account = SealedField(_("银行账号"), mask="bank_card")
    account_index = BlindIndexField(source="account")
    current = models.BooleanField(_("现行"), default=True)
    reason = models.CharField(_("变更原因"), max_length=200, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    set_at = models.DateTimeField(_("登记时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("收款账户")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["award"], condition=Q(current=True), name="one_current_payee"),
            models.CheckConstraint(
                condition=Q(kind="person", person__isnull=False, organisation__isnull=True)
                | Q(kind__in=("employer", "university"), person__isnull=True, organisation__isnull=False),
                name="payee_is_person_or_organisation",
            ),
        )

    def __str__(self) -> str:
        return self.holder

    @property
    def case_id(self) -> int:
        """Whose case it is: an officer of that case may open the account by a recorded act."""
        return self.award.case_id


class InstalmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "InstalmentQuerySet":
        """Those of the cases `user` may see."""
        return self.filter(award__case__in=Case.objects.visible_to(user))

    def unpaid(self) -> "InstalmentQuerySet":
        return self.exclude(state__in=Instalment.CLOSED)


class Instalment(models.Model):
    """One payment to come or made. In an open state it has an owner (organisation and role, or the payee) and an age.

    reason: why it waits or is held, in words the applicant reads.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("未到期")
        DUE = "due", _("待复核")
        RECHECKED = "rechecked", _("待拨付")
        HELD = "held", _("暂缓")
        IN_BATCH = "in_batch", _("已编入批次")
        SENT = "sent", _("已送银行")
        PAID = "paid", _("已到账")
        FAILED = "failed", _("拨付失败")
        CANCELLED = "cancelled", _("已取消")
        SUPERSEDED = "superseded", _("已被替代")

    CLOSED = (State.PAID, State.CANCELLED, State.SUPERSEDED)
    # In the hands of finance: nobody else changes it until the bank has answered or the batch is taken back.
    ON_ITS_WAY = (State.IN_BATCH, State.SENT)
    MOVABLE = (State.WAITING, State.DUE, State.RECHECKED, State.HELD, State.FAILED)

    award = models.ForeignKey(Award, models.PROTECT, related_name="instalments", verbose_name=_("资助"))
    seq = models.PositiveSmallIntegerField(_("期次"))
    period = models.CharField(_("所属期"), max_length=20, help_text=_("同一资助的同一所属期只付一次"))
    title = models.CharField(_("名称"), max_length=80)
    amount = YuanField(_("金额"))
    due_on = models.DateField(_("应付日期"))
    expected_month = models.DateField(_("预计到账月份"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    state_since = models.DateTimeField(_("状态时间"), default=timezone.now)
    owner_organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("责任单位")
    )
    owner_role = models.CharField(
        _("责任岗位"), max_length=40, choices=ROLE_CHOICES, blank=True, help_text=_("空为收款方本人")
    )
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    paid_on = models.DateField(_("到账日期"), null=True, blank=True)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("替代")
    )

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("分期")
        ordering = ("award_id", "seq")
        indexes = (models.Index(fields=["state", "due_on"], name="instalment_by_state"),)
        constraints = (
            models.UniqueConstraint(fields=["award", "seq"], name="one_instalment_per_seq"),
            models.UniqueConstraint(
                fields=["award", "period"],
                condition=~Q(state__in=("cancelled", "superseded")),
                name="no_period_twice",
                violation_error_message=_("同一资助的同一所属期已有一期，不能重复发放。"),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_pays_something"),
            models.CheckConstraint(
                condition=Q(state__in=("paid", "cancelled", "superseded"))
                | Q(owner_organisation__isnull=False),
                name="open_instalment_has_owner",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("held", "failed", "cancelled")) | ~Q(reason=""),
                name="held_instalment_states_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="paid", paid_on__isnull=False)
                | (~Q(state="paid") & Q(paid_on__isnull=True)),
                name="paid_instalment_has_its_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.award.number} {self.title}"

    @property
    def age(self) -> int:
        """Calendar days in the present state."""
        return (timezone.localdate() - timezone.localdate(self.state_since)).days


class InstalmentShare(models.Model):
    """Which part of an instalment which budget line bears. All parts together are the whole amount, or none."""

    instalment = models.ForeignKey(Instalment, models.PROTECT, related_name="shares", verbose_name=_("分期"))
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="shares", verbose_name=_("预算指标"))
    amount = YuanField(_("金额"))

    class Meta:
        verbose_name = verbose_name_plural = _("分担")
        ordering = ("instalment_id", "line_id")
        constraints = (
            models.UniqueConstraint(fields=["instalment", "line"], name="one_share_per_line"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="share_bears_something"),
        )

    def __str__(self) -> str:
        return f"{self.line} {self.amount}"


class Recheck(models.Model):
    """发放前复核: what was found before one instalment. `findings` are the policy's, each with text and clause."""

    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="rechecks", verbose_name=_("分期")
    )
    passed = models.BooleanField(_("通过"))
    findings = models.JSONField(_("复核情况"), default=list)
    reason = models.CharField(_("未通过原因"), max_length=300, blank=True)
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"), help_text=_("空为系统")
    )
    checked_at = models.DateTimeField(_("复核时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("发放前复核")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(passed=True) | ~Q(reason=""), name="failed_recheck_states_its_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.instalment} {self.passed}"
