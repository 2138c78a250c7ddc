"""The last place and the same moment: one wins, the other is told why; without the lock both would have won."""

from functools import partial

import pytest
from django.db import connection

from talent.core.services.errors import ActRefused
from talent.placements.models import Placement, PlacementCase, ServiceDay
from talent.placements.services import applying, places, serving
from tests.flows.racing import at_once, met_after
from tests.placements import world as worlds
from workflows.base import acts

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(loaded):
    with worlds.play() as played:
        yield played


def confirm(case: PlacementCase, actor) -> PlacementCase:
    return acts.answer(
        PlacementCase.objects.get(pk=case.pk), "confirm_firm", actor=actor, agreed=True, side="firm"
    )


def last_place(world) -> list:
    """Two applications to one firm that has one place left, each about to be confirmed."""
    world.at_consent("talent")
    cases = [world.apply(world.published(), who) for who in ("talent2", "talent3")]
    return [partial(confirm, case, world.people["hr"]) for case in cases]


def two_firms(world) -> list:
    """One person whom two firms are about to confirm for a kind of which one post is allowed."""
    first = world.apply(world.published())
    second = world.apply(world.published("other_hr"))
    return [partial(confirm, first, world.people["hr"]), partial(confirm, second, world.people["other_hr"])]


def won_and_lost(outcomes: list) -> tuple[list, list]:
    return (
        [one for one in outcomes if isinstance(one, PlacementCase)],
        [one for one in outcomes if not isinstance(one, PlacementCase)],
    )


@pytest.mark.parametrize(("scene", "word"), [(last_place, "共2个"), (two_firms, "上限1个")])
def test_the_last_place_goes_to_one_and_the_other_is_told_why(world, scene, word):
    won, lost = won_and_lost(at_once(*scene(world)))
    assert len(won) == 1
    assert isinstance(lost[0], ActRefused), lost
    assert word in str(lost[0])
    assert Placement.objects.live().filter(case=won[0]).count() == 1


@pytest.mark.postgres
@pytest.mark.parametrize("scene", [last_place, two_firms])
def test_without_the_lock_on_firm_and_person_both_would_have_it(world, scene, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    acting = scene(world)
    monkeypatch.setattr(places, "lock", lambda firm, person: None)
    monkeypatch.setattr(places, "require_fit", met_after(places.require_fit, 2))
    won, lost = won_and_lost(at_once(*acting))
    assert (len(won), lost) == (2, [])


def test_two_people_for_the_one_post_of_a_need_are_not_both_taken(world):
    need = world.published()
    cases = [world.apply(need, who) for who in ("talent", "talent2")]
    won, lost = won_and_lost(at_once(*(partial(confirm, case, world.people["hr"]) for case in cases)))
    assert len(won) == 1
    assert "没有空额" in str(lost[0])


def test_one_day_entered_twice_at_the_same_moment_counts_once(world):
    case = world.at_consent()
    Placement.objects.filter(case=case).update(state="active")
    world.at(case.starts_on)
    place = Placement.objects.get(case=case)
    entering = partial(
        serving.log, place, actor=world.people["talent"], day=case.starts_on, mode="on_site", text="试验"
    )
    outcomes = at_once(entering, entering)
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "ServiceDay"]
    assert ServiceDay.objects.count() == 1


def test_the_same_application_sent_twice_at_once_opens_one_case(world):
    need = world.published()
    page = world.get("talent", "my:placement_apply", need.number)
    applying_once = partial(
        applying.apply, need, actor=world.people["talent"], university=world.university, starts_on=world.today,
        submission_key=page.context["submission_key"], degree="doctor", title_rank="", plan="计划", declared=[],
    )  # fmt: skip
    outcomes = at_once(applying_once, applying_once)
    assert sum(isinstance(one, PlacementCase) for one in outcomes) == 1
    assert PlacementCase.objects.count() == 1
