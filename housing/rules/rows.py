"""The tables a housing edition has beyond the common ones: one frozen dataclass per table.

Amounts are whole 元, shares whole percent, limits working days, everything called `months` calendar months.
`source` says where a figure comes from, `mark` is 示例·待确认 while the city has not confirmed it, `clause` is what
pages and letters quote.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class Instrument:
    """购房补贴, 租房补贴 or 人才公寓. `start`: from when it is paid (`approval_month` or `approval_day`).

    `quick` names the three to five facts the public check asks for.
    """

    code: str
    name: str
    item_code: str
    summary: str
    start: str
    quick: tuple[str, ...]
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Rate:
    """What one or more levels get.

    form: cash, voucher (房票) or flat; unit: once, month or year; payee: person, employer or university.
    Exactly one of `amount`, `share_pct` (of the price), `rent_pct` (what a tenant pays of the market rent) and
    `negotiated` (一事一议) says how much. `cap_pct`, `cap_price` and `cap_rent` bound it; `months` is how long at
    most; months drawn under the instruments of `months_with` count as well.
    """

    code: str
    instrument: str
    levels: tuple[str, ...]
    form: str
    unit: str
    plan: str
    payee: str
    clause: str
    source: str
    amount: int | None = None
    share_pct: int | None = None
    rent_pct: int | None = None
    negotiated: bool = False
    cap_pct: int | None = None
    cap_price: bool = False
    cap_rent: bool = False
    months: int = 0
    months_with: tuple[str, ...] = ()
    area_min: int = 0
    area_max: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Plan:
    """How it is paid: in `parts` (ratio of each, `every_months` apart) or, without parts, by periods of that length."""

    code: str
    name: str
    every_months: int
    clause: str
    source: str
    parts: tuple[int, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Predicate:
    """One testable part of a published condition: `fact` `op` `number`, `yes` or `one_of`.

    Predicates of one condition must all hold; when they name different `either`, one group of them is enough.
    `waived_by` is a fact that makes it unnecessary. `change` tells the person what would change the answer.
    """

    code: str
    condition: str
    fact: str
    op: str
    change: str
    source: str
    instruments: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    number: int | None = None
    yes: bool | None = None
    one_of: tuple[str, ...] = ()
    either: str = ""
    waived_by: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Exclusion:
    """A benefit that excludes an instrument: before the application, or (`payment`) only until it is paid."""

    code: str
    name: str
    against: tuple[str, ...]
    blocks: str
    change: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Offset:
    """Money received before that is deducted (就高不重复)."""

    code: str
    name: str
    reduces: tuple[str, ...]
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Upgrade:
    """A higher level later: `difference` pays the difference, `none` nothing."""

    rule: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Couple:
    """Both qualify: higher_only, first_full_second_part (`second_pct` of the second), both_full or no_double."""

    rule: str
    clause: str
    source: str
    second_pct: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Clawback:
    """What follows an event within `months`: pro_rata by months served, full_refund, or forfeit of what is unpaid.

    `code` names the event: left (service ended), resold, fraud, ineligible. `ban_months`: no new application.
    """

    code: str
    shape: str
    months: int
    text: str
    clause: str
    source: str
    ban_months: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Recheck:
    """When conditions are asked again: in the first `quarterly_days` of a quarter, in `annual_month`, before paying."""

    annual_month: int
    quarterly_days: int
    change_report_days: int
    before_each_payment: bool
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Deciding:
    """Which bureau decides which levels; `endorsed` levels are seen by it before the publicity."""

    levels: tuple[str, ...]
    bureau: str
    endorsed: bool
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Bearing:
    """Who bears it: the city `city_pct` percent, the county the rest; money comes from `source_of_money`.

    A city unit's people are borne by the city alone. `finance_bureau` pays, of the county when it has one.
    """

    source_of_money: str
    city_pct: int
    finance_bureau: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Routing:
    """Which bureau of the county, and which of the city, handles a case; central and city units go to the city."""

    county_bureau: str
    city_bureau: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Exchange:
    """What a bureau that answers by file is told of each person: the columns of its list, and nothing else."""

    subject: str
    columns: tuple[str, ...]
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Flats:
    """How flats are let: `bureau` lets them, who is on the list chooses within `choice_days` working days.

    missed_most: windows somebody may let pass. term_months: one contract. warn_days: calendar days before its end in
    which renewal is asked. notice_days: of notice to leave. move_in_days: from the choice to the handover.
    """

    bureau: str
    choice_days: int
    missed_most: int
    move_in_days: int
    term_months: int
    warn_days: int
    notice_days: int
    clause: str
    source: str
    mark: str = ""


EXTRA_MANY: dict[str, type] = {
    "instrument": Instrument,
    "rate": Rate,
    "plan": Plan,
    "predicate": Predicate,
    "exclusion": Exclusion,
    "offset": Offset,
    "clawback": Clawback,
    "deciding": Deciding,
    "exchange": Exchange,
}
EXTRA_ONE: dict[str, type] = {
    "couple": Couple,
    "upgrade": Upgrade,
    "recheck": Recheck,
    "routing": Routing,
    "bearing": Bearing,
    "flats": Flats,
}
# A city need not let flats, and its bureaus may all answer here.
EXTRA_OPTIONAL = frozenset({"exchange", "flats"})


@dataclass(frozen=True)
class HousingFigures:
    """All tables of one edition the rules read. `condition` rows are the common ones (code, text, clause)."""

    instrument: tuple[Instrument, ...]
    rate: tuple[Rate, ...]
    plan: tuple[Plan, ...]
    condition: tuple[Any, ...]
    predicate: tuple[Predicate, ...]
    exclusion: tuple[Exclusion, ...]
    offset: tuple[Offset, ...]
    clawback: tuple[Clawback, ...]
    deciding: tuple[Deciding, ...]
    couple: Couple
    upgrade: Upgrade
    recheck: Recheck
    routing: Routing
    bearing: Bearing
    exchange: tuple[Exchange, ...]
    flats: Flats | None

    @classmethod
    def of(cls, read: Mapping[str, Any]) -> Self:
        """From typed rows by table, as a checked file or a stored edition gives them."""
        return cls(
            **{
                field.name: tuple(rows) if isinstance(rows := read[field.name], list) else rows
                for field in fields(cls)
            }
        )

    def instrument_of(self, code: str) -> Instrument | None:
        return next((row for row in self.instrument if row.code == code), None)

    def rate_of(self, instrument: str, level: str) -> Rate | None:
        """The standard of a level; None when the edition has none for it."""
        return next((row for row in self.rate if row.instrument == instrument and level in row.levels), None)

    def plan_of(self, rate: Rate) -> Plan:
        return next(row for row in self.plan if row.code == rate.plan)

    def clawback_of(self, event: str) -> Clawback | None:
        return next((row for row in self.clawback if row.code == event), None)

    def exchange_of(self, subject: str) -> Exchange | None:
        """The list a bureau is sent about a subject; None when it answers here only."""
        return next((row for row in self.exchange if row.subject == subject), None)

    def deciding_of(self, level: str) -> Deciding:
        """Who decides a level; every level of a rate has exactly one."""
        return next(row for row in self.deciding if level in row.levels)
