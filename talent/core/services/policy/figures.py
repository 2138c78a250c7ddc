"""Reading an edition: every figure by name, typed, with its clause and its 示例·待确认 mark."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import PolicyEdition, TalentLevel


class PolicyMissing(LookupError):
    """No edition is in force, or an edition has no such figure."""


@dataclass(frozen=True)
class Step:
    """A step of the procedure: `limit` and `warn` in working days (0 = none), `counts` against the legal clock."""

    code: str
    title: str
    public_title: str
    role: str
    limit: int
    warn: int
    counts: bool
    active: bool
    source: str = ""
    mark: str = ""


class Figures:
    """One edition's figures. Raises `PolicyMissing` for a name the edition does not have."""

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
        return [Step(**row) for row in self.data["step"]]

    @cached_property
    def active_steps(self) -> list[Step]:
        return [step for step in self.steps if step.active]

    def step(self, code: str) -> Step:
        return self._named(self.steps, code, _("环节"))

    def limit(self, code: str) -> int:
        """Working days of a named limit."""
        return self._named(self._rows("limit"), code, _("期限")).days

    def reminders(self, name: str) -> tuple[int, ...]:
        """Working days before the end at which to remind, longest first."""
        return tuple(sorted(self.data["reminders"][name], reverse=True))

    def _rows(self, table: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(**row) for row in self.data.get(table, [])]

    def _named(self, rows: list[Any], code: str, what: str) -> Any:
        found = next((row for row in rows if row.code == code), None)
        if found is None:
            raise PolicyMissing(_("政策版本中没有%(what)s“%(code)s”。") % {"what": what, "code": code})
        return found

    @cached_property
    def materials(self) -> list[SimpleNamespace]:
        return self._rows("material")

    @cached_property
    def conditions(self) -> list[SimpleNamespace]:
        return self._rows("condition")

    @cached_property
    def refusal_grounds(self) -> list[SimpleNamespace]:
        return self._rows("refusal_ground")

    def refusal_ground(self, code: str) -> SimpleNamespace:
        return self._named(self.refusal_grounds, code, _("不予办理的情形"))

    @cached_property
    def recommenders(self) -> list[SimpleNamespace]:
        return self._rows("recommender")

    @cached_property
    def questions(self) -> list[SimpleNamespace]:
        return self._rows("question")

    @cached_property
    def needs(self) -> list[SimpleNamespace]:
        return self._rows("need")

    @cached_property
    def guide(self) -> SimpleNamespace:
        return SimpleNamespace(**self.data["guide"])

    @property
    def publicity_fields(self) -> list[str]:
        return self.data["publicity"]["fields"]

    @property
    def promise_text(self) -> SimpleNamespace:
        return SimpleNamespace(**self.data["promise_text"])

    def phrases(self, step: str, outcome: str = "") -> list[str]:
        """Stock phrases of a step, of one outcome when given."""
        return [
            row.text for row in self._rows("phrase") if row.step == step and (not outcome or row.outcome == outcome)
        ]

    def remedy(self, party: bool) -> str:
        """What somebody can do against a decision, by the kind of issuing organ."""
        organ = "party" if party else "administrative"
        return next((row.text for row in self._rows("remedy") if row.organ == organ), "")


@lru_cache(maxsize=64)
def _figures(pk: int, digest: str) -> Figures:
    edition = PolicyEdition.objects.get(pk=pk)
    return Figures(edition.data, edition.mark)


def figures(edition: PolicyEdition) -> Figures:
    """The figures of an edition; an edition never changes, so they are kept."""
    return _figures(edition.pk, edition.digest)


def edition_for(policy: str, day: date | None = None) -> PolicyEdition:
    """The edition of `policy` in force on `day` (today)."""
    found = PolicyEdition.objects.in_force(policy, day or timezone.localdate()).first()
    if found is None:
        raise PolicyMissing(_("没有载入政策“%(policy)s”的有效版本，请先运行 manage.py load_policy。") % {"policy": policy})
    return found


@lru_cache(maxsize=1)
def _levels() -> tuple[TalentLevel, ...]:
    return tuple(TalentLevel.objects.order_by("rank"))


def talent_levels() -> list[TalentLevel]:
    """The catalogue's levels in order; kept until the next load."""
    levels = _levels()
    if not levels:
        _levels.cache_clear()
    return list(levels)


def targets() -> list[dict[str, Any]]:
    """The policy's yearly targets, each with its clause."""
    return edition_for("targets").data["target"]


def forget() -> None:
    """Drop what is kept; called after every load."""
    _figures.cache_clear()
    _levels.cache_clear()


def edition_difference(old: PolicyEdition, new: PolicyEdition) -> list[tuple[str, Any, Any]]:
    """(key, old value, new value) of everything that differs; a missing side is None."""
    return difference(flatten(old.data), flatten(new.data))


def flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """A nested structure as key path → value; rows with a code are keyed by it."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, inner in value.items():
            found |= flatten(inner, f"{prefix}.{key}" if prefix else key)
        return found
    if isinstance(value, list) and value and isinstance(value[0], dict):
        found = {}
        for index, row in enumerate(value):
            found |= flatten(row, f"{prefix}[{row.get('code', index)}]")
        return found
    return {prefix: value}


def difference(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    keys = list(old) + [key for key in new if key not in old]
    return [(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
