"""推荐 (G1) and the dossier of the 直通车: what recommender and talent fill in before an officer sees the case."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.forms import CandidateForm, DossierPart, HistoryPart, PersonPart
from talent.core.services import policy

from .models import Achievement, GreenChannelCase, Need, TeamMember


class RecommendationForm(CandidateForm, forms.ModelForm):
    """推荐 (G1) by an employer, a county 组织部, a chain's lead bureau, a science or industry bureau."""

    heading = _("推荐申报顶尖人才直通车")

    class Meta:
        model = GreenChannelCase
        fields = (
            "kind", "chain", "field", "level_code", "criterion", "project_title", "project_summary", "why_direct",
            "engagement", "contract_years",
        )  # fmt: skip
        widgets = {  # noqa: RUF012
            "project_summary": forms.Textarea(attrs={"rows": 5}),
            "why_direct": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [("", _("请选择")), *((level.code, str(level)) for level in policy.talent_levels())]
        self.fields["level_code"] = forms.ChoiceField(label=_("拟申报层次"), choices=levels)
        for name in ("chain", "field", "project_title", "project_summary", "why_direct"):
            self.fields[name].required = True


class ProjectForm(forms.ModelForm):
    """The project part of the dossier."""

    class Meta:
        model = GreenChannelCase
        fields = (
            "project_title",
            "project_summary",
            "technology_route",
            "ip_ownership",
            "investment",
            "expected_benefit",
        )
        widgets = {  # noqa: RUF012
            name: forms.Textarea(attrs={"rows": 4})
            for name in ("project_summary", "technology_route", "ip_ownership", "expected_benefit")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True
        self.fields["investment"].min_value = 0


class DeclarationForm(forms.ModelForm):
    """Relations with the former employer, non-compete, IP: declared, and explained where not clean."""

    class Meta:
        model = GreenChannelCase
        fields = ("former_employer_settled", "non_compete_free", "ip_undisputed", "declaration_note")
        widgets = {"declaration_note": forms.Textarea(attrs={"rows": 4})}  # noqa: RUF012

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        clean = all(
            data.get(name) for name in ("former_employer_settled", "non_compete_free", "ip_undisputed")
        )
        if not clean and not data.get("declaration_note"):
            self.add_error("declaration_note", _("有未勾选的声明时，请说明具体情况，便于受理单位判断。"))
        return data


AchievementFormSet = forms.inlineformset_factory(
    GreenChannelCase,
    Achievement,
    fields=("kind", "title", "year", "note"),
    extra=1,
    max_num=10,
    validate_max=True,
    can_delete=True,
)


class TeamMemberForm(forms.ModelForm):
    id_number = forms.CharField(
        label=_("证件号码"), max_length=30, required=False, help_text=_("留空表示不修改")
    )

    class Meta:
        model = TeamMember
        fields = ("name", "employer_name", "duty", "consented")

    def save(self, commit: bool = True) -> TeamMember:
        if self.cleaned_data.get("id_number"):
            self.instance.id_number = self.cleaned_data["id_number"]
        return super().save(commit)


TeamMemberFormSet = forms.inlineformset_factory(
    GreenChannelCase, TeamMember, form=TeamMemberForm, extra=1, max_num=15, validate_max=True, can_delete=True
)


class NeedForm(forms.ModelForm):
    detail = forms.CharField(label=_("具体需求"), max_length=300, required=False)

    class Meta:
        model = Need
        fields = ("domain", "item", "concerns_family")

    def save(self, commit: bool = True) -> Need:
        if self.cleaned_data.get("detail"):
            self.instance.detail = self.cleaned_data["detail"]
        return super().save(commit)


NeedFormSet = forms.inlineformset_factory(
    GreenChannelCase, Need, form=NeedForm, extra=1, max_num=20, validate_max=True, can_delete=True
)


class AchievementsPart(DossierPart):
    code, title, intro = "achievements", _("代表性成果"), _("专利、论文、奖项或承担项目，最多 10 项。")

    def build(self) -> None:
        self.formset = AchievementFormSet(self.data, instance=self.case, prefix="achievement")


class ProjectPart(DossierPart):
    code, title, intro = "project", _("项目情况"), _("推荐单位已填写项目名称和概述，请核对并补充。")

    def build(self) -> None:
        self.form = ProjectForm(self.data, instance=self.case)


class TeamPart(DossierPart):
    code, title, intro = "team", _("团队成员"), _("团队申报请逐人填写并取得本人同意；个人申报直接保存即可。")

    def build(self) -> None:
        self.formset = TeamMemberFormSet(self.data, instance=self.case, prefix="member")


class DeclarationPart(DossierPart):
    code, title, intro = "declaration", _("声明"), _("如实声明；有不能勾选的，请说明情况，不影响提交。")

    def build(self) -> None:
        self.form = DeclarationForm(self.data, instance=self.case)


class NeedsPart(DossierPart):
    code, title, intro = (
        "needs",
        _("服务需求"),
        _("五个领域的需求，可不填，以后也可以补充。具体内容加密保存。"),
    )

    def build(self) -> None:
        self.formset = NeedFormSet(self.data, instance=self.case, prefix="need")


PARTS = (PersonPart, HistoryPart, AchievementsPart, ProjectPart, TeamPart, DeclarationPart, NeedsPart)
