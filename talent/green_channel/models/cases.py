"""What a case of the 直通车 records beyond the common case (济政发〔2025〕8号 items 7 and 9)."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField
from talent.core.models import Case, TalentProfile

from .domains import Domain


class GreenChannelCase(Case):
    """A recommendation of a top talent or team, and the dossier the talent completes."""

    class Engagement(models.TextChoices):
        FULL_TIME = "full_time", _("全职引进")
        FLEXIBLE = "flexible", _("柔性引进")

    class Kind(models.TextChoices):
        PERSON = "person", _("个人")
        TEAM = "team", _("团队")

    facts = (
        "kind", "field", "engagement", "contract_years", "project_title", "project_summary", "why_direct",
        "technology_route", "ip_ownership", "investment", "expected_benefit", "declaration_note",
    )  # fmt: skip

    # the recommendation
    kind = models.CharField(_("申报类型"), max_length=8, choices=Kind, default=Kind.PERSON)
    field = models.CharField(_("技术领域"), max_length=80, blank=True)
    criterion = models.CharField(_("对应认定标准"), max_length=20, blank=True)
    project_title = models.CharField(_("项目名称"), max_length=120, blank=True)
    project_summary = models.TextField(_("项目概述"), max_length=2000, blank=True)
    why_direct = models.TextField(
        _("开通直通车的理由"), max_length=1000, blank=True, help_text=_("为什么普通政策不能满足，为什么紧迫")
    )
    engagement = models.CharField(
        _("引进方式"), max_length=12, choices=Engagement, default=Engagement.FULL_TIME
    )
    contract_years = models.PositiveSmallIntegerField(_("拟聘年限"), null=True, blank=True)
    # the dossier
    technology_route = models.TextField(_("技术路线"), max_length=2000, blank=True)
    ip_ownership = models.TextField(_("知识产权归属"), max_length=1000, blank=True)
    investment = models.DecimalField(
        _("计划投资（元）"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    expected_benefit = models.TextField(_("预期效益"), max_length=1000, blank=True)
    former_employer_settled = models.BooleanField(_("与原单位关系已处理"), default=False)
    non_compete_free = models.BooleanField(_("无竞业限制"), default=False)
    ip_undisputed = models.BooleanField(_("知识产权无争议"), default=False)
    declaration_note = models.TextField(_("需要说明的情况"), max_length=1000, blank=True)
    promised_true_at = models.DateTimeField(_("承诺真实时间"), null=True, blank=True)
    # dispatch
    lead_reason = models.CharField(_("分办理由"), max_length=300, blank=True)
    # decision
    decision = models.CharField(_("审定结果"), max_length=10, blank=True)
    decision_clause = models.CharField(_("决定依据"), max_length=300, blank=True)
    decision_reason = models.TextField(_("决定理由"), max_length=2000, blank=True)
    support_items = models.JSONField(_("支持事项"), default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("直通车办件")

    @property
    def team(self) -> bool:
        """Whether core members stand beside the applicant, who then is their leader."""
        return self.kind == self.Kind.TEAM

    def includes(self, profile: TalentProfile) -> bool:
        return super().includes(profile) or (self.team and self.members.filter(profile=profile).exists())


class Achievement(models.Model):
    """A representative result: patent, paper, award, project."""

    class Kind(models.TextChoices):
        PATENT = "patent", _("专利")
        PAPER = "paper", _("论文")
        AWARD = "award", _("奖项")
        PROJECT = "project", _("承担项目")
        OTHER = "other", _("其他成果")

    case = models.ForeignKey(
        GreenChannelCase, models.PROTECT, related_name="achievements", verbose_name=_("办件")
    )
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    title = models.CharField(_("名称"), max_length=200)
    year = models.PositiveSmallIntegerField(_("年份"), null=True, blank=True)
    note = models.CharField(_("本人贡献"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("代表性成果")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.title


class Need(models.Model):
    """A need in one of the policy's five service domains (item 9)."""

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    case = models.ForeignKey(GreenChannelCase, models.PROTECT, related_name="needs", verbose_name=_("办件"))
    domain = models.CharField(_("领域"), max_length=10, choices=Domain)
    item = models.CharField(_("事项"), max_length=80)
    detail = SealedField(_("具体需求"), mask="text", blank=True)
    concerns_family = models.BooleanField(_("涉及家属信息"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("服务需求")
        ordering = ("domain", "pk")

    def __str__(self) -> str:
        return self.item
