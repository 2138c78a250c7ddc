"""How an application for 人才安居 begins, and the parts its applicant fills in: only what the edition asks for."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.forms import ApplicantForm, DossierPart, HistoryPart, PersonPart
from talent.core.models import Organisation
from talent.core.services import people, policy

from . import services
from .models import HousingCase
from .rules import FACTS, NEVER

_DATE = {"type": "date"}


class BeginForm(ApplicantForm):
    """Which instrument, which level, which employer: they say who takes the case in and which materials it needs."""

    heading = _("申请人才安居")

    instrument = forms.ChoiceField(label=_("申请事项"), widget=forms.RadioSelect)
    level_code = forms.ChoiceField(
        label=_("人才层次"), help_text=_("尚未认定的，按最高学历选择；由审核部门核定")
    )
    employer = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("用人单位"), help_text=_("单位须已在本平台注册并通过核验")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instrument"].choices = services.offered_instruments()
        self.fields["level_code"].choices = [
            ("", _("请选择")),
            *((level.code, str(level)) for level in policy.talent_levels()),
        ]
        self.fields["employer"].queryset = Organisation.objects.confirmed().employers().order_by("name", "pk")


class CheckForm(forms.Form):
    """自助测算: the level and the edition's three to five questions; the answer is the rules' own."""

    level_code = forms.ChoiceField(label=_("人才层次"))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        levels = services.levels_with_rate(kind)
        self.fields["level_code"].choices = [
            ("", _("请选择")), *((one.code, str(one)) for one in policy.talent_levels() if one.code in levels)
        ]  # fmt: skip
        for name in services.quick_facts(kind):
            self.fields[name] = self._question(name)

    @staticmethod
    def kinds() -> list[tuple[str, str]]:
        """What can be asked about: (code, name)."""
        return services.offered_instruments()

    def _question(self, name: str) -> forms.Field:
        fact = FACTS[name]
        label = (
            _("%(label)s（%(unit)s）") % {"label": fact.label, "unit": fact.unit} if fact.unit else fact.label
        )
        match fact.kind:
            case "yes":
                return forms.TypedChoiceField(
                    label=label, choices=[("yes", _("是")), ("no", _("否"))], coerce=lambda value: value == "yes",
                    widget=forms.RadioSelect,
                )  # fmt: skip
            case "money":
                return forms.DecimalField(
                    label=_("%(label)s（元）") % {"label": label}, min_value=0, decimal_places=2
                )
        never = name == "months_since_trade"
        return forms.IntegerField(
            label=label,
            min_value=0,
            max_value=NEVER,
            required=not never,
            help_text=_("从未交易的留空") if never else "",
        )

    def answer(self) -> dict[str, Any]:
        """The rules' answer to what was filled in."""
        facts = {name: value for name, value in self.cleaned_data.items() if name != "level_code"}
        if facts.get("months_since_trade", 0) is None:
            facts["months_since_trade"] = NEVER
        return services.precheck(self.kind, self.cleaned_data["level_code"], facts)


class _Part(DossierPart):
    """A part over fields of the case; `asked` maps a fact of the rules to the fields that state it.

    A field whose fact no condition of this edition asks about is left out: nothing is collected for later.
    """

    names: ClassVar[tuple[str, ...]] = ()
    needed: ClassVar[tuple[str, ...]] = ()
    asked: ClassVar[dict[str, tuple[str, ...]]] = {}
    spare: ClassVar[tuple[str, ...]] = ()

    def build(self) -> None:
        wanted = {row.fact for row in services.predicates_of(self.case)}
        unasked = {name for fact, names in self.asked.items() if fact not in wanted for name in names}
        kept = [name for name in self.names if name not in unasked]
        form = forms.modelform_factory(HousingCase, fields=kept, widgets=self._widgets(kept))
        self.form = form(self.data, instance=self.case)
        optional = {name for names in self.asked.values() for name in names} & set(self.spare)
        for name, field in self.form.fields.items():
            field.required = name not in optional and name not in self.spare
            if isinstance(field, forms.NullBooleanField):
                field.widget = forms.Select(
                    choices=[("", _("请选择")), ("true", _("是")), ("false", _("否"))]
                )
                field.widget.is_required = field.required
        self.extend()

    def extend(self) -> None:
        """What a part adds to its form."""

    def _widgets(self, names: list[str]) -> dict[str, forms.Widget]:
        dates = {
            "arrived_on",
            "contract_from",
            "venture_since",
            "last_trade_on",
            "bought_on",
            "lease_from",
            "lease_to",
        }
        return {name: forms.DateInput(format="%Y-%m-%d", attrs=_DATE) for name in names if name in dates}

    def is_valid(self) -> bool:
        valid = super().is_valid()
        if valid:
            for name, sentence in self.problems(self.form.cleaned_data).items():
                self.form.add_error(name, sentence)
        return not self.form.errors

    def problems(self, data: dict[str, Any]) -> dict[str, Any]:
        """What contradicts itself: field → sentence."""
        for name, field in self.form.fields.items():
            if isinstance(field, forms.NullBooleanField) and field.required and data.get(name) is None:
                return {name: _("请选择“是”或“否”。")}
        return {}

    def _value(self, name: str, field: forms.Field) -> str:
        value = getattr(self.case, name, self.form.initial.get(name, ""))
        if isinstance(value, bool):
            return str(_("是")) if value else str(_("否"))
        return super()._value(name, field) if not isinstance(value, list) else "、".join(value)


class ApplicantPart(PersonPart):
    intro = _("请核对；证件号码加密保存，只显示部分。")


class WorkPart(_Part):
    """In post, insured, since when."""

    code, title, intro = "work", _("工作和参保"), _("创业的填写企业登记日期，可以不填合同年限。")
    names = (
        "arrived_on", "full_time", "contract_from", "contract_years", "venture_since", "insured_months", "insured_now",
        "project_entrant", "household_registered", "first_time", "days_in_city",
    )  # fmt: skip
    asked: ClassVar[dict[str, tuple[str, ...]]] = {
        "full_time": ("full_time",),
        "contract_years": ("contract_from", "contract_years"),
        "venture_months": ("venture_since",),
        "insured_months": ("insured_months", "project_entrant"),
        "insured_now": ("insured_now",),
        "household_registered": ("household_registered",),
        "first_time": ("first_time",),
        "days_in_city": ("days_in_city",),
    }
    spare = ("venture_since", "project_entrant", "contract_from", "contract_years")

    def problems(self, data: dict[str, Any]) -> dict[str, Any]:
        found = super().problems(data)
        if not data.get("contract_years") and not data.get("venture_since"):
            found["contract_years"] = _("请填写合同年限；创业的请填写企业登记日期。")
        return found


class HouseholdPart(_Part):
    """Marriage, spouse, homes, other benefits."""

    code, title, intro = (
        "household",
        _("家庭和住房"),
        _("家庭指本人、配偶和未成年子女；配偶证件号码加密保存，仅用于核查是否重复享受。"),
    )
    names = (
        "marriage", "spouse_name", "spouse_id_kind", "household_homes", "never_traded", "last_trade_on",
        "rent_received", "rent_months_drawn", "settling_received",
    )  # fmt: skip
    asked: ClassVar[dict[str, tuple[str, ...]]] = {
        "household_homes": ("household_homes",),
        "months_since_trade": ("never_traded", "last_trade_on"),
    }
    spare = ("spouse_name", "spouse_id_kind", "never_traded", "last_trade_on")

    def extend(self) -> None:
        fields, kept = self.form.fields, self.case.spouse_id_number
        number = forms.CharField(label=_("配偶证件号码"), max_length=30, required=False)
        if kept is not None:
            number.help_text = _("已登记 %(masked)s，留空表示不修改") % {"masked": kept}
        fields["spouse_id_number"] = number
        fields["benefits"] = forms.MultipleChoiceField(
            label=_("正在享受的其他住房待遇"),
            required=False,
            help_text=_("没有的不用勾选"),
            choices=services.benefit_choices(self.case),
            widget=forms.CheckboxSelectMultiple,
            initial=self.case.benefits,
        )
        self.form.order_fields(["marriage", "spouse_name", "spouse_id_kind", "spouse_id_number"])

    def problems(self, data: dict[str, Any]) -> dict[str, Any]:
        found = super().problems(data)
        if data.get("marriage") == HousingCase.Marriage.MARRIED:
            if not data.get("spouse_name"):
                found["spouse_name"] = _("已婚的请填写配偶姓名。")
            if not data.get("spouse_id_number") and self.case.spouse_id_number is None:
                found["spouse_id_number"] = _("已婚的请填写配偶证件号码。")
        if "never_traded" in data and not data["never_traded"] and not data.get("last_trade_on"):
            found["last_trade_on"] = _("请填写最近一次住房交易日期；从未交易的请勾选上一项。")
        return found

    def save(self) -> None:
        data = self.form.cleaned_data
        services.state_household(
            self.case, actor=self.user, spouse_id_number=data["spouse_id_number"], benefits=data["benefits"]
        )
        super().save()

    def _value(self, name: str, field: forms.Field) -> str:
        if name == "benefits":
            named = dict(field.choices)
            return "、".join(str(named.get(one, one)) for one in self.case.benefits) or str(_("无"))
        return (
            super()._value(name, field)
            if name != "spouse_id_number"
            else str(self.case.spouse_id_number or "")
        )


class HomePart(_Part):
    """The home bought, or rented."""

    code, title, intro = "home", _("住房情况"), _("按合同填写；不动产单元号见不动产权证书或预告登记证明。")
    spare = ("sale_contract_no", "lease_no")
    asked: ClassVar[dict[str, tuple[str, ...]]] = {"registered_lease": ("registered_lease", "lease_no")}

    @property
    def names(self) -> tuple[str, ...]:
        if self.case.instrument == HousingCase.Instrument.PURCHASE:
            return ("home_unit_no", "sale_contract_no", "bought_on", "price", "price_paid_up", "co_owner")
        return ("registered_lease", "lease_no", "lease_from", "lease_to", "rent")

    def extend(self) -> None:
        for name in ("price", "rent"):
            if name in self.form.fields:
                self.form.fields[name].min_value = 0

    def problems(self, data: dict[str, Any]) -> dict[str, Any]:
        found = super().problems(data)
        for name in ("price", "rent"):
            if name in data and data[name] is not None and data[name] <= 0:
                found[name] = _("金额应大于 0。")
        if data.get("lease_from") and data.get("lease_to") and data["lease_to"] < data["lease_from"]:
            found["lease_to"] = _("租期的结束日期早于起始日期，请核对。")
        return found


class AccountForm(forms.Form):
    bank_name = forms.CharField(label=_("开户银行"), max_length=80)
    bank_account = forms.CharField(
        label=_("银行账号"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


class AccountPart(DossierPart):
    """The applicant's own account."""

    code, title, intro = "account", _("收款账户"), _("户名须为本人；账号加密保存，只显示后四位。")

    def build(self) -> None:
        person = self.case.applicant
        self.form = AccountForm(self.data, initial={"bank_name": person.bank_name})
        field = self.form.fields["bank_account"]
        field.required = person.bank_account is None
        if person.bank_account is not None:
            field.help_text = _("已登记 %(masked)s，留空表示不修改") % {"masked": person.bank_account}

    def save(self) -> None:
        data = {name: value for name, value in self.form.cleaned_data.items() if value}
        people.update_profile(self.case.applicant, actor=self.user, **data)
        super().save()

    def _value(self, name: str, field: forms.Field) -> str:
        return str(getattr(self.case.applicant, name) or "")


PARTS = (ApplicantPart, HistoryPart, WorkPart, HouseholdPart, HomePart, AccountPart)
