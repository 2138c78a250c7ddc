"""Random sequences of acts against a book kept by hand, and the planted mistakes that this finds.

`make ledger` plays 2,000 of them (`LEDGER_RUNS`) and looks for the mistakes by chance too; `make test` plays a few.
"""

import os

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import run_state_machine_as_test

from talent.core.services.errors import ActRefused
from tests.core import funds_bugs
from tests.core.funds_machine import MoneyMachine, TownAtWork, story

RUNS = int(os.environ.get("LEDGER_RUNS", "0"))
STEPS = 24
pytestmark = [pytest.mark.database, pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def machine(loaded):
    class InTown(MoneyMachine):
        town = TownAtWork()

    return InTown


def play(machine: type[MoneyMachine], runs: int, *, phases=tuple(Phase), seed: bool = False) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=seed,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_acts_leave_every_sum_right(machine):
    play(machine, RUNS or (40 if connection.vendor == "sqlite" else 15))


def test_the_fixed_story_leaves_every_sum_right(machine):
    story(machine())


@pytest.mark.parametrize("name", sorted(funds_bugs.BUGS))
def test_a_planted_mistake_is_found(machine, monkeypatch, name):
    """By the fixed story alone; that the story passes without a mistake is said above."""
    funds_bugs.BUGS[name](monkeypatch)
    played = machine()
    with pytest.raises((AssertionError, ActRefused, DatabaseError, pytest.fail.Exception)):
        story(played)


@pytest.mark.skipif(not RUNS, reason="make ledger")
@pytest.mark.parametrize("name", sorted(funds_bugs.BUGS))
def test_random_acts_find_the_mistake_too(machine, monkeypatch, name):
    funds_bugs.BUGS[name](monkeypatch)
    with pytest.raises((AssertionError, ActRefused, DatabaseError, pytest.fail.Exception, FlakyFailure)):
        play(machine, 400, phases=(Phase.generate,), seed=True)
