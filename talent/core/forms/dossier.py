"""The parts of a dossier: each a form or a set of forms over what is recorded, saved on its own.

A policy lists its parts in the register; those that every policy asks for (the person, education and work) are here.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.models import Case, DossierSection, Education, Employment, TalentProfile, User
from talent.core.services import people


class DossierPart:
    """One part: `forms` and `formsets` to show, `save()` writes them and notes the part as saved."""

    code = ""
    title: Any = ""
    intro: Any = ""

    def __init__(self, case: Case, user: User, data: Any) -> None:
        self.case, self.user, self.data = case, user, data
        self.form: forms.BaseForm | None = None
        self.formset: forms.BaseFormSet | None = None
        self.second: forms.BaseFormSet | None = None
        self.problem = ""
        self.build()

    def build(self) -> None:
        raise NotImplementedError

    @property
    def person(self) -> TalentProfile:
        """Whose part it is."""
        return self.case.applicant

    @property
    def section(self) -> str:
        """Under what name it is noted as saved."""
        return self.code

    def is_valid(self) -> bool:
        return all(one.is_valid() for one in (self.form, self.formset) if one is not None)

    def refuse(self, sentence: str) -> None:
        """Show a service's refusal where the person is writing."""
        self.problem = sentence
        if self.form is not None:
            self.form.add_error(None, sentence)

    def save(self) -> None:
        for one in (self.form, self.formset):
            if one is not None and hasattr(one, "save"):
                one.save()
        self.note_saved()

    def note_saved(self) -> None:
        """The part is there: the task list reads it."""
        DossierSection.objects.update_or_create(
            case_id=self.case.pk, code=self.section, defaults={"complete": True}
        )

    def summary(self) -> list[dict[str, Any]]:
        """The answers, for the check page."""
        rows = []
        if self.form is not None:
            for name, field in self.form.fields.items():
                rows.append({"label": field.label, "value": self._value(name, field)})
        if self.formset is not None:
            for index, entry in enumerate(self.formset.get_queryset(), start=1):
                rows.append({"label": f"{self.title} {index}", "value": str(entry)})
        return rows

    def _value(self, name: str, field: forms.Field) -> str:
        value = self.form.initial.get(name, "")
        if isinstance(field, forms.BooleanField):
            return str(_("是")) if value else str(_("否"))
        choices = dict(getattr(field, "choices", ()) or ())
        return str(choices.get(value, value) if value not in (None, "") else "")


class PersonForm(forms.Form):
    """基本信息; numbers are written, never shown back in full."""

    name = forms.CharField(label=_("姓名"), max_length=80)
    name_latin = forms.CharField(label=_("外文姓名"), max_length=120, required=False)
    nationality = forms.CharField(label=_("国籍（地区）"), max_length=40)
    id_kind = forms.ChoiceField(label=_("证件类型"), choices=TalentProfile.IdentityKind.choices)
    id_number = forms.CharField(label=_("证件号码"), max_length=30, required=False)
    mobile = forms.CharField(
        label=_("手机号码"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(label=_("电子邮箱"), required=False)
    research_field = forms.CharField(label=_("研究领域"), max_length=120)
    summary = forms.CharField(
        label=_("个人简介"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )


class PersonPart(DossierPart):
    code, title, intro = (
        "person",
        _("基本信息"),
        _("推荐单位已填写的内容请核对；证件号码加密保存，只显示部分。"),
    )

    def build(self) -> None:
        person = self.person
        names = ("name", "name_latin", "nationality", "id_kind", "email", "research_field", "summary")
        self.form = PersonForm(self.data, initial={name: getattr(person, name) for name in names})
        for name in ("id_number", "mobile"):
            kept = getattr(person, name)
            field = self.form.fields[name]
            field.required = kept is None
            if kept is not None:
                field.help_text = _("已登记 %(masked)s，留空表示不修改") % {"masked": kept}

    def save(self) -> None:
        data = {
            name: value
            for name, value in self.form.cleaned_data.items()
            if value or name not in ("id_number", "mobile")
        }
        if "id_number" not in data:
            # the kind belongs to the number: it changes only together with it
            data.pop("id_kind")
        people.update_profile(self.person, actor=self.user, **data)
        super().save()

    def _value(self, name: str, field: forms.Field) -> str:
        if name in ("id_number", "mobile"):
            return str(getattr(self.person, name) or "")
        return super()._value(name, field)


_DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
EducationFormSet = forms.inlineformset_factory(
    TalentProfile, Education, fields=("level", "school", "major", "graduated_on", "certificate_no", "full_time"),
    extra=1, max_num=8, validate_max=True, can_delete=True, widgets={"graduated_on": _DATE},
)  # fmt: skip
EmploymentFormSet = forms.inlineformset_factory(
    TalentProfile, Employment, fields=("employer_name", "position", "started_on", "ended_on"),
    extra=1, max_num=12, validate_max=True, can_delete=True, widgets={"started_on": _DATE, "ended_on": _DATE},
)  # fmt: skip


class HistoryPart(DossierPart):
    """Two sets of rows on one page."""

    code, title, intro = "history", _("教育与工作经历"), _("至少填写一段教育经历和一段工作经历。")

    def build(self) -> None:
        self.formset = EducationFormSet(self.data, instance=self.person, prefix="education")
        self.second = EmploymentFormSet(self.data, instance=self.person, prefix="employment")

    def is_valid(self) -> bool:
        first, second = self.formset.is_valid(), self.second.is_valid()
        return first and second

    def save(self) -> None:
        self.second.save()
        super().save()

    def summary(self) -> list[dict[str, Any]]:
        rows = [{"label": _("教育经历"), "value": str(entry)} for entry in self.formset.get_queryset()]
        return rows + [{"label": _("工作经历"), "value": str(entry)} for entry in self.second.get_queryset()]
