"""What is to be paid back when service ends early, a home is sold too soon, or a claim was false."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .amounts import cents
from .facts import yuan
from .instalments import add_months
from .rows import HousingFigures


@dataclass(frozen=True)
class Recovery:
    """refund in 元; `cancels_rest`: nothing more is paid; `banned_until`: no new application before; and why."""

    refund: Decimal
    cancels_rest: bool
    banned_until: date | None
    reason: str
    clause: str


def recovery(
    figures: HousingFigures, *, event: str, total: Decimal, paid: Decimal, months: int, day: date
) -> Recovery:
    """What follows `event` (left, resold, fraud, ineligible) by the edition's rule.

    total: what was granted; paid: what was paid out; months: served, or held, until the event. An event the
    edition says nothing about costs nothing. Pro rata: paid - total ÷ rule months × months, never below zero.
    """
    rule = figures.clawback_of(event)
    if rule is None:
        return Recovery(Decimal(0), False, None, "政策未规定退回", "")
    banned = add_months(day, rule.ban_months) if rule.ban_months else None
    if rule.months and months >= rule.months:
        return Recovery(Decimal(0), False, banned, f"已满 {rule.months} 个月，不需要退回", rule.clause)
    match rule.shape:
        case "pro_rata":
            earned = cents(total * months / rule.months)
            refund = max(Decimal(0), paid - earned)
            reason = (
                f"已发 {yuan(paid)}，按服务 {months} 个月（应满 {rule.months} 个月）应得 {yuan(earned)}，"
                f"退回 {yuan(refund)}"
            )
        case "full_refund":
            refund, reason = paid, f"{rule.text}，已发 {yuan(paid)} 全部退回"
        case "forfeit":
            refund, reason = Decimal(0), f"{rule.text}，已发的不退，未发的不再发放"
    return Recovery(refund, True, banned, reason, rule.clause)
