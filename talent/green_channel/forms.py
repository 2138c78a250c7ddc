"""What officers fill in at the steps of the 直通车."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.forms import BureausForm, GroundMixin, Outcome, StepForm
from talent.core.forms import IntakeForm as CommonIntakeForm
from talent.core.models import Organisation, User
from talent.core.services import checks, policy


class IntakeForm(CommonIntakeForm):
    """受理 (G2): the common outcomes, and back to the recommender."""

    outcomes = (
        *CommonIntakeForm.outcomes[:-1],
        Outcome("return", _("退回推荐单位"), tone="warn", needs=("opinion",)),
        CommonIntakeForm.outcomes[-1],
    )


class DispatchForm(BureausForm, StepForm):
    """分办 (G3): lead bureau, steward and the bureaus of the checks, proposed by data, changeable with a reason."""

    outcomes = (Outcome("dispatch", _("分办")),)
    lead = forms.ModelChoiceField(Organisation.objects.none(), label=_("牵头部门"))
    steward = forms.ModelChoiceField(
        User.objects.none(), label=_("服务专员"), required=False, empty_label=_("暂不指定")
    )
    change_reason = forms.CharField(
        label=_("改派理由"), required=False, max_length=200, help_text=_("与系统建议不同时必填")
    )

    def __init__(self, *args: Any, proposal: Any, bureaus: Any, stewards: Any, **kwargs: Any) -> None:
        super().__init__(*args, bureaus=bureaus, **kwargs)
        self.proposal = proposal
        self.fields["outcome"].initial = "dispatch"
        self.fields["lead"].queryset = bureaus
        self.fields["steward"].queryset = stewards
        if proposal.bureau:
            self.fields["lead"].initial = proposal.bureau.pk
            self.fields["lead"].help_text = _("系统建议：%(name)s。%(why)s") % {
                "name": proposal.bureau,
                "why": proposal.reason,
            }
        if proposal.steward:
            self.fields["steward"].initial = proposal.steward.pk

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        proposed = self.proposal.bureau
        if proposed and data.get("lead") and data["lead"] != proposed and not data.get("change_reason"):
            self.add_error("change_reason", _("您选择的牵头部门与系统建议不同，请写明改派理由。"))
        if self.differs() and not data.get("check_reason"):
            self.add_error("check_reason", _("您选择的核查部门与系统建议不同，请写明调整理由。"))
        return data

    def facts(self) -> dict[str, Any]:
        plain = super().facts()
        for one in self.proposals:
            del plain[f"check_{one.subject.code}"]
        return plain | {"named": self.chosen_bureaus()}


class ConcludeForm(BureausForm, StepForm):
    """核查汇总 (G5) by the lead bureau, when every bureau asked has answered."""

    uses_checklist = True
    outcomes = (
        Outcome("recommend", _("核查完成，建议继续办理")),
        Outcome("refuse", _("核查发现问题，建议不予支持"), tone="err", needs=("opinion",)),
        Outcome("ask_more", _("再征询其他部门"), tone="warn", needs=("check_reason",)),
        Outcome("supplement", _("要求补正"), tone="warn"),
    )
    explanation = forms.CharField(
        label=_("对不利结论的说明"),
        required=False,
        max_length=1000,
        help_text=_("有不利结论而建议继续办理时必填"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        outcome = self.chosen()
        if outcome and outcome.code == "ask_more" and not self.chosen_bureaus():
            self.add_error("outcome", _("再征询时，请至少选择一个核查部门。"))
        if outcome and outcome.code == "supplement" and not self.missing():
            self.add_error("outcome", _("要求补正时，请在材料清单中勾选“补正”并写明原因，一次列全。"))
        return data

    def facts(self) -> dict[str, Any]:
        plain = super().facts()
        for one in self.proposals:
            del plain[f"check_{one.subject.code}"]
        return plain | {"more": self.chosen_bureaus()}


class FormReviewForm(StepForm):
    """形式审查 (G4) by the lead bureau."""

    uses_checklist = True
    outcomes = (
        Outcome("pass", _("审查通过"), complete=True, needs=("opinion",)),
        Outcome("supplement", _("要求补正"), tone="warn"),
        Outcome("fail", _("审查不通过"), tone="err", needs=("opinion",)),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        outcome = self.chosen()
        if outcome and outcome.code == "supplement" and not self.missing():
            self.add_error("outcome", _("要求补正时，请在材料清单中勾选“补正”并写明原因，一次列全。"))
        return data


class PanelForm(StepForm):
    """专家评审 (G6): the result is drawn from the sheets; the secretary adds the panel's opinion."""

    outcomes = (Outcome("conclude", _("结束评审"), needs=("opinion",)),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].initial = "conclude"
        self.fields["opinion"].label = _("评审综合意见")


class MeetingForm(StepForm):
    """联席会议 (G7): the case goes on when its meeting is closed."""

    outcomes = (Outcome("conclude", _("会议已审议")),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].initial = "conclude"


class ScoreForm(forms.Form):
    """An expert's sheet: points out of 100 and a word on each dimension, then yes or no, or a veto."""

    agrees = forms.ChoiceField(
        label=_("是否同意推荐"), choices=[("yes", _("同意")), ("no", _("不同意"))], widget=forms.RadioSelect
    )
    vetoes = forms.BooleanField(
        label=_("一票否决"), required=False, help_text=_("存在造假、重大风险等根本性问题时使用，须写明意见")
    )
    comment = forms.CharField(
        label=_("评审意见"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, *args: Any, dimensions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dimensions = dimensions
        for one in dimensions:
            self.fields[f"points_{one.code}"] = forms.IntegerField(
                label=_("%(title)s（权重%(weight)d%%）") % {"title": one.title, "weight": one.weight},
                min_value=0,
                max_value=100,
                help_text=_("0至100分"),
            )
            self.fields[f"comment_{one.code}"] = forms.CharField(
                label=_("“%(title)s”评分理由") % {"title": one.title}, required=False, max_length=500
            )

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Points and comment of each dimension, for the page."""
        return [(self[f"points_{one.code}"], self[f"comment_{one.code}"]) for one in self.dimensions]

    def facts(self) -> dict[str, Any]:
        """What `services.score` takes."""
        data = self.cleaned_data
        return {
            "points": {one.code: data[f"points_{one.code}"] for one in self.dimensions},
            "comments": {one.code: data[f"comment_{one.code}"] for one in self.dimensions},
            "agrees": data["agrees"] == "yes",
            "vetoes": data["vetoes"],
            "comment": data["comment"],
        }

    @staticmethod
    def initial_of(seat: Any, sheet: dict[str, Any]) -> dict[str, Any]:
        """What the form begins with: the seat's last sheet."""
        start: dict[str, Any] = {"vetoes": seat.vetoes, "comment": seat.comment}
        if seat.agrees is not None:
            start["agrees"] = "yes" if seat.agrees else "no"
        for code, row in sheet.items():
            start |= {f"points_{code}": row.points, f"comment_{code}": row.comment}
        return start


class DraftDecisionForm(GroundMixin, StepForm):
    """拟定决定: what the decider will be asked to sign; the drafter may not decide."""

    outcomes = (
        Outcome("approve", _("拟同意"), needs=("reason",), shows=("level_code", "exempt_reason")),
        Outcome("refuse", _("拟不予认定"), tone="err", needs=("ground", "fact")),
    )
    level_code = forms.ChoiceField(label=_("拟认定层次"), required=False)
    reason = forms.CharField(
        label=_("决定理由"),
        required=False,
        max_length=1000,
        help_text=_("写入决定书，申请人可以看到"),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 1000}),
    )
    exempt_reason = forms.CharField(
        label=_("提请不公示的理由"),
        required=False,
        max_length=300,
        help_text=_("仅限涉密等法定情形；由审定人批准"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = policy.talent_levels()
        self.fields["level_code"].choices = [
            ("", _("请选择")),
            *((level.code, str(level)) for level in levels),
        ]
        self.fields["level_code"].initial = self.case.level_code
        if checks.unexplained(self.case):
            self.fields["adverse_reason"] = forms.CharField(
                label=_("采信核查不利结论的情况和理由"),
                required=False,
                max_length=1000,
                help_text=_("核查有不利结论，拟同意时必填"),
                widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        outcome = self.chosen()
        if outcome and outcome.code == "approve" and not data.get("level_code"):
            self.add_error("level_code", _("拟同意时请选择拟认定层次。"))
        return data


class DecideForm(StepForm):
    """审定 (G8) by somebody other than the drafter."""

    outcomes = (
        Outcome("approve", _("同意拟办意见")),
        Outcome("redraft", _("退回重拟"), tone="warn", needs=("opinion",)),
    )


class RecogniseForm(StepForm):
    """制发认定书 (G10): refused while anything blocks the result."""

    outcomes = (Outcome("issue", _("制发认定书")),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].initial = "issue"
