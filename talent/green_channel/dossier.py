"""推荐 (G1) and the dossier of the 直通车: what recommender and talent fill in before an officer sees the case."""

import re
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from talent.core.forms import CandidateForm, DossierPart, HistoryPart, PersonPart
from talent.core.models import TalentProfile, User
from talent.core.services import policy

from .models import Achievement, GreenChannelCase, Need, TeamMember
from .services import team


class RecommendationForm(CandidateForm, forms.ModelForm):
    """推荐 (G1) by an employer, a county 组织部, a chain's lead bureau, a science or industry bureau."""

    heading = _("推荐申报顶尖人才直通车")
    core_members = forms.CharField(
        label=_("核心成员"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("团队申报时可填，每行一人：姓名，现工作单位，承担任务；也可以由负责人以后填写。成员须本人确认"),
    )  # fmt: skip

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
        if kwargs.get("revising"):
            del self.fields["core_members"]

    def clean_core_members(self) -> list[dict[str, str]]:
        """One member a line."""
        rows = []
        for line in filter(None, map(str.strip, self.cleaned_data["core_members"].splitlines())):
            name, employer_name, duty, *_rest = [*re.split(r"\s*[，,、;；\t]\s*", line, maxsplit=2), "", ""]
            rows.append({"name": name, "employer_name": employer_name, "duty": duty})
        return rows


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
    """What the leader says of a member; everything else is the member's own."""

    class Meta:
        model = TeamMember
        fields = ("name", "employer_name", "duty")


TeamMemberFormSet = forms.inlineformset_factory(
    GreenChannelCase, TeamMember, form=TeamMemberForm, extra=1, can_delete=True
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
    code, title, intro = (
        "team",
        _("团队成员"),
        _("团队申报请逐人填写，保存后在“团队”页面邀请，由成员本人填写和确认；个人申报直接保存即可。"),
    )

    def build(self) -> None:
        self.formset = TeamMemberFormSet(self.data, instance=self.case, prefix="member")

    def save(self) -> None:
        with transaction.atomic():
            rows = [(form.instance, form.cleaned_data) for form in self.formset if form.has_changed()]
            for member, data in rows:
                facts = {name: data[name] for name in TeamMemberForm.Meta.fields}
                if data["DELETE"] and member.pk:
                    team.drop_member(member, actor=self.user)
                elif member.pk:
                    team.change_member(member, actor=self.user, **facts)
                elif not data["DELETE"]:
                    team.name_member(self.case, actor=self.user, **facts)
            self.note_saved()


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


class MemberPart:
    """A part filled in by a core member about himself, noted beside the leader's."""

    def __init__(self, member: TeamMember, user: User, data: Any) -> None:
        self.member = member
        super().__init__(member.case, user, data)

    @property
    def person(self) -> TalentProfile:
        return self.member.profile

    @property
    def section(self) -> str:
        return team.section(self.member, self.code)

    def note_saved(self) -> None:
        super().note_saved()
        team.reopen(self.member, actor=self.user)


class MemberPersonPart(MemberPart, PersonPart):
    intro = _("请填写本人信息；证件号码加密保存，团队负责人和其他成员看不到。")


class MemberHistoryPart(MemberPart, HistoryPart):
    pass


class MemberDeclarationForm(DeclarationForm):
    class Meta(DeclarationForm.Meta):
        model = TeamMember


class MemberDeclarationPart(MemberPart, DeclarationPart):
    def build(self) -> None:
        self.form = MemberDeclarationForm(self.data, instance=self.member)

    def save(self) -> None:
        with transaction.atomic():
            team.declare(self.member, actor=self.user, **self.form.cleaned_data)
            self.note_saved()


MEMBER_PARTS = (MemberPersonPart, MemberHistoryPart, MemberDeclarationPart)
PARTS = (PersonPart, HistoryPart, AchievementsPart, ProjectPart, TeamPart, DeclarationPart, NeedsPart)
