"""The materials vault (材料一次报送, 济政发〔2025〕8号 item 17): submitted once, offered to every later case."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cases import Case
from .organisations import Organisation
from .people import TalentProfile, User


class Document(models.Model):
    """A document of a person or an organisation; its versions hold the files."""

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    profile = models.ForeignKey(
        TalentProfile, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("人才")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("单位")
    )
    type_code = models.CharField(_("材料类型"), max_length=20)
    title = models.CharField(_("材料名称"), max_length=120)
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    created_at = models.DateTimeField(_("建立时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("材料")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(profile__isnull=False, organisation__isnull=True)
                | Q(profile__isnull=True, organisation__isnull=False),
                name="document_has_one_owner",
                violation_error_message=_("材料必须属于一个人或一个单位。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def current(self) -> "DocumentVersion | None":
        return self.versions.order_by("-number").first()


class DocumentVersion(models.Model):
    """One stored file, sealed for this version. `erased_at`: the file was removed with a draft never handed in."""

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    document = models.ForeignKey(Document, models.PROTECT, related_name="versions", verbose_name=_("材料"))
    number = models.PositiveSmallIntegerField(_("版本"))
    file = models.FileField(_("文件"), upload_to="documents/", max_length=200)
    original_name = models.CharField(_("原文件名"), max_length=200)
    content_type = models.CharField(_("格式"), max_length=40)
    size = models.PositiveIntegerField(_("大小（字节）"))
    pages = models.PositiveSmallIntegerField(_("页数"), default=0)
    sha256 = models.CharField(_("校验值"), max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now)
    verified_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("核验人")
    )
    verified_at = models.DateTimeField(_("核验时间"), null=True)
    verified_how = models.CharField(_("核验方式"), max_length=80, blank=True)
    erased_at = models.DateTimeField(_("清除时间"), null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("材料版本")
        ordering = ("document_id", "-number")
        constraints = (models.UniqueConstraint(fields=["document", "number"], name="one_version_per_number"),)

    def __str__(self) -> str:
        return f"{self.document} 第{self.number}版"


class CaseMaterial(models.Model):
    """One line of a case's checklist: what the edition asks, which version answers it, how it was ticked."""

    class Tick(models.TextChoices):
        OPEN = "", _("待审")
        OK = "ok", _("合格")
        SUPPLEMENT = "supplement", _("补正")
        NOT_NEEDED = "not_needed", _("不适用")

    case = models.ForeignKey(Case, models.PROTECT, related_name="materials", verbose_name=_("办件"))
    code = models.CharField(_("编号"), max_length=20)
    name = models.CharField(_("名称"), max_length=120)
    required = models.BooleanField(_("必要"), default=True)
    deferrable = models.BooleanField(_("可容缺"), default=False)
    deferred = models.BooleanField(_("已容缺"), default=False)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)
    version = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, related_name="used_in", verbose_name=_("材料")
    )
    tick = models.CharField(_("审查结果"), max_length=12, choices=Tick, default=Tick.OPEN, blank=True)
    reason = models.CharField(_("说明"), max_length=300, blank=True)
    ticked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("审查人"))
    ticked_at = models.DateTimeField(_("审查时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("办件材料")
        ordering = ("order", "pk")
        constraints = (
            models.UniqueConstraint(fields=["case", "code"], name="one_line_per_material"),
            models.CheckConstraint(
                condition=~Q(tick__in=("supplement", "not_needed")) | ~Q(reason=""),
                name="tick_states_its_reason",
                violation_error_message=_("补正或不适用必须写明原因。"),
            ),
            models.CheckConstraint(
                condition=Q(deferred=False) | Q(deferrable=True),
                name="only_deferrable_is_deferred",
                violation_error_message=_("该材料不属于可容缺材料。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def satisfied(self) -> bool:
        """Whether this line no longer stands in the way of a decision."""
        return self.answered or not self.required

    @property
    def answered(self) -> bool:
        """Whether there is a file that was not sent back, or a reason why none is needed."""
        if self.tick == self.Tick.NOT_NEEDED:
            return True
        return self.version_id is not None and self.tick != self.Tick.SUPPLEMENT


class Consent(models.Model):
    """Consent for one purpose (个人信息保护法 arts. 14, 23, 25, 29), by the version of the text that was shown."""

    class Purpose(models.TextChoices):
        REUSE = "reuse", _("材料在其他事项中复用")
        JOINT_CHECK = "joint_check", _("部门间核查个人信息")
        PUBLICITY = "publicity", _("公示姓名和申报信息")
        FAMILY = "family", _("家属信息用于服务事项")
        BANK = "bank", _("银行账户用于资金拨付")
        TEAM = "team", _("作为核心成员参加团队申报")

    profile = models.ForeignKey(
        TalentProfile, models.PROTECT, related_name="consents", verbose_name=_("人才")
    )
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="consents", verbose_name=_("办件")
    )
    purpose = models.CharField(_("用途"), max_length=16, choices=Purpose)
    text_version = models.CharField(_("告知文本版本"), max_length=20)
    given_at = models.DateTimeField(_("同意时间"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("同意")
        ordering = ("-given_at", "-pk")

    def __str__(self) -> str:
        return f"{self.profile} {self.get_purpose_display()}"
