"""Two verbs meet on one page: every ordered pair, in a serial and in a parallel step, comes out as `verb_matrix.csv` says.

The table is the decision: who may, what becomes of the second verb and why. Each cell is walked with real acts on a
running case and undone.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from talent.core.services.checks import asking
from tests import steps, verbs

KINDS = (verbs.SERIAL, verbs.PARALLEL)
with (Path(__file__).parent / "verb_matrix.csv").open(encoding="utf-8", newline="") as file:
    TABLE = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def town(build):
    with time_machine.travel(steps.START, tick=True) as traveller:
        made = build(verbs.World, traveller)
        made.moment = timezone.now()
        return made


@pytest.fixture
def world(_strict_pages, settings, town, db):
    settings.MEDIA_ROOT = town.media
    return town


@contextmanager
def undone(world: verbs.World) -> Iterator[None]:
    """Back to the moment when everybody has read the page."""
    with time_machine.travel(world.moment, tick=True) as traveller, transaction.atomic():
        world.traveller = traveller
        yield
        transaction.set_rollback(True)


def walked(world: verbs.World, kind: str, first: str, second: str) -> dict[str, str]:
    """The cell as it comes out, without its reason."""
    with undone(world):
        shown = verbs.page(world, kind)
        first_result, first_sentence = verbs.press(shown, kind, first)
        second_result, second_sentence = verbs.press(shown, kind, second)
        status, open_steps = verbs.where(world.fresh(shown.case))
    return {
        "step": kind, "first": first, "second": second, "first_by": verbs.ACTS[kind][first].who,
        "second_by": verbs.ACTS[kind][second].who, "first_result": first_result, "first_sentence": first_sentence,
        "second_result": second_result, "second_sentence": second_sentence, "status": status,
        "open_steps": open_steps,
    }  # fmt: skip


def test_every_pair_has_one_cell_with_a_reason_and_every_refusal_a_sentence():
    pairs = [(row["step"], row["first"], row["second"]) for row in TABLE]
    assert sorted(pairs) == sorted(
        (kind, first, second) for kind in KINDS for first in verbs.VERBS for second in verbs.VERBS
    )
    assert all(len(row["reason"]) > 5 for row in TABLE)
    for row in TABLE:
        assert bool(row["second_sentence"]) is (row["second_result"] == "拒绝")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", verbs.VERBS)
def test_the_second_verb_comes_out_as_written(world, kind, first):
    wrong = []
    for row in TABLE:
        if (row["step"], row["first"]) == (kind, first):
            reason = row["reason"]
            found = walked(world, kind, first, row["second"]) | {"reason": reason}
            wrong += [f"{row} came out as {found}"] if found != row else []
    assert wrong == [], "\n".join(wrong)


def test_without_the_question_what_was_found_the_table_is_wrong(world, monkeypatch):
    """An adverse opinion would disappear as wrongly addressed."""
    monkeypatch.setattr(asking, "refusal_to_withdraw", lambda check: "")
    kind, first, second = verbs.PARALLEL, "不同意", "撤回"
    row = next(one for one in TABLE if (one["step"], one["first"], one["second"]) == (kind, first, second))
    assert (row["second_result"], walked(world, kind, first, second)["second_result"]) == ("拒绝", "生效")
