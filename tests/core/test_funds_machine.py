"""Random sequences of acts against a book kept by hand, and the planted mistakes that this finds.

`make ledger` plays 2,000 of them (`LEDGER_RUNS`) and plants the mistakes; `make test` plays a few.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.core import funds_bugs
from tests.core.funds_machine import MoneyMachine, TownAtWork

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
    play(machine, RUNS or 40)


@pytest.mark.skipif(not RUNS, reason="make ledger plants the mistakes")
@pytest.mark.parametrize("name", sorted(funds_bugs.BUGS))
def test_a_planted_mistake_is_found(machine, monkeypatch, name):
    funds_bugs.BUGS[name](monkeypatch)
    with pytest.raises(BaseException) as found:  # noqa: PT011 whatever shows the damage
        play(machine, 400, phases=(Phase.generate,), seed=True)
    assert not isinstance(found.value, KeyboardInterrupt)
