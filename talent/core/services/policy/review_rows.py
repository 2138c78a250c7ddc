"""The tables of a policy that has its cases looked at by other bureaus, by experts and by a meeting."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Team:
    """What each core member of a team hands in himself: codes of `materials`; at most `most` members."""

    materials: tuple[str, ...]
    most: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Panel:
    """The expert panel: how many experts, the pass mark out of 100, the share that must agree, when a spread warns.

    `levels`: the talent levels whose cases go to experts. `materials`: codes of what experts may read; no identity
    document, contract or family need.
    """

    levels: tuple[str, ...]
    materials: tuple[str, ...]
    least: int
    odd: bool
    pass_mark: int
    agree_parts: int
    agree_whole: int
    spread_warning: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Dimension:
    """What experts score, out of 100, and its weight in the total; the weights add up to 100."""

    code: str
    title: str
    weight: int
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Meeting:
    """The joint meeting: bureaus invited, the share that must be there, the share of those present that must agree.

    `levels`: the talent levels whose cases go to the meeting. `materials`: codes of what is bound into its pack.
    """

    levels: tuple[str, ...]
    materials: tuple[str, ...]
    members: tuple[str, ...]
    quorum_parts: int
    quorum_whole: int
    pass_parts: int
    pass_whole: int
    clause: str
    source: str
    mark: str = ""


@dataclass(frozen=True)
class Finding:
    """A coded answer to a check; an `adverse` one stands against the case until it is explained."""

    code: str
    title: str
    adverse: bool


@dataclass(frozen=True)
class CheckSubject:
    """What a joint check (联审、核查) asks one bureau.

    `bureau` is asked at the `level` city or county; `limit` in working days, `counts` against the legal clock.
    `keywords` of the case's field propose it (none: always). `materials` are all the bureau may open.
    """

    code: str
    title: str
    question: str
    bureau: str
    level: str
    limit: int
    counts: bool
    reason: str
    materials: tuple[str, ...]
    finding: tuple[Finding, ...]
    clause: str
    source: str
    keywords: tuple[str, ...] = ()
    mark: str = ""
