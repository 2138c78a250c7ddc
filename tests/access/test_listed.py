"""A list shows what `visible_to` shows, whether it asks by keys or by parties."""

import pytest
from guardian.shortcuts import assign_perm

from talent.core.models import Case, Recusal, visibility
from tests.access.world import World

pytestmark = [
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed file.*sRGB2014:ResourceWarning"),
]


class Hamlet(World):
    """A draft and a dispatched case in each county, so that everybody has something not to see."""

    stages = ()


@pytest.fixture
def hamlet(loaded):
    made = Hamlet()
    for side in made.sides.values():
        made._make_draft(side)
        made._dispatched(side, "review")
    granted = Case.objects.order_by("pk").first()
    assign_perm("core.view_case", made.people["other_hr"], granted)
    far = made.people["intake2"]
    Recusal.objects.create(case=Case.objects.order_by("pk").last(), user=far, declared_by=far, reason="亲属")
    return made


def test_a_list_shows_everybody_exactly_what_is_visible(hamlet, monkeypatch):
    seen = {name: set(Case.objects.visible_to(user)) for name, user in hamlet.people.items()}
    assert {len(one) for one in seen.values()} >= {0, 1, 2}
    assert len(seen["intake2"]) < len(seen["intake"])
    for few in (0, 1, 1000):
        monkeypatch.setattr(visibility, "FEW", few)
        assert {name: set(Case.objects.listed_for(user)) for name, user in hamlet.people.items()} == seen


def test_few_cases_are_asked_for_by_their_keys_and_many_by_their_parties(hamlet, monkeypatch):
    officer = hamlet.people["intake"]
    assert "core_caseparty" not in str(Case.objects.listed_for(officer).query)
    monkeypatch.setattr(visibility, "FEW", 1)
    assert "core_caseparty" in str(Case.objects.listed_for(officer).query)
