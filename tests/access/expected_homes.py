"""Who is let in at the pages of 人才安居 beside its cases: the register `expected` goes on here."""

from typing import Any

from tests.access.matrix import Done, Rule

HRS = ("hr", "other_hr")
EMPLOYERS = ("hr@a", "other_hr@b")


def let(*who: str, answer: Any = 200) -> dict[str, Any]:
    return dict.fromkeys(who, answer)


def of(thing: str, field: str):
    """Arguments of a URL: one field of a thing of the county."""
    return lambda world, side: (getattr(side.things[thing], field),)


EXPECTED = {
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
