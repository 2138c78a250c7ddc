"""What the edition says about recommending and leading, in plain Python (济政发〔2025〕8号 items 7, 16).

Every answer carries its reason in a sentence and the clauses it rests on, so that it can be read aloud to
whoever asks. No database: facts and the edition's data in, an answer out.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

# Which kinds of region a recommender's `level` stands for; `any` sets no limit.
_REGION_KINDS = {"city": ("city",), "county": ("county", "zone")}


@dataclass(frozen=True)
class Answer:
    """Whether it is allowed, why (a Chinese sentence), and by which clauses."""

    allowed: bool
    reason: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class LeadProposal:
    """The bureau that should lead, why (a Chinese sentence), and by which clauses."""

    bureau_code: str
    reason: str
    clauses: tuple[str, ...]


def may_recommend(*, kind: str, code: str, region_kind: str, edition: dict[str, Any]) -> Answer:
    """Whether an organisation may recommend somebody for the 直通车.

    kind, code: of the organisation (a county bureau's code is `region-bureau`); region_kind: city, county or
    zone; edition: the data of the edition in force.
    """
    for channel in edition["recommender"]:
        if _fits(channel, kind=kind, code=code, region_kind=region_kind):
            return Answer(True, f"属于可以推荐的单位：{channel['title']}。", (channel["clause"],))
    titles = "、".join(channel["title"] for channel in edition["recommender"])
    clauses = tuple(dict.fromkeys(channel["clause"] for channel in edition["recommender"]))
    return Answer(False, f"本单位不在可以推荐的范围。可以推荐的有：{titles}。请由这些单位推荐。", clauses)


def _fits(channel: dict[str, Any], *, kind: str, code: str, region_kind: str) -> bool:
    """Whether one line of the edition's recommenders describes the organisation."""
    if channel["kind"] != kind:
        return False
    # The bureau part of the code, compared whole: a suffix match would let `xzzb` pass as `zzb`.
    if channel["code_suffix"] and code.rpartition("-")[2] != channel["code_suffix"]:
        return False
    return channel["level"] == "any" or region_kind in _REGION_KINDS[channel["level"]]


def propose_lead(*, chain_lead: str, field: str, edition: dict[str, Any]) -> LeadProposal:
    """Which bureau should lead: the chain's own, else by the words of the field, else the edition's default.

    chain_lead: bureau code of the industry chain's lead, empty when there is none; field: the technical field as
    the recommender wrote it. The first rule with a word in the field decides.
    """
    clauses = (edition["edition"]["clause"],)
    if chain_lead:
        return LeadProposal(chain_lead, "由项目所属产业链的牵头部门办理。", clauses)
    dispatch = edition["dispatch"]
    for rule in dispatch.get("rule", ()):
        for word in rule["keywords"]:
            if word in field:
                return LeadProposal(rule["bureau"], f"技术领域含“{word}”：{rule['reason']}。", clauses)
    return LeadProposal(
        dispatch["default"], "没有产业链牵头部门，技术领域也没有对应部门，按默认部门分办。", clauses
    )


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
