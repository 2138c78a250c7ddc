"""The rows of targets.toml: what the city wants of each year, and of each 标志性产业链 (济政发〔2025〕8号 items 7 to 9)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TargetRow:
    """A yearly target of the policy: at least `figure` of `unit` in each `per`.

    What counts towards it: cases of `policy` with a `letter` in force issued in the year, of a `kind` (person or team)
    and of one of `levels`; what is left empty sets no limit. `measure` says so in words. Without a policy the system
    counts nothing.
    """

    code: str
    title: str
    figure: int
    unit: str
    per: str
    clause: str
    source: str
    policy: str = ""
    letter: str = ""
    kind: str = ""
    levels: tuple[str, ...] = ()
    measure: str = ""
    mark: str = ""


@dataclass(frozen=True)
class CoverageRow:
    """How many of one kind of `ChainRecord` each chain should have (一链条一平台一院士多团队)."""

    code: str
    at_least: int
    clause: str
    source: str
    mark: str = ""
