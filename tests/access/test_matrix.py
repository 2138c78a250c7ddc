"""Every page, every kind of visitor, two counties: who is let in where, against the register in `expected`."""

import pytest

from talent.core import roles
from talent.core.models.visibility import CaseQuerySet
from talent.core.services import appointments
from tests.access import matrix
from tests.access.expected import EVERYBODY, EXPECTED
from tests.access.world import ACTORS, World

# WeasyPrint leaves its colour profile open when the world draws its letters.
PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.filterwarnings(PROFILE),
]
PATTERNS = [name for name, _pattern in matrix.patterns()]


@pytest.fixture(scope="module")
def world(build):
    return build(World)


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
    assert wrong == [], "\n".join(wrong)


# --- the matrix notices when a guard is gone ----------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["my:case", "unit:case", "desk:case", "material_file", "letter_file", "desk:settle"]
)
def test_without_visible_to_a_foreign_case_is_reported(at_home, monkeypatch, name):
    monkeypatch.setattr(CaseQuerySet, "visible_to", lambda self, user: self.all())
    wrong, _asked = matrix.differences(at_home, name, EXPECTED[name])
    # On pages that ask the post beside the case, the second lock still holds.
    second_lock = name in ("my:case", "desk:case", "desk:settle", "letter_file")
    assert bool(wrong) is not second_lock


def test_without_the_question_for_the_post_every_officer_is_reported_as_acting(at_home, monkeypatch):
    monkeypatch.setattr(appointments, "standing_on", lambda user, case, act: appointments.posts_of(user)[0])
    wrong, _asked = matrix.differences(at_home, "desk:stop", EXPECTED["desk:stop"])
    assert any("auditor@a: 302 and acted" in line for line in wrong)


def test_without_the_post_at_the_door_of_the_desk_outsiders_are_reported(at_home, monkeypatch):
    monkeypatch.setattr(roles, "OFFICERS", roles.ROLES)
    wrong, _asked = matrix.differences(at_home, "desk:home", EXPECTED["desk:home"])
    assert any(line.startswith("GET hr@a: 200") for line in wrong)
