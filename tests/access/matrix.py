"""How the matrix is walked: the URLconf as it is, every actor, both methods, both counties.

An answer is a status, with `DONE` when the request also did something: a new row in the audit chain. A page that
sends somebody away politely (302 with a sentence) is thereby told from one that has acted.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from talent.core.models import AuditEntry
from tests.access.crawler import BRIEFLY
from tests.access.world import ACTORS, STAGES, Side, World

VISITORS = ("visitor", "disabled")
LOGIN = "/accounts/login/"
Answer = tuple[int, bool]


@dataclass(frozen=True)
class Done:
    """A status that comes together with an act."""

    status: int


@dataclass(frozen=True)
class Rule:
    """What one URL pattern answers.

    get, post: actor → answer; `None` when the method is refused with 405 to everybody who is signed in.
    rest: the answer to everybody signed in who is not named; the same for both methods.
    public: whether visitors are let in; else they are sent to the sign-in.
    own: the stage whose applicant stands in for the actors "applicant" and "other_applicant".
    args, body: made of the world and the county whose object is asked for. address: of a pattern without a name.
    sided: asked for the object of each county in turn.
    """

    get: dict[str, Any] | int | None
    post: dict[str, Any] | int | None = None
    rest: int = 403
    public: bool = False
    own: str = "review"
    args: Callable[[World, Side], tuple] = lambda world, side: ()
    body: Callable[[World, Side], dict] = lambda world, side: {}
    sided: bool = False
    address: Callable[[World, Side], str] | None = None

    def expected(self, method: str, who: str, side: Side) -> Answer:
        """The declared answer to `who` for an object of `side`; a key may be narrowed to a county: "hr@a"."""
        asked = self.get if method == "GET" else self.post
        if who in VISITORS and not self.public:
            return 302, False
        if asked is None:
            return 405, False
        if isinstance(asked, int | Done):
            return _pair(asked)
        return _pair(asked.get(f"{who}@{side.key}", asked.get(who, self.rest)))


def _pair(answer: int | Done) -> Answer:
    return (answer.status, True) if isinstance(answer, Done) else (answer, False)


def patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of the URLconf by its name, or by its route when it has none."""
    yield from _walk(get_resolver().url_patterns, "", ())


def _walk(entries: Iterable, route: str, spaces: tuple[str, ...]) -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(
                entry.url_patterns, here, (*spaces, entry.namespace) if entry.namespace else spaces
            )
        else:
            yield (":".join((*spaces, entry.name)) if entry.name else here), entry


def actor(rule: Rule, who: str) -> str:
    """Whose session is used: the applicant of a county is the one of the case asked for."""
    stage = rule.own if rule.own in STAGES else "review"
    return {"applicant": f"a_{stage}", "other_applicant": f"b_{stage}"}.get(who, who)


def knock(world: World, rule: Rule, name: str, method: str, who: str, side: Side) -> tuple[Answer, Any]:
    """Ask once, and undo whatever came of it. Returns the answer and the response."""
    address = rule.address(world, side) if rule.address else reverse(name, args=rule.args(world, side))
    browser = world.browser(actor(rule, who))
    with transaction.atomic():
        before = _acts()
        if method == "GET":
            response = browser.get(address, headers=BRIEFLY)
        else:
            response = browser.post(address, rule.body(world, side), headers=BRIEFLY)
        if response.streaming:
            # Read to the end, or the file stays open.
            b"".join(response.streaming_content)
        did = _acts() != before
        transaction.set_rollback(True)
    return (response.status_code, did), response


def _acts() -> int:
    """How many acts are on record; a refusal is a record too, but no act."""
    return AuditEntry.objects.filter(succeeded=True).count()


def differences(world: World, name: str, rule: Rule) -> tuple[list[str], int]:
    """Every answer that is not the declared one, in words; and how many were asked.

    The counties mirror each other: one is asked for by the people of both, the other as well with `MATRIX=full`.
    """
    wrong, asked = [], 0
    both = rule.sided and os.environ.get("MATRIX") == "full"
    sides = world.sides.values() if both else [world.sides["a"]]
    for side in sides:
        for who in ACTORS:
            for method in ("GET", "POST"):
                asked += 1
                got, response = knock(world, rule, name, method, who, side)
                declared = rule.expected(method, who, side)
                sent_away = got[0] == 302 and response["Location"].startswith((LOGIN, "/admin/login/"))
                if who in VISITORS and not rule.public and not sent_away:
                    wrong.append(f"{method} {who}: {got[0]} instead of the sign-in")
                elif got != declared:
                    wrong.append(
                        f"{method} {who}@{side.key}: {_said(got)}, declared {_said(declared)}{_why(response)}"
                    )
    return wrong, asked


def _said(answer: Answer) -> str:
    return f"{answer[0]}{' and acted' if answer[1] else ''}"


def _why(response: Any) -> str:
    if response.status_code != 500 or not response.exc_info:
        return ""
    kind, error, _trace = response.exc_info
    return f" ({kind.__name__}: {error})"
