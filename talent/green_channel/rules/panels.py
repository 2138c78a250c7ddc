"""The expert panel in figures: how many, how points weigh, what they decide and by which rule.

Points are whole numbers out of 100 per dimension; the dimensions' weights add up to 100. A total is a `Decimal` with
two places. All figures come from `[panel]` and `[[dimension]]` of the edition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FULL = 100
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Composition:
    """Whether so many experts make a panel, and why not."""

    complete: bool
    reason: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class ScoreSheet:
    """What one expert handed in: points by dimension, whether he agrees, whether he vetoes."""

    points: Mapping[str, int]
    agrees: bool
    vetoes: bool = False


@dataclass(frozen=True)
class PanelResult:
    """The panel's result, and the one rule that made it.

    rule: veto, pass_mark, agreement or passed; average and spread: points out of 100; shares: agreeing of all.
    """

    passed: bool
    rule: str
    reason: str
    average: Decimal
    spread: Decimal
    warning: str
    agreeing: int
    scored: int
    clauses: tuple[str, ...]


def composition(number: int, *, edition: dict[str, Any]) -> Composition:
    """Whether `number` experts who accepted make a panel: enough of them, and odd where the edition asks for it."""
    panel = edition["panel"]
    clauses = (panel["clause"],)
    if number < panel["least"]:
        return Composition(False, f"专家不足：已接受{number}名，至少需要{panel['least']}名。", clauses)
    if panel["odd"] and number % 2 == 0:
        return Composition(False, f"专家人数应为单数：现有{number}名，请增补或减少1名。", clauses)
    return Composition(True, f"共{number}名专家，符合人数要求。", clauses)


def weighted(points: Mapping[str, int], *, edition: dict[str, Any]) -> Decimal:
    """The weighted total of one sheet. Raises `ValueError` naming a dimension that is missing or out of range."""
    total = 0
    for dimension in edition["dimension"]:
        given = points.get(dimension["code"])
        if given is None or not 0 <= given <= FULL:
            raise ValueError(dimension["title"])
        total += given * dimension["weight"]
    return (Decimal(total) / FULL).quantize(_CENT)


def conclude(sheets: Sequence[ScoreSheet], *, edition: dict[str, Any]) -> PanelResult:
    """What the sheets together decide: a veto first, then the pass mark, then the share of those who agree.

    Nothing is dropped: the average is over all sheets. The spread (highest less lowest) only warns.
    """
    panel = edition["panel"]
    totals = [weighted(sheet.points, edition=edition) for sheet in sheets]
    average = (sum(totals, Decimal(0)) / len(totals)).quantize(_CENT, ROUND_HALF_UP)
    spread = max(totals) - min(totals)
    agreeing, vetoes = sum(sheet.agrees for sheet in sheets), sum(sheet.vetoes for sheet in sheets)
    parts, whole = panel["agree_parts"], panel["agree_whole"]
    if vetoes:
        passed, rule, reason = False, "veto", f"有{vetoes}名专家一票否决，评审不通过。"
    elif average < panel["pass_mark"]:
        passed, rule = False, "pass_mark"
        reason = f"平均{average}分，低于{panel['pass_mark']}分的通过线，评审不通过。"
    elif agreeing * whole < len(sheets) * parts:
        passed, rule = False, "agreement"
        reason = f"{len(sheets)}名专家中{agreeing}名同意，未达到{whole}分之{parts}，评审不通过。"
    else:
        passed, rule = True, "passed"
        reason = f"平均{average}分，{len(sheets)}名专家中{agreeing}名同意，无人否决，评审通过。"
    warning = ""
    if spread >= panel["spread_warning"]:
        warning = f"最高分与最低分相差{spread}分，达到{panel['spread_warning']}分的提示线，请核对评分理由。"
    return PanelResult(
        passed, rule, reason, average, spread, warning, agreeing, len(sheets), (panel["clause"],)
    )
