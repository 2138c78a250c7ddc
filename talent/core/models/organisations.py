"""Organisations: bureaus of city and county, employers, universities; and where they stand."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from talent.core import roles


class Region(models.Model):
    """The city, its 11 counties (GB/T 2260) and 3 functional zones (internal codes)."""

    class Kind(models.TextChoices):
        CITY = "city", _("设区的市")
        COUNTY = "county", _("县市区")
        ZONE = "zone", _("功能区")

    code = models.CharField(_("区划代码"), max_length=10, unique=True)
    name = models.CharField(_("名称"), max_length=40)
    kind = models.CharField(_("类别"), max_length=8, choices=Kind)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("区划")
        ordering = ("order", "code")

    def __str__(self) -> str:
        return self.name


class IndustryChain(models.Model):
    """One of the 15 标志性产业链 (济政发〔2025〕8号 item 7). The official list is not public: rows are candidates."""

    code = models.CharField(_("编号"), max_length=10, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    lead_bureau_code = models.CharField(_("牵头部门代码"), max_length=30, blank=True)
    leader = models.CharField(_("链长"), max_length=100, blank=True, help_text=_("单位或职务，不写姓名"))
    confirmed = models.BooleanField(_("已确认"), default=False)
    active = models.BooleanField(_("启用"), default=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("标志性产业链")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name if self.confirmed else f"{self.name}（待确认）"


class OrganisationQuerySet(models.QuerySet):
    def confirmed(self):
        return self.filter(status=Organisation.Status.CONFIRMED)

    def bureaus(self):
        return self.filter(kind=Organisation.Kind.BUREAU)

    def checking(self):
        """Confirmed bureaus in which somebody has been appointed to check."""
        return (
            self.confirmed()
            .bureaus()
            .filter(appointments__role=roles.CHECKER.codename, appointments__dismissed_at__isnull=True)
            .distinct()
        )

    def employers(self):
        return self.exclude(kind=Organisation.Kind.BUREAU)


class Organisation(models.Model):
    """A body that takes part in cases. Never deleted: deactivated."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", _("机关部门")
        EMPLOYER = "employer", _("用人单位")
        UNIVERSITY = "university", _("高等院校")
        INSTITUTE = "institute", _("科研院所")

    class Status(models.TextChoices):
        PENDING = "pending", _("待核验")
        CONFIRMED = "confirmed", _("已核验")
        REFUSED = "refused", _("未通过核验")
        INACTIVE = "inactive", _("已停用")

    code = models.CharField(
        _("单位代码"),
        max_length=30,
        unique=True,
        help_text=_("机关为内部代码，其他单位为统一社会信用代码"),
        validators=[RegexValidator(r"^[0-9A-Za-z_-]+$", _("单位代码只能包含字母、数字、连字符。"))],
    )
    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("所在区划"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name=_("上级单位"))
    chain = models.ForeignKey(
        IndustryChain, models.PROTECT, null=True, blank=True, verbose_name=_("所属产业链")
    )
    letter_prefix = models.CharField(_("机关代字"), max_length=20, blank=True)
    party_organ = models.BooleanField(
        _("党委机关"), default=False, help_text=_("党委机关的决定书写申诉渠道，行政机关写复议和诉讼")
    )
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.CONFIRMED)
    status_reason = models.CharField(_("核验说明"), max_length=300, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=50, blank=True)
    contact_phone = models.CharField(_("办公电话"), max_length=30, blank=True)
    licence = models.ForeignKey(
        "core.Document", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("营业执照")
    )
    confirmed_by = models.ForeignKey(
        "core.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核验人")
    )
    confirmed_at = models.DateTimeField(_("核验时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("登记时间"), auto_now_add=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("单位")
        ordering = ("name", "pk")
        # Role permissions live here: guardian refuses a permission of another app than the object.
        permissions = tuple((role.codename, role.title) for role in roles.ROLES)

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.short_name or self.name
