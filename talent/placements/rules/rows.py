"""The tables only 校聘企用 has, as typed rows.

A term is counted in months, on-site time in days a year (0 = no upper bound), money in whole yuan; the days of
`[term]` and `[reporting]` are calendar days.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of post: its term, days, posts, age and degree, who publishes it, how often a report is due."""

    code: str
    title: str
    mode: str
    term_min: int
    term_max: int
    term_default: int
    days_min: int
    days_max: int
    posts_per_person: int
    age_max: int
    degrees: tuple[str, ...]
    titles: tuple[str, ...]
    publisher: str
    report_months: int
    rest_days_only: bool
    high_level: bool
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class FirmClass:
    code: str
    title: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Quota:
    """How many posts of a kind a firm of a class may have at the same time."""

    kind: str
    firm_class: str
    posts: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class FirmCondition:
    code: str
    text: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Relation:
    """A relation that excludes a post; the person declares it, or a bureau records it as a fact."""

    code: str
    text: str
    declared: bool
    recorded: bool
    clause: str
    advice: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Rating:
    """A result of the yearly rating: percent of the pay actually paid, and what it means for the next period."""

    code: str
    title: str
    subsidy_percent: int
    next_subsidy: bool
    renewal: bool
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class RatingRules:
    """Working days in which the person may object; months on post after which a rating is due."""

    objection_days: int
    start_after_months: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Subsidy:
    """A payment: to whom, on what basis, at most `cap` yuan, for terms of at least `min_months`.

    material: the code of the material that proves the claim.
    """

    code: str
    title: str
    payee: str
    basis: str
    cap: int
    min_months: int
    kinds: tuple[str, ...]
    material: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Funding:
    """Who bears a subsidy: the city `city_pct` percent, the county the rest; `finance_bureau` pays it."""

    source_of_money: str
    city_pct: int
    finance_bureau: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Renewal:
    """What a firm hands in when it asks for another term: codes of materials."""

    materials: tuple[str, ...]
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Diligence:
    """One thing that must hold before a target missed is forgiven (容错免责).

    basis: what shows it: "days" (percent of the agreed days), "reports" (percent of the reports due), "fault" (not
    ended by a fault), or "officer" (stated by who evaluates). least: that percent, 0 where there is none.
    """

    code: str
    text: str
    basis: str
    least: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class TermRules:
    """Bounds of a running term; days are calendar days.

    countersign_days: how long the other sides have to sign what one side proposes.
    """

    warn_days: tuple[int, ...]
    notice_days: int
    extension_max_months: int
    extension_max_times: int
    suspension_min_days: int
    suspension_max_days: int
    suspension_total_days: int
    suspension_max_times: int
    countersign_days: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class SuspensionReason:
    code: str
    text: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class EndReason:
    """Why a term ends early; `at_fault` keeps the one-off payments back."""

    code: str
    text: str
    at_fault: bool
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Reporting:
    """When reports are due and reminded of, and after how many days a log entry is late; calendar days."""

    due_days: int
    remind_before: tuple[int, ...]
    remind_after: tuple[int, ...]
    late_log_days: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class AgreementClause:
    """A clause of the three-party agreement; `parties_only` is shown to the three sides and nobody else."""

    code: str
    title: str
    required: bool
    parties_only: bool
    hint: str
    source: str
    mark: str = ""


MANY: dict[str, type] = {
    "kind": Kind,
    "firm_class": FirmClass,
    "quota": Quota,
    "firm_condition": FirmCondition,
    "relation": Relation,
    "rating": Rating,
    "subsidy": Subsidy,
    "suspension_reason": SuspensionReason,
    "end_reason": EndReason,
    "clause": AgreementClause,
    "diligence": Diligence,
}
ONE: dict[str, type] = {
    "rating_rules": RatingRules, "funding": Funding, "renewal": Renewal, "term": TermRules, "reporting": Reporting,
}  # fmt: skip
