"""AB岗 on work that is taken already: the deputy finds it, takes it over, and the record names both."""

import pytest

from talent.core import roles
from talent.core.services import appointments
from talent.core.services.errors import Conflict, NotAllowed
from tests import factories, steps
from workflows.base import ReviewTask, acts

pytestmark = pytest.mark.database


@pytest.fixture
def taken(world):
    """A case in form review, taken by the checker, who is away from today; a colleague stands in."""
    case = world.at_form_review()
    world.claim("checker", case, "form_review")
    name_deputy(world, "checker2")
    return case


def name_deputy(world, who: str, policies: tuple[str, ...] = ()) -> None:
    appointments.name_deputy(
        world.people["checker"].appointments.get(), world.people[who], actor=world.people["checker"],
        starts_on=world.today, ends_on=steps.day_after(world.today, 10), reason="出差", policies=policies,
    )  # fmt: skip


def worklist(world, who: str) -> str:
    return world.get(who, "desk:home", view="mine").content.decode()


def test_the_deputy_finds_the_taken_step_takes_it_over_and_decides_for_the_absent(world, taken):
    assert taken.number in worklist(world, "checker2")
    page = world.get("checker2", "desk:case", taken.number).content.decode()
    assert "代审查甲办理" in page
    world.claim("checker2", taken, "form_review")
    step = world.step(taken)
    assert (step.owner, step.on_behalf_of) == (world.people["checker2"], world.people["checker"])
    case = world.form_review(taken, who="checker2")
    assert case.step == "draft_decision"
    # An own post in the same bureau does not hide for whom the step was taken.
    assert world.event(case, "form_reviewed").by == "审查乙（代 审查甲）"
    assert world.event(case, "claimed").by == "审查乙（代 审查甲）"


def test_a_colleague_who_does_not_stand_in_neither_sees_nor_takes_it(world):
    case = world.at_form_review()
    world.claim("checker", case, "form_review")
    assert case.number not in worklist(world, "checker2")
    with pytest.raises(Conflict, match="审查甲"):
        acts.claim(world.step(case), actor=world.people["checker2"])


def test_without_the_question_who_stands_in_any_colleague_takes_it(world, monkeypatch):
    case = world.at_form_review()
    world.claim("checker", case, "form_review")
    monkeypatch.setattr(ReviewTask, "stands_in", lambda self, user, task: True)
    assert acts.claim(world.step(case), actor=world.people["checker2"]).owner == world.people["checker2"]


def test_a_deputy_of_other_policies_or_after_the_last_day_finds_nothing(world, taken):
    world.people["checker2"].deputising.update(policies=["other_policy"])
    assert taken.number not in worklist(world, "checker2")
    with pytest.raises(Conflict):
        acts.claim(world.step(taken), actor=world.people["checker2"])
    world.people["checker2"].deputising.update(policies=[])
    world.at(steps.day_after(world.today, 11))
    assert taken.number not in worklist(world, "checker2")
    with pytest.raises(Conflict):
        acts.claim(world.step(taken), actor=world.people["checker2"])


def test_four_eyes_hold_for_deputy_and_principal_as_for_one(world):
    """The drafter's deputy, himself a decider, must not decide what the drafter drafted."""
    case = world.at_decide()
    world.claim("decider", case, "decide")
    factories.appoint(world.people["intake2"], roles.DECIDER, factories.bureau("zzb"))
    appointments.name_deputy(
        world.people["decider"].appointments.get(), world.people["intake2"], actor=world.people["decider"],
        starts_on=world.today, ends_on=steps.day_after(world.today, 10), reason="出差",
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="同一人"):
        acts.claim(world.step(case), actor=world.people["intake2"])
    page = world.get("intake2", "desk:case", case.number).content.decode()
    assert "代审定甲办理" not in page
