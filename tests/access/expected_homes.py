"""Who is let in at the pages of 人才安居 beside its cases: the register `expected` goes on here."""

from typing import Any
from uuid import uuid4

from tests.access.matrix import Done, Rule

HRS = ("hr", "other_hr")
EMPLOYERS = ("hr@a", "other_hr@b")
CHECKERS, HEADS = ("checker@a", "other_checker@b"), ("head@a", "other_head@b")
OUTSIDE = (
    "superuser", "expired", "applicant", "other_applicant", *HRS, "recommender", "other_recommender", "expert",
    "other_expert",
)  # fmt: skip

OFFICERS = (
    "intake", "deputy", "checker", "other_checker", "head", "other_head", "decider", "auditor", "supervisor", "registrar",
    "other_registrar", "finance", "other_finance", "system_admin", "security_admin", "audit_admin", "panel_secretary",
    "other_panel_secretary", "meeting_secretary",
)  # fmt: skip


def let(*who: str, answer: Any = 200) -> dict[str, Any]:
    return dict.fromkeys(who, answer)


def of(thing: str, field: str):
    """Arguments of a URL: one field of a thing of the county."""
    return lambda world, side: (getattr(side.things[thing], field),)


def bureau(post: Any, *, get: Any = 200, **kwargs: Any) -> Rule:
    """Of one bureau: its checkers act, its head reads; unknown to other officers, closed to everybody else."""
    closed = let(*OUTSIDE, answer=403)
    return Rule(
        get=None if get is None else closed | let(*CHECKERS, *HEADS, answer=get),
        post=closed | let(*CHECKERS, answer=post) | let(*HEADS, answer=403), rest=404, sided=True, **kwargs,
    )  # fmt: skip


EXPECTED = {
    # There is nothing to list, so a list is refused with a sentence.
    "desk:exchanges": Rule(get=let(*OFFICERS), post=let(*OFFICERS, answer=302)),
    "desk:exchange": bureau(Done(302), args=of("exchange", "number"), body=lambda world, side: {"act": "withdraw"}),
    "desk:exchange_file": bureau(
        Done(200), get=None, args=lambda world, side: (side.things["exchange"].number, "csv")
    ),
    # Whoever checks at the bureau that lets has these pages; none of them is among the actors.
    **{f"desk:{name}": Rule(get={}, post={}) for name in ("flats", "flat_list")},
    "desk:flat": Rule(get={}, post={}, args=lambda world, side: (uuid4(),)),
    **{
        f"desk:{name}": Rule(get={}, post={}, args=lambda world, side: ("GYLH2026-0001",))
        for name in ("flat_entry", "tenancy")
    },
    "desk:tenancies": Rule(get={}),
    # Everybody has his own page of it; an application without answers is shown again.
    "my:flats": Rule(get=200, post=200, body=lambda world, side: {"act": "apply"}),
    "unit:rosters": Rule(get=let(*HRS), post=let(*HRS)),
    "unit:roster_template": Rule(get=let(*HRS)),
    "unit:roster": Rule(
        get=let(*HRS, answer=404) | let(*EMPLOYERS), post=let(*HRS, answer=404) | let(*EMPLOYERS, answer=Done(302)),
        sided=True, args=of("roster", "number"), body=lambda world, side: {"act": "drop"},
    ),
    # Nobody on the list has a case yet, so there is nobody to invite.
    "unit:roster_links": Rule(
        get=None, post=let(*HRS, answer=404) | let(*EMPLOYERS, answer=302), sided=True, args=of("roster", "number")
    ),
}  # fmt: skip
