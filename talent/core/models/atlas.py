"""标志性产业链 and the talents looked for (济政发〔2025〕8号 item 7): 一链条一平台一院士多团队, 人才分布及重点成果图谱.

A lead (线索) is somebody worth bringing here who has not been asked for consent yet: numbers and addresses of the
person are sealed, and only his office, field and public results are read.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField

from .cases import Case
from .organisations import IndustryChain, Organisation, Region
from .people import TalentProfile, User


class ChainRecord(models.Model):
    """What a chain has: a platform, an academician at work for it, a team, a project. Ended, never deleted."""

    class Kind(models.TextChoices):
        PLATFORM = "platform", _("平台")
        ACADEMICIAN = "academician", _("院士")
        TEAM = "team", _("团队")
        PROJECT = "project", _("项目")

    chain = models.ForeignKey(IndustryChain, models.PROTECT, related_name="records", verbose_name=_("产业链"))
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    name = models.CharField(_("名称"), max_length=120)
    organisation = models.CharField(_("依托单位"), max_length=120, blank=True)
    grade = models.CharField(_("级别"), max_length=30, blank=True, help_text=_("如国家级、省级、市级"))
    since = models.DateField(_("起始日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=200, help_text=_("批准文件、公告或合同"))
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    recorded_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    ended_at = models.DateTimeField(_("终止时间"), null=True, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("产业链要素")
        ordering = ("chain_id", "kind", "name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["chain", "kind", "name"],
                condition=Q(ended_at__isnull=True),
                name="one_live_record_per_chain",
                violation_error_message=_("该产业链已登记同名的同类要素。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


class TalentLead(models.Model):
    """线索: a talent or team of a chain somewhere in the country, with everything a recommendation asks for."""

    class Kind(models.TextChoices):
        PERSON = "person", _("个人")
        TEAM = "team", _("团队")

    class Engagement(models.TextChoices):
        FULL_TIME = "full_time", _("全职引进")
        FLEXIBLE = "flexible", _("柔性引进")

    class State(models.TextChoices):
        NEW = "new", _("待联系")
        CONTACTED = "contacted", _("接触中")
        RECOMMENDED = "recommended", _("已推荐")
        DROPPED = "dropped", _("已搁置")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    chain = models.ForeignKey(IndustryChain, models.PROTECT, related_name="leads", verbose_name=_("产业链"))
    name = models.CharField(_("姓名"), max_length=80)
    kind = models.CharField(_("类型"), max_length=8, choices=Kind, default=Kind.PERSON)
    organisation = models.CharField(_("现工作单位"), max_length=120)
    position = models.CharField(_("职务职称"), max_length=80, blank=True)
    place = models.CharField(_("所在地"), max_length=60, blank=True)
    field = models.CharField(_("技术领域"), max_length=80)
    level_code = models.CharField(_("人才层次"), max_length=4, blank=True)
    criterion = models.CharField(_("对应认定标准"), max_length=20, blank=True)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("拟落地县市区")
    )
    employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("拟引进单位")
    )
    id_kind = models.CharField(
        _("证件类型"),
        max_length=24,
        choices=TalentProfile.IdentityKind,
        default=TalentProfile.IdentityKind.RESIDENT_ID,
    )
    id_number = SealedField(_("证件号码"), mask="identity", blank=True)
    mobile = SealedField(_("手机号码"), mask="mobile", blank=True)
    email = SealedField(_("电子邮箱"), mask="email", blank=True)
    project_title = models.CharField(_("项目名称"), max_length=120, blank=True)
    project_summary = models.TextField(_("项目概述"), max_length=2000, blank=True)
    why_direct = models.TextField(_("开通直通车的理由"), max_length=1000, blank=True)
    engagement = models.CharField(
        _("引进方式"), max_length=12, choices=Engagement, default=Engagement.FULL_TIME
    )
    contract_years = models.PositiveSmallIntegerField(_("拟聘年限"), null=True, blank=True)
    source = models.CharField(_("信息来源"), max_length=200, help_text=_("公开报道、文献库或推荐人单位"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.NEW)
    state_reason = models.CharField(_("状态说明"), max_length=200, blank=True)
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("推荐办件")
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    recorded_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("人才线索")
        ordering = ("chain_id", "name", "pk")
        indexes = (models.Index(fields=["region", "chain"], name="lead_by_region"),)
        constraints = (
            models.UniqueConstraint(
                fields=["chain", "name", "organisation"],
                name="one_lead_per_person",
                violation_error_message=_("该产业链已登记同一单位的同名线索。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="recommended") | Q(case__isnull=False),
                name="recommended_lead_has_its_case",
                violation_error_message=_("已推荐的线索须有办件。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


class LeadAchievement(models.Model):
    """重点科研成果 of a lead, as published."""

    class Kind(models.TextChoices):
        PATENT = "patent", _("专利")
        PAPER = "paper", _("论文")
        AWARD = "award", _("奖项")
        PROJECT = "project", _("承担项目")
        OTHER = "other", _("其他成果")

    lead = models.ForeignKey(TalentLead, models.PROTECT, related_name="achievements", verbose_name=_("线索"))
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    title = models.CharField(_("名称"), max_length=200)
    year = models.PositiveSmallIntegerField(_("年份"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("线索成果")
        ordering = ("-year", "pk")

    def __str__(self) -> str:
        return self.title


class LeadContact(models.Model):
    """A contact with a lead: when, how, by whom, what came of it. Holds no number of a person."""

    lead = models.ForeignKey(TalentLead, models.PROTECT, related_name="contacts", verbose_name=_("线索"))
    on = models.DateField(_("日期"))
    channel = models.CharField(_("方式"), max_length=30, help_text=_("电话、走访、会议、邮件"))
    content = models.TextField(_("内容"), max_length=1000)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    recorded_at = models.DateTimeField(_("登记时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("线索联系记录")
        ordering = ("-on", "-pk")

    def __str__(self) -> str:
        return f"{self.lead} {self.on:%Y-%m-%d}"
