"""回避关系: what a bureau records, and what a person declares later."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.models import Organisation
from talent.placements import rules

from .fields import current_book


class RelationForm(forms.Form):
    """A fact with its source: of a university, or of a person named by the account."""

    firm = forms.ModelChoiceField(Organisation.objects.none(), label=_("企业"))
    code = forms.ChoiceField(label=_("关系"))
    university = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("派出单位"),
        required=False,
        help_text=_("派出单位与企业的关系填写"),
    )
    account = forms.CharField(
        label=_("本人账号"),
        max_length=60,
        required=False,
        help_text=_("本人与企业的关系填写，为本人的登录账号"),
    )
    fact = forms.CharField(label=_("事实"), max_length=200)
    source = forms.CharField(label=_("来源"), max_length=120, help_text=_("例如登记机关的查询结果和日期"))

    def __init__(self, *args: Any, firms: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["firm"].queryset = firms
        self.fields["university"].queryset = (
            Organisation.objects.confirmed()
            .filter(kind__in=("university", "institute"))
            .order_by("name", "pk")
        )
        self.fields["code"].choices = [
            (row.code, row.text) for row in current_book().relations if row.recorded
        ]


class RelationEndForm(forms.Form):
    text = forms.CharField(label=_("解除的依据"), max_length=200)


class DeclareForm(forms.Form):
    """A relation that has come about since the application, declared by the person."""

    number = forms.ChoiceField(label=_("办件"))
    code = forms.ChoiceField(label=_("关系"))
    note = forms.CharField(label=_("情况说明"), max_length=500)

    def __init__(self, *args: Any, cases: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = cases
        self.fields["code"].choices = [
            (row.code, row.text)
            for row in current_book().relations
            if row.declared and row.code != "university_company"
        ]
