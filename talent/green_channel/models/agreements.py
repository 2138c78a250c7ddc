"""引进协议 (G11) of talent, employer and government, and its milestones with what is claimed for them (G13)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import Case, DocumentVersion, Instalment, Letter, Organisation, User, YuanField

from .cases import GreenChannelCase


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "AgreementQuerySet":
        return self.filter(case__in=Case.objects.visible_to(user))


class Agreement(models.Model):
    """One version of the terms. An amendment is a new version; the old one stays in force until it is signed."""

    class State(models.TextChoices):
        DRAFTED = "drafted", _("拟稿")
        RETURNED = "returned", _("退回重拟")
        SIGNING = "signing", _("待签署")
        IN_FORCE = "in_force", _("生效")
        SUPERSEDED = "superseded", _("已被新版本替代")
        DECLINED = "declined", _("一方不签")
        LAPSED = "lapsed", _("逾期未签")
        ENDED = "ended", _("已终止")

    case = models.ForeignKey(
        GreenChannelCase, models.PROTECT, related_name="agreements", verbose_name=_("办件")
    )
    version = models.PositiveSmallIntegerField(_("版本"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFTED)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("用人单位"))
    government = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("政府方"))
    starts_on = models.DateField(_("起始日期"))
    ends_on = models.DateField(_("截止日期"))
    service_years = models.PositiveSmallIntegerField(_("服务年限（年）"))
    duties = models.TextField(_("各方职责"), max_length=2000)
    ip = models.TextField(_("知识产权归属"), max_length=1000)
    recovery = models.TextField(_("违约与追回"), max_length=1000)
    reason = models.CharField(_("修订原因"), max_length=300, blank=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("拟稿人"))
    drafted_at = models.DateTimeField(_("拟稿时间"), default=timezone.now)
    letter = models.OneToOneField(
        Letter, models.PROTECT, null=True, related_name="talent_agreement", verbose_name=_("协议文本")
    )
    sign_by = models.DateField(_("签署期限"), null=True)
    warned_at = models.DateTimeField(_("提醒时间"), null=True)
    in_force_at = models.DateTimeField(_("生效时间"), null=True)
    term_warned_at = models.DateTimeField(_("到期提醒时间"), null=True)
    end_reason = models.CharField(_("终结原因"), max_length=300, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("引进协议")
        ordering = ("case_id", "-version")
        constraints = (
            models.UniqueConstraint(fields=["case", "version"], name="one_agreement_version_per_case"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=("drafted", "signing")), name="one_agreement_in_the_making"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="in_force"), name="one_agreement_in_force"
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=models.F("starts_on")), name="agreement_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(state__in=("drafted", "returned")) | (Q(letter__isnull=False) & Q(sign_by__isnull=False)),
                name="agreement_to_sign_has_its_text",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("in_force", "superseded")) | Q(in_force_at__isnull=False),
                name="agreement_in_force_has_its_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("returned", "declined", "lapsed", "ended")) | ~Q(end_reason=""),
                name="ended_agreement_states_its_reason",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case} 协议第{self.version}版"

    @property
    def total(self):
        """元, over all milestones."""
        return sum(one.amount for one in self.milestones.all())


class Milestone(models.Model):
    """What is to be reached by when, what is shown as evidence, and what is paid for it (元, may be 0)."""

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="milestones", verbose_name=_("协议")
    )
    place = models.PositiveSmallIntegerField(_("序号"))
    title = models.CharField(_("目标"), max_length=120)
    due_on = models.DateField(_("完成日期"))
    amount = YuanField(_("拨付金额（元）"), default=0)
    evidence = models.CharField(_("凭证要求"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("协议节点")
        ordering = ("agreement_id", "place")
        constraints = (
            models.UniqueConstraint(fields=["agreement", "place"], name="one_milestone_per_place"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="milestone_takes_nothing"),
        )

    def __str__(self) -> str:
        return self.title


class SignedCopy(models.Model):
    """The copy one side has signed and filed itself. Nobody's signature is assumed."""

    class Side(models.TextChoices):
        TALENT = "talent", _("人才（团队负责人）")
        EMPLOYER = "employer", _("用人单位")
        GOVERNMENT = "government", _("政府方")

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="copies", verbose_name=_("协议"))
    side = models.CharField(_("签署方"), max_length=10, choices=Side)
    file = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="+", verbose_name=_("签署件"))
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提交人"))
    filed_at = models.DateTimeField(_("提交时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("签署件")
        ordering = ("agreement_id", "pk")
        constraints = (
            models.UniqueConstraint(fields=["agreement", "side"], name="one_signed_copy_per_side"),
        )

    def __str__(self) -> str:
        return f"{self.agreement} {self.get_side_display()}"


class MilestoneClaim(models.Model):
    """A milestone is said to be reached: with evidence, by talent or employer; checked by the lead bureau."""

    class State(models.TextChoices):
        ASKED = "asked", _("待核实")
        REFUSED = "refused", _("未通过")
        PASSED = "passed", _("已核实")

    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="claims", verbose_name=_("节点"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.ASKED)
    note = models.CharField(_("完成情况"), max_length=500)
    evidence = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="+", verbose_name=_("凭证"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    asked_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    opinion = models.CharField(_("核实意见"), max_length=500, blank=True)
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("核实人")
    )
    checked_at = models.DateTimeField(_("核实时间"), null=True)
    instalment = models.OneToOneField(
        Instalment, models.PROTECT, null=True, related_name="milestone_claim", verbose_name=_("分期")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("节点申领")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["milestone"], condition=Q(state__in=("asked", "passed")), name="one_live_claim_per_milestone"
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | (Q(checked_by__isnull=False) & ~Q(opinion="")),
                name="checked_claim_states_the_opinion",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.milestone} {self.get_state_display()}"
