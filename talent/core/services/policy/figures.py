"""Reading an edition: every figure by name, typed, with its clause and its 示例·待确认 mark."""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cached_property
from time import monotonic
from typing import Any, get_args, get_origin, get_type_hints

from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import PolicyEdition, TalentLevel

from .extensions import extension_of
from .reading import label
from .rows import (
    MANY,
    ONE,
    AgreementTerms,
    CheckSubject,
    Condition,
    Dimension,
    Excuse,
    ExcuseGround,
    Guide,
    Limit,
    Material,
    Meeting,
    Need,
    Panel,
    PromiseText,
    Publicity,
    Question,
    Recommender,
    RefusalGround,
    Remedy,
    Step,
    Team,
)
from .target_rows import CoverageRow, TargetRow

# Seconds after which the levels are read again: a server process notices what `load_policy` wrote elsewhere.
_KEPT_FOR = 60
_editions: dict[tuple[int, str], "Figures"] = {}
_levels: dict[str, Any] = {}
_others: list[Callable[[], None]] = []


class PolicyMissing(LookupError):
    """No edition is in force, or an edition has no such figure."""


class Figures:
    """One edition's figures, as frozen rows. Raises `PolicyMissing` for a name the edition does not have."""

    def __init__(self, data: dict[str, Any], mark: str) -> None:
        self.data, self.mark = data, mark

    @property
    def case_prefix(self) -> str:
        return self.data["edition"]["case_prefix"]

    @property
    def intake_bureau(self) -> str:
        return self.data["edition"]["intake_bureau"]

    @cached_property
    def steps(self) -> list[Step]:
        """Every step in the order of the procedure; empty for an edition that has no procedure."""
        return self._rows("step")

    @cached_property
    def active_steps(self) -> list[Step]:
        return [step for step in self.steps if step.active]

    def steps_of(self, level: str) -> list[Step]:
        """The active steps a case of a talent level goes through: experts and meeting are for some levels only."""
        review = {code: self.data[code]["levels"] for code in ("panel", "meeting") if code in self.data}
        return [step for step in self.active_steps if level in review.get(step.code, (level,))]

    def step(self, code: str) -> Step:
        return _named(self.steps, code, _("环节"))

    @cached_property
    def limits(self) -> list[Limit]:
        return self._rows("limit")

    def limit_row(self, code: str) -> Limit:
        """A named limit with its clause, source and mark."""
        return _named(self.limits, code, _("期限"))

    def limit(self, code: str) -> int:
        """Working days of a named limit."""
        return self.limit_row(code).days

    def reminders(self, name: str) -> tuple[int, ...]:
        """Working days (for drafts calendar days) before the end at which to remind, longest first."""
        return tuple(sorted(self.data["reminders"].get(name, ()), reverse=True))

    @cached_property
    def materials(self) -> list[Material]:
        return self._rows("material")

    def material(self, code: str) -> Material:
        return _named(self.materials, code, _("材料"))

    @cached_property
    def conditions(self) -> list[Condition]:
        return self._rows("condition")

    def condition(self, code: str) -> Condition:
        return _named(self.conditions, code, _("条件"))

    @cached_property
    def refusal_grounds(self) -> list[RefusalGround]:
        return self._rows("refusal_ground")

    def refusal_ground(self, code: str) -> RefusalGround:
        return _named(self.refusal_grounds, code, _("不予办理的情形"))

    @cached_property
    def recommenders(self) -> list[Recommender]:
        return self._rows("recommender")

    @cached_property
    def checks(self) -> list[CheckSubject]:
        """The subjects of the joint check, in order; none in an edition that asks no other bureau."""
        return self._rows("check")

    def check(self, code: str) -> CheckSubject:
        return _named(self.checks, code, _("核查内容"))

    @cached_property
    def questions(self) -> list[Question]:
        return self._rows("question")

    @cached_property
    def needs(self) -> list[Need]:
        return self._rows("need")

    def need(self, domain: str, item: str) -> Need | None:
        """The catalogue's row of a service; None for something the catalogue does not have."""
        return next((row for row in self.needs if (row.domain, row.item) == (domain, item)), None)

    @cached_property
    def agreement(self) -> AgreementTerms:
        return self._single("agreement")

    @cached_property
    def excuse(self) -> Excuse:
        return self._single("excuse")

    @cached_property
    def excuse_grounds(self) -> list[ExcuseGround]:
        return self._rows("excuse_ground")

    def excuse_ground(self, code: str) -> ExcuseGround:
        return _named(self.excuse_grounds, code, _("免责情形"))

    @cached_property
    def guide(self) -> Guide:
        return self._single("guide")

    @cached_property
    def publicity(self) -> Publicity:
        return self._single("publicity")

    @property
    def publicity_fields(self) -> tuple[str, ...]:
        """The whitelist: nothing else is ever published."""
        return self.publicity.fields

    @cached_property
    def promise_text(self) -> PromiseText:
        return self._single("promise_text")

    @cached_property
    def panel(self) -> Panel:
        return self._single("panel")

    @cached_property
    def team(self) -> Team:
        return self._single("team")

    @cached_property
    def dimensions(self) -> list[Dimension]:
        """What experts score, with weights that add up to 100."""
        return self._rows("dimension")

    @cached_property
    def meeting(self) -> Meeting:
        return self._single("meeting")

    def phrases(self, step: str, outcome: str = "") -> list[str]:
        """Stock phrases of a step, of one outcome when given."""
        return [
            row.text
            for row in self._rows("phrase")
            if row.step == step and (not outcome or row.outcome == outcome)
        ]

    @cached_property
    def remedies(self) -> list[Remedy]:
        return self._rows("remedy")

    def remedy(self, party: bool) -> str:
        """What somebody can do against a decision, by the kind of issuing organ."""
        organ = "party" if party else "administrative"
        return next((row.text for row in self.remedies if row.organ == organ), "")

    @cached_property
    def tables(self) -> dict[str, Any]:
        """Every table of many rows, and those of one row that only this policy has: what its own rules read."""
        extension = extension_of(self.data["edition"]["policy"])
        many = {name: self._rows(name) for name in (*MANY, *extension.many)}
        left_out = extension.optional - self.data.keys()
        return many | {name: None if name in left_out else self._single(name) for name in extension.one}

    def _kind(self, table: str) -> type:
        extension = extension_of(self.data["edition"]["policy"])
        return (ONE | MANY | extension.one | extension.many)[table]

    def _rows(self, table: str) -> list[Any]:
        return [_built(self._kind(table), row) for row in self.data.get(table, [])]

    def _single(self, table: str) -> Any:
        if table not in self.data:
            raise PolicyMissing(_("政策版本中没有“%(table)s”。") % {"table": table})
        return _built(self._kind(table), self.data[table])


def _named(rows: Sequence[Any], code: str, what: str) -> Any:
    found = next((row for row in rows if row.code == code), None)
    if found is None:
        raise PolicyMissing(_("政策版本中没有%(what)s“%(code)s”。") % {"what": what, "code": code})
    return found


def _built(kind: type, row: dict[str, Any]) -> Any:
    """A stored row as its dataclass. It was checked when it was loaded; a key a later release dropped is skipped."""
    hints = get_type_hints(kind)
    return kind(
        **{
            field.name: _value(hints[field.name], row[field.name])
            for field in fields(kind)
            if field.name in row
        }
    )


def _value(hint: Any, value: Any) -> Any:
    if get_origin(hint) is not tuple:
        return value
    inner = get_args(hint)[0]
    return tuple(_built(inner, one) if is_dataclass(inner) else one for one in value)


def figures(edition: PolicyEdition) -> Figures:
    """The figures of an edition; an edition never changes, so they are kept."""
    key = (edition.pk, edition.digest)
    if key not in _editions:
        _editions[key] = Figures(edition.data, edition.mark)
    return _editions[key]


def edition_for(policy: str, day: date | None = None) -> PolicyEdition:
    """The edition of `policy` in force on `day` (today)."""
    found = PolicyEdition.objects.in_force(policy, day or timezone.localdate()).first()
    if found is None:
        raise PolicyMissing(
            _("没有载入政策“%(policy)s”的有效版本，请先运行 manage.py load_policy。") % {"policy": policy}
        )
    return found


def talent_levels() -> list[TalentLevel]:
    """The catalogue's levels in order, kept for a minute or until the next load."""
    if not _levels.get("rows") or monotonic() - _levels["read_at"] > _KEPT_FOR:
        _levels.update(rows=list(TalentLevel.objects.order_by("rank")), read_at=monotonic())
    return list(_levels["rows"])


def targets() -> list[dict[str, Any]]:
    """The policy's yearly targets, each with its clause."""
    return edition_for("targets").data["target"]


def yearly() -> tuple[list[TargetRow], list[CoverageRow]]:
    """The yearly targets, and what each industry chain should have; one reading of the edition in force."""
    data = edition_for("targets").data
    return (
        [_built(TargetRow, row) for row in data["target"]],
        [_built(CoverageRow, row) for row in data.get("coverage", [])],
    )


def also_forget(act: Callable[[], None]) -> None:
    """Let `act` be called with every `forget`: what another module keeps of the loaded data is dropped too."""
    _others.append(act)


def forget() -> None:
    """Drop what is kept; called after every load."""
    _editions.clear()
    _levels.clear()
    for act in _others:
        act()


def edition_difference(old: PolicyEdition, new: PolicyEdition) -> list[tuple[str, Any, Any]]:
    """(key, old value, new value) of everything that differs; a missing side is None."""
    return difference(flatten(old.data), flatten(new.data))


def flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """A nested structure as key path → value; rows are keyed by their code, so that a new row moves no other."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, inner in value.items():
            found |= flatten(inner, f"{prefix}.{key}" if prefix else key)
        return found
    if isinstance(value, list) and value and isinstance(value[0], dict):
        found = {}
        for place, row in enumerate(value):
            found |= flatten(row, f"{prefix}[{label(row, place)}]")
        return found
    return {prefix: value}


def difference(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """(key, old value, new value) of two flattened structures, in the order of the old one."""
    keys = list(old) + [key for key in new if key not in old]
    return [(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
