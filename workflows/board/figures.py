"""The board's figures: every number with the address of its list, at a fixed number of queries.

The page, the tables for download and the monthly report are made from the same `Board`.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from talent.core.models import PolicyEdition
from talent.core.services import atlas, calendar, policy
from workflows.base.nodes import PROMISE, SUPPLEMENT
from workflows.models import OpenStep, StepSpan
from workflows.projections import median

from . import selections
from .selections import DIRECT, Scope

_TENTH = Decimal("0.1")
# Not on the way of every case; listed after the others.
_ASIDE = (SUPPLEMENT, PROMISE)


@dataclass(frozen=True)
class Number:
    """A number and the list it opens."""

    value: int
    url: str


@dataclass(frozen=True)
class Target:
    """A yearly target: what is reached, and what would have been reached by now at an even pace (序时进度)."""

    row: policy.TargetRow
    number: Number | None
    pace: Decimal

    @property
    def tone(self) -> str:
        if self.number is None:
            return "mute"
        return "ok" if self.number.value >= self.pace else "warn"

    @property
    def verdict(self) -> str:
        if self.number is None:
            return _("未接入")
        if self.number.value >= self.row.figure:
            return _("已完成年度目标")
        return _("达到序时进度") if self.number.value >= self.pace else _("落后序时进度")

    @property
    def share(self) -> int:
        """Percent of the year's target, at most 100, for the bar."""
        return min(100, self.number.value * 100 // self.row.figure) if self.number else 0

    @property
    def pace_share(self) -> int:
        return int(self.pace * 100 / self.row.figure)


@dataclass
class Pace:
    """What was done in how many working days, and what is open: of a step, a bureau or a month."""

    title: str
    limit: int = 0
    times: Counter[int] = field(default_factory=Counter)
    kept: int = 0
    late: int = 0
    open: int = 0
    overdue: int = 0
    passed: int = 0
    urls: dict[str, str] = field(default_factory=dict)

    def add(self, days: int, kept: bool | None, number: int) -> None:
        self.times[days] += number
        if kept is not None:
            self.kept += number * kept
            self.late += number * (not kept)

    @property
    def done(self) -> int:
        return self.times.total()

    @property
    def median(self) -> Decimal | None:
        return median(self.times.items())

    @property
    def rate(self) -> int | None:
        """Percent done within the limit, rounded down; None when nothing had one."""
        limited = self.kept + self.late
        return self.kept * 100 // limited if limited else None


@dataclass(frozen=True)
class ChainRow:
    """A chain of the matrix: what it has, what it lacks, its running cases."""

    standing: atlas.ChainStanding
    cases: Number


class Board:
    """Everything the board says of a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.made_at: datetime = calendar.now()
        self.today = calendar.today()
        self.share = calendar.elapsed_share(scope.until)
        self.edition: PolicyEdition = policy.edition_for(DIRECT)
        rows, self.coverage = policy.yearly()
        conditions = {row.code: selections.counts_for(scope, row) for row in rows}
        asked = {f"target-{code}": found for code, found in conditions.items() if found is not None}
        asked |= {
            "one-case": selections.one_case(scope),
            "cohort": selections.cohort(scope),
            "running": selections.running(scope),
        }
        # Names of keyword arguments have no hyphen.
        counted = scope.visible.order_by().aggregate(
            **{name.replace("-", "_"): Count("pk", filter=condition) for name, condition in asked.items()}
        )
        self._numbers = {name: Number(counted[name.replace("-", "_")], scope.address(name)) for name in asked}
        self.targets = [
            Target(
                row,
                self._numbers.get(f"target-{row.code}"),
                (row.figure * self.share).quantize(_TENTH, ROUND_HALF_UP),
            )
            for row in rows
        ]

    @property
    def one_case(self) -> Number:
        return self._numbers["one-case"]

    @property
    def cohort(self) -> Number:
        return self._numbers["cohort"]

    @property
    def running(self) -> Number:
        return self._numbers["running"]

    @cached_property
    def red(self) -> Number:
        overdue = sum(row.overdue for row in self.steps)
        return Number(overdue, self.scope.address("steps", light="red"))

    # --- time ------------------------------------------------------------------------------------------------

    @cached_property
    def _spans(self) -> list[tuple[Any, ...]]:
        """Steps done this year, grouped as far as any table needs them."""
        return list(
            selections.spans(self.scope)
            .order_by()
            .values_list(
                "step", "officer", "organisation__code", "organisation__name", "closed_on__month", "days", "kept"
            )
            .annotate(number=Count("pk"))
        )  # fmt: skip

    @cached_property
    def _open(self) -> list[tuple[Any, ...]]:
        late = Q(waiting=OpenStep.Waiting.OFFICER, due_on__lt=self.today)
        return list(
            selections.steps(self.scope)
            .order_by()
            .values_list("node", "waiting", "organisation__code", "organisation__name")
            .annotate(number=Count("pk"), late=Count("pk", filter=late))
        )

    @cached_property
    def steps(self) -> list[Pace]:
        """The funnel: every step of the edition in order, how many cases of this year have passed it, and its time."""
        figures = policy.figures(self.edition)
        found = {
            step.code: Pace(step.title, step.limit, urls=self._urls(step=step.code))
            for step in sorted(figures.active_steps, key=lambda step: step.code in _ASIDE)
        }
        for code, url in ((code, self.scope.address("passed", step=code)) for code in found):
            found[code].urls["passed"] = url
        for step, _officer, _code, _name, _month, days, kept, number in self._spans:
            if step in found:
                found[step].add(days, kept, number)
        step_of = selections.step_of_nodes()
        for node, _waiting, _code, _name, number, late in self._open:
            if (step := step_of.get(node)) in found:
                found[step].open += number
                found[step].overdue += late
        for step, number in self._passed():
            if step in found:
                found[step].passed = number
        return [pace for pace in found.values() if pace.done or pace.open or pace.passed or pace.limit]

    def _passed(self) -> list[tuple[str, int]]:
        scope = self.scope
        cases = scope.visible.filter(selections.cohort(scope))
        return list(
            StepSpan.objects.filter(case__in=cases, closed_on__lte=scope.until)
            .order_by()
            .values_list("step")
            .annotate(number=Count("case", distinct=True))
        )

    @cached_property
    def bureaus(self) -> list[Pace]:
        """Who did how much in what time, and what is open there; most overdue first."""
        found: dict[str, Pace] = {}

        def of(code: str, name: str) -> Pace:
            if code not in found:
                found[code] = Pace(name, urls=self._urls(organisation=code))
            return found[code]

        for _step, officer, code, name, _month, days, kept, number in self._spans:
            if officer and code:
                of(code, name).add(days, kept, number)
        for _node, waiting, code, name, number, late in self._open:
            if waiting == OpenStep.Waiting.OFFICER and code:
                of(code, name).open += number
                of(code, name).overdue += late
        return sorted(found.values(), key=lambda pace: (-pace.overdue, -pace.done, pace.title))

    @cached_property
    def months(self) -> list[Pace]:
        """On-time rate by month of the year, officers' steps only."""
        found: dict[int, Pace] = defaultdict(lambda: Pace(""))
        for month in range(1, self.scope.until.month + 1):
            found[month] = Pace(_("%(month)d月") % {"month": month}, urls=self._urls(month=month))
        for _step, officer, _code, _name, month, days, kept, number in self._spans:
            if officer:
                found[month].add(days, kept, number)
        return list(found.values())

    def _urls(self, **asked: Any) -> dict[str, str]:
        address = self.scope.address
        return {
            "done": address("spans", **asked),
            "kept": address("spans", verdict="kept", **asked),
            "late": address("spans", verdict="late", **asked),
            "open": address("steps", **asked),
            "overdue": address("steps", light="red", **asked),
        }

    # --- chains -------------------------------------------------------------------------------------------------

    @cached_property
    def chains(self) -> list[ChainRow]:
        """The matrix of the chains against 一链条一平台一院士多团队."""
        cases = dict(
            self.scope.visible.filter(selections.running(self.scope), chain__isnull=False)
            .order_by()
            .values_list("chain")
            .annotate(number=Count("pk"))
        )
        return [
            ChainRow(
                row,
                Number(cases.get(row.chain.pk, 0), self.scope.address("chain", chain=row.chain.code)),
            )
            for row in atlas.standing_of_chain(self.coverage)
        ]

    @property
    def marks(self) -> str:
        """示例·待确认 while a measure or the edition is not confirmed."""
        return self.edition.mark or next((target.row.mark for target in self.targets if target.row.mark), "")
