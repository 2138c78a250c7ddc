"""The forms of a joint check: which bureaus are asked, an officer's opinion, the head's confirmation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.models import Check, Organisation
from talent.core.services import policy

from .steps import Outcome, StepForm


class CheckForm(StepForm):
    """A step of a joint check. `version` is the opinion the person has before him; a newer one makes the act void."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, check: Check, **kwargs: Any) -> None:
        self.check = check
        self.subject = policy.figures(kwargs["case"].edition).check(check.subject)
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = check.version
        self.fields["opinion"].help_text = _("只有本单位、牵头部门和审定单位看得到，申请人和用人单位看不到")


class OpinionForm(CheckForm):
    """核查意见 of the bureau's officer: one of the edition's coded findings, and why."""

    def __init__(self, *args: Any, check: Check, **kwargs: Any) -> None:
        findings = policy.figures(kwargs["case"].edition).check(check.subject).finding
        self.outcomes = tuple(
            Outcome(one.code, one.title, tone="err" if one.adverse else "ok", needs=("opinion",))
            for one in findings
        )
        super().__init__(*args, check=check, **kwargs)
        self.fields["outcome"].label = _("核查结论")
        self.fields["opinion"].label = _("核查意见")


class ConfirmForm(CheckForm):
    """The head confirms the opinion as it stands, or sends it back with the reason."""

    outcomes = (
        Outcome("confirm", _("确认，答复牵头部门")),
        Outcome("return", _("退回修改"), tone="warn", needs=("opinion",)),
    )


class BureausForm(forms.Form):
    """Which bureau is asked on which subject: a field per subject, proposed by data, changeable with a reason.

    A policy's step form that names bureaus inherits from it beside `StepForm` and is given `proposals`
    (`checks.propose`) and `bureaus`, the organisations on offer. `chosen_bureaus()` is what `checks.ask` takes.
    """

    check_reason = forms.CharField(
        label=_("调整核查部门的理由"),
        required=False,
        max_length=300,
        help_text=_("与系统建议不同时必填"),
    )

    def __init__(self, *args: Any, proposals: Any, bureaus: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposals = proposals
        for one in proposals:
            self.fields[f"check_{one.subject.code}"] = forms.ModelChoiceField(
                bureaus,
                label=_("%(title)s核查") % {"title": one.subject.title},
                required=False,
                empty_label=_("不征询"),
                initial=one.organisation.pk if one.wanted and one.organisation else None,
                help_text=one.why,
            )
        self.order_fields([name for name in self.fields if name != "check_reason"] + ["check_reason"])

    def chosen_bureaus(self) -> dict[str, Organisation]:
        """Subject code → bureau, of those that are asked."""
        asked = {
            one.subject.code: self.cleaned_data.get(f"check_{one.subject.code}") for one in self.proposals
        }
        return {code: organisation for code, organisation in asked.items() if organisation}

    def differs(self) -> bool:
        """Whether the choice is another than the proposed one."""
        proposed = {
            one.subject.code: one.organisation for one in self.proposals if one.wanted and one.organisation
        }
        return self.chosen_bureaus() != proposed
