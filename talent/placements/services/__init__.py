"""The acts of 校聘企用 (济政发〔2025〕8号 item 8): one transaction and one event each; flow and pages call them.

`needs` and `supply` come before a case, `applying` to `agreeing` lead to the letter of appointment, `serving` to
`watching` are the running term.
"""

from talent.core.models import Case
from talent.core.services.dossier import Part

from . import (
    agreeing,
    applying,
    changing,
    claims,
    countersigning,
    ending,
    feeds,
    needs,
    places,
    rating,
    relations,
    reporting,
    reviewing,
    serving,
    sides,
    subsidies,
    supply,
    watching,
)

__all__ = [
    "agreeing",
    "applying",
    "changing",
    "claims",
    "countersigning",
    "dossier",
    "ending",
    "feeds",
    "needs",
    "places",
    "rating",
    "relations",
    "reporting",
    "reviewing",
    "serving",
    "sides",
    "subsidies",
    "supply",
    "watching",
]  # fmt: skip


def dossier(case: Case) -> list[Part]:
    """A placement is filled in on pages of its own; there is no dossier to complete step by step."""
    return []
