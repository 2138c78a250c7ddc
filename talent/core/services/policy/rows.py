"""What the tables of a policy file consist of: one frozen dataclass per table, read and checked by it.

A field without a default must stand in the file. `source` says where a figure comes from, `mark` is 示例·待确认 while
the city has not confirmed it, `clause` is what a letter or a page quotes. Days are working days unless said otherwise.
"""

from dataclasses import dataclass
from datetime import date

from .aftercare_rows import AgreementTerms, Excuse, ExcuseGround, Need
from .review_rows import CheckSubject, Dimension, Meeting, Panel, Team
from .target_rows import CoverageRow, TargetRow


@dataclass(frozen=True)
class Head:
    """`[edition]` of a core table: which edition of what, since when, by which document.

    `replaces` names the earlier edition that ends on the day before; without it nothing is closed.
    """

    policy: str
    code: str
    title: str
    document_no: str
    effective_from: date
    confirmed: bool
    source: str
    clause: str = ""
    effective_to: date | None = None
    replaces: str = ""


@dataclass(frozen=True)
class PolicyHead(Head):
    """`[edition]` of a policy: with the prefix of its case numbers and the bureau that takes cases in."""

    case_prefix: str = ""
    intake_bureau: str = ""
    item_code: str = ""


@dataclass(frozen=True)
class Step:
    """A step of the procedure: `limit` and `warn` in working days (0 = none), `counts` against the legal clock.

    `role` is the codename of who acts, empty for the applicant; an inactive step is planned and not yet taken.
    """

    code: str
    title: str
    public_title: str
    role: str
    limit: int
    warn: int
    counts: bool
    active: bool
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Limit:
    """A named limit in working days (`draft_days`: calendar days)."""

    code: str
    days: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Material:
    """What is handed in; `deferrable` may follow under a promise before the step `needed_before`.

    `kinds`: for which kinds of case the policy knows (instruments, posts); empty for all.
    """

    code: str
    name: str
    required: bool
    deferrable: bool
    formats: tuple[str, ...]
    copies: int
    who: str
    origin: str
    note: str
    needed_before: str
    source: str
    kinds: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Recommender:
    """Who may recommend: kind of organisation, bureau code (empty = any), level any, city or county."""

    kind: str
    code_suffix: str
    level: str
    title: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Condition:
    code: str
    text: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class RefusalGround:
    """Why something is refused, by which clause, and what the person can do next.

    `condition` is the published condition that is not met; empty for a ground of procedure.
    """

    code: str
    text: str
    clause: str
    advice: str
    source: str
    condition: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Question:
    ask: str
    answer: str


@dataclass(frozen=True)
class Phrase:
    """A stock phrase of one outcome of one step."""

    step: str
    outcome: str
    text: str


@dataclass(frozen=True)
class Remedy:
    """What somebody can do against a decision of a party organ or of an administrative one."""

    organ: str
    text: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Guide:
    """The words of the public guide; `minutes` to fill in the form, `visits` to a counter."""

    audience: str
    fee: str
    visits: int
    hours: str
    place: str
    phone: str
    minutes: int
    complaint: str
    summary: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Reminders:
    """Working days before the end at which to remind; `draft_reminders` calendar days, without them no draft is purged."""

    supplement_reminders: tuple[int, ...]
    promise_reminders: tuple[int, ...]
    source: str
    mark: str = ""
    draft_reminders: tuple[int, ...] = ()


@dataclass(frozen=True)
class DispatchRule:
    keywords: tuple[str, ...]
    bureau: str
    reason: str


@dataclass(frozen=True)
class Dispatch:
    default: str
    source: str
    rule: tuple[DispatchRule, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Publicity:
    """The only fields that may be published, and where objections come in."""

    fields: tuple[str, ...]
    channels: tuple[str, ...]
    source: str
    mark: str = ""


@dataclass(frozen=True)
class PromiseText:
    version: str
    body: str
    source: str
    mark: str = ""


# Table in the file → its rows. Tables of many rows are `[[name]]`, of one row `[name]`.
MANY: dict[str, type] = {
    "step": Step,
    "limit": Limit,
    "material": Material,
    "recommender": Recommender,
    "condition": Condition,
    "refusal_ground": RefusalGround,
    "question": Question,
    "need": Need,
    "phrase": Phrase,
    "remedy": Remedy,
    "dimension": Dimension,
    "check": CheckSubject,
    "excuse_ground": ExcuseGround,
}
# A policy without these works without them.
OPTIONAL = frozenset(
    {"check", "need", "panel", "dimension", "meeting", "agreement", "excuse", "excuse_ground", "team"}
)
ONE: dict[str, type] = {
    "edition": PolicyHead,
    "guide": Guide,
    "reminders": Reminders,
    "dispatch": Dispatch,
    "publicity": Publicity,
    "promise_text": PromiseText,
    "agreement": AgreementTerms,
    "excuse": Excuse,
    "panel": Panel,
    "meeting": Meeting,
    "team": Team,
}


@dataclass(frozen=True)
class RegionRow:
    code: str
    name: str
    kind: str
    order: int
    note: str = ""


@dataclass(frozen=True)
class ChainRow:
    """A chain: bureau code of its lead, and its 链长 as office or organisation, never a person's name."""

    code: str
    name: str
    lead: str
    leader: str
    confirmed: bool
    source: str


@dataclass(frozen=True)
class Criterion:
    id: str
    text: str
    evidence: str
    source: str


@dataclass(frozen=True)
class LevelRow:
    code: str
    name: str
    rank: int
    family: str
    criterion: tuple[Criterion, ...]


@dataclass(frozen=True)
class YearRow:
    year: int
    published: bool
    source: str


@dataclass(frozen=True)
class DayRow:
    day: date
    working: bool
    name: str


@dataclass(frozen=True)
class BureauRow:
    """A bureau; of a county bureau `{region}` in the names is filled in, `zone_name` is how zones call theirs."""

    code: str
    name: str
    short: str
    letter_prefix: str
    party_organ: bool
    source: str
    zone_name: str = ""
    zone_short: str = ""


@dataclass(frozen=True)
class SourceRow:
    """Where the money of a budget line comes from."""

    code: str
    title: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class SignatureRow:
    """How many people besides the preparer sign a batch of at most `up_to` 元 (0 = any amount); `head`: one is the head."""

    code: str
    up_to: int
    signatures: int
    head: bool
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class AgeBandRow:
    """A column of the ageing report: at most `up_to` calendar days since the decision (0 = any)."""

    code: str
    up_to: int
    title: str
    source: str
    mark: str = ""


CORE_TABLES: dict[str, dict[str, type]] = {
    "regions": {"region": RegionRow},
    "chains": {"chain": ChainRow},
    "talent_levels": {"level": LevelRow},
    "holidays": {"year": YearRow, "day": DayRow},
    "bureaus": {"bureau": BureauRow, "county_bureau": BureauRow},
    "targets": {"target": TargetRow, "coverage": CoverageRow},
    "funds": {"source": SourceRow, "signature": SignatureRow, "age_band": AgeBandRow, "limit": Limit},
}
