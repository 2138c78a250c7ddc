"""An edition's own tables by name, and what must hold between them when it is loaded."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from functools import cached_property
from typing import Any, get_origin, get_type_hints

from .rows import (
    MANY,
    ONE,
    AgreementClause,
    Diligence,
    EndReason,
    FirmClass,
    FirmCondition,
    Funding,
    Kind,
    Quota,
    Rating,
    RatingRules,
    Relation,
    Renewal,
    Reporting,
    Subsidy,
    SuspensionReason,
    TermRules,
)

DEGREES = ("doctor", "master", "bachelor")
BASES = ("pay_paid", "once")
PAYEES = ("firm", "university")
DILIGENCE = ("days", "reports", "fault", "officer")
MONTHS_OF_A_YEAR = 12
# What the rules look at: every edition has to publish these conditions, or a refusal could not quote one.
CONDITIONS = (
    "firm_fit", "age", "qualified", "term", "days", "person_posts", "firm_posts", "days_overlap", "relation",
    "university_share", "renewable",
)  # fmt: skip


class Rulebook:
    """An edition's own tables by name. Raises `LookupError` for a code the edition does not have."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        return self._rows("kind")

    def kind(self, code: str) -> Kind:
        return _named(self.kinds, code)

    @cached_property
    def firm_classes(self) -> tuple[FirmClass, ...]:
        return self._rows("firm_class")

    def quota(self, kind: str, firm_class: str) -> Quota:
        """The quota of a kind for a class of firms; without a line of its own there is no post."""
        found = [row for row in self._rows("quota") if (row.kind, row.firm_class) == (kind, firm_class)]
        return found[0] if found else Quota(kind, firm_class, 0, "名额表", "没有列出此类企业的名额")

    @cached_property
    def firm_conditions(self) -> tuple[FirmCondition, ...]:
        return self._rows("firm_condition")

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        return self._rows("relation")

    def relation(self, code: str) -> Relation:
        return _named(self.relations, code)

    @cached_property
    def ratings(self) -> tuple[Rating, ...]:
        return self._rows("rating")

    def rating(self, code: str) -> Rating:
        return _named(self.ratings, code)

    @cached_property
    def rating_rules(self) -> RatingRules:
        return self._row("rating_rules")

    @cached_property
    def subsidies(self) -> tuple[Subsidy, ...]:
        return self._rows("subsidy")

    def subsidy(self, code: str) -> Subsidy:
        return _named(self.subsidies, code)

    @cached_property
    def funding(self) -> Funding:
        return self._row("funding")

    @cached_property
    def renewal(self) -> Renewal:
        return self._row("renewal")

    @cached_property
    def diligence(self) -> tuple[Diligence, ...]:
        return self._rows("diligence")

    @cached_property
    def term(self) -> TermRules:
        return self._row("term")

    @cached_property
    def suspension_reasons(self) -> tuple[SuspensionReason, ...]:
        return self._rows("suspension_reason")

    @cached_property
    def end_reasons(self) -> tuple[EndReason, ...]:
        return self._rows("end_reason")

    @cached_property
    def reporting(self) -> Reporting:
        return self._row("reporting")

    @cached_property
    def clauses(self) -> tuple[AgreementClause, ...]:
        return self._rows("clause")

    def condition(self, code: str) -> dict[str, Any]:
        """A published condition: its text and clause."""
        return next(row for row in self._data["condition"] if row["code"] == code)

    def _rows(self, table: str) -> tuple[Any, ...]:
        return tuple(_built(MANY[table], row) for row in self._data[table])

    def _row(self, table: str) -> Any:
        return _built(ONE[table], self._data[table])


def _built(kind: type, row: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(
        **{
            field.name: tuple(row[field.name]) if get_origin(hints[field.name]) is tuple else row[field.name]
            for field in fields(kind)
            if field.name in row
        }
    )


def _named(rows: Iterable[Any], code: str) -> Any:
    for row in rows:
        if row.code == code:
            return row
    raise LookupError(f"政策版本中没有“{code}”")


def check(checker: Any, read: dict[str, Any], bureaus: Collection[str]) -> None:
    """What must hold between the rows of a file; what is wrong is noted by `checker.wrong(key, reason)`.

    bureaus: codes of the city's bureaus.
    """
    kinds = {row.code for row in read["kind"]}
    classes = {row.code for row in read["firm_class"]}
    materials = {row.code for row in read["material"]}
    _kinds(checker, read, bureaus)
    for place, row in enumerate(read["quota"]):
        if row.kind not in kinds:
            checker.wrong(f"quota[{place}].kind", f"没有岗位种类 {row.kind}")
        if row.firm_class not in classes:
            checker.wrong(f"quota[{place}].firm_class", f"没有企业类别 {row.firm_class}")
        if row.posts < 0:
            checker.wrong(f"quota[{place}].posts", "名额不能为负数")
    for row in read["relation"]:
        if not (row.declared or row.recorded):
            checker.wrong(f"relation[{row.code}]", "既不申明也不记录的关系无从核对")
    for row in read["rating"]:
        if not 0 <= row.subsidy_percent <= 100:
            checker.wrong(f"rating[{row.code}].subsidy_percent", "应为 0 至 100")
    for row in read["subsidy"]:
        for name, known in (("payee", PAYEES), ("basis", BASES)):
            if getattr(row, name) not in known:
                checker.wrong(f"subsidy[{row.code}].{name}", f"没有 {getattr(row, name)}")
        if row.cap < 1:
            checker.wrong(f"subsidy[{row.code}].cap", "上限应为正整数（元）")
        if row.material not in materials:
            checker.wrong(f"subsidy[{row.code}].material", f"没有材料 {row.material}")
        for kind in sorted(set(row.kinds) - kinds):
            checker.wrong(f"subsidy[{row.code}].kinds", f"没有岗位种类 {kind}")
    published = {row.code for row in read["condition"]}
    for code in CONDITIONS:
        if code not in published:
            checker.wrong(f"condition[{code}]", "规则要核对此条件，应当列出")
    for code in read["renewal"].materials if read["renewal"] else ():
        if code not in materials:
            checker.wrong("renewal.materials", f"没有材料 {code}")
    for row in read["diligence"]:
        if row.basis not in DILIGENCE:
            checker.wrong(f"diligence[{row.code}].basis", f"没有 {row.basis}")
        if not 0 <= row.least <= 100:
            checker.wrong(f"diligence[{row.code}].least", "应为 0 至 100")
    _funding(checker, read["funding"], bureaus)
    _term(checker, read["term"])
    _reporting(checker, read["reporting"])


def _kinds(checker: Any, read: dict[str, Any], bureaus: Collection[str]) -> None:
    for row in read["kind"]:
        where = f"kind[{row.code}]"
        if not 1 <= row.term_min <= row.term_default <= row.term_max:
            checker.wrong(f"{where}.term_min", "聘期应满足：1 ≤ 最短 ≤ 默认 ≤ 最长（月）")
        if row.days_min < 1 or (row.days_max and row.days_max < row.days_min) or row.days_max > 366:
            checker.wrong(
                f"{where}.days_min", "每年天数应满足：1 ≤ 最少 ≤ 最多 ≤ 366（最多为 0 表示不设上限）"
            )
        if row.posts_per_person < 1:
            checker.wrong(f"{where}.posts_per_person", "至少 1 个岗位")
        if row.report_months < 1 or MONTHS_OF_A_YEAR % row.report_months:
            checker.wrong(f"{where}.report_months", "应为 1、2、3、4、6 或 12 个月")
        for degree in row.degrees:
            if degree not in DEGREES:
                checker.wrong(f"{where}.degrees", f"没有学位 {degree}")
        if row.publisher not in bureaus:
            checker.wrong(f"{where}.publisher", f"没有部门 {row.publisher}")
        if not row.degrees and not row.titles:
            checker.wrong(f"{where}.degrees", "学位和职称不能都为空")


def _funding(checker: Any, row: Funding | None, bureaus: Collection[str]) -> None:
    if row is None:
        return
    if not 0 <= row.city_pct <= 100:
        checker.wrong("funding.city_pct", "应为 0 至 100")
    if row.finance_bureau not in bureaus:
        checker.wrong("funding.finance_bureau", f"没有部门 {row.finance_bureau}")


def _term(checker: Any, row: TermRules | None) -> None:
    if row is None:
        return
    if any(day < 1 for day in row.warn_days) or not row.warn_days:
        checker.wrong("term.warn_days", "提醒天数应为正整数")
    if not 0 < row.suspension_min_days <= row.suspension_max_days <= row.suspension_total_days:
        checker.wrong("term.suspension_min_days", "中止天数应满足：0 < 最短 ≤ 最长 ≤ 累计")
    if row.countersign_days < 1:
        checker.wrong("term.countersign_days", "应为正整数")
    for name in ("notice_days", "extension_max_months", "extension_max_times", "suspension_max_times"):
        if getattr(row, name) < 0:
            checker.wrong(f"term.{name}", "不能为负数")


def _reporting(checker: Any, row: Reporting | None) -> None:
    if row is None:
        return
    for name in ("due_days", "late_log_days"):
        if getattr(row, name) < 1:
            checker.wrong(f"reporting.{name}", "应为正整数")
