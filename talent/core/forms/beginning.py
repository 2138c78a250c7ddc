"""How a case begins: the first form, by an organisation about a person, or by the person himself.

A policy inherits one of the two, adds its own fields, and `facts()` is what its service takes beside the person.
"""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from talent.core.models import Organisation, TalentProfile


class CandidateForm(forms.Form):
    """An employer or recommender names a person and his employer, at /unit/."""

    heading: ClassVar[Any] = _("推荐人选")
    button: ClassVar[Any] = _("提交推荐")
    person_fields: ClassVar[tuple[str, ...]] = (
        "candidate_name", "candidate_id_kind", "candidate_id_number", "candidate_email", "employer",
    )  # fmt: skip

    candidate_name = forms.CharField(label=_("人选姓名"), max_length=80)
    candidate_id_kind = forms.ChoiceField(label=_("证件类型"), choices=TalentProfile.IdentityKind.choices)
    candidate_id_number = forms.CharField(label=_("证件号码"), max_length=30)
    candidate_email = forms.EmailField(
        label=_("电子邮箱"), required=False, help_text=_("用于邀请人选登录确认")
    )
    employer = forms.ModelChoiceField(Organisation.objects.none(), label=_("用人单位"))

    def __init__(
        self,
        *args: Any,
        employers: QuerySet[Organisation],
        revising: bool = False,
        kept: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        """kept: fields whose value is on record already, each with its masked form; left empty they are taken from there."""
        super().__init__(*args, **kwargs)
        self.order_fields(self.person_fields)
        for name, masked in (kept or {}).items():
            self.fields[name].required = False
            self.fields[name].help_text = _("线索已登记 %(value)s，留空即使用") % {"value": masked}
        if revising:
            # Who it is about stays; another person is another case.
            for name in self.person_fields:
                del self.fields[name]
            return
        self.fields["employer"].queryset = employers
        if len(only := list(employers[:2])) == 1:
            self.fields["employer"].initial = only[0].pk

    def facts(self) -> dict[str, Any]:
        """What the policy records beside person and employer."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.person_fields}


class ApplicantForm(forms.Form):
    """A person begins his own application, at /my/; who is on record already is not asked again."""

    heading: ClassVar[Any] = _("开始申报")
    button: ClassVar[Any] = _("建立申报书")
    person_fields: ClassVar[tuple[str, ...]] = ("name", "id_kind", "id_number", "mobile")

    name = forms.CharField(label=_("姓名"), max_length=80)
    id_kind = forms.ChoiceField(label=_("证件类型"), choices=TalentProfile.IdentityKind.choices)
    id_number = forms.CharField(label=_("证件号码"), max_length=30, help_text=_("加密保存，只显示部分"))
    mobile = forms.CharField(
        label=_("手机号码"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, profile: TalentProfile | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.person_fields)
        self.profile = profile
        if profile is not None:
            for name in self.person_fields:
                del self.fields[name]

    def person(self) -> dict[str, Any]:
        """What `people.create_profile` takes of somebody who is not on record yet."""
        return {name: self.cleaned_data[name] for name in self.person_fields}

    def facts(self) -> dict[str, Any]:
        """What the policy records beside the person."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.person_fields}
