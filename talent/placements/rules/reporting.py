"""When reports are due, and which day may be logged (the tables [reporting] and [[kind]])."""

from dataclasses import dataclass
from datetime import date, timedelta

from .answers import Finding, Refusal
from .rows import Kind, Reporting
from .term import Term, add_months

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A reporting period: the part of a calendar quarter (or other interval) that lies in the term."""

    year: int
    number: int
    starts_on: date
    ends_on: date
    due_on: date


def periods(starts_on: date, ends_on: date, *, kind: Kind, rules: Reporting) -> tuple[Period, ...]:
    """Every period of a term; the last one is due after the term's last day."""
    made = []
    first = date(starts_on.year, 1, 1)
    number = 0
    while first <= ends_on:
        last = add_months(first, kind.report_months) - _DAY
        number = 1 if first.month == 1 else number + 1
        if last >= starts_on:
            till = min(last, ends_on)
            made.append(Period(first.year, number, max(first, starts_on), till, till + rules.due_days * _DAY))
        first = last + _DAY
    return tuple(made)


def reminder_days(due_on: date, *, rules: Reporting) -> tuple[date, ...]:
    """The days on which to remind of a report, before and after it is due."""
    before = [due_on - day * _DAY for day in rules.remind_before]
    after = [due_on + day * _DAY for day in rules.remind_after]
    return tuple(sorted([*before, *after]))


def log_day(
    day: date,
    *,
    today: date,
    term: Term,
    kind: Kind,
    rules: Reporting,
    rest_day: bool,
    late_reason: str,
    logged_in_year: int,
) -> None:
    """Whether a day of service may be logged; raises `Refusal` naming what would help.

    rest_day: whether `day` is no working day; logged_in_year: days already logged in this post in that year.
    """
    if day > today:
        raise _no(rules.clause, f"{day:%Y-%m-%d}还没有到", "只能登记今天和以前的日期。")
    if not term.covers(day):
        where = "中止期间" if term.suspended_on(day) else "聘期之外"
        raise _no(rules.clause, f"{day:%Y-%m-%d}在{where}", "请选择聘期之内、没有中止的日期。")
    if kind.rest_days_only and not rest_day:
        raise _no(
            kind.clause, f"{day:%Y-%m-%d}是工作日，{kind.title}{kind.mode}服务", "请选择休息日或者假期。"
        )
    if (today - day).days > rules.late_log_days and not late_reason.strip():
        raise _no(
            rules.clause,
            f"补记{(today - day).days}天以前的日期，超过{rules.late_log_days}天",
            "请写明补记的理由。",
        )
    if kind.days_max and logged_in_year >= kind.days_max:
        raise _no(
            kind.clause, f"{day.year}年已登记{logged_in_year}天，{kind.title}每年不超过{kind.days_max}天",
            "超出的天数不再登记；需要更多天数的，请企业改用其他岗位种类。",
        )  # fmt: skip


def _no(clause: str, fact: str, remedy: str) -> Refusal:
    return Refusal(Finding("service_day", "在岗日可以登记", False, clause, fact, remedy))
