"""When an agreement is evaluated, what a result means, and what carries 容错免责 (济政发〔2025〕8号 item 18)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from .recommending import Answer

# What each result of an evaluation means, as the talent reads it.
RESULT_WORDS = {
    "go_on": "按协议继续支持。",
    "adjust": "支持内容将调整，由各方另签协议版本。",
    "stop": "终止支持，已完成部分按协议结算。",
    "recover": "终止支持，应追回的资金另行书面通知，您可以提出异议。",
    "excused": "已勤勉尽责，不追究未达目标的责任；不影响信用记录，也不影响以后的评估和申报。",
}


def excuse_carried(*, members: int, in_favour: int, edition: dict[str, Any]) -> Answer:
    """Whether a panel carries 容错免责: enough members, and the edition's share of them in favour (item 18)."""
    row = edition["excuse"]
    clauses = (row["clause"],)
    if members < row["least"]:
        return Answer(False, f"论证人数{members}人，少于规定的{row['least']}人，不能作出免责结论。", clauses)
    if not 0 <= in_favour <= members:
        return Answer(False, "同意人数应在零和论证人数之间，请核对。", clauses)
    if in_favour * row["agree_whole"] < members * row["agree_parts"]:
        share = f"{row['agree_whole']}分之{row['agree_parts']}"
        return Answer(False, f"{members}人论证、{in_favour}人同意，未达到{share}，不能免责。", clauses)
    return Answer(True, f"{members}人论证，{in_favour}人同意，可以免责。", clauses)


@dataclass(frozen=True)
class DueEvaluation:
    """An evaluation to begin: `yearly` or `final`, for which year of the agreement."""

    kind: str
    year: int


def evaluations_due(*, starts_on: date, ends_on: date, today: date) -> list[DueEvaluation]:
    """One at the end of every full year of the agreement, the final one when it ends; none before its day."""
    found, year = [], 1
    while (full := _anniversary(starts_on, year)) < ends_on:
        if full <= today:
            found.append(DueEvaluation("yearly", year))
        year += 1
    if ends_on <= today:
        found.append(DueEvaluation("final", year))
    return found


def _anniversary(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
