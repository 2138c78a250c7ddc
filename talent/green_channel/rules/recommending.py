"""Who may recommend, who leads, what is missing (济政发〔2025〕8号 items 7, 16). No database."""

from dataclasses import dataclass
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
