"""The tables of a policy that goes on after its decision: services, the agreement's standing terms, 容错免责."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A service in one of the five domains of item 9; `limit` 0 means at an agreed time.

    `family`: it cannot be done without knowing about the family, which needs a consent of its own.
    """

    domain: str
    item: str
    owner: str
    limit: int
    source: str
    mark: str = ""
    family: bool = False


@dataclass(frozen=True)
class AgreementTerms:
    """What a fresh draft of an agreement says until its parties agree on something else."""

    duties: str
    ip: str
    recovery: str
    fund_source: str
    fund_share: str
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Excuse:
    """容错免责 is for a panel: at least `least` members, `agree_parts` of `agree_whole` of them in favour."""

    least: int
    agree_parts: int
    agree_whole: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class ExcuseGround:
    """Why a project may miss its aim without anybody being held to account."""

    code: str
    text: str
    clause: str
    source: str
    mark: str = ""
