"""The running term: days, changes, ratings, claims, visits."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.placements import rules
from talent.placements.models import PersonOffer, ServiceDay

from .fields import day_field, file_field, text_field


class LogForm(forms.Form):
    """One day of service, prefilled so that three taps are enough."""

    placement = forms.ModelChoiceField(queryset=None, label=_("岗位"), empty_label=None)
    day = day_field(label=_("日期"))
    mode = forms.ChoiceField(label=_("方式"), choices=ServiceDay.Mode.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("做了什么"), max_length=200)
    late_reason = forms.CharField(
        label=_("补记理由"), max_length=200, required=False, help_text=_("补记较早的日期时填写")
    )

    def __init__(self, *args: Any, placements: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["placement"].queryset = placements


class SuspendForm(forms.Form):
    starts_on = day_field(label=_("中止日期"))
    until = day_field(label=_("恢复日期"))
    reason = forms.ChoiceField(label=_("事由"))
    text = forms.CharField(label=_("说明"), max_length=300)

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(row.code, row.text) for row in book.suspension_reasons]


class ResumeForm(forms.Form):
    day = day_field(label=_("恢复日期"))


class ExtendForm(forms.Form):
    months = forms.IntegerField(label=_("延长月数"), min_value=1)
    reason = forms.CharField(label=_("理由"), max_length=300)


class ExtensionDecisionForm(forms.Form):
    granted = forms.ChoiceField(
        label=_("审批意见"), widget=forms.RadioSelect, choices=[("yes", _("同意")), ("no", _("不同意"))]
    )
    refusal = forms.CharField(label=_("不同意的原因"), max_length=300, required=False)
    remedy = forms.CharField(label=_("怎样可以同意"), max_length=300, required=False)


class EndForm(forms.Form):
    """提前终止, with the settlement the records come to as a proposal.

    settlement: what the records show today; what is settled may differ and is signed by the other sides.
    """

    last_day = day_field(label=_("最后一天"))
    all_agree = forms.BooleanField(
        label=_("三方协商一致"), required=False,
        help_text=_("勾选的不受提前告知天数限制，其他两方都会签以后才生效；不勾选的按提前告知办理"),
    )  # fmt: skip
    reason = forms.ChoiceField(label=_("原因"))
    text = forms.CharField(label=_("说明"), max_length=500)
    settled_days = forms.IntegerField(label=_("结算在岗天数"), min_value=0)
    settled_pay = forms.DecimalField(label=_("结算报酬（元）"), min_value=0, max_digits=12, decimal_places=2)

    def __init__(self, *args: Any, book: rules.Rulebook, settlement: rules.Settlement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        notice = book.term.notice_days
        self.fields["last_day"].help_text = _("单方终止应提前%(days)d天告知") % {"days": notice}
        self.fields["reason"].choices = [(row.code, row.text) for row in book.end_reasons]
        self.fields["settled_days"].initial = settlement.days
        self.fields["settled_days"].help_text = _("至今天已确认%(days)d天，约定%(agreed)d天") % {
            "days": settlement.days, "agreed": settlement.agreed_days,
        }  # fmt: skip
        self.fields["settled_pay"].initial = settlement.pay
        self.fields["settled_pay"].help_text = settlement.reason


class CountersignForm(forms.Form):
    """会签: yes, or no with the reason the others read."""

    answer = forms.ChoiceField(
        label=_("会签意见"), widget=forms.RadioSelect, choices=[("yes", _("同意")), ("no", _("不同意"))]
    )
    text = forms.CharField(
        label=_("意见"), max_length=300, required=False, help_text=_("不同意的必须写明原因")
    )


class RenewForm(forms.Form):
    """续聘, with the materials the edition asks for: one file each."""

    months = forms.IntegerField(label=_("续聘月数"), min_value=1)

    def __init__(self, *args: Any, materials: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [code for code, _name in materials]
        for code, name in materials:
            self.fields[code] = file_field(name)

    def uploads(self) -> dict[str, Any]:
        return {code: self.cleaned_data[code] for code in self.codes}


class ReplaceForm(forms.Form):
    """更换人选: one of the published people, named by university and field until both have agreed."""

    offer = forms.ModelChoiceField(PersonOffer.objects.none(), label=_("接替人选"))
    starts_on = day_field(label=_("接任日期"))
    months = forms.IntegerField(label=_("聘期（月）"), min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offer"].queryset = PersonOffer.objects.offered()


class RatingForm(forms.Form):
    result = forms.ChoiceField(label=_("结果"), widget=forms.RadioSelect)
    text = text_field(_("意见"))

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = [(row.code, row.title) for row in book.ratings]


class FirmRatingForm(RatingForm):
    """企业年度评价, with the evidence."""

    evidence = file_field(_("佐证材料"), required=False)


class ClaimForm(forms.Form):
    """申请补助: which year, what was really paid, its proof, and into which account.

    claimable: (key, words) of the years that may be claimed.
    """

    what = forms.ChoiceField(label=_("申请哪一期"))
    pay_paid = forms.DecimalField(
        label=_("本期实付报酬（元）"), min_value=0, max_digits=12, decimal_places=2,
        help_text=_("与支付凭证和个人所得税记录一致；一次性补助填0"),
    )  # fmt: skip
    evidence = file_field(_("支付凭证和个人所得税记录，或者用才情况证明"))
    holder = forms.CharField(label=_("户名"), max_length=100)
    bank = forms.CharField(label=_("开户银行"), max_length=80)
    account = forms.CharField(
        label=_("银行账号"), max_length=32, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )  # fmt: skip
    truthful = forms.BooleanField(label=_("所填内容和凭证真实，愿意接受核查"))

    def __init__(self, *args: Any, claimable: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = claimable

    def facts(self) -> dict[str, Any]:
        names = ("pay_paid", "evidence", "holder", "bank", "account")
        return {name: self.cleaned_data[name] for name in names}


class ClaimCheckForm(forms.Form):
    """核实: what the proof shows, or back with the reason."""

    passed = forms.ChoiceField(
        label=_("核实意见"), widget=forms.RadioSelect, choices=[("yes", _("属实")), ("no", _("退回"))]
    )
    pay_accepted = forms.DecimalField(
        label=_("核实的实付报酬（元）"), min_value=0, max_digits=12, decimal_places=2, required=False,
        help_text=_("不填的，按申报数"),
    )  # fmt: skip
    text = forms.CharField(
        label=_("说明"), max_length=300, required=False, help_text=_("核减或者退回的必须写明原因")
    )


class ClaimDecisionForm(forms.Form):
    """审批 by a second person."""

    granted = forms.ChoiceField(
        label=_("审批意见"), widget=forms.RadioSelect, choices=[("yes", _("同意补助")), ("no", _("不予补助"))]
    )
    text = forms.CharField(
        label=_("说明"), max_length=300, required=False, help_text=_("不予补助的必须写明原因")
    )


class VisitForm(forms.Form):
    day = day_field(label=_("走访日期"))
    text = text_field(_("走访记录"))
