"""People: a login (`User`) is not a person (`TalentProfile`).

A person exists before and after any account; an account may belong to an officer who is nobody's
talent. Identity number, phone and bank card are sealed (个人信息保护法 arts. 28, 51): masked wherever
they are shown, opened only by `services.people.reveal`.
"""

import uuid

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from talent.core import identifiers
from talent.core.crypto import BlindIndexField, SealedField


class User(AbstractUser):
    """A login. Deactivated, never deleted (Viewflow's history hangs on it)."""

    class Theme(models.TextChoices):
        BLUE = "blue", _("政务蓝")
        RED = "red", _("党建红")
        DARK = "dark", _("深色")

    class Font(models.TextChoices):
        NORMAL = "normal", _("标准字号")
        LARGE = "large", _("大字版")

    first_name = None
    last_name = None
    name = models.CharField(_("姓名"), max_length=50)
    staff_no = models.CharField(_("工号"), max_length=30, blank=True)
    must_change_password = models.BooleanField(_("首次登录须改密码"), default=False)
    password_changed_at = models.DateTimeField(_("密码修改时间"), null=True, blank=True)
    theme = models.CharField(_("配色"), max_length=8, choices=Theme, default=Theme.BLUE)
    font = models.CharField(_("字号"), max_length=8, choices=Font, default=Font.NORMAL)
    compact = models.BooleanField(_("紧凑显示"), default=True)
    # Goes into every session's seal: counting it up ends all sessions of the account with the next request.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = _("账号")

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    get_short_name = get_full_name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        facts = f"{self.password}:{self.session_epoch}"
        return salted_hmac("core.User.session", facts, secret=secret, algorithm="sha256").hexdigest()


class TalentProfile(models.Model):
    """A person, recorded once and reused by every case (材料一次报送, 济政发〔2025〕8号 item 17)."""

    class Gender(models.TextChoices):
        MALE = "male", _("男")
        FEMALE = "female", _("女")

    class IdentityKind(models.TextChoices):
        RESIDENT_ID = "resident_id", _("居民身份证")
        HMT_RESIDENCE = "hmt_residence", _("港澳台居民居住证")
        HMT_PERMIT = "hmt_permit", _("港澳台居民来往内地（大陆）通行证")
        PERMANENT_RESIDENCE = "permanent_residence", _("外国人永久居留身份证")
        PASSPORT = "passport", _("护照")
        WORK_PERMIT = "work_permit", _("外国人工作许可证")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    user = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, related_name="profile", verbose_name=_("账号")
    )
    name = models.CharField(_("姓名"), max_length=80, db_index=True)
    name_latin = models.CharField(_("外文姓名"), max_length=120, blank=True)
    gender = models.CharField(_("性别"), max_length=8, choices=Gender, blank=True)
    birth_date = models.DateField(_("出生日期"), null=True, blank=True)
    nationality = models.CharField(_("国籍（地区）"), max_length=40, default="中国")
    id_kind = models.CharField(
        _("证件类型"), max_length=24, choices=IdentityKind, default=IdentityKind.RESIDENT_ID
    )
    id_number = SealedField(_("证件号码"), mask="identity", blank=True)
    id_number_index = BlindIndexField(source="id_number")
    mobile = SealedField(_("手机号码"), mask="mobile", blank=True)
    mobile_index = BlindIndexField(source="mobile")
    email = models.EmailField(_("电子邮箱"), blank=True)
    bank_name = models.CharField(_("开户银行"), max_length=80, blank=True)
    bank_account = SealedField(_("银行账号"), mask="bank_card", blank=True)
    bank_account_index = BlindIndexField(source="bank_account")
    highest_degree = models.CharField(_("最高学位"), max_length=20, blank=True)
    research_field = models.CharField(_("研究领域"), max_length=120, blank=True)
    summary = models.TextField(_("个人简介"), blank=True)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("人才档案")
        constraints = (
            models.UniqueConstraint(
                fields=["id_kind", "id_number_index"],
                condition=~models.Q(id_number_index=""),
                name="one_profile_per_identity",
                violation_error_message=_("该证件号码已有人才档案，请登录原账号或联系受理单位合并。"),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def masked_name(self) -> str:
        return identifiers.mask("name", self.name)


class Education(models.Model):
    """One degree or diploma of a person."""

    class Level(models.TextChoices):
        DOCTOR = "doctor", _("博士研究生")
        MASTER = "master", _("硕士研究生")
        BACHELOR = "bachelor", _("大学本科")
        COLLEGE = "college", _("专科")

    profile = models.ForeignKey(
        TalentProfile, models.PROTECT, related_name="educations", verbose_name=_("人才")
    )
    level = models.CharField(_("学历层次"), max_length=10, choices=Level)
    school = models.CharField(_("毕业院校"), max_length=80)
    major = models.CharField(_("专业"), max_length=80, blank=True)
    graduated_on = models.DateField(_("毕业日期"), null=True, blank=True)
    certificate_no = models.CharField(_("证书编号"), max_length=40, blank=True)
    full_time = models.BooleanField(_("全日制"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("教育经历")
        ordering = ("-graduated_on", "-pk")

    def __str__(self) -> str:
        return f"{self.school} {self.get_level_display()}"


class TalentTitle(models.Model):
    """A title, award or programme a person holds, with the body that gave it."""

    profile = models.ForeignKey(TalentProfile, models.PROTECT, related_name="titles", verbose_name=_("人才"))
    name = models.CharField(_("称号（职称、奖项）"), max_length=120)
    issued_by = models.CharField(_("授予单位"), max_length=120, blank=True)
    issued_on = models.DateField(_("授予日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("称号与职称")
        ordering = ("-issued_on", "-pk")

    def __str__(self) -> str:
        return self.name


class Employment(models.Model):
    """One post of a person; `organisation` is set when the employer is registered here."""

    profile = models.ForeignKey(
        TalentProfile, models.PROTECT, related_name="employments", verbose_name=_("人才")
    )
    organisation = models.ForeignKey(
        "core.Organisation", models.PROTECT, null=True, blank=True, verbose_name=_("已注册单位")
    )
    employer_name = models.CharField(_("工作单位"), max_length=120)
    position = models.CharField(_("职务"), max_length=80, blank=True)
    started_on = models.DateField(_("起始日期"))
    ended_on = models.DateField(_("结束日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("工作经历")
        ordering = ("-started_on", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("started_on")),
                name="employment_ends_after_it_begins",
                violation_error_message=_("工作经历的结束日期早于起始日期，请核对。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.employer_name} {self.position}".strip()
