"""The rulebook of the shipped edition and an application that meets every condition, for the tests of rules."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from talent.placements import rules

FILE = Path(rules.__file__).resolve().parents[1] / "policy.toml"
DATA = tomllib.loads(FILE.read_text(encoding="utf-8"))
BOOK = rules.Rulebook(DATA)
GOOD = rules.Facts(
    kind="tech_deputy",
    starts_on=date(2026, 3, 1),
    months=24,
    days_per_year=90,
    firm_class="general",
    birth_date=date(1980, 5, 1),
    degree="doctor",
    title="",
)


def findings(**changes: Any) -> dict[str, rules.Finding]:
    """Every finding of the good application with `changes`, by condition."""
    return {found.condition: found for found in rules.examine(replace(GOOD, **changes), book=BOOK)}


def failing(**changes: Any) -> list[str]:
    """The conditions that are not met."""
    return [code for code, found in findings(**changes).items() if not found.passed]
