"""The world of the flow tests."""

import pytest

from tests import steps


@pytest.fixture
def world(loaded):
    with steps.play() as played:
        yield played
