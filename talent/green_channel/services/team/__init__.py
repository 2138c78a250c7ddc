"""Teams (济政发〔2025〕8号 item 7): the leader names and invites, each core member answers in person.

A member fills in the own part, gives the own consents and confirms; before the submission one may decline, withdraw or
be left out without anybody's leave. From the invitation on a member keeps away from the case as an officer (回避).
What happens after the submission is in `team_changes`.
"""

from .answering import (
    PURPOSES,
    accept,
    confirm,
    declare,
    decline,
    file_material,
    invited,
    parts,
    reopen,
    withdraw,
    writable,
)
from .leading import change_member, drop_member, invite, name_member
from .rows import (
    add,
    is_open,
    known_names,
    note,
    require_confirmed,
    require_settled,
    seats_of,
    section,
    settle,
)

__all__ = [
    "PURPOSES",
    "accept",
    "add",
    "change_member",
    "confirm",
    "declare",
    "decline",
    "drop_member",
    "file_material",
    "invite",
    "invited",
    "is_open",
    "known_names",
    "name_member",
    "note",
    "parts",
    "reopen",
    "require_confirmed",
    "require_settled",
    "seats_of",
    "section",
    "settle",
    "withdraw",
    "writable",
]  # fmt: skip
