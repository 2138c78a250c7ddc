"""Officers' steps of the process."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.forms import Outcome, StepForm
from talent.core.services import policy
from talent.placements import rules

from .fields import text_field


class ConcludeForm(StepForm):
    """汇总审查意见 (P6)."""

    outcomes = (
        Outcome("pass", _("审查通过，拟予公示")),
        Outcome("refuse", _("不予通过"), tone="err", needs=("ground", "fact")),
    )
    explanation = text_field(
        _("不利结论的采信说明"), longest=1000, required=False, help_text=_("有部门提出不利结论而拟通过时填写")
    )
    ground = forms.ChoiceField(label=_("不予通过的情形"), required=False)
    fact = text_field(_("认定的事实"), longest=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = policy.figures(self.case.edition).refusal_grounds
        self.fields["ground"].choices = [("", _("请选择")), *((row.code, row.text) for row in grounds)]


class AppointForm(StepForm):
    """颁发聘书 (P9)."""

    outcomes = (Outcome("issue", _("颁发聘书")),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].initial = "issue"


class EvaluateForm(StepForm):
    """期满评估 (P14) with 容错免责: what the records do not show, the officer states."""

    outcomes = (
        Outcome("reached", _("达到目标")),
        Outcome("exempt", _("未达目标·尽职免责"), tone="warn", needs=("reason",), shows=("stated",)),
        Outcome("failed", _("未履行约定"), tone="err", needs=("reason",)),
    )
    reason = text_field(
        _("评估意见"), longest=1000, required=False,
        help_text=_("三方可以看到；尽职免责的，写明勤勉尽责的事实"),
    )  # fmt: skip
    stated = forms.MultipleChoiceField(
        label=_("尽职免责由评估人员查证"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("在岗天数、定期报告和过错由系统按记录核对，见任职页面"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = rules.Rulebook(self.case.edition.data).diligence
        self.fields["stated"].choices = [(row.code, row.text) for row in rows if row.basis == "officer"]
