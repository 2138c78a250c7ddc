"""How much: base, cap, couple and what was received before, line by line, each with its clause.

The lines add up to `Amount.each` exactly; months are lines of their own. Every amount has cents at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .facts import yuan
from .rows import HousingFigures, Rate

CENT = Decimal("0.01")
UNIT_MONTHS = {"once": 0, "month": 1, "year": 12}
UNIT_WORDS = {"once": "元", "month": "元/月", "year": "元/年"}


def cents(amount: Decimal) -> Decimal:
    """Rounded to 分, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class History:
    """What was granted and paid before, as the ledger has it.

    received: offset code → 元; drawn: instrument → months already drawn; own: 元 granted under the same instrument
    at an earlier level; spouse: what the spouse was granted under the same instrument, in the same unit (None: no
    application of the spouse's was granted).
    """

    received: Mapping[str, Decimal] = field(default_factory=dict)
    drawn: Mapping[str, int] = field(default_factory=dict)
    own: Decimal = Decimal(0)
    spouse: Decimal | None = None


@dataclass(frozen=True)
class Line:
    """One step of the calculation: its `amount` (元, or months) is added to what stands above it."""

    code: str
    label: str
    amount: Decimal
    clause: str


@dataclass(frozen=True)
class Amount:
    """The result. each: per `unit` (once, month, year); months: how many, 0 for a single sum; total in 元."""

    unit: str
    form: str
    payee: str
    lines: tuple[Line, ...]
    month_lines: tuple[Line, ...]
    each: Decimal
    months: int
    total: Decimal

    @property
    def unit_words(self) -> str:
        return UNIT_WORDS[self.unit]


def entitlement(
    figures: HousingFigures, rate: Rate, facts: Mapping[str, Any], history: History
) -> Amount | None:
    """What `rate` gives for these facts after everything received before; None while a needed fact is missing.

    A negotiated rate (一事一议) gives what was agreed, the fact `negotiated_amount`; a flat has no amount.
    """
    if rate.negotiated:
        return _negotiated(rate, facts.get("negotiated_amount"))
    if rate.rent_pct is not None:
        return None
    if (rate.cap_pct is not None or rate.cap_price or rate.share_pct is not None) and facts.get(
        "price"
    ) is None:
        return None
    if rate.cap_rent and facts.get("rent") is None:
        return None
    lines = [_base(rate, facts)]
    for step in (_cap, _couple, _upgrade, _offsets):
        lines += step(figures, rate, facts, history, sum(line.amount for line in lines))
    each = cents(sum((line.amount for line in lines), Decimal(0)))
    month_lines = _months(rate, history)
    months = int(sum(line.amount for line in month_lines))
    length = UNIT_MONTHS[rate.unit]
    total = cents(each * months / length) if length else each
    return Amount(rate.unit, rate.form, rate.payee, tuple(lines), month_lines, each, months, total)


def _negotiated(rate: Rate, agreed: Decimal | None) -> Amount | None:
    if not agreed:
        return None
    line = Line("negotiated", "一事一议议定", cents(agreed), rate.clause)
    return Amount(rate.unit, rate.form, rate.payee, (line,), (), line.amount, 0, line.amount)


def _base(rate: Rate, facts: Mapping[str, Any]) -> Line:
    if rate.share_pct is not None:
        amount = cents(Decimal(facts["price"]) * rate.share_pct / 100)
        return Line("base", f"标准：购房价款的 {rate.share_pct}%", amount, rate.clause)
    return Line("base", "标准", Decimal(rate.amount), rate.clause)


def _cap(
    figures: HousingFigures, rate: Rate, facts: Mapping[str, Any], history: History, so_far: Decimal
) -> list[Line]:
    """The lowest of the caps that bind; a higher one is not told, it changes nothing."""
    caps = []
    if rate.cap_pct is not None:
        caps.append(
            (cents(Decimal(facts["price"]) * rate.cap_pct / 100), f"不超过购房价款的 {rate.cap_pct}%")
        )
    if rate.cap_price:
        caps.append((Decimal(facts["price"]), "不超过购房价款"))
    if rate.cap_rent:
        caps.append((Decimal(facts["rent"]), "不超过实际租金"))
    if not caps:
        return []
    cap, words = min(caps)
    if cap >= so_far:
        return []
    return [Line("cap", f"{words}（{yuan(cap)}）", cap - so_far, rate.clause)]


def _couple(
    figures: HousingFigures, rate: Rate, facts: Mapping[str, Any], history: History, so_far: Decimal
) -> list[Line]:
    """The edition's couple rule, when the spouse was granted something under the same instrument."""
    if history.spouse is None or history.spouse == 0:
        return []
    couple = figures.couple
    match couple.rule:
        case "higher_only":
            less = min(so_far, history.spouse)
            return [
                Line("couple", f"夫妻就高不重复：配偶已享受 {yuan(history.spouse)}", -less, couple.clause)
            ]
        case "first_full_second_part":
            share = cents(so_far * couple.second_pct / 100)
            return [
                Line("couple", f"夫妻双方：后申请一方按 {couple.second_pct}%", share - so_far, couple.clause)
            ]
        case "no_double":
            return [Line("couple", "夫妻双方不重复享受：配偶已享受", -so_far, couple.clause)]
    return []


def _upgrade(
    figures: HousingFigures, rate: Rate, facts: Mapping[str, Any], history: History, so_far: Decimal
) -> list[Line]:
    """A single sum granted before at a lower level: the difference is paid, or nothing. Months have lines of their own."""
    if not history.own or rate.unit != "once":
        return []
    upgrade = figures.upgrade
    less = min(so_far, history.own) if upgrade.rule == "difference" else so_far
    words = "层次提升补差：原层次已享受" if upgrade.rule == "difference" else "同一事项只享受一次：已享受"
    return [Line("upgrade", f"{words} {yuan(history.own)}", -less, upgrade.clause)]


def _offsets(
    figures: HousingFigures, rate: Rate, facts: Mapping[str, Any], history: History, so_far: Decimal
) -> list[Line]:
    """What was received before and is deducted, never below zero."""
    lines = []
    for offset in figures.offset:
        received = Decimal(history.received.get(offset.code, 0))
        if rate.instrument in offset.reduces and received and so_far:
            less = min(so_far, received)
            lines.append(Line("offset", f"抵扣：{offset.name} {yuan(received)}", -less, offset.clause))
            so_far -= less
    return lines


def _months(rate: Rate, history: History) -> tuple[Line, ...]:
    if not rate.months:
        return ()
    lines = [Line("months", "最长月数", Decimal(rate.months), rate.clause)]
    left = rate.months
    for instrument in dict.fromkeys((rate.instrument, *rate.months_with)):
        drawn = min(left, history.drawn.get(instrument, 0))
        if drawn:
            lines.append(Line("drawn", "已享受的月数", Decimal(-drawn), rate.clause))
            left -= drawn
    return tuple(lines)
