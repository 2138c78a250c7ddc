"""Loading policy from TOML: every wrong figure is named with file, key and reason; nothing is half loaded.

An edition in force is never altered: the same code with other content is refused, key by key.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from talent.core import roles
from talent.core.models import (
    Holiday,
    HolidayYear,
    IndustryChain,
    Organisation,
    PolicyEdition,
    Region,
    TalentLevel,
)

from .figures import difference, flatten, forget

CORE = Path(__file__).resolve().parent.parent.parent / "policy"
# Keys every row of a table must have; a figure without a source does not exist.
_TABLES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "limit": {"code": str, "days": int, "clause": str, "source": str},
    "step": {"code": str, "title": str, "public_title": str, "role": str, "limit": int, "warn": int, "counts": bool,
             "active": bool, "source": str},
    "material": {"code": str, "name": str, "required": bool, "deferrable": bool, "source": str},
    "recommender": {"kind": str, "code_suffix": str, "level": str, "title": str, "clause": str},
    "condition": {"code": str, "text": str, "clause": str},
    "refusal_ground": {"code": str, "text": str, "clause": str, "advice": str},
    "question": {"ask": str, "answer": str},
    "need": {"domain": str, "item": str, "owner": str, "source": str},
    "phrase": {"step": str, "outcome": str, "text": str},
    "remedy": {"organ": str, "text": str, "source": str},
}  # fmt: skip
_LIMITS = ("legal_days", "promised_days", "supplement_days", "promise_days", "publicity_days", "objection_check_days",
           "near_due_days")  # fmt: skip
_EDITION = {"policy": str, "code": str, "title": str, "document_no": str, "clause": str, "effective_from": date,
            "confirmed": bool, "case_prefix": str, "intake_bureau": str, "source": str}  # fmt: skip
_SINGLE = ("guide", "reminders", "dispatch", "publicity", "promise_text")


class PolicyError(ValueError):
    """Everything wrong with a policy file: a list of (file, key, reason)."""

    def __init__(self, problems: list[tuple[str, str, str]]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{file}：{key}：{reason}" for file, key, reason in problems))


class _Checker:
    """Collects what is wrong in one file."""

    def __init__(self, path: Path) -> None:
        self.file = path.name if path.parent == CORE else f"{path.parent.name}/{path.name}"
        self.problems: list[tuple[str, str, str]] = []

    def wrong(self, key: str, reason: str) -> None:
        self.problems.append((self.file, key, reason))

    def keys(self, row: Any, wanted: dict[str, Any], where: str) -> bool:
        if not isinstance(row, dict):
            self.wrong(where, "应为一组键值")
            return False
        good = True
        for key, kind in wanted.items():
            if key not in row:
                self.wrong(f"{where}.{key}", "缺少此项")
                good = False
            elif not isinstance(row[key], kind) or (kind is int and isinstance(row[key], bool)):
                self.wrong(f"{where}.{key}", f"类型不对，应为{_KIND_NAMES[kind]}")
                good = False
            elif key == "source" and not row[key].strip():
                self.wrong(f"{where}.source", "没有来源的数字不能载入")
                good = False
        return good

    def unique(self, rows: list[dict], key: str, table: str) -> None:
        seen: set[Any] = set()
        for row in rows:
            if row.get(key) in seen:
                self.wrong(f"{table}[{row.get(key)}]", "编号重复")
            seen.add(row.get(key))

    def done(self) -> None:
        if self.problems:
            raise PolicyError(self.problems)


_KIND_NAMES = {str: "文字", int: "整数", bool: "是或否", date: "日期", list: "列表"}


def read(path: Path) -> dict[str, Any]:
    """Parse a TOML file; a broken one is named with line and column."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([(path.name, "（格式）", f"不是有效的格式：{error}")]) from None


def check_edition(path: Path, data: dict[str, Any]) -> None:
    """Raise `PolicyError` with everything wrong in a policy file."""
    check = _Checker(path)
    for key in data:
        if key not in ("edition", *_SINGLE, *_TABLES):
            check.wrong(key, "未知的表，请核对拼写")
    if check.keys(data.get("edition"), _EDITION, "edition"):
        edition = data["edition"]
        if edition.get("effective_to") and edition["effective_to"] < edition["effective_from"]:
            check.wrong("edition.effective_to", "废止日期早于施行日期")
    for table in _SINGLE:
        if not isinstance(data.get(table), dict):
            check.wrong(table, "缺少此表")
    for table, wanted in _TABLES.items():
        rows = data.get(table, [])
        for index, row in enumerate(rows):
            check.keys(row, wanted, f"{table}[{row.get('code', index) if isinstance(row, dict) else index}]")
        if "code" in wanted:
            check.unique([row for row in rows if isinstance(row, dict)], "code", table)
    check.done()
    _check_figures(check, data)
    check.done()


def _check_figures(check: _Checker, data: dict[str, Any]) -> None:
    limits = {row["code"]: row["days"] for row in data["limit"]}
    for name in _LIMITS:
        if name not in limits:
            check.wrong(f"limit[{name}]", "缺少此期限")
    for code, days in limits.items():
        if not 1 <= days <= 400:
            check.wrong(f"limit[{code}].days", f"{days} 不合理，应为 1 至 400 个工作日")
    for row in data["step"]:
        if row["role"] and row["role"] not in roles.BY_CODENAME:
            check.wrong(f"step[{row['code']}].role", f"没有岗位 {row['role']}")
        for name in ("limit", "warn"):
            if row[name] < 0:
                check.wrong(f"step[{row['code']}].{name}", "不能为负数")
        if row["warn"] > row["limit"]:
            check.wrong(f"step[{row['code']}].warn", "提醒天数大于期限")
    counted = sum(row["limit"] for row in data["step"] if row["active"] and row["counts"])
    for name in ("legal_days", "promised_days"):
        if counted > limits.get(name, counted):
            check.wrong(f"limit[{name}].days", f"已启用环节合计 {counted} 个工作日，超过 {limits[name]}")
    if limits.get("promised_days", 0) > limits.get("legal_days", 0):
        check.wrong("limit[promised_days].days", "承诺期限不能长于法定期限")
    codes = {row["code"] for row in data["step"]}
    for index, row in enumerate(data.get("phrase", [])):
        if row["step"] not in codes:
            check.wrong(f"phrase[{index}].step", f"没有环节 {row['step']}")
    for name in ("supplement_reminders", "promise_reminders"):
        values = data["reminders"].get(name)
        if not isinstance(values, list) or not all(isinstance(value, int) and value >= 0 for value in values):
            check.wrong(f"reminders.{name}", "应为一列非负整数")
    bureaus = {row["code"] for row in read(CORE / "bureaus.toml")["bureau"]}
    for key, code in [("edition.intake_bureau", data["edition"]["intake_bureau"]), ("dispatch.default", data["dispatch"].get("default"))]:
        if code not in bureaus:
            check.wrong(key, f"没有部门 {code}")
    for index, rule in enumerate(data["dispatch"].get("rule", [])):
        if rule.get("bureau") not in bureaus:
            check.wrong(f"dispatch.rule[{index}].bureau", f"没有部门 {rule.get('bureau')}")
    if not data["publicity"].get("fields"):
        check.wrong("publicity.fields", "公示字段不能为空")


def _plain(data: Any) -> Any:
    """JSON-safe: dates as ISO text."""
    return json.loads(json.dumps(data, ensure_ascii=False, default=str))


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def load_edition(path: Path, *, checked: Callable[[Path, dict], None] = check_edition) -> tuple[PolicyEdition, bool]:
    """Load one policy file. Returns the edition and whether it is new; the same content again changes nothing."""
    data = read(path)
    checked(path, data)
    head, plain = data["edition"], _plain(data)
    digest = _digest(plain)
    name = f"{path.parent.name}/{path.name}"
    known = PolicyEdition.objects.filter(policy=head["policy"], code=head["code"]).first()
    if known is not None:
        if known.digest == digest:
            return known, False
        changed = difference(flatten(known.data), flatten(plain))
        raise PolicyError(
            [(name, key, f"已载入的版本 {known.code} 不能改动（原 {old!r}，现 {new!r}）；请另立新版本") for key, old, new in changed]
        )
    for other in PolicyEdition.objects.filter(policy=head["policy"]):
        ends = head.get("effective_to") or date.max
        if head["effective_from"] <= (other.effective_to or date.max) and other.effective_from <= ends:
            if head["effective_from"] <= other.effective_from:
                raise PolicyError([(name, "edition.effective_from", f"与版本 {other.code} 的施行日期重叠，新版本应更晚施行")])
    edition = PolicyEdition.objects.create(
        policy=head["policy"], code=head["code"], title=head["title"], document_no=head["document_no"],
        clause=head.get("clause", ""), effective_from=head["effective_from"], effective_to=head.get("effective_to"),
        confirmed=head["confirmed"], data=plain, digest=digest, source_file=name,
    )  # fmt: skip
    forget()
    return edition, True


@transaction.atomic
def load_core() -> dict[str, int]:
    """Load regions, chains, levels, holidays, bureaus and targets; returns how many rows each has."""
    counts = {}
    for name, load in (("regions", _regions), ("chains", _chains), ("talent_levels", _levels), ("holidays", _holidays),
                       ("bureaus", _bureaus), ("targets", _targets)):  # fmt: skip
        path = CORE / f"{name}.toml"
        counts[name] = load(path, read(path))
    forget()
    return counts


def _rows(path: Path, data: dict, table: str, wanted: dict[str, Any], key: str = "code") -> list[dict]:
    check = _Checker(path)
    rows = data.get(table, [])
    if not rows:
        check.wrong(table, "没有任何内容")
    for index, row in enumerate(rows):
        check.keys(row, wanted, f"{table}[{row.get(key, index)}]")
    check.unique(rows, key, table)
    check.done()
    return rows


def _regions(path: Path, data: dict) -> int:
    rows = _rows(path, data, "region", {"code": str, "name": str, "kind": str, "order": int})
    for row in rows:
        Region.objects.update_or_create(code=row["code"], defaults={k: row.get(k, "") for k in ("name", "kind", "order", "note")})
    return len(rows)


def _chains(path: Path, data: dict) -> int:
    rows = _rows(path, data, "chain", {"code": str, "name": str, "lead": str, "confirmed": bool, "source": str})
    for row in rows:
        IndustryChain.objects.update_or_create(
            code=row["code"],
            defaults={"name": row["name"], "lead_bureau_code": row["lead"], "confirmed": row["confirmed"], "source": row["source"][:200]},
        )
    return len(rows)


def _levels(path: Path, data: dict) -> int:
    rows = _rows(path, data, "level", {"code": str, "name": str, "rank": int, "family": str, "criterion": list})
    for row in rows:
        TalentLevel.objects.update_or_create(
            code=row["code"],
            defaults={"name": row["name"], "rank": row["rank"], "family": row["family"], "criteria": row["criterion"],
                      "confirmed": data.get("confirmed", False)},
        )  # fmt: skip
    return len(rows)


def _holidays(path: Path, data: dict) -> int:
    years = _rows(path, data, "year", {"year": int, "published": bool}, key="year")
    days = _rows(path, data, "day", {"day": date, "working": bool, "name": str}, key="day")
    check = _Checker(path)
    published = {row["year"] for row in years if row["published"]}
    for row in days:
        if row["day"].year not in published:
            check.wrong(f"day[{row['day']}]", "所在年份没有标为已公布")
        if row["working"] and row["day"].weekday() < 5:
            check.wrong(f"day[{row['day']}].working", "调休上班日应为周末")
    check.done()
    for row in years:
        HolidayYear.objects.update_or_create(
            year=row["year"], defaults={"published": row["published"], "source": row.get("source", "")[:200]}
        )
    known = {row.day: row for row in Holiday.objects.all()}
    Holiday.objects.bulk_create(
        Holiday(day=row["day"], working=row["working"], name=row["name"]) for row in days if row["day"] not in known
    )
    for row in days:
        old = known.get(row["day"])
        if old and (old.working, old.name) != (row["working"], row["name"]):
            Holiday.objects.filter(pk=old.pk).update(working=row["working"], name=row["name"])
    return len(days)


def _bureaus(path: Path, data: dict) -> int:
    wanted = {"code": str, "name": str, "short": str, "letter_prefix": str, "party_organ": bool}
    rows = _rows(path, data, "bureau", wanted)
    city = Region.objects.get(kind="city")
    made = {row["code"]: _organisation(row["code"], row, city, None) for row in rows}
    for row in _rows(path, data, "county_bureau", wanted):
        for region in Region.objects.exclude(kind="city"):
            filled = row | {name: row[name].format(region=region.name) for name in ("name", "short")}
            _organisation(f"{region.code}-{row['code']}", filled, region, made.get(row["code"]))
    return len(rows)


def _organisation(code: str, row: dict, region: Region, parent: Organisation | None) -> Organisation:
    return Organisation.objects.update_or_create(
        code=code,
        defaults={"name": row["name"], "short_name": row["short"], "letter_prefix": row["letter_prefix"],
                  "party_organ": row["party_organ"], "kind": Organisation.Kind.BUREAU, "region": region, "parent": parent},
    )[0]  # fmt: skip


def _targets(path: Path, data: dict) -> int:
    rows = _rows(path, data, "target", {"code": str, "title": str, "figure": int, "unit": str, "clause": str, "source": str})
    check = _Checker(path)
    for row in rows:
        if row["figure"] < 1:
            check.wrong(f"target[{row['code']}].figure", "目标应为正整数")
    check.done()
    plain = _plain(data)
    known = PolicyEdition.objects.filter(policy="targets", code="2025-8").first()
    if known is None:
        PolicyEdition.objects.create(
            policy="targets", code="2025-8", title="年度目标", document_no="济政发〔2025〕8号", effective_from=date(2025, 7, 27),
            confirmed=True, data=plain, digest=_digest(plain), source_file=path.name,
        )  # fmt: skip
    elif known.digest != _digest(plain):
        changed = difference(flatten(known.data), flatten(plain))
        raise PolicyError([(path.name, key, f"年度目标不能改动（原 {old!r}，现 {new!r}）") for key, old, new in changed])
    return len(rows)


def policy_files() -> list[Path]:
    """The policy.toml of every policy folder there is."""
    root = Path(settings.BASE_DIR)
    return [path for path in (root / "talent/green_channel/policy.toml", root / "talent/placements/policy.toml",
                              root / "housing/policy.toml") if path.exists()]  # fmt: skip


def load_all() -> dict[str, int]:
    """Everything, in one transaction: all or nothing."""
    with transaction.atomic():
        counts = load_core()
        for path in policy_files():
            edition, new = load_edition(path)
            counts[f"{edition}"] = int(new)
    return counts
