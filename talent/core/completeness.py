"""Which of an edition's materials are missing, and until which step they may follow (容缺), in plain Python.

济政发〔2025〕8号 item 16. No database: codes and the edition's data in, an answer with its reason out.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Completeness:
    """Which required materials are not there: codes that stand in the way, and codes that may follow (容缺)."""

    missing: tuple[str, ...]
    deferrable: tuple[str, ...]
    reason: str
    clauses: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing at all."""
        return not self.missing and not self.deferrable

    @property
    def may_go_on(self) -> bool:
        """Whether the case may go on, under a promise if something may follow."""
        return not self.missing


def completeness(*, given: Collection[str], edition: dict[str, Any], before: str = "") -> Completeness:
    """What is missing of the edition's materials, with a sentence naming each.

    given: codes of the materials that are there; before: code of the step about to begin, empty at intake. A
    material that may follow stands in the way once the step it is needed before has come.
    """
    order = {step["code"]: place for place, step in enumerate(edition["step"])}
    reached = order[before] if before else -1
    missing, deferrable = [], []
    for material in edition["material"]:
        if not material["required"] or material["code"] in given:
            continue
        may_follow = material["deferrable"] and order[material["needed_before"]] > reached
        (deferrable if may_follow else missing).append(material)
    said = [
        f"{words}：{'、'.join(row['name'] for row in rows)}。"
        for words, rows in (("缺少必要材料", missing), ("可以容缺后补", deferrable))
        if rows
    ]
    return Completeness(
        missing=tuple(row["code"] for row in missing),
        deferrable=tuple(row["code"] for row in deferrable),
        reason="".join(said) or "材料齐全。",
        clauses=(edition["edition"]["clause"],),
    )
