"""What must hold between the figures of one policy file, and within the core tables.

`read_policy` and `read_core` turn a file into typed rows and note everything wrong on a `Checker`; nothing here
reads the database.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from talent.core import roles
from talent.core.models import Organisation, Region

from .aftercare_rows import Excuse
from .extensions import extension_of
from .reading import Checker, codes
from .rows import CORE_TABLES, MANY, ONE, OPTIONAL, Head

LIMITS = (
    "legal_days", "extension_days", "promised_days", "supplement_days", "promise_days", "draft_days", "near_due_days",
)  # fmt: skip
# What a policy states only when its procedure has the step: tables, and limits.
OF_STEP = {"recommender": "recommend", "dispatch": "dispatch", "publicity": "publicity"}
LIMITS_OF_STEP = {"publicity_days": "publicity", "objection_check_days": "publicity"}
DOMAINS = ("settling", "living", "career", "venture", "care")
FAMILIES = ("高层次", "学历青年", "技能")
# Longer than a year of working days is a slip of the keyboard, not a limit.
LONGEST = 400
MARKS = ("", "示例·待确认")
# 个人信息保护法 art. 25: a public notice never carries these, whatever a file lists.
PRIVATE_WORDS = (
    "证件",
    "身份证",
    "护照",
    "电话",
    "手机",
    "住址",
    "银行",
    "邮箱",
    "配偶",
    "子女",
    "家属",
    "出生",
)


def read_policy(check: Checker, data: dict[str, Any], *, bureaus: Collection[str]) -> dict[str, Any]:
    """A policy file as typed rows by table; what is wrong is noted on `check`. `bureaus`: known bureau codes."""
    head = data.get("edition")
    extension = extension_of(head.get("policy", "") if isinstance(head, dict) else "")
    one, many = ONE | extension.one, MANY | extension.many
    check.known_tables(data, (*one, *many))
    without = {name for name in _left_out(data) | extension.optional if name not in data}
    read: dict[str, Any] = {
        name: None if name in without else check.single(data, name, kind) for name, kind in one.items()
    }
    read |= {name: [] if name in without else check.table(data, name, kind) for name, kind in many.items()}
    for name, kind in many.items():
        if "code" in kind.__dataclass_fields__:
            check.unique(read[name], "code", name)
    check.unique(read["remedy"], "organ", "remedy")
    _head(check, read["edition"])
    _steps_and_limits(check, read, data)
    _materials(check, read, codes(data, "step"))
    _joint_checks(check, read, data)
    _excuse(check, read["excuse"])
    _words(check, read, data)
    _bureaus(check, read, bureaus)
    _panel_and_meeting(check, read)
    _marks(check, read)
    if extension.check:
        extension.check(check, read, bureaus)
    return read


def _left_out(data: dict[str, Any]) -> set[str]:
    """Tables and limits this policy need not state."""
    steps = codes(data, "step")
    return OPTIONAL | {name for name, step in (OF_STEP | LIMITS_OF_STEP).items() if step not in steps}


def _head(check: Checker, head: Head | None) -> None:
    if head is None:
        return
    if head.effective_to and head.effective_to < head.effective_from:
        check.wrong("edition.effective_to", "废止日期早于施行日期")
    if head.replaces == head.code:
        check.wrong("edition.replaces", "不能替代自己")
    for name in ("case_prefix", "intake_bureau"):
        if getattr(head, name, "-") == "":
            check.wrong(f"edition.{name}", "不能为空")


def _steps_and_limits(check: Checker, read: dict[str, Any], data: dict[str, Any]) -> None:
    limits = {row.code: row.days for row in read["limit"]}
    listed = codes(data, "limit")
    for name in (*LIMITS, *(LIMITS_OF_STEP.keys() - _left_out(data))):
        if name not in listed:
            check.wrong(f"limit[{name}]", "缺少此期限")
    for code, days in limits.items():
        if not 1 <= days <= LONGEST:
            check.wrong(f"limit[{code}].days", f"{days} 不合理，应为 1 至 {LONGEST} 天")
    for row in read["step"]:
        if row.role and row.role not in roles.BY_CODENAME:
            check.wrong(f"step[{row.code}].role", f"没有岗位 {row.role}")
        for name in ("limit", "warn"):
            if not 0 <= getattr(row, name) <= LONGEST:
                check.wrong(
                    f"step[{row.code}].{name}", f"{getattr(row, name)} 不合理，应为 0 至 {LONGEST} 天"
                )
        if row.warn > row.limit:
            check.wrong(f"step[{row.code}].warn", "提醒天数大于期限")
        if row.active and row.counts and row.limit == 0:
            check.wrong(f"step[{row.code}].limit", "计入办理期限的环节必须有期限")
        named = limits.get(f"{row.code}_days")
        if row.active and named is not None and named != row.limit:
            check.wrong(
                f"step[{row.code}].limit", f"{row.limit} 天与 limit[{row.code}_days] 的 {named} 天不一致"
            )
    counted = sum(row.limit for row in read["step"] if row.active and row.counts)
    for name in ("legal_days", "promised_days"):
        if counted > limits.get(name, counted):
            check.wrong(f"limit[{name}].days", f"已启用环节合计 {counted} 个工作日，超过 {limits[name]} 个")
    if limits.get("promised_days", 0) > limits.get("legal_days", LONGEST):
        check.wrong("limit[promised_days].days", "承诺期限不能长于法定期限")
    if limits.get("promise_days", 0) > limits.get("promised_days", LONGEST):
        check.wrong("limit[promise_days].days", "容缺补齐期限不能长于承诺办理期限")
    for name in ("supplement", "promise", "draft"):
        days = getattr(read["reminders"], f"{name}_reminders", ())
        if not all(0 <= day < limits.get(f"{name}_days", LONGEST) for day in days):
            check.wrong(f"reminders.{name}_reminders", "提醒日应不小于 0，并小于期限")


def _materials(check: Checker, read: dict[str, Any], steps: Collection[str]) -> None:
    for row in read["material"]:
        where = f"material[{row.code}]"
        if row.copies < 1:
            check.wrong(f"{where}.copies", f"{row.copies} 不合理，至少 1 份")
        if not row.formats:
            check.wrong(f"{where}.formats", "至少允许一种格式")
        if row.needed_before and row.needed_before not in steps:
            check.wrong(f"{where}.needed_before", f"没有环节 {row.needed_before}")
        if row.deferrable != bool(row.needed_before):
            check.wrong(f"{where}.needed_before", "可容缺的材料写明最迟在哪个环节前交齐，不可容缺的留空")


def _joint_checks(check: Checker, read: dict[str, Any], data: dict[str, Any]) -> None:
    materials = codes(data, "material")
    for row in read["check"]:
        where = f"check[{row.code}]"
        if row.level not in ("city", "county"):
            check.wrong(f"{where}.level", f"没有层级 {row.level}")
        if not 1 <= row.limit <= LONGEST:
            check.wrong(f"{where}.limit", f"{row.limit} 不合理，应为 1 至 {LONGEST} 天")
        for code in row.materials:
            if code not in materials:
                check.wrong(f"{where}.materials", f"没有材料 {code}")
        if not all(row.keywords):
            check.wrong(f"{where}.keywords", "关键词不能为空")
        check.unique(row.finding, "code", f"{where}.finding")
        if {one.adverse for one in row.finding} != {True, False}:
            check.wrong(f"{where}.finding", "应至少有一个有利结论和一个不利结论")


def _excuse(check: Checker, row: Excuse | None) -> None:
    if row is None:
        return
    if row.least < 1:
        check.wrong("excuse.least", f"{row.least} 不合理，至少 1 人")
    if not 1 <= row.agree_parts <= row.agree_whole:
        check.wrong("excuse.agree_parts", f"{row.agree_parts}/{row.agree_whole} 不是一个比例")


def _words(check: Checker, read: dict[str, Any], data: dict[str, Any]) -> None:
    steps, conditions = codes(data, "step"), codes(data, "condition")
    for row in read["refusal_ground"]:
        if row.condition and row.condition not in conditions:
            check.wrong(f"refusal_ground[{row.code}].condition", f"没有条件 {row.condition}")
    for place, row in enumerate(read["phrase"]):
        if row.step not in steps:
            check.wrong(f"phrase[{place}].step", f"没有环节 {row.step}")
    organs = codes(data, "remedy", "organ")
    for organ in sorted({"party", "administrative"} ^ organs):
        check.wrong(f"remedy[{organ}]", "没有这类机关" if organ in organs else "缺少这类机关的救济渠道")
    published = read["publicity"].fields if read["publicity"] else ("",)
    if not published:
        check.wrong("publicity.fields", "公示字段不能为空")
    for field in published:
        if any(word in field for word in PRIVATE_WORDS):
            check.wrong("publicity.fields", f"“{field}”属于不得公示的个人信息")
    for name in ("visits", "minutes"):
        if read["guide"] and getattr(read["guide"], name) < 0:
            check.wrong(f"guide.{name}", "不能为负数")


def _bureaus(check: Checker, read: dict[str, Any], bureaus: Collection[str]) -> None:
    named = [(f"need[{place}].owner", row.owner) for place, row in enumerate(read["need"])]
    if read["edition"]:
        named.append(("edition.intake_bureau", read["edition"].intake_bureau))
    if read["dispatch"]:
        named.append(("dispatch.default", read["dispatch"].default))
        for place, rule in enumerate(read["dispatch"].rule):
            named.append((f"dispatch.rule[{place}].bureau", rule.bureau))
            # A blank word is found in every field and would send every case to this bureau.
            if not rule.keywords or not all(rule.keywords):
                check.wrong(f"dispatch.rule[{place}].keywords", "关键词不能为空")
    named += [(f"check[{row.code}].bureau", row.bureau) for row in read["check"]]
    for place, code in enumerate(read["meeting"].members if read["meeting"] else ()):
        named.append((f"meeting.members[{place}]", code))
    for place, row in enumerate(read["recommender"]):
        if row.code_suffix:
            named.append((f"recommender[{place}].code_suffix", row.code_suffix))
        if row.kind not in Organisation.Kind.values:
            check.wrong(f"recommender[{place}].kind", f"没有单位类别 {row.kind}")
        if row.level not in ("any", "city", "county"):
            check.wrong(f"recommender[{place}].level", f"没有层级 {row.level}")
    for key, code in named:
        if code not in bureaus:
            check.wrong(key, f"没有部门 {code}")
    for place, row in enumerate(read["need"]):
        if row.domain not in DOMAINS:
            check.wrong(f"need[{place}].domain", f"没有服务领域 {row.domain}")
        if not 0 <= row.limit <= LONGEST:
            check.wrong(f"need[{place}].limit", f"{row.limit} 不合理，应为 0 至 {LONGEST} 天")


def _panel_and_meeting(check: Checker, read: dict[str, Any]) -> None:
    weights = sum(row.weight for row in read["dimension"])
    if read["panel"] and weights != 100:
        check.wrong("dimension", f"各项权重合计 {weights}，应为 100")
    if read["panel"] and (read["panel"].least < 1 or (read["panel"].odd and read["panel"].least % 2 == 0)):
        check.wrong("panel.least", f"{read['panel'].least} 不合理，应为正数，要求单数时应为单数")
    for table in ("panel", "meeting", "team"):
        known = {row.code for row in read["material"]}
        for code in read[table].materials if read[table] else ():
            if code not in known:
                check.wrong(f"{table}.materials", f"没有材料 {code}")
    for table, name in (("panel", "agree"), ("meeting", "quorum"), ("meeting", "pass")):
        row = read[table]
        if row and not 1 <= getattr(row, f"{name}_parts") <= getattr(row, f"{name}_whole"):
            check.wrong(f"{table}.{name}_parts", "份额应大于零，且不超过整体")


def _marks(check: Checker, read: dict[str, Any]) -> None:
    confirmed = read["edition"] is not None and read["edition"].confirmed
    for name, value in read.items():
        for place, row in enumerate(value if isinstance(value, list) else [value]):
            mark = getattr(row, "mark", "")
            where = (
                f"{name}[{getattr(row, 'code', place)}].mark" if isinstance(value, list) else f"{name}.mark"
            )
            if mark not in MARKS:
                check.wrong(where, f"只能写“{MARKS[1]}”或不写")
            elif mark and confirmed:
                check.wrong(where, "已确认的版本里不能有待确认的内容")


def read_core(check: Checker, name: str, data: dict[str, Any], *, bureaus: Collection[str]) -> dict[str, Any]:
    """A core table file as typed rows by table, with its `edition`; what is wrong is noted on `check`."""
    tables = CORE_TABLES[name]
    check.known_tables(data, ("edition", *tables))
    read: dict[str, Any] = {"edition": check.single(data, "edition", Head)}
    read |= {table: check.table(data, table, kind) for table, kind in tables.items()}
    _head(check, read["edition"])
    if read["edition"] and read["edition"].policy != name:
        check.wrong("edition.policy", f"应为 {name}")
    for table, kind in tables.items():
        key = next(field for field in ("code", "day", "year") if field in kind.__dataclass_fields__)
        check.unique(read[table], key, table)
    match name:
        case "regions":
            _regions(check, read["region"])
        case "chains":
            for row in read["chain"]:
                if row.lead not in bureaus:
                    check.wrong(f"chain[{row.code}].lead", f"没有部门 {row.lead}")
        case "talent_levels":
            _levels(check, read["level"])
        case "holidays":
            _holidays(check, read["year"], read["day"])
        case "bureaus":
            for row in read["county_bureau"]:
                if row.code not in bureaus:
                    check.wrong(f"county_bureau[{row.code}]", "没有同一代码的市级部门作为上级")
        case "targets":
            for row in read["target"]:
                if row.figure < 1:
                    check.wrong(f"target[{row.code}].figure", f"{row.figure} 不合理，目标应为正整数")
                if row.per != "year":
                    check.wrong(f"target[{row.code}].per", "只有年度目标（year）")
            for row in read["coverage"]:
                if row.at_least < 1:
                    check.wrong(f"coverage[{row.code}].at_least", f"{row.at_least} 不合理，应为正整数")
        case "funds":
            _steps_up(check, "signature", read["signature"])
            _steps_up(check, "age_band", read["age_band"])
            _grow(check, read["signature"])
            for row in read["limit"]:
                if row.days < 1:
                    check.wrong(f"limit[{row.code}].days", f"{row.days} 不合理，期限应为正整数")
    return read


def _steps_up(check: Checker, table: str, rows: list[Any]) -> None:
    """Rows by `up_to`: each higher than the one before, the last without an upper end."""
    ends = [row.up_to for row in rows]
    for row, before in zip(rows[1:-1], ends, strict=False):
        if row.up_to <= before:
            check.wrong(f"{table}[{row.code}].up_to", f"{row.up_to} 应大于上一行的 {before}")
    if any(end < 1 for end in ends[:-1]) or (ends and ends[-1] != 0):
        check.wrong(table, "应从小到大排列，只有最后一行为 0（不设上限）")


def _grow(check: Checker, rows: list[Any]) -> None:
    """A larger batch never needs fewer signatures, and none goes out unsigned."""
    least = 1
    for row in rows:
        if row.signatures < least:
            check.wrong(f"signature[{row.code}].signatures", f"{row.signatures} 不合理，应不少于 {least} 人")
        least = max(least, row.signatures)


def _regions(check: Checker, rows: list[Any]) -> None:
    if sum(row.kind == Region.Kind.CITY for row in rows) != 1:
        check.wrong("region", "应有且只有一个设区的市")
    for row in rows:
        if row.kind not in Region.Kind.values:
            check.wrong(f"region[{row.code}].kind", f"没有区划类别 {row.kind}")
        if row.kind == Region.Kind.ZONE and not row.note:
            check.wrong(f"region[{row.code}].note", "功能区没有国家标准代码，须说明代码从何而来")
        if row.kind != Region.Kind.ZONE and not (row.code.isdecimal() and len(row.code) == 6):
            check.wrong(f"region[{row.code}].code", "行政区划代码应为 6 位数字")


def _levels(check: Checker, rows: list[Any]) -> None:
    check.unique(rows, "rank", "level")
    for row in rows:
        if row.family not in FAMILIES:
            check.wrong(f"level[{row.code}].family", f"没有类别 {row.family}")
        if not row.criterion:
            check.wrong(f"level[{row.code}].criterion", "没有认定标准")
        check.unique(row.criterion, "id", f"level[{row.code}].criterion")


def _holidays(check: Checker, years: list[Any], days: list[Any]) -> None:
    published = {row.year for row in years if row.published}
    listed: dict[int, list[date]] = {}
    for row in days:
        listed.setdefault(row.day.year, []).append(row.day)
        if row.day.year not in published:
            check.wrong(f"day[{row.day}]", "所在年份没有标为已公布")
        if row.working and row.day.weekday() < 5:
            check.wrong(f"day[{row.day}].working", "调休上班日应为周末")
    for year in sorted(published - set(listed)):
        check.wrong(f"year[{year}]", "标为已公布，却没有任何放假日")
