"""What must hold between the figures of a housing edition; everything wrong is said with its key and reason."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from .amounts import UNIT_MONTHS
from .facts import FACTS

# What an exchange list may tell of a person, and how its column is called; nothing else can be listed.
EXCHANGED = {
    "name": "姓名",
    "id_number": "证件号码",
    "spouse_name": "配偶姓名",
    "spouse_id_number": "配偶证件号码",
    "marriage": "婚姻状况",
    "employer": "用人单位",
    "insured_months": "累计参保月数",
    "insured_now": "目前是否参保",
    "household_homes": "家庭在本地住房套数",
    "last_trade_on": "最近一次住房交易日期",
    "home_unit_no": "不动产单元号",
    "sale_contract_no": "购房合同备案号",
    "price": "购房价款（元）",
    "lease_no": "租赁合同备案号",
    "rent": "月租金（元）",
}
# Who is meant: on every list, and never what is answered about.
IDENTITY = ("name", "id_number", "spouse_name", "spouse_id_number")
FORMS = ("cash", "voucher", "flat")
PAYEES = ("person", "employer", "university")
STARTS = ("approval_month", "approval_day")
COUPLES = ("higher_only", "first_full_second_part", "both_full", "no_double")
UPGRADES = ("difference", "none")
SHAPES = ("pro_rata", "full_refund", "forfeit")
EVENTS = ("left", "resold", "fraud", "ineligible")
OPS = {"number": (">=", "<=", "=="), "money": (">=", "<=", "=="), "yes": ("==",), "choice": ("in",)}
MOST_QUESTIONS = 5
FEWEST_QUESTIONS = 3
# Beyond these a figure is a slip of the keyboard: ten million 元, sixty years.
HIGHEST = 10_000_000
LONGEST_MONTHS = 720


class Notes(Protocol):
    """Where wrong figures are noted."""

    def wrong(self, key: str, reason: str) -> None: ...

    def unique(self, rows: Any, key: str, table: str) -> None: ...


def check(notes: Notes, read: Mapping[str, Any], bureaus: Collection[str]) -> None:
    """Note everything wrong in `read`, typed rows by table; `bureaus` are the codes that exist."""
    instruments = {row.code for row in read["instrument"]}
    for table in (
        "instrument",
        "rate",
        "plan",
        "predicate",
        "exclusion",
        "offset",
        "clawback",
    ):
        notes.unique(read[table], "code", table)
    _instruments(notes, read)
    _rates(notes, read, instruments)
    _plans(notes, read)
    _predicates(notes, read, instruments)
    _deductions(notes, read, instruments)
    _clawbacks(notes, read)
    _offices(notes, read, instruments, bureaus)
    _exchanges(notes, read)
    _flats(notes, read, bureaus)


def _known(notes: Notes, key: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        notes.wrong(key, f"没有 {value or '（空）'}，只能是 {'、'.join(allowed)}")


def _between(notes: Notes, key: str, value: int | None, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        notes.wrong(key, f"{value} 不合理，应为 {low} 至 {high}")


def _instruments(notes: Notes, read: Mapping[str, Any]) -> None:
    asked = {row.fact for row in read["predicate"]} | {"price", "rent"}
    for row in read["instrument"]:
        where = f"instrument[{row.code}]"
        _known(notes, f"{where}.start", row.start, STARTS)
        _between(notes, f"{where}.quick", len(row.quick), FEWEST_QUESTIONS, MOST_QUESTIONS)
        for fact in row.quick:
            if fact not in asked:
                notes.wrong(f"{where}.quick", f"没有条件用到 {fact}")


def _rates(notes: Notes, read: Mapping[str, Any], instruments: Collection[str]) -> None:
    plans = {row.code for row in read["plan"]}
    seen: set[tuple[str, str]] = set()
    for row in read["rate"]:
        where = f"rate[{row.code}]"
        for name, allowed in (
            ("instrument", instruments),
            ("form", FORMS),
            ("unit", tuple(UNIT_MONTHS)),
            ("payee", PAYEES),
            ("plan", plans),
        ):
            _known(notes, f"{where}.{name}", getattr(row, name), allowed)
        told = [row.amount, row.share_pct, row.rent_pct]
        if sum(one is not None for one in told) + row.negotiated != 1:
            notes.wrong(f"{where}.amount", "amount、share_pct、rent_pct、negotiated 须写且只写一项")
        _between(notes, f"{where}.amount", row.amount, 1, HIGHEST)
        _between(notes, f"{where}.share_pct", row.share_pct, 1, 100)
        _between(notes, f"{where}.cap_pct", row.cap_pct, 1, 100)
        _between(notes, f"{where}.rent_pct", row.rent_pct, 0, 100)
        _between(notes, f"{where}.months", row.months, 0, LONGEST_MONTHS)
        if UNIT_MONTHS.get(row.unit) and not row.months and row.rent_pct is None and not row.negotiated:
            notes.wrong(f"{where}.months", "按月或按年发放的须写最长月数")
        if row.unit == "once" and row.months:
            notes.wrong(f"{where}.months", "一次核定的不写月数")
        if row.cap_rent and row.unit != "month":
            notes.wrong(f"{where}.cap_rent", "只有按月的标准以实际租金封顶")
        if (row.rent_pct is not None) != (row.form == "flat"):
            notes.wrong(f"{where}.rent_pct", "租金比例用于实物配租，且实物配租必须写明")
        if row.area_max and row.area_min > row.area_max:
            notes.wrong(f"{where}.area_min", "面积下限大于上限")
        for instrument in row.months_with:
            _known(notes, f"{where}.months_with", instrument, instruments)
        if not row.levels:
            notes.wrong(f"{where}.levels", "至少写一个层次")
        for level in row.levels:
            if (row.instrument, level) in seen:
                notes.wrong(f"{where}.levels", f"{row.instrument} 的层次 {level} 已有标准")
            seen.add((row.instrument, level))


def _plans(notes: Notes, read: Mapping[str, Any]) -> None:
    by_code = {row.code: row for row in read["plan"]}
    for row in read["plan"]:
        where = f"plan[{row.code}]"
        if any(part < 1 for part in row.parts):
            notes.wrong(f"{where}.parts", "各期比例应为正整数")
        if len(row.parts) == 1 and row.every_months:
            notes.wrong(f"{where}.every_months", "一次发放没有间隔")
        if len(row.parts) != 1:
            _between(notes, f"{where}.every_months", row.every_months, 1, 60)
    for row in read["rate"]:
        plan = by_code.get(row.plan)
        if plan and row.rent_pct is None and not row.negotiated and bool(plan.parts) != (row.unit == "once"):
            notes.wrong(f"rate[{row.code}].plan", "一次核定的按比例分期，按月或按年的按期发放，二者不能混用")


def _predicates(notes: Notes, read: Mapping[str, Any], instruments: Collection[str]) -> None:
    conditions = {row.code for row in read["condition"]}
    levels = {level for row in read["rate"] for level in row.levels}
    for row in read["predicate"]:
        where = f"predicate[{row.code}]"
        if row.condition not in conditions:
            notes.wrong(f"{where}.condition", f"没有条件 {row.condition}")
        for instrument in row.instruments:
            _known(notes, f"{where}.instruments", instrument, instruments)
        for level in row.levels:
            _known(notes, f"{where}.levels", level, sorted(levels))
        if row.waived_by and getattr(FACTS.get(row.waived_by), "kind", "") != "yes":
            notes.wrong(f"{where}.waived_by", f"没有是非类事实 {row.waived_by}")
        fact = FACTS.get(row.fact)
        if fact is None or fact.kind not in OPS:
            notes.wrong(f"{where}.fact", f"没有可用于条件的事实 {row.fact}")
            continue
        _known(notes, f"{where}.op", row.op, OPS[fact.kind])
        wanted = {"number": "number", "money": "number", "yes": "yes", "choice": "one_of"}[fact.kind]
        for name in ("number", "yes", "one_of"):
            given = getattr(row, name) not in (None, ())
            if given != (name == wanted):
                notes.wrong(f"{where}.{name}", "缺少此项" if not given else f"{row.fact} 不用此项比较")
        for choice in row.one_of:
            _known(notes, f"{where}.one_of", choice, [code for code, _label in fact.choices])
        if row.number is not None and row.number < 0:
            notes.wrong(f"{where}.number", "不能为负数")


def _deductions(notes: Notes, read: Mapping[str, Any], instruments: Collection[str]) -> None:
    for row in read["exclusion"]:
        _known(notes, f"exclusion[{row.code}].blocks", row.blocks, ("application", "payment"))
        for instrument in row.against:
            _known(notes, f"exclusion[{row.code}].against", instrument, instruments)
    for row in read["offset"]:
        for instrument in row.reduces:
            _known(notes, f"offset[{row.code}].reduces", instrument, instruments)
    if couple := read["couple"]:
        _known(notes, "couple.rule", couple.rule, COUPLES)
        if (couple.rule == "first_full_second_part") != (1 <= couple.second_pct <= 99):
            notes.wrong("couple.second_pct", "只有 first_full_second_part 写后一方的比例（1 至 99）")
    if upgrade := read["upgrade"]:
        _known(notes, "upgrade.rule", upgrade.rule, UPGRADES)


def _clawbacks(notes: Notes, read: Mapping[str, Any]) -> None:
    for row in read["clawback"]:
        where = f"clawback[{row.code}]"
        _known(notes, f"clawback[{row.code}]", row.code, EVENTS)
        _known(notes, f"{where}.shape", row.shape, SHAPES)
        _between(notes, f"{where}.months", row.months, 0, LONGEST_MONTHS)
        _between(notes, f"{where}.ban_months", row.ban_months, 0, LONGEST_MONTHS)
        if row.shape == "pro_rata" and not row.months:
            notes.wrong(f"{where}.months", "按服务月数折算的须写应满月数")


def _offices(
    notes: Notes, read: Mapping[str, Any], instruments: Collection[str], bureaus: Collection[str]
) -> None:
    named = [(f"deciding[{place}].bureau", row.bureau) for place, row in enumerate(read["deciding"])]
    if routing := read["routing"]:
        named += [(f"routing.{name}", getattr(routing, name)) for name in ("county_bureau", "city_bureau")]
    if bearing := read["bearing"]:
        named.append(("bearing.finance_bureau", bearing.finance_bureau))
    for key, code in named:
        if code not in bureaus:
            notes.wrong(key, f"没有部门 {code}")
    decided = [level for row in read["deciding"] for level in row.levels]
    for level in sorted({level for row in read["rate"] for level in row.levels}):
        if decided.count(level) != 1:
            notes.wrong("deciding", f"层次 {level} 应有且只有一个审定部门")
    if bearing := read["bearing"]:
        _between(notes, "bearing.city_pct", bearing.city_pct, 0, 100)
    for row in read["material"]:
        for kind in row.kinds:
            _known(notes, f"material[{row.code}].kinds", kind, instruments)
    if recheck := read["recheck"]:
        _between(notes, "recheck.annual_month", recheck.annual_month, 1, 12)
        _between(notes, "recheck.quarterly_days", recheck.quarterly_days, 1, 60)
        _between(notes, "recheck.change_report_days", recheck.change_report_days, 1, 60)


def _exchanges(notes: Notes, read: Mapping[str, Any]) -> None:
    notes.unique(read["exchange"], "subject", "exchange")
    subjects = {row.code for row in read["check"]}
    for row in read["exchange"]:
        where = f"exchange[{row.subject}]"
        if row.subject not in subjects:
            notes.wrong(f"{where}.subject", f"没有核查内容 {row.subject}")
        for column in row.columns:
            _known(notes, f"{where}.columns", column, EXCHANGED)
        if not {"name", "id_number"} <= set(row.columns) or not set(row.columns) - set(IDENTITY):
            notes.wrong(f"{where}.columns", "应有姓名、证件号码和至少一项要核对的内容")


def _flats(notes: Notes, read: Mapping[str, Any], bureaus: Collection[str]) -> None:
    if not (flats := read["flats"]):
        return
    if flats.bureau not in bureaus:
        notes.wrong("flats.bureau", f"没有部门 {flats.bureau}")
    for name, high in (
        ("choice_days", 60), ("missed_most", 10), ("move_in_days", 180), ("term_months", 120), ("warn_days", 180),
        ("notice_days", 180),
    ):  # fmt: skip
        _between(notes, f"flats.{name}", getattr(flats, name), 1, high)
