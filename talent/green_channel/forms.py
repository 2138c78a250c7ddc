"""What officers fill in at the steps of the 直通车."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.forms import GroundMixin, Outcome, StepForm
from talent.core.forms import IntakeForm as CommonIntakeForm
from talent.core.models import Organisation, User
from talent.core.services import policy


class IntakeForm(CommonIntakeForm):
    """受理 (G2): the common outcomes, and back to the recommender."""

    outcomes = (
        *CommonIntakeForm.outcomes[:-1],
        Outcome("return", _("退回推荐单位"), tone="warn", needs=("opinion",)),
        CommonIntakeForm.outcomes[-1],
    )


class DispatchForm(StepForm):
    """分办 (G3): lead bureau and steward, proposed by data, changeable with a reason."""

    outcomes = (Outcome("dispatch", _("分办")),)
    lead = forms.ModelChoiceField(Organisation.objects.none(), label=_("牵头部门"))
    steward = forms.ModelChoiceField(
        User.objects.none(), label=_("服务专员"), required=False, empty_label=_("暂不指定")
    )
    change_reason = forms.CharField(
        label=_("改派理由"), required=False, max_length=200, help_text=_("与系统建议不同时必填")
    )

    def __init__(self, *args: Any, proposal: Any, bureaus: Any, stewards: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
        return data


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


class DraftDecisionForm(GroundMixin, StepForm):
    """拟定决定: what the decider will be asked to sign; the drafter may not decide."""

    outcomes = (
        Outcome("approve", _("拟同意"), needs=("reason",)),
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
