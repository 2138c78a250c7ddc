"""One person at work, built once for a module; every test goes on from the first day of the term, 1 May 2026."""

import pytest
import time_machine

from tests import steps
from tests.placements import world as worlds


class AtWork(worlds.World):
    """One person in service at the first firm."""

    def __init__(self) -> None:
        with time_machine.travel(steps.START, tick=True) as traveller:
            super().__init__(traveller)
            self.case = self.running()


@pytest.fixture(scope="module")
def built(build):
    return build(AtWork)


@pytest.fixture
def world(built, _strict_pages, settings, db):
    """What a test does to the world is rolled back."""
    settings.MEDIA_ROOT = built.media
    with time_machine.travel(steps.START, tick=True) as traveller:
        built.traveller = traveller
        built.at(built.case.starts_on)
        yield built
