"""When and in what parts an amount is paid: the parts always add up to the cent."""

import calendar
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from .amounts import CENT, UNIT_MONTHS, Amount, cents
from .rows import Plan


@dataclass(frozen=True)
class Due:
    """One payment: its place, 元, the period it is for, and the day from which it may be paid."""

    number: int
    amount: Decimal
    begins: date
    ends: date
    due_on: date


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def instalments(amount: Amount, plan: Plan, start: date) -> list[Due]:
    """The payments of `amount` from `start`.

    A plan with parts: each part of the total, rounded down to the cent, the last takes what is left; the first is
    due on `start`. A plan by periods: a period is paid when it has ended (no payment in advance).
    """
    return _parts(amount, plan, start) if plan.parts else _periods(amount, plan, start)


def _parts(amount: Amount, plan: Plan, start: date) -> list[Due]:
    whole, left, dues = sum(plan.parts), amount.total, []
    for place, part in enumerate(plan.parts):
        last = place == len(plan.parts) - 1
        share = left if last else (amount.total * part / whole).quantize(CENT, ROUND_DOWN)
        begins = add_months(start, place * plan.every_months)
        ends = add_months(start, (place + 1) * plan.every_months)
        dues.append(Due(place + 1, share, begins, ends, begins))
        left -= share
    return dues


def _periods(amount: Amount, plan: Plan, start: date) -> list[Due]:
    length, dues, done = UNIT_MONTHS[amount.unit], [], 0
    paid = Decimal(0)
    while done < amount.months:
        months = min(plan.every_months, amount.months - done)
        # Counted from the beginning each time: roundings never add up.
        until = cents(amount.each * (done + months) / length)
        begins, ends = add_months(start, done), add_months(start, done + months)
        dues.append(Due(len(dues) + 1, until - paid, begins, ends, ends))
        paid, done = until, done + months
    return dues
