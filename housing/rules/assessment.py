"""Eligible or not: every condition with its clause, the fact used, and what would change the answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .amounts import Amount, History, entitlement
from .facts import FACTS, derived
from .instalments import Due, instalments
from .rows import HousingFigures, Plan, Predicate, Rate

MET, UNMET, UNKNOWN, WAIVED = "met", "unmet", "unknown", "waived"
_WORDS = {">=": "不少于", "<=": "不超过", "==": "应为"}


@dataclass(frozen=True)
class Finding:
    """One condition: its text and clause, whether it holds (met, unmet, unknown, waived), by which fact, and what then."""

    code: str
    text: str
    clause: str
    state: str
    fact: str
    needed: str
    change: str = ""

    @property
    def holds(self) -> bool:
        return self.state in (MET, WAIVED)


@dataclass(frozen=True)
class Assessment:
    """The whole answer. `eligible` only when every condition holds; `open` while nothing fails but facts are missing."""

    instrument: str
    level: str
    findings: tuple[Finding, ...]
    amount: Amount | None
    rate: Rate | None
    plan: Plan | None
    dues: tuple[Due, ...] = ()

    @property
    def eligible(self) -> bool:
        return all(finding.holds for finding in self.findings)

    @property
    def open(self) -> bool:
        return not self.failed and not self.eligible

    @property
    def failed(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.state == UNMET)

    @property
    def unknown(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.state == UNKNOWN)

    @property
    def negotiated(self) -> bool:
        return bool(self.rate and self.rate.negotiated)

    def plain(self) -> dict[str, Any]:
        """As JSON, for keeping with the decision: amounts as text, dates as ISO."""
        return _plain(
            {
                "instrument": self.instrument,
                "level": self.level,
                "eligible": self.eligible,
                "open": self.open,
                "negotiated": self.negotiated,
                "findings": [asdict(finding) for finding in self.findings],
                "amount": asdict(self.amount) | {"unit_words": self.amount.unit_words}
                if self.amount
                else None,
                "dues": [asdict(due) for due in self.dues],
            }
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def assess(
    figures: HousingFigures,
    *,
    instrument: str,
    level: str,
    facts: Mapping[str, Any],
    day: date,
    history: History | None = None,
) -> Assessment:
    """Whether a person of `level` gets `instrument` on `day`, how much, and when it is paid.

    facts: names of `FACTS`, or the dates they follow from (`derived`); a missing or None fact leaves its condition
    unknown. `benefits` is the set of other benefits enjoyed. history: what the ledger says was received before.
    """
    known, history = derived(facts, day), history or History()
    rate = figures.rate_of(instrument, level)
    findings = [_standard(figures, instrument, level, rate)]
    for condition in figures.condition:
        rows = [
            row
            for row in figures.predicate
            if row.condition == condition.code
            and (not row.instruments or instrument in row.instruments)
            and (not row.levels or level in row.levels)
        ]
        if rows:
            findings.append(_condition(condition, rows, known))
    findings += _exclusions(figures, instrument, known)
    if rate is None:
        return Assessment(instrument, level, tuple(findings), None, None, None)
    plan = figures.plan_of(rate)
    amount = entitlement(figures, rate, known, history)
    if amount is not None:
        findings += _leftover(amount)
    dues = tuple(instalments(amount, plan, _start(figures, instrument, day))) if amount else ()
    return Assessment(instrument, level, tuple(findings), amount, rate, plan, dues)


def _start(figures: HousingFigures, instrument: str, day: date) -> date:
    """Paid from the month of the approval, or from its day."""
    row = figures.instrument_of(instrument)
    return day.replace(day=1) if row and row.start == "approval_month" else day


def _standard(figures: HousingFigures, instrument: str, level: str, rate: Rate | None) -> Finding:
    row = figures.instrument_of(instrument)
    name, clause = (row.name, row.clause) if row else (instrument, "")
    levels = "、".join(
        dict.fromkeys(one for r in figures.rate if r.instrument == instrument for one in r.levels)
    )
    return Finding(
        "standard", f"属于{name}的对象", rate.clause if rate else clause, MET if rate else UNMET,
        f"人才层次 {level or '尚未认定'}", f"人才层次为 {levels}",
        "" if rate else "本版本没有该层次的标准；取得上列层次后可以申请",
    )  # fmt: skip


def _condition(condition: Any, rows: list[Predicate], facts: Mapping[str, Any]) -> Finding:
    """The best of the alternatives: the first group that holds, else one still open, else the first that fails."""
    groups: dict[str, list[Predicate]] = {}
    for row in rows:
        groups.setdefault(row.either, []).append(row)
    answers = [_all_of(condition, group, facts) for group in groups.values()]
    order = (MET, WAIVED, UNKNOWN, UNMET)
    best = min(answers, key=lambda finding: order.index(finding.state))
    if best.state == UNMET and len(answers) > 1:
        return Finding(
            best.code, best.text, best.clause, UNMET, "；".join(one.fact for one in answers),
            " 或 ".join(one.needed for one in answers), " 或者 ".join(one.change for one in answers),
        )  # fmt: skip
    return best


def _all_of(condition: Any, rows: list[Predicate], facts: Mapping[str, Any]) -> Finding:
    states, said, needed, changes = [], [], [], []
    for row in rows:
        fact, value = FACTS[row.fact], facts.get(row.fact)
        state = _state(row, value)
        if state != MET and row.waived_by and facts.get(row.waived_by):
            state = WAIVED
            said.append(f"{FACTS[row.waived_by].label}，免于该项要求")
        else:
            said.append(f"{fact.label} {fact.said(value)}")
        states.append(state)
        needed.append(_needed(row))
        if state == UNMET:
            changes.append(_change(row, value))
        elif state == UNKNOWN:
            changes.append(f"请补充“{fact.label}”")
    state = next((one for one in (UNMET, UNKNOWN, WAIVED) if one in states), MET)
    return Finding(
        condition.code, condition.text, condition.clause, state, "；".join(said), "；".join(needed),
        "；".join(changes),
    )  # fmt: skip


def _state(row: Predicate, value: Any) -> str:
    if value is None:
        return UNKNOWN
    if row.one_of:
        holds = value in row.one_of
    elif row.yes is not None:
        holds = bool(value) == row.yes
    else:
        holds = {">=": value >= row.number, "<=": value <= row.number, "==": value == row.number}[row.op]
    return MET if holds else UNMET


def _needed(row: Predicate) -> str:
    fact = FACTS[row.fact]
    if row.one_of:
        return f"{fact.label}：" + "或".join(fact.said(one) for one in row.one_of)
    if row.yes is not None:
        return f"{fact.label}：{fact.said(row.yes)}"
    return f"{fact.label}{_WORDS[row.op]} {row.number} {fact.unit}".strip()


def _change(row: Predicate, value: Any) -> str:
    """The edition's advice; how much is missing is counted."""
    if row.op == ">=" and row.number is not None:
        return f"还差 {row.number - value} {FACTS[row.fact].unit}；{row.change}"
    return row.change


def _exclusions(figures: HousingFigures, instrument: str, facts: Mapping[str, Any]) -> list[Finding]:
    rows = [row for row in figures.exclusion if instrument in row.against and row.blocks == "application"]
    if not rows:
        return []
    enjoyed, names = facts.get("benefits"), "、".join(row.name for row in rows)
    text, clause = f"没有同时享受{names}", rows[0].clause
    if enjoyed is None:
        return [Finding("benefits", text, clause, UNKNOWN, "尚未填写", text, "请说明是否享受其他住房待遇")]
    against = [row for row in rows if row.code in enjoyed]
    if not against:
        return [Finding("benefits", text, clause, MET, "没有享受其他住房待遇", text)]
    return [
        Finding(row.code, f"没有同时享受{row.name}", row.clause, UNMET, f"正在享受{row.name}",
                f"不与{row.name}同时享受", row.change)
        for row in against
    ]  # fmt: skip


def _leftover(amount: Amount) -> list[Finding]:
    """Nothing is left after deductions, or no month: told as a condition, with the clause that took the last of it."""
    lines = amount.month_lines if amount.month_lines and not amount.months else amount.lines
    if amount.total > 0:
        return []
    last = lines[-1]
    return [
        Finding("left", "尚有可以享受的额度", last.clause, UNMET, last.label, "扣除已享受部分后仍有余额",
                "层次提升或者政策调整后可以再次申请")
    ]  # fmt: skip
