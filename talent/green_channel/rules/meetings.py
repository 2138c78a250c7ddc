"""The joint meeting in figures: whether it may vote, and what a vote decides (`[meeting]` of the edition).

Whoever is recused counts neither as a member nor as present; abstaining is being present without agreeing.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Quorum:
    """Whether an item may be voted on, and why. `entitled` and `present` are without those recused."""

    reached: bool
    entitled: int
    present: int
    reason: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Vote:
    """What a vote decided, and by which count."""

    passed: bool
    reason: str
    clauses: tuple[str, ...]


def quorum(*, members: int, present: int, recused: int, edition: dict[str, Any]) -> Quorum:
    """Whether enough members are there. members: invited; present: of them, there; recused: of those present or not,
    staying away from this item. `present` must not count them.
    """
    meeting = edition["meeting"]
    entitled = members - recused
    parts, whole = meeting["quorum_parts"], meeting["quorum_whole"]
    clauses = (meeting["clause"],)
    if entitled <= 0 or present * whole < entitled * parts:
        return Quorum(
            False,
            entitled,
            present,
            f"应到{entitled}个单位（回避{recused}个不计），实到{present}个，未达到{whole}分之{parts}，不能表决。",
            clauses,
        )
    return Quorum(True, entitled, present, f"应到{entitled}个单位，实到{present}个，达到法定人数。", clauses)


def count_votes(*, agree: int, against: int, abstain: int, edition: dict[str, Any]) -> Vote:
    """What the ballots of those present decide: the edition's share of all of them must agree."""
    meeting = edition["meeting"]
    parts, whole = meeting["pass_parts"], meeting["pass_whole"]
    present = agree + against + abstain
    passed = present > 0 and agree * whole >= present * parts
    words = "达到" if passed else "未达到"
    return Vote(
        passed,
        f"参加表决{present}个单位：同意{agree}、不同意{against}、弃权{abstain}，{words}{whole}分之{parts}。",
        (meeting["clause"],),
    )
