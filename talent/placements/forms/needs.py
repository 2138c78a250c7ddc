"""Needs and supply: what firms look for and universities offer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.models import IndustryChain
from talent.placements import rules
from talent.placements.models import Need, PersonOffer, UniversityStrength

from .fields import DAY, current_book, text_field


class NeedForm(forms.ModelForm):
    """岗位需求 (P1)."""

    class Meta:
        model = Need
        fields = (
            "kind", "title", "chain", "field", "problem", "expected_result", "term_months", "days_per_year",
            "pay_per_year", "posts", "open_until",
        )  # fmt: skip
        widgets = {  # noqa: RUF012
            "problem": forms.Textarea(attrs={"rows": 3}),
            "expected_result": forms.Textarea(attrs={"rows": 3}),
            "open_until": forms.DateInput(format="%Y-%m-%d", attrs=DAY),
        }

    def __init__(self, *args: Any, firms: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = current_book().kinds
        self.fields["kind"] = forms.ChoiceField(
            label=_("岗位种类"), choices=[(kind.code, kind.title) for kind in kinds],
            help_text="；".join(
                f"{kind.title}：{kind.term_min}至{kind.term_max}个月，每年不少于{kind.days_min}天" for kind in kinds
            ),
        )  # fmt: skip
        self.fields["chain"].queryset = IndustryChain.objects.filter(active=True).order_by("code")
        self.fields["chain"].required = False
        self.fields["firm"] = forms.ModelChoiceField(firms, label=_("企业"), empty_label=None)
        self.fields["pay_per_year"].min_value = 0
        self.order_fields(["firm", *self.Meta.fields])


class NeedFilter(forms.Form):
    """Filters of the public list of needs."""

    kind = forms.ChoiceField(label=_("岗位种类"), required=False)
    chain = forms.ModelChoiceField(
        IndustryChain.objects.none(), label=_("产业链"), required=False, empty_label=_("全部")
    )
    text = forms.CharField(label=_("关键词"), required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.code, kind.title) for kind in current_book().kinds]
        self.fields["kind"].choices = [("", _("全部")), *kinds]
        self.fields["chain"].queryset = IndustryChain.objects.filter(active=True).order_by("code")


class NeedCheckForm(forms.Form):
    """The county bureau's check of the firm (P2): its class, and each condition."""

    firm_class = forms.ChoiceField(label=_("企业类别"))
    opinion = text_field(_("说明"), longest=200, required=False)

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.book = book
        self.fields["firm_class"].choices = [(row.code, row.title) for row in book.firm_classes]
        for row in book.firm_conditions:
            self.fields[f"condition_{row.code}"] = forms.ChoiceField(
                label=row.text, choices=[("yes", _("符合")), ("no", _("不符合"))], widget=forms.RadioSelect
            )

    def conditions(self) -> dict[str, bool]:
        return {
            row.code: self.cleaned_data[f"condition_{row.code}"] == "yes" for row in self.book.firm_conditions
        }


class StrengthForm(forms.ModelForm):
    class Meta:
        model = UniversityStrength
        fields = ("kind", "title", "field", "chain", "summary")
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012


class OfferForm(forms.ModelForm):
    """A person a university offers; the person is found by account name, and consents before any firm sees the offer."""

    account = forms.CharField(label=_("本人账号"), max_length=60, help_text=_("本人在系统中的登录账号"))
    kinds = forms.MultipleChoiceField(label=_("愿意担任的岗位种类"), widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = PersonOffer
        fields = ("kinds", "field", "chain", "days_per_year", "summary")
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind.code, kind.title) for kind in current_book().kinds]
        self.order_fields(["account", *self.Meta.fields])
