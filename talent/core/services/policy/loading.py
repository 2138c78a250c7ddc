"""Loading policy from TOML: first everything is checked, then everything is written, in one transaction.

An edition is never altered: the same code with the same content changes nothing, with other content it is refused
key by key. A new edition replaces an open-ended one only by saying so (`replaces`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction

from talent.core.models import PolicyEdition

from . import reference
from .checks import read_core, read_policy
from .figures import difference, flatten, forget
from .reading import Checker, PolicyError, Problem, codes, file_name, read
from .rows import CORE_TABLES, Head

CORE = Path(__file__).resolve().parents[2] / "policy"


@dataclass(frozen=True)
class Loaded:
    """What became of one file: its edition, whether it is new, and the edition it ended, if any."""

    edition: PolicyEdition
    new: bool
    ended: PolicyEdition | None = None


@dataclass(frozen=True)
class _File:
    """A checked file: its rows, and its content as JSON with its SHA-256."""

    path: Path
    read: dict[str, Any]
    plain: dict[str, Any]

    @property
    def head(self) -> Head:
        return self.read["edition"]

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def policy_files() -> list[Path]:
    """The policy.toml of every installed app that has one."""
    paths = (Path(app.path) / "policy.toml" for app in apps.get_app_configs())
    return [path for path in paths if path.exists()]


def load_all(*, core: Path = CORE, files: Sequence[Path] | None = None) -> list[Loaded]:
    """Load the core tables of `core` and the policies of `files` (those installed): all or nothing.

    Raises `PolicyError` listing every problem of every file; nothing is written then.
    """
    paths = [core / f"{name}.toml" for name in CORE_TABLES]
    return _load([*paths, *(policy_files() if files is None else files)], core=core)


def load_core(*, core: Path = CORE) -> list[Loaded]:
    """Load regions, chains, levels, holidays, bureaus and targets. Raises `PolicyError`."""
    return _load([core / f"{name}.toml" for name in CORE_TABLES], core=core)


def load_edition(path: Path, *, core: Path = CORE) -> Loaded:
    """Load the file of one policy. Raises `PolicyError`."""
    return _load([path], core=core)[0]


@transaction.atomic
def _load(paths: Sequence[Path], *, core: Path) -> list[Loaded]:
    problems: list[Problem] = []
    checked: list[_File] = []
    bureaus = _bureau_codes(core)
    for path in paths:
        try:
            checked.append(_checked(path, bureaus))
        except PolicyError as error:
            problems += error.problems
    for file in checked:
        problems += _against_database(file)
    if problems:
        raise PolicyError(problems)
    loaded = [_write(file) for file in checked]
    fresh = {file.path.stem: file.read for file, result in zip(checked, loaded, strict=True) if result.new}
    reference.write({name: rows for name, rows in fresh.items() if name in CORE_TABLES})
    forget()
    return loaded


def _bureau_codes(core: Path) -> set[str]:
    """Codes of the city bureaus as the file has them; a broken file is reported by its own check."""
    try:
        return codes(read(core / "bureaus.toml"), "bureau")
    except PolicyError:
        return set()


def _checked(path: Path, bureaus: set[str]) -> _File:
    data, check = read(path), Checker(path)
    if path.stem in CORE_TABLES:
        rows = read_core(check, path.stem, data, bureaus=bureaus)
    else:
        rows = read_policy(check, data, bureaus=bureaus)
    if check.problems:
        raise PolicyError(check.problems)
    return _File(path, rows, json.loads(json.dumps(data, ensure_ascii=False, default=date.isoformat)))


def _known(head: Head) -> PolicyEdition | None:
    return PolicyEdition.objects.filter(policy=head.policy, code=head.code).first()


def _overlapping(head: Head) -> list[PolicyEdition]:
    """Other editions of the policy that are in force on a day on which `head` is."""
    ends = head.effective_to or date.max
    return [
        other
        for other in PolicyEdition.objects.filter(policy=head.policy).exclude(code=head.code)
        if head.effective_from <= (other.effective_to or date.max) and other.effective_from <= ends
    ]


def _against_database(file: _File) -> list[Problem]:
    """Why this file cannot be loaded beside what is loaded already."""
    name, head, known = file_name(file.path), file.head, _known(file.head)
    if known is not None:
        if known.digest == file.digest:
            return []
        changed = difference(flatten(known.data), flatten(file.plain)) or [("（次序）", "原次序", "现次序")]
        return [
            Problem(
                name,
                key,
                f"已载入的版本 {known.code} 不能改动（原 {_shown(old)}，现 {_shown(new)}）；请另立新版本",
            )
            for key, old, new in changed
        ]
    problems = []
    if head.replaces and not PolicyEdition.objects.filter(policy=head.policy, code=head.replaces).exists():
        problems.append(Problem(name, "edition.replaces", f"没有载入过版本 {head.replaces}"))
    for other in _overlapping(head):
        if other.code == head.replaces and other.effective_from < head.effective_from:
            continue
        ends = other.effective_to or "未定"
        problems.append(
            Problem(
                name,
                "edition.effective_from",
                f"与版本 {other.code}（{other.effective_from} 至 {ends}）的施行日期重叠；"
                f'新版本应更晚施行，并写明 replaces = "{other.code}"',
            )
        )
    return problems


def _shown(value: Any) -> str:
    return "没有" if value is None else f"{value}"


def _write(file: _File) -> Loaded:
    head = file.head
    known = _known(head)
    if known is not None:
        return Loaded(known, new=False)
    ended = next(iter(_overlapping(head)), None)
    if ended is not None:
        ended.effective_to = head.effective_from - timedelta(days=1)
        ended.save(update_fields=["effective_to"])
    edition = PolicyEdition.objects.create(
        policy=head.policy,
        code=head.code,
        title=head.title,
        document_no=head.document_no,
        clause=head.clause,
        effective_from=head.effective_from,
        effective_to=head.effective_to,
        confirmed=head.confirmed,
        data=file.plain,
        digest=file.digest,
        source_file=file_name(file.path),
    )
    return Loaded(edition, new=True, ended=ended)
