"""What a housing case records beyond the common case (济政发〔2025〕8号 item 9)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from housing.rules.facts import CO_OWNERS
from talent.core.crypto import BlindIndexField, SealedField
from talent.core.models import Case, Region, TalentProfile, User


class HousingCase(Case):
    """An application for 购房补贴, 租房补贴 or 人才公寓: what is stated, what was confirmed, what was worked out."""

    class Instrument(models.TextChoices):
        PURCHASE = "purchase", _("购房补贴")
        RENT = "rent", _("租房补贴")
        FLAT = "flat", _("人才公寓")

    class Marriage(models.TextChoices):
        SINGLE = "single", _("未婚")
        MARRIED = "married", _("已婚")
        DIVORCED = "divorced", _("离异")
        WIDOWED = "widowed", _("丧偶")

    class Decision(models.TextChoices):
        OPEN = "", _("未核定")
        APPROVE = "approve", _("拟批准")
        REFUSE = "refuse", _("拟不予批准")

    facts: ClassVar[tuple[str, ...]] = (
        "instrument", "arrived_on", "full_time", "contract_from", "contract_years", "venture_since", "insured_months",
        "insured_now", "project_entrant", "household_registered", "first_time", "marriage", "household_homes", "last_trade_on", "days_in_city",
        "price", "bought_on", "price_paid_up", "co_owner", "home_unit_no", "sale_contract_no", "rent",
        "registered_lease", "lease_no", "lease_from", "lease_to", "rent_received", "rent_months_drawn",
        "settling_received", "employer_note",
        "decision", "decision_reason", "amount_total",
    )  # fmt: skip

    employer_facts: ClassVar[tuple[str, ...]] = (
        "arrived_on", "full_time", "contract_from", "contract_years", "insured_months", "insured_now",
    )  # fmt: skip

    instrument = models.CharField(_("申请事项"), max_length=10, choices=Instrument)
    # One open application per person and instrument; empty as soon as it has ended (see services.beginning).
    open_key = models.CharField(max_length=60, null=True, blank=True, unique=True, editable=False)
    handed_in = models.BooleanField(_("已提交"), default=False, editable=False)
    # work
    arrived_on = models.DateField(_("来本地工作日期"), null=True, blank=True)
    full_time = models.BooleanField(_("全职在本地工作"), null=True, blank=True)
    contract_from = models.DateField(_("合同起始日期"), null=True, blank=True)
    contract_years = models.PositiveSmallIntegerField(_("合同年限"), null=True, blank=True)
    venture_since = models.DateField(_("创办企业登记日期"), null=True, blank=True)
    insured_months = models.PositiveSmallIntegerField(_("在本地累计参保月数"), null=True, blank=True)
    insured_now = models.BooleanField(_("目前正常参保"), null=True, blank=True)
    project_entrant = models.BooleanField(_("通过本地申报入选重大人才工程"), default=False)
    household_registered = models.BooleanField(_("户口已迁入本地"), null=True, blank=True)
    first_time = models.BooleanField(_("首次来本地就业创业"), null=True, blank=True)
    days_in_city = models.PositiveSmallIntegerField(_("每年在本地天数"), null=True, blank=True)
    # household
    marriage = models.CharField(_("婚姻状况"), max_length=10, choices=Marriage, blank=True)
    spouse_name = models.CharField(_("配偶姓名"), max_length=80, blank=True)
    spouse_id_kind = models.CharField(
        _("配偶证件类型"),
        max_length=24,
        choices=TalentProfile.IdentityKind,
        default=TalentProfile.IdentityKind.RESIDENT_ID,
        blank=True,
    )
    spouse_id_number = SealedField(_("配偶证件号码"), mask="identity", blank=True)
    spouse_id_number_index = BlindIndexField(source="spouse_id_number")
    household_homes = models.PositiveSmallIntegerField(_("家庭在本地住房套数"), null=True, blank=True)
    last_trade_on = models.DateField(_("家庭最近一次住房交易日期"), null=True, blank=True)
    never_traded = models.BooleanField(_("家庭在本地没有住房交易"), default=False)
    benefits = models.JSONField(_("正在享受的其他住房待遇"), default=list, blank=True)
    benefits_stated = models.BooleanField(default=False, editable=False)
    rent_received = models.DecimalField(_("已领租房补贴（元）"), max_digits=12, decimal_places=2, default=0)
    rent_months_drawn = models.PositiveSmallIntegerField(_("已领租房补贴月数"), default=0)
    settling_received = models.DecimalField(_("已领安家费（元）"), max_digits=12, decimal_places=2, default=0)
    # the home
    home_unit_no = models.CharField(_("不动产单元号"), max_length=28, blank=True)
    home_address = SealedField(_("住房地址"), mask="address", blank=True)
    sale_contract_no = models.CharField(_("购房合同备案号"), max_length=40, blank=True)
    bought_on = models.DateField(_("购房合同日期"), null=True, blank=True)
    price = models.DecimalField(_("购房价款（元）"), max_digits=12, decimal_places=2, null=True, blank=True)
    price_paid_up = models.BooleanField(_("房款已结清"), null=True, blank=True)
    co_owner = models.CharField(_("共有情况"), max_length=10, choices=CO_OWNERS, blank=True)
    lease_no = models.CharField(_("租赁合同备案号"), max_length=40, blank=True)
    registered_lease = models.BooleanField(_("租赁合同已备案"), null=True, blank=True)
    lease_from = models.DateField(_("租期起"), null=True, blank=True)
    lease_to = models.DateField(_("租期止"), null=True, blank=True)
    rent = models.DecimalField(_("月租金（元）"), max_digits=10, decimal_places=2, null=True, blank=True)
    # the employer's confirmation
    employer_confirmed_at = models.DateTimeField(_("单位确认时间"), null=True, blank=True)
    employer_confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位确认人")
    )
    employer_note = models.CharField(_("单位意见"), max_length=300, blank=True)
    # What a list of the employer stated of the person (see `rosters`): unchanged, nobody is asked once more.
    employer_stated = models.JSONField(default=dict, blank=True, editable=False)
    # what was worked out
    decision = models.CharField(_("核定结果"), max_length=10, choices=Decision, blank=True)
    decision_ground = models.CharField(_("不予批准的情形"), max_length=40, blank=True)
    decision_reason = models.TextField(_("核定理由"), max_length=1000, blank=True)
    calculated_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核定人")
    )
    verified_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    negotiated_amount = models.DecimalField(
        _("一事一议金额（元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    amount_each = models.DecimalField(_("核定标准"), max_digits=12, decimal_places=2, null=True, blank=True)
    amount_months = models.PositiveSmallIntegerField(_("核定月数"), default=0)
    amount_total = models.DecimalField(
        _("核定总额（元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    assessment = models.JSONField(_("核定依据"), default=dict, blank=True)
    granted_on = models.DateField(_("批准日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("人才安居办件")
        indexes = (
            models.Index(fields=["home_unit_no"], name="housing_by_home", condition=~Q(home_unit_no="")),
            models.Index(
                fields=["spouse_id_number_index"],
                name="housing_by_spouse",
                condition=~Q(spouse_id_number_index=""),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(handed_in=False)
                | ~Q(instrument="purchase")
                | (Q(price__gt=0) & ~Q(home_unit_no="")),
                name="purchase_handed_in_has_home_and_price",
                violation_error_message=_("购房补贴须填写不动产单元号和购房价款。"),
            ),
            models.CheckConstraint(
                condition=Q(handed_in=False) | ~Q(instrument="rent") | Q(rent__gt=0),
                name="rent_handed_in_has_rent",
                violation_error_message=_("租房补贴须填写月租金。"),
            ),
            models.CheckConstraint(
                condition=Q(handed_in=False) | ~Q(marriage="married") | ~Q(spouse_id_number_index=""),
                name="married_handed_in_names_the_spouse",
                violation_error_message=_("已婚的须填写配偶证件号码。"),
            ),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("calculated_by")),
                name="housing_amount_is_verified_by_another",
                violation_error_message=_("核定人不能复核自己的核定。"),
            ),
            models.CheckConstraint(
                condition=Q(granted_on__isnull=True)
                | (Q(decision="approve") & Q(amount_total__gt=0) & Q(verified_by__isnull=False)),
                name="housing_granted_was_verified",
                violation_error_message=_("没有经过复核的金额不能批准。"),
            ),
            models.CheckConstraint(
                condition=Q(lease_to__isnull=True)
                | Q(lease_from__isnull=True)
                | Q(lease_to__gte=F("lease_from")),
                name="lease_ends_after_it_begins",
                violation_error_message=_("租期的结束日期早于起始日期，请核对。"),
            ),
        )

    @property
    def city_level(self) -> bool:
        """Whether a central, provincial or city unit employs: such cases go straight to the city."""
        return self.employer.region.kind == Region.Kind.CITY

    @property
    def returnable(self) -> bool:
        """Whether a county took the case in, to which the city may send it back."""
        return not self.city_level and self.intake_organisation.region.kind != Region.Kind.CITY

    @property
    def married(self) -> bool:
        return self.marriage == self.Marriage.MARRIED
