"""The term of a post: how long it lasts, and what suspending, resuming, extending, ending and replacing do to it.

A suspension moves the end by as many months and days as it lasted. Terms are values: every act gives a new one, or
raises `Refusal` with the clause and what would help. Days are calendar days, both ends included.
"""

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .answers import Finding, Refusal
from .rows import Kind, TermRules

_DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a month that has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _span(start: date, end: date) -> tuple[int, int]:
    """From `start` to `end` as whole months and remaining days."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    return months, (end - add_months(start, months)).days


@dataclass(frozen=True)
class Pause:
    """A suspension from `starts_on` until the day before `ends_on`, which is a plan until it is resumed."""

    starts_on: date
    ends_on: date
    resumed: bool = False

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days

    def covers(self, day: date) -> bool:
        return self.starts_on <= day < self.ends_on


@dataclass(frozen=True)
class Extension:
    """Months added to the term by agreement."""

    months: int


@dataclass(frozen=True)
class Term:
    """A term of `months` from `starts_on`, with what happened to it.

    ended_on: the last day, when it was ended before its time.
    """

    starts_on: date
    months: int
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    ended_on: date | None = None

    @property
    def agreed_end(self) -> date:
        """The last day as agreed at the beginning."""
        return add_months(self.starts_on, self.months) - _DAY

    @property
    def full_end(self) -> date:
        """The last day with extensions and suspensions counted, as if it were never ended early."""
        months = self.months + sum(extension.months for extension in self.extensions)
        end = add_months(self.starts_on, months)
        for pause in self.pauses:
            gone, days = _span(pause.starts_on, pause.ends_on)
            end = add_months(end, gone) + timedelta(days=days)
        return end - _DAY

    @property
    def ends_on(self) -> date:
        """The last day there is."""
        return self.ended_on or self.full_end

    @property
    def suspended_days(self) -> int:
        return sum(pause.days for pause in self.pauses)

    @property
    def open_pause(self) -> Pause | None:
        return next((pause for pause in self.pauses if not pause.resumed), None)

    def suspended_on(self, day: date) -> bool:
        return any(pause.covers(day) for pause in self.pauses)

    def covers(self, day: date) -> bool:
        """Whether `day` is a day of service: within the term and not suspended."""
        return self.starts_on <= day <= self.ends_on and not self.suspended_on(day)

    def days_left(self, today: date) -> int:
        """Calendar days from `today` to the last day; negative afterwards."""
        return (self.ends_on - today).days

    def warnings_due(self, today: date, rules: TermRules) -> tuple[int, ...]:
        """Of the edition's warnings (days before the end) those whose day has come, nearest last."""
        left = self.days_left(today)
        return tuple(sorted((day for day in rules.warn_days if 0 <= left <= day), reverse=True))

    def suspend(self, start: date, until: date, *, rules: TermRules) -> "Term":
        """Suspended from `start`, to be resumed on `until`. Raises `Refusal`."""
        length = (until - start).days
        pauses = len(self.pauses)
        total = self.suspended_days + length
        _require(
            not self.ended_on and self.starts_on <= start <= self.ends_on,
            rules, f"聘期为{_day(self.starts_on)}至{_day(self.ends_on)}，中止从{_day(start)}开始", "请选择聘期之内的日期。",
        )  # fmt: skip
        _require(
            all(until <= pause.starts_on or start >= pause.ends_on for pause in self.pauses)
            and self.open_pause is None,
            rules, "与已有的中止重叠，或者上一次中止还没有恢复", "请先办理恢复，再从恢复之后的日期中止。",
        )  # fmt: skip
        _require(
            rules.suspension_min_days <= length <= rules.suspension_max_days,
            rules,
            f"本次中止{length}天，规定每次{rules.suspension_min_days}至{rules.suspension_max_days}天",
            "请调整恢复日期；不能恢复任职的，请办理提前终止。",
        )
        _require(
            pauses < rules.suspension_max_times,
            rules, f"已经中止{pauses}次，最多{rules.suspension_max_times}次", "不能继续任职的，请办理提前终止或者更换人选。",
        )  # fmt: skip
        _require(
            total <= rules.suspension_total_days,
            rules, f"累计中止{total}天，最多{rules.suspension_total_days}天", "请缩短本次中止，或者办理提前终止。",
        )  # fmt: skip
        made = replace(self, pauses=(*self.pauses, Pause(start, until)))
        return made

    def resume(self, day: date, *, rules: TermRules) -> "Term":
        """The open suspension ends: `day` is the first day of service again. Raises `Refusal`."""
        pause = self.open_pause
        _require(pause is not None, rules, "没有进行中的中止", "请刷新页面核对。")
        length = (day - pause.starts_on).days
        others = self.suspended_days - pause.days
        _require(
            0 < length <= rules.suspension_max_days and others + length <= rules.suspension_total_days,
            rules,
            f"从{_day(pause.starts_on)}中止，恢复日期为{_day(day)}",
            f"恢复日期应在中止之后，每次不超过{rules.suspension_max_days}天，累计不超过{rules.suspension_total_days}天。",
        )
        return replace(
            self, pauses=tuple(replace(one, ends_on=day, resumed=True) if one is pause else one for one in self.pauses)
        )  # fmt: skip

    def extend(self, months: int, *, rules: TermRules) -> "Term":
        """`months` longer by agreement. Raises `Refusal`."""
        so_far = sum(extension.months for extension in self.extensions)
        _require(not self.ended_on, rules, "聘期已经终止", "可以重新申请。")
        _require(
            len(self.extensions) < rules.extension_max_times,
            rules, f"已经延长{len(self.extensions)}次，最多{rules.extension_max_times}次", "期满后可以申请续聘。",
        )  # fmt: skip
        _require(
            months >= 1 and so_far + months <= rules.extension_max_months,
            rules, f"累计延长{so_far + months}个月，最多{rules.extension_max_months}个月", "请减少延长的月数，或者期满后申请续聘。",
        )  # fmt: skip
        return replace(self, extensions=(*self.extensions, Extension(months)))

    def end(self, last_day: date, *, told_on: date, rules: TermRules, notice: bool = True) -> "Term":
        """Ended early on `last_day`, told on `told_on`; with `notice` the edition's notice is kept. Raises `Refusal`.

        A suspension that would outlast the new end is cut at it.
        """
        _require(not self.ended_on, rules, "聘期已经终止", "请刷新页面核对。")
        _require(
            self.starts_on <= last_day < self.full_end,
            rules, f"聘期为{_day(self.starts_on)}至{_day(self.full_end)}，终止日为{_day(last_day)}", "终止日应在聘期之内；到期的不需要办理提前终止。",
        )  # fmt: skip
        _require(
            not notice or (last_day - told_on).days >= rules.notice_days,
            rules, f"{_day(told_on)}告知，{_day(last_day)}终止", f"应提前{rules.notice_days}天告知；三方一致的可以不受此限。",
        )  # fmt: skip
        kept = tuple(
            replace(pause, ends_on=min(pause.ends_on, last_day + _DAY), resumed=True)
            for pause in self.pauses
            if pause.starts_on <= last_day
        )
        return replace(self, pauses=kept, ended_on=last_day)

    def successor(self, starts_on: date, months: int, *, kind: Kind, rules: TermRules) -> "Term":
        """The term of whoever takes the post over: after this one has ended, within the kind's bounds."""
        _require(
            starts_on > self.ends_on,
            rules, f"原任职到{_day(self.ends_on)}为止，接任从{_day(starts_on)}开始", "接任日应在原任职结束之后。",
        )  # fmt: skip
        _require(
            kind.term_min <= months <= kind.term_max,
            rules, f"接任聘期{months}个月，规定{kind.term_min}至{kind.term_max}个月", "请调整聘期。",
        )  # fmt: skip
        return Term(starts_on, months)


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"


def _require(holds: bool, rules: TermRules, fact: str, remedy: str) -> None:
    if not holds:
        raise Refusal(Finding("term", "聘期及其中止、延长、终止符合规定", False, rules.clause, fact, remedy))
