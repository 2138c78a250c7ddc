"""What the file of one policy has beyond the common tables, told by the policy's own folder when it is installed."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Extension:
    """many, one: table → its row, for tables of many rows and of one; `optional` names those a file may leave out.

    check(notes, read, bureaus): notes what is wrong between the typed rows of all tables; `bureaus` are the known
    codes.
    """

    many: dict[str, type] = field(default_factory=dict)
    one: dict[str, type] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    check: Callable[[Any, dict[str, Any], Collection[str]], None] | None = None


_NOTHING = Extension()
_known: dict[str, Extension] = {}


def extend(policy: str, extension: Extension) -> None:
    """Let files of `policy` have the tables of `extension`; called once, when the policy's app is ready."""
    _known[policy] = extension


def extension_of(policy: str) -> Extension:
    """The extension of a policy; an empty one for a policy with the common tables only."""
    return _known.get(policy, _NOTHING)
