"""What is due when a term ends: the days and pay to be settled, and whether a target missed is forgiven."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .answers import Finding
from .fitness import promised_by_year
from .rulebook import Rulebook
from .term import Term

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Settlement:
    """Days served and agreed until the last day, and the pay they come to in yuan, with how it was worked out."""

    days: int
    agreed_days: int
    pay: Decimal
    reason: str


def settlement(term: Term, *, days_per_year: int, pay_per_year: Decimal, confirmed: int) -> Settlement:
    """What three sides may settle on: the agreed pay of a day times the confirmed days, at most the agreed share.

    confirmed: days of service the firm has confirmed.
    """
    agreed = sum(promised_by_year(term.starts_on, term.ends_on, days_per_year).values())
    counted = min(confirmed, agreed)
    pay = (pay_per_year * counted / days_per_year).quantize(_CENT, ROUND_HALF_UP)
    reason = f"年报酬{pay_per_year:.2f}元 ÷ 每年{days_per_year}天 × {counted}天 = {pay}元"
    if confirmed > agreed:
        reason += f"（约定{agreed}天，超出的不另计）"
    return Settlement(confirmed, agreed, pay, reason)


@dataclass(frozen=True)
class Conduct:
    """How a term was carried out: days confirmed and agreed, reports handed in and due, and whether a fault ended it.

    stated: codes of what the evaluating officer has found and states himself.
    """

    days: int
    agreed_days: int
    reports: int
    reports_due: int
    at_fault: bool
    stated: frozenset[str] = frozenset()


def diligent(conduct: Conduct, *, book: Rulebook) -> tuple[Finding, ...]:
    """Every condition of 尽职免责 with its finding (济政发〔2025〕8号 item 18)."""
    return tuple(_found(row, conduct) for row in book.diligence)


def _found(row, conduct: Conduct) -> Finding:
    match row.basis:
        case "days":
            passed = conduct.days * 100 >= conduct.agreed_days * row.least
            fact = f"约定{conduct.agreed_days}天，已确认{conduct.days}天"
            remedy = "有在岗日未确认的，请企业先确认；确实不足的，不能按尽职免责评估。"
        case "reports":
            passed = conduct.reports * 100 >= conduct.reports_due * row.least
            fact = f"应报告{conduct.reports_due}期，已报告{conduct.reports}期"
            remedy = "请企业补交报告后再评估。"
        case "fault":
            passed = not conduct.at_fault
            fact = "因一方过错提前终止" if conduct.at_fault else "没有因过错提前终止"
            remedy = "有过错的，按未履行约定评估。"
        case _:
            passed = row.code in conduct.stated
            fact = "评估人员已查证" if passed else "评估人员没有确认"
            remedy = "请查证后勾选，并在评估意见中写明事实。"
    return Finding(f"diligence_{row.code}", row.text, passed, row.clause, fact, "" if passed else remedy)
