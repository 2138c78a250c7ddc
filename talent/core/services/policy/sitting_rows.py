"""The tables of a policy that has its cases looked at by experts and by a meeting of bureaus."""

from dataclasses import dataclass


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
