"""The person's, the firm's and the university's side of a case until it runs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.models import Organisation
from talent.placements import rules
from talent.placements.models import Need, PlacementCase

from .fields import day_field, file_field, text_field


class OfPersonForm(forms.Form):
    """What only the person can say: degree, title, plan, declared relations, and the proof."""

    degree = forms.ChoiceField(
        label=_("最高学位"), required=False, choices=[("", _("无")), *PlacementCase.Degree.choices]
    )
    title_rank = forms.ChoiceField(label=_("职称级别"), required=False)
    proof = file_field(_("学历学位或职称证明"))
    plan = text_field(_("任职计划"), rows=4, longest=2000, help_text=_("按季度写明任务"))
    declared = forms.MultipleChoiceField(
        label=_("与企业的关系"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("有下列情形的请勾选；隐瞒的，撤销任职并记入信用记录"),
    )  # fmt: skip
    declaration_note = forms.CharField(label=_("情况说明"), max_length=500, required=False)
    truthful = forms.BooleanField(label=_("以上内容真实，同意部门核查，同意公示姓名和申请信息"))

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = dict.fromkeys(title for kind in book.kinds for title in kind.titles)
        self.fields["title_rank"].choices = [("", _("无")), *((title, title) for title in titles)]
        self.fields["declared"].choices = [
            (row.code, row.text)
            for row in book.relations
            if row.declared and row.code != "university_company"
        ]

    def of_person(self) -> dict[str, Any]:
        names = ("degree", "title_rank", "plan", "declared", "declaration_note")
        return {name: self.cleaned_data[name] for name in names}


class ApplyForm(OfPersonForm):
    """申请岗位 (P4)."""

    university = forms.ModelChoiceField(Organisation.objects.none(), label=_("派出单位"))
    starts_on = day_field(label=_("拟开始日期"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["university"].queryset = (
            Organisation.objects.confirmed()
            .filter(kind__in=("university", "institute"))
            .order_by("name", "pk")
        )
        self.order_fields(["university", "starts_on"])


class InviteForm(forms.Form):
    """邀请人选 (P4)."""

    need = forms.ModelChoiceField(Need.objects.none(), label=_("岗位需求"), empty_label=None)
    starts_on = day_field(label=_("拟开始日期"))

    def __init__(self, *args: Any, needs: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["need"].queryset = needs


class AnswerForm(forms.Form):
    """Yes, or no with a reason the other side reads."""

    answer = forms.ChoiceField(
        label=_("意见"), widget=forms.RadioSelect, choices=[("yes", _("确认")), ("no", _("谢绝"))]
    )
    reason = forms.CharField(label=_("谢绝的原因"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("answer") == "no" and not data.get("reason", "").strip():
            self.add_error("reason", _("请写明原因，对方可以看到。"))
        return data


class ConsentForm(forms.Form):
    """派出单位意见 (P5): part-time permission, teaching, own interest."""

    answer = forms.ChoiceField(
        label=_("意见"), widget=forms.RadioSelect, choices=[("yes", _("同意")), ("no", _("不同意"))]
    )
    no_teaching_conflict = forms.BooleanField(label=_("不影响教学科研任务"), required=False)
    declared = forms.MultipleChoiceField(
        label=_("本单位与企业的关系"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[("university_shares", _("本单位持有企业股份")), ("university_company", _("企业由本单位创办或者控制"))],
    )  # fmt: skip
    terms = text_field(_("具体意见"), longest=500, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("answer") == "no" and len(data.get("terms", "").strip()) < 4:
            self.add_error("terms", _("不同意的，请写明理由（至少4个字）。"))
        if data.get("answer") == "yes" and not data.get("no_teaching_conflict"):
            self.add_error("no_teaching_conflict", _("同意的，请确认不影响教学科研任务。"))
        return data


class ClausesForm(forms.Form):
    """The text of each clause of the agreement."""

    def __init__(self, *args: Any, book: rules.Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in book.clauses:
            self.fields[row.code] = text_field(
                row.title, longest=2000, required=row.required,
                help_text=f"{row.hint}（{_('只给三方看')}）" if row.parties_only else row.hint,
            )  # fmt: skip


class SignForm(forms.Form):
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    copy = forms.FileField(
        label=_("签署件"), help_text=_("签字盖章后的扫描件，PDF"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf"}),
    )  # fmt: skip
