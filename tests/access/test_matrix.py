"""Every page, every kind of visitor, two counties: who is let in where, against the register in `expected`."""

import pytest

from tests.access import matrix
from tests.access.expected import EVERYBODY, EXPECTED
from tests.access.world import ACTORS

# WeasyPrint leaves its colour profile open when the world draws its letters.
PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.filterwarnings(PROFILE),
]
PATTERNS = [name for name, _pattern in matrix.patterns()]


@pytest.fixture(scope="module")
def world(build):
    return build()


def test_every_pattern_of_the_urlconf_has_an_entry_and_every_entry_a_pattern():
    assert set(PATTERNS) - set(EXPECTED) == set()
    assert set(EXPECTED) - set(PATTERNS) == set()
    assert len(PATTERNS) == len(set(PATTERNS))


def test_the_actors_are_all_asked():
    assert len(ACTORS) >= 14
    assert set(ACTORS) == {*EVERYBODY, *matrix.VISITORS}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_page_answers_everybody_as_declared(at_home, name):
    wrong, asked = matrix.differences(at_home, name, EXPECTED[name])
    assert asked >= 2 * len(ACTORS)
    assert wrong == []
