"""The pool of experts. Who they are stays inside: no page, letter or message outside the panel's office names one."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField
from talent.core.models import IndustryChain, Organisation, User


class Expert(models.Model):
    """One expert: fields and chains by which he is found, where he works, and an account when he scores online."""

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    user = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, related_name="expert", verbose_name=_("账号")
    )
    name = models.CharField(_("姓名"), max_length=80)
    mobile = SealedField(_("手机号码"), mask="mobile", blank=True)
    title = models.CharField(_("职称"), max_length=60, blank=True)
    employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登记单位")
    )
    employer_name = models.CharField(_("工作单位"), max_length=120)
    university = models.CharField(_("所属高校"), max_length=120, blank=True)
    fields = models.CharField(_("专业领域"), max_length=200, help_text=_("多个领域用顿号隔开"))
    chains = models.ManyToManyField(
        IndustryChain, blank=True, related_name="experts", verbose_name=_("产业链")
    )
    active = models.BooleanField(_("在库"), default=True)
    added_at = models.DateTimeField(_("入库时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("评审专家")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def field_list(self) -> tuple[str, ...]:
        """The fields one by one."""
        return tuple(one.strip() for one in self.fields.replace("，", "、").split("、") if one.strip())


class ExpertTie(models.Model):
    """What ties an expert to somebody: declared by him or recorded by the office; never removed, only ended."""

    class Kind(models.TextChoices):
        RELATION = "relation", _("利害关系")
        CO_PROJECT = "co_project", _("合作项目")
        CO_PATENT = "co_patent", _("共同专利")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="ties", verbose_name=_("专家"))
    kind = models.CharField(_("关系"), max_length=12, choices=Kind)
    # a third person who was not asked
    person = SealedField(_("相关人员"), mask="name", blank=True)
    organisation = models.CharField(_("相关单位"), max_length=120, blank=True)
    title = models.CharField(_("项目或专利名称"), max_length=200, blank=True)
    declared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    declared_at = models.DateTimeField(_("登记时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("专家关系")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.organisation or self.title}"
