"""Reading TOML into typed rows: every wrong key of every row is named with file, key and reason (in Chinese)."""

import tomllib
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

_KIND_NAMES = {str: "文字", int: "整数", bool: "是或否（true、false）", date: "日期"}
# Of these an empty text says nothing: a figure without a source does not exist, a refusal without a clause neither.
_NEVER_BLANK = (
    "source", "clause", "code", "name", "title", "text", "body", "advice", "ask", "answer", "policy", "document_no", "version",
)  # fmt: skip


class Problem(NamedTuple):
    """One wrong figure."""

    file: str
    key: str
    reason: str


class PolicyError(ValueError):
    """Everything wrong with policy files: `problems` lists file, key and reason of each."""

    def __init__(self, problems: Iterable[Problem | tuple[str, str, str]]) -> None:
        self.problems = [Problem(*problem) for problem in problems]
        super().__init__("\n".join(f"{file}：{key}：{reason}" for file, key, reason in self.problems))


def file_name(path: Path) -> str:
    """How a file is called in messages: a policy's by its folder, a core table by its name."""
    return f"{path.parent.name}/{path.name}" if path.name == "policy.toml" else path.name


def read(path: Path) -> dict[str, Any]:
    """The content of a TOML file. Raises `PolicyError` for one that is missing or malformed (line and column)."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyError([(file_name(path), "（文件）", "文件不存在")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError([(file_name(path), "（格式）", f"文件格式有误：{error}")]) from None


class Checker:
    """Collects what is wrong in one file."""

    def __init__(self, path: Path) -> None:
        self.file = file_name(path)
        self.problems: list[Problem] = []

    def wrong(self, key: str, reason: str) -> None:
        self.problems.append(Problem(self.file, key, reason))

    def row(self, kind: type, row: Any, where: str) -> Any | None:
        """`row` as a `kind`, or None when something in it is wrong; each wrong key is noted."""
        if not isinstance(row, dict):
            self.wrong(where, "应为一组键值")
            return None
        before, hints, values = len(self.problems), get_type_hints(kind), {}
        names = {field.name: field for field in fields(kind)}
        for key in row:
            if key not in names:
                self.wrong(f"{where}.{key}", "没有这一项，请核对拼写")
        for name, field in names.items():
            if name in row:
                values[name] = self._value(hints[name], row[name], f"{where}.{name}")
                if name in _NEVER_BLANK and field.default is MISSING and values[name] == "":
                    self.wrong(f"{where}.{name}", _blank(name))
            elif field.default is MISSING:
                self.wrong(f"{where}.{name}", "缺少此项")
        return kind(**values) if len(self.problems) == before else None

    def _value(self, hint: Any, value: Any, where: str) -> Any:
        if get_origin(hint) is tuple:
            inner = get_args(hint)[0]
            if not isinstance(value, list):
                self.wrong(where, "类型不对，应为一列")
                return ()
            if is_dataclass(inner):
                return tuple(
                    self.row(inner, one, f"{where}[{label(one, place)}]") for place, one in enumerate(value)
                )
            return tuple(self._value(inner, one, f"{where}[{place}]") for place, one in enumerate(value))
        wanted = next((kind for kind in get_args(hint) if kind is not type(None)), hint)
        # bool is an int and datetime a date to Python; in a policy neither stands for the other.
        if (
            not isinstance(value, wanted)
            or (wanted is int and isinstance(value, bool))
            or isinstance(value, datetime)
        ):
            self.wrong(where, f"类型不对，应为{_KIND_NAMES[wanted]}")
            return None
        return value.strip() if isinstance(value, str) else value

    def table(self, data: dict[str, Any], name: str, kind: type) -> list[Any]:
        """The good rows of `[[name]]`; a missing or empty table is wrong."""
        rows = data.get(name)
        if not isinstance(rows, list) or not rows:
            self.wrong(name, "缺少此表" if rows is None else "应有一行以上")
            return []
        made = [self.row(kind, row, f"{name}[{label(row, place)}]") for place, row in enumerate(rows)]
        return [row for row in made if row is not None]

    def single(self, data: dict[str, Any], name: str, kind: type) -> Any | None:
        """The row of `[name]`, or None when it is missing or wrong."""
        if name not in data:
            self.wrong(name, "缺少此表")
            return None
        return self.row(kind, data[name], name)

    def known_tables(self, data: dict[str, Any], names: Iterable[str]) -> None:
        known = set(names)
        for key in data:
            if key not in known:
                self.wrong(key, "没有这个表，请核对拼写")

    def unique(self, rows: Iterable[Any], key: str, table: str) -> None:
        seen: set[Any] = set()
        for row in rows:
            value = getattr(row, key)
            if value in seen:
                self.wrong(f"{table}[{value}]", "重复出现")
            seen.add(value)


def codes(data: dict[str, Any], table: str, key: str = "code") -> set[str]:
    """What the rows of a table are called, those with a wrong figure included: a reference to one is not wrong."""
    rows = data.get(table)
    if not isinstance(rows, list):
        return set()
    return {row[key] for row in rows if isinstance(row, dict) and isinstance(row.get(key), str)}


def label(row: Any, place: int) -> Any:
    """What a row is called in a key: its code, else its place in the table."""
    if isinstance(row, dict):
        for name in ("code", "id", "day", "year", "organ"):
            if name in row:
                return row[name]
    return place


def _blank(name: str) -> str:
    return "没有来源的数字不能载入" if name == "source" else "不能为空"
