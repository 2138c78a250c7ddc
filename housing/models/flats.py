"""人才公寓: the stock, who waits, who lives there, and the row that keeps flat and cash apart."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import BlindIndexField, SealedField
from talent.core.models import Organisation, PolicyEdition, Region, TalentProfile, User

from .cases import HousingCase


class Flat(models.Model):
    """One flat: where it is, how large, the market rent per month in 元, and whether it can be let."""

    class State(models.TextChoices):
        FREE = "free", _("可配租")
        LET = "let", _("已配租")
        REPAIR = "repair", _("维修中")
        RETIRED = "retired", _("已退出")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="flats", verbose_name=_("管理部门")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("所在县市区"))
    building = models.CharField(_("楼栋"), max_length=60)
    unit = models.CharField(_("房号"), max_length=20)
    area = models.DecimalField(_("面积（平方米）"), max_digits=6, decimal_places=2)
    rent = models.DecimalField(_("市场月租金（元）"), max_digits=8, decimal_places=2)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.FREE)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("人才公寓房源")
        ordering = ("building", "unit")
        constraints = (
            models.UniqueConstraint(
                fields=["building", "unit"],
                name="one_flat_per_door",
                violation_error_message=_("该楼栋已登记这个房号。"),
            ),
            models.CheckConstraint(
                condition=Q(area__gt=0, rent__gte=0),
                name="flat_has_area_and_rent",
                violation_error_message=_("面积应大于零，租金不能为负数。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.building} {self.unit}"


class FlatEntry(models.Model):
    """One person's place on the waiting list: by level (`rank`, 1 is first), then by the time of application."""

    class State(models.TextChoices):
        ASKED = "asked", _("待审核")
        WAITING = "waiting", _("轮候中")
        CHOOSING = "choosing", _("选房中")
        HOUSED = "housed", _("已配租")
        REFUSED = "refused", _("不予轮候")
        WITHDRAWN = "withdrawn", _("已撤回")
        LAPSED = "lapsed", _("逾期未选房")

    OPEN = (State.ASKED, State.WAITING, State.CHOOSING)

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    number = models.CharField(_("轮候编号"), max_length=20, unique=True)
    person = models.ForeignKey(
        TalentProfile, models.PROTECT, related_name="flat_entries", verbose_name=_("申请人")
    )
    edition = models.ForeignKey(PolicyEdition, models.PROTECT, related_name="+", verbose_name=_("政策版本"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("管理部门")
    )
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("用人单位"))
    level_code = models.CharField(_("人才层次"), max_length=10)
    rank = models.PositiveSmallIntegerField(_("层次顺序"))
    facts = models.JSONField(_("填报情况"), default=dict)
    assessment = models.JSONField(_("测算结果"), default=dict)
    applied_at = models.DateTimeField(_("申请时间"), auto_now_add=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASKED)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人")
    )
    reason = models.CharField(_("审核意见"), max_length=300, blank=True)
    choose_from = models.DateField(_("选房开始"), null=True)
    choose_until = models.DateField(_("选房截止"), null=True)
    missed = models.PositiveSmallIntegerField(_("未选房次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("人才公寓轮候")
        ordering = ("rank", "applied_at", "pk")
        indexes = (models.Index(fields=["organisation", "state"], name="flat_entry_by_state"),)
        constraints = (
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=("asked", "waiting", "choosing")),
                name="one_open_flat_entry_per_person",
                violation_error_message=_("您已经在轮候名单中。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="choosing") | Q(choose_until__gte=F("choose_from")),
                name="choosing_has_its_window",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "withdrawn")) | Q(decided_by__isnull=False),
                name="flat_entry_was_decided",
            ),
        )

    def __str__(self) -> str:
        return self.number


class Tenancy(models.Model):
    """One letting: from the choice (待入住) over the handover to the return. `rent` is what is paid per month, in 元."""

    class State(models.TextChoices):
        CHOSEN = "chosen", _("待入住")
        RUNNING = "running", _("在租")
        LEAVING = "leaving", _("待退房")
        ENDED = "ended", _("已退房")
        CANCELLED = "cancelled", _("已取消")

    OPEN = (State.CHOSEN, State.RUNNING, State.LEAVING)

    entry = models.OneToOneField(FlatEntry, models.PROTECT, related_name="tenancy", verbose_name=_("轮候"))
    flat = models.ForeignKey(Flat, models.PROTECT, related_name="tenancies", verbose_name=_("房源"))
    person = models.ForeignKey(
        TalentProfile, models.PROTECT, related_name="tenancies", verbose_name=_("承租人")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.CHOSEN)
    chosen_at = models.DateTimeField(_("选房时间"), auto_now_add=True)
    market_rent = models.DecimalField(_("市场月租金（元）"), max_digits=8, decimal_places=2)
    rent_pct = models.PositiveSmallIntegerField(_("承担比例（百分之）"))
    rent = models.DecimalField(_("月租金（元）"), max_digits=8, decimal_places=2)
    starts_on = models.DateField(_("租期起"), null=True)
    ends_on = models.DateField(_("租期止"), null=True)
    # Beyond this day the standard of the level gives no discount; None: no limit.
    latest_end = models.DateField(_("最长租期止"), null=True)
    leave_on = models.DateField(_("退房日期"), null=True)
    leave_reason = models.CharField(_("退房原因"), max_length=200, blank=True)
    returned_on = models.DateField(_("交还日期"), null=True)
    warned_for = models.DateField(_("已提醒的期满日"), null=True)
    overdue_for = models.DateField(_("已上报的期满日"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("人才公寓租约")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["flat"],
                condition=Q(state__in=("chosen", "running", "leaving")),
                name="one_open_tenancy_per_flat",
                violation_error_message=_("该房源已被他人选定。"),
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=("chosen", "running", "leaving")),
                name="one_open_tenancy_per_person",
                violation_error_message=_("您已经选定一套房源。"),
            ),
            models.CheckConstraint(
                condition=Q(rent_pct__lte=100) & Q(rent__gte=0) & Q(rent__lte=F("market_rent")),
                name="tenant_pays_no_more_than_the_market",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("chosen", "cancelled"))
                | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="tenancy_handed_over_has_its_term",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | Q(returned_on__isnull=False), name="ended_tenancy_was_returned"
            ),
        )

    def __str__(self) -> str:
        return f"{self.flat} {self.entry}"


class CoTenant(models.Model):
    """Who lives there too."""

    class Relation(models.TextChoices):
        SPOUSE = "spouse", _("配偶")
        CHILD = "child", _("子女")
        PARENT = "parent", _("父母")
        COLLEAGUE = "colleague", _("同单位合租人")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    tenancy = models.ForeignKey(Tenancy, models.PROTECT, related_name="co_tenants", verbose_name=_("租约"))
    name = models.CharField(_("姓名"), max_length=80)
    relation = models.CharField(_("关系"), max_length=10, choices=Relation)
    id_number = SealedField(_("证件号码"), mask="identity")
    id_number_index = BlindIndexField(source="id_number")
    left_on = models.DateField(_("搬离日期"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("共同居住人")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["tenancy", "id_number_index"],
                condition=Q(left_on__isnull=True),
                name="one_co_tenant_per_identity",
                violation_error_message=_("该证件号码已登记为共同居住人。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Renewal(models.Model):
    """续租: asked by the tenant, decided by the office on the facts it has checked once more."""

    class State(models.TextChoices):
        ASKED = "asked", _("待核查")
        GRANTED = "granted", _("同意续租")
        REFUSED = "refused", _("不同意续租")

    tenancy = models.ForeignKey(Tenancy, models.PROTECT, related_name="renewals", verbose_name=_("租约"))
    until = models.DateField(_("续租至"))
    asked_at = models.DateTimeField(_("申请时间"), auto_now_add=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASKED)
    findings = models.JSONField(_("核查情况"), default=list)
    opinion = models.CharField(_("意见"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("核查人")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("续租")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["tenancy"], condition=Q(state="asked"), name="one_open_renewal_per_tenancy"
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | Q(decided_by__isnull=False), name="renewal_decided_by_somebody"
            ),
        )

    def __str__(self) -> str:
        return f"{self.tenancy} {self.until}"


class Support(models.Model):
    """What a person enjoys now: 租房补贴 in cash or a flat. One open row per person, so the database keeps them apart."""

    class Kind(models.TextChoices):
        RENT = "rent", _("租房补贴")
        FLAT = "flat", _("人才公寓")

    person = models.ForeignKey(TalentProfile, models.PROTECT, related_name="supports", verbose_name=_("人才"))
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    case = models.ForeignKey(HousingCase, models.PROTECT, null=True, related_name="+", verbose_name=_("办件"))
    tenancy = models.OneToOneField(
        Tenancy, models.PROTECT, null=True, related_name="support", verbose_name=_("租约")
    )
    begun_at = models.DateTimeField(_("开始时间"), auto_now_add=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("正在享受的待遇")
        constraints = (
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at__isnull=True), name="flat_or_cash_never_both"
            ),
            models.CheckConstraint(
                condition=Q(kind="rent", case__isnull=False, tenancy__isnull=True)
                | Q(kind="flat", case__isnull=True, tenancy__isnull=False),
                name="support_names_its_ground",
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"
