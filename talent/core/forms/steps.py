"""The form of an officer's step: outcome, opinion, and the checklist of materials beside it.

A policy's forms inherit from `StepForm` and list their outcomes; `clean()` gives the facts its service takes.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from talent.core.models import Case, CaseMaterial, together
from talent.core.services import policy, promises
from talent.core.services.supplements import Missing


@dataclass(frozen=True)
class Outcome:
    """One way to decide a step.

    needs: names of fields that must be filled for this outcome.
    shows: names of further fields that belong to it and may stay empty.
    tone: "ok", "warn" or "err" for the button; the word always stands beside it.
    complete: the checklist must have no open line.
    """

    code: str
    label: str
    tone: str = "ok"
    needs: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    complete: bool = False
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldGroup:
    """The fields that belong to some outcomes only: their codes, a title that says so, and the fields."""

    codes: tuple[str, ...]
    title: str
    fields: list[forms.BoundField]


class StepForm(forms.Form):
    """Base of every step form. `case` and `standing` are given by the page."""

    outcomes: ClassVar[tuple[Outcome, ...]] = ()
    uses_checklist: ClassVar[bool] = False

    outcome = forms.ChoiceField(
        label=_("办理结果"), widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("这一环节不能这样办理，请从所列的办理结果中选择。")},
    )  # fmt: skip
    opinion = forms.CharField(
        label=_("办理意见"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": 1000}),
        help_text=_("内部意见，申请人看不到"),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.fields["outcome"].choices = [(outcome.code, outcome.label) for outcome in self.outcomes]
        self.lines: list[CaseMaterial] = []
        if self.uses_checklist:
            self._add_checklist()

    def _add_checklist(self) -> None:
        lines = self.case.materials.select_related("version__document")
        earlier = self.case.supplements.all()[:1]
        together.fill(lines, earlier)
        self.lines = list(lines)
        for line in self.lines:
            self.fields[f"tick_{line.pk}"] = forms.ChoiceField(
                label=_("“%(name)s”审查结果") % {"name": line.name},
                choices=CaseMaterial.Tick.choices,
                required=False,
                initial=line.tick,
            )
            self.fields[f"reason_{line.pk}"] = forms.CharField(
                label=_("“%(name)s”原因") % {"name": line.name},
                required=False,
                max_length=300,
                initial=line.reason,
                widget=forms.TextInput(attrs={"placeholder": _("补正或不适用的原因")}),
            )
        if earlier:
            self.fields["again_reason"] = forms.CharField(
                label=_("再次补正的理由"),
                required=False,
                max_length=300,
                help_text=_("说明首次为何未一并告知（行政许可法第三十二条）"),
            )

    def _outcomes_of(self, name: str) -> tuple[Outcome, ...]:
        """The outcomes a field belongs to; empty when it belongs to every one of them."""
        if name == "again_reason":
            found = [outcome for outcome in self.outcomes if outcome.code == "supplement"]
        else:
            found = [outcome for outcome in self.outcomes if name in (*outcome.needs, *outcome.shows)]
        return tuple(found) if len(found) < len(self.outcomes) else ()

    def _own_fields(self) -> list[str]:
        """The fields of this step but outcome, opinion and checklist, which have their places."""
        return [
            name
            for name in self.fields
            if name not in ("outcome", "opinion") and not name.startswith(("tick_", "reason_"))
        ]

    def common_fields(self) -> list[forms.BoundField]:
        """The fields shown whatever is chosen."""
        return [self[name] for name in self._own_fields() if not self._outcomes_of(name)]

    def outcome_groups(self) -> list[FieldGroup]:
        """The fields shown for some outcomes only, in groups of the same outcomes."""
        groups: dict[tuple[Outcome, ...], list[forms.BoundField]] = {}
        for name in self._own_fields():
            outcomes = self._outcomes_of(name)
            if outcomes:
                groups.setdefault(outcomes, []).append(self[name])
        return [
            FieldGroup(
                tuple(outcome.code for outcome in outcomes),
                _("选择“%(outcomes)s”时填写") % {"outcomes": "、".join(str(one.label) for one in outcomes)},
                fields,
            )
            for outcomes, fields in groups.items()
        ]

    def checklist(self) -> list[tuple[CaseMaterial, forms.BoundField, forms.BoundField]]:
        """The lines with their two fields, for the page."""
        return [(line, self[f"tick_{line.pk}"], self[f"reason_{line.pk}"]) for line in self.lines]

    def chosen(self) -> Outcome | None:
        code = self.cleaned_data.get("outcome")
        return next((outcome for outcome in self.outcomes if outcome.code == code), None)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        outcome = self.chosen()
        if outcome is None:
            return data
        for name in outcome.needs:
            if name in self.fields and not data.get(name):
                self.add_error(
                    name,
                    _("选择“%(outcome)s”时，请填写“%(field)s”。")
                    % {"outcome": outcome.label, "field": self.fields[name].label},
                )
        if self.uses_checklist:
            data["ticks"] = self._clean_ticks(outcome)
        return data

    def _clean_ticks(self, outcome: Outcome) -> dict[int, tuple[str, str]]:
        ticks = {}
        for line in self.lines:
            tick = self.cleaned_data.get(f"tick_{line.pk}", "")
            reason = self.cleaned_data.get(f"reason_{line.pk}", "").strip()
            if tick in (CaseMaterial.Tick.SUPPLEMENT, CaseMaterial.Tick.NOT_NEEDED) and not reason:
                self.add_error(
                    f"reason_{line.pk}", _("请写明“%(name)s”需要补正或不适用的原因。") % {"name": line.name}
                )
            if outcome.complete and line.required and not line.deferred:
                if tick not in (CaseMaterial.Tick.OK, CaseMaterial.Tick.NOT_NEEDED):
                    self.add_error(
                        f"tick_{line.pk}",
                        _("“%(name)s”尚未审查合格，不能%(outcome)s。请先勾选结果，或改为要求补正。")
                        % {"name": line.name, "outcome": outcome.label},
                    )
                elif tick == CaseMaterial.Tick.OK and line.version_id is None:
                    self.add_error(
                        f"tick_{line.pk}", _("“%(name)s”还没有文件，不能勾选合格。") % {"name": line.name}
                    )
            ticks[line.pk] = (tick, reason)
        return ticks

    def missing(self) -> list[Missing]:
        """What a 补正 notice would list: every line ticked 补正, with its reason."""
        ticks = self.cleaned_data.get("ticks", {})
        return [
            Missing(material=line, reason=ticks[line.pk][1])
            for line in self.lines
            if ticks.get(line.pk, ("", ""))[0] == CaseMaterial.Tick.SUPPLEMENT
        ]

    def facts(self) -> dict[str, Any]:
        """What the step's service takes: the declared fields, and the checklist as `ticks` and `missing`."""
        plain = {
            name: value
            for name, value in self.cleaned_data.items()
            if not name.startswith(("tick_", "reason_")) and name not in ("ticks",)
        }
        if self.uses_checklist:
            plain |= {"ticks": self.cleaned_data["ticks"], "missing": self.missing()}
        return plain


class GroundMixin(forms.Form):
    """A refusal names a coded ground with its clause, and the fact it rests on."""

    ground = forms.ChoiceField(label=_("不予办理的情形"), required=False)
    fact = forms.CharField(
        label=_("认定的事实"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = policy.figures(self.case.edition).refusal_grounds
        self.fields["ground"].choices = [
            ("", _("请选择")),
            *((ground.code, ground.text) for ground in grounds),
        ]


class IntakeForm(GroundMixin, StepForm):
    """受理: accept, ask for 补正 once, accept with a promise, refuse. A policy adds its own outcomes."""

    uses_checklist = True
    outcomes = (
        Outcome("accept", _("受理"), complete=True),
        Outcome("supplement", _("要求补正"), tone="warn"),
        Outcome("defer", _("容缺受理"), tone="warn", needs=("deferred",)),
        Outcome("refuse", _("不予受理"), tone="err", needs=("ground", "fact")),
    )
    deferred = forms.ModelMultipleChoiceField(
        CaseMaterial.objects.none(),
        label=_("允许后补的材料"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deferred"].queryset = self.case.materials.filter(deferrable=True)
        self.promise_refusal = promises.refusal_to_offer(self.case)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        outcome = self.chosen()
        if outcome and outcome.code == "supplement" and not self.missing():
            self.add_error("outcome", _("要求补正时，请在材料清单中勾选“补正”并写明原因，一次列全。"))
        if outcome and outcome.code == "defer" and self.promise_refusal:
            self.add_error("outcome", self.promise_refusal)
        return data
