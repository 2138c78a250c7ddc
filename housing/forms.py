"""What officers fill in at the steps of 人才安居."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.forms import GroundMixin, Outcome, StepForm
from talent.core.services import policy

# Facts the city may correct, by instrument; the others are in the checks' answers.
_CORRECTED = {
    "purchase": ("insured_months", "household_homes", "price", "rent_received", "settling_received"),
    "rent": ("household_homes", "rent", "rent_months_drawn"),
}


class CountyReviewForm(StepForm):
    """县市区审核 (H4): the county recommends or objects, the city decides."""

    uses_checklist = True
    outcomes = (
        Outcome("pass", _("审核通过"), complete=True, needs=("opinion",)),
        Outcome("recommend", _("审核通过并推荐"), complete=True, needs=("opinion",)),
        Outcome("supplement", _("要求补正"), tone="warn"),
        Outcome("fail", _("认为不符合条件，提请市级核定"), tone="err", needs=("opinion",)),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        outcome = self.chosen()
        if outcome and outcome.code == "supplement" and not self.missing():
            self.add_error("outcome", _("要求补正时，请在材料清单中勾选“补正”并写明原因，一次列全。"))
        return data


class CityStepForm(StepForm):
    """A step of the city. Where the city took the case in itself there is no county to ask: it asks the applicant."""

    outcomes: ClassVar[tuple[Outcome, ...]] = ()

    def __init__(self, *args: Any, case: Any, **kwargs: Any) -> None:
        returnable = case.returnable
        self.uses_checklist = not returnable
        left = "supplement" if returnable else "return"
        self.outcomes = tuple(one for one in self.outcomes if one.code != left)
        super().__init__(*args, case=case, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        outcome = self.chosen()
        if outcome and outcome.code == "supplement" and not self.missing():
            self.add_error("outcome", _("要求补正时，请在材料清单中勾选“补正”并写明原因，一次列全。"))
        return data


class CalculateForm(GroundMixin, CityStepForm):
    """核定 (H6): the facts as the evidence shows them; the amount itself is the rules' and not typed in."""

    outcomes = (
        Outcome("approve", _("拟批准")),
        Outcome("return", _("退回县市区重新审核"), tone="warn", needs=("opinion",)),
        Outcome("supplement", _("要求补正"), tone="warn"),
        Outcome("refuse", _("拟不予批准"), tone="err", needs=("ground", "fact")),
    )
    level_code = forms.ChoiceField(label=_("核定层次"), required=False)
    negotiated = forms.DecimalField(
        label=_("一事一议金额（元）"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    overlap_reason = forms.CharField(
        label=_("相关办件的核对情况"),
        required=False,
        max_length=300,
        help_text=_("说明为何不构成重复享受，不写入文书"),
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
    )

    explanation = forms.CharField(
        label=_("不利核查结论的采信情况"),
        required=False,
        max_length=1000,
        help_text=_("拟批准时必填，不写入文书"),
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 1000}),
    )

    def __init__(self, *args: Any, negotiated: bool, touched: bool, adverse: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level_code"].choices = [(level.code, str(level)) for level in policy.talent_levels()]
        self.fields["level_code"].initial = self.case.level_code
        if not negotiated:
            del self.fields["negotiated"]
        if not touched:
            del self.fields["overlap_reason"]
        if not adverse:
            del self.fields["explanation"]
        fresh = forms.fields_for_model(type(self.case), fields=_CORRECTED.get(self.case.instrument, ()))
        for name, field in fresh.items():
            field.required, field.initial = False, getattr(self.case, name)
            field.label = _("核定：%(label)s") % {"label": field.label}
            self.fields[name] = field


class VerifyForm(CityStepForm):
    """复核 by another officer."""

    outcomes = (
        Outcome("approve", _("复核无误")),
        Outcome("supplement", _("要求补正"), tone="warn"),
        Outcome("redo", _("退回重新核定"), tone="warn", needs=("opinion",)),
    )


class EndorseForm(StepForm):
    """组织部门审核 of the higher levels."""

    outcomes = (
        Outcome("approve", _("同意，进入公示")),
        Outcome("redo", _("退回重新核定"), tone="warn", needs=("opinion",)),
    )


class DecideForm(StepForm):
    """审定 (H8): the letter goes out with it."""

    outcomes = (
        Outcome("approve", _("同意核定结果，制发决定书")),
        Outcome("redo", _("退回重新核定"), tone="warn", needs=("opinion",)),
    )
