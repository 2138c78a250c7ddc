"""The whole 直通车 on the pages, from the recommendation to 容错免责, by everybody who has a part in it.

On the way: a promise of the law kept in spite of an expert who stays away late, a meeting that postpones, an objection,
an amended agreement, a poor mark; and beside it a second case that is not published for secrecy.
"""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from talent.core.models import Case, Objection, Publicity
from talent.green_channel.models import Evaluation, FollowUp, GreenChannelCase, MilestoneClaim
from tests import factories, sitting, steps
from tests import test_after_recognition as after
from workflows import tick

# WeasyPrint leaves its colour profile open when `tick` draws letters.
PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.filterwarnings(PROFILE)]
PRESENT = ("zzb", "kjj", "gxj", "rsj", "czj", "zjj")


class Whole(sitting.Sitting, after.World):
    """Everybody, and who of them has opened a page."""

    def __init__(self, traveller) -> None:
        self.acting: set[str] = set()
        super().__init__(traveller)
        self.staff_bureaus()

    def browser(self, who: str):
        self.acting.add(who)
        return super().browser(who)

    def newcomer(self) -> None:
        """From now on it is about another person."""
        self.number = factories.identity_number(1975)
        self.people["talent"] = factories.account("talent2", "钱样例")
        self.profile = factories.person(self.people["talent"], self.number)
        self.profile.name = "钱样例"
        self.profile.save()


@pytest.fixture
def world(loaded):
    with time_machine.travel(steps.START, tick=True) as traveller:
        yield Whole(traveller)


def taken_in_and_checked(world: Whole) -> GreenChannelCase:
    """G1 to G5: recommended, handed in, taken in, dispatched, reviewed, checked by two bureaus."""
    case = world.recommend(level_code="A")
    world.fill(case)
    case = world.take_in(world.submit(case))
    case = world.dispatch(case, **world.ask_bureaus("identity", "integrity"))
    case = world.form_review(case)
    for subject, finding in (("identity", "consistent"), ("integrity", "clean")):
        case = world.confirm(world.opine(case, subject, finding), subject)
    return steps.World.conclude(world, case)


def judged_by_experts(world: Whole, case: GreenChannelCase) -> None:
    """G6: five have scored when one of them finds that he has to stay away; a sixth takes his place."""
    panel = world.form_panel(case)
    world.invite(panel, *range(5))
    for place in range(5):
        world.answer(panel, place)
        world.score(panel, place)
    world.answer(panel, 4, "recuse", reason="想起曾与申报人合作专利")
    assert world.conclude(panel, expect=200) == "open"
    world.invite(panel, 5)
    world.answer(panel, 5)
    world.get("expert4", "expert:seat", world.seat(panel, 4).row_key)
    world.score(panel, 5, 84)
    assert world.conclude(panel) == "passed"
    assert panel.average == Decimal("88.80")


def postponed_and_then_agreed(world: Whole, case: GreenChannelCase) -> GreenChannelCase:
    """G7: the first meeting postpones, the second agrees by secret ballot, with money."""
    first = world.call(case)
    world.sign_in(first, *PRESENT)
    world.on_item(first.items.get(), "postpone", reason="配套条件需进一步落实")
    world.close(first)
    assert world.fresh(case).step == "meeting"
    world.later()
    second = world.call(case)
    world.sign_in(second, *PRESENT)
    item = second.items.get()
    world.on_item(item, "conditions", conditions="项目须在一年内落地。")
    world.on_item(
        item,
        "support",
        name="项目启动资金",
        basis="一事一议",
        amount="3000000",
        owner=factories.bureau("czj").pk,
    )
    world.on_item(item, "open", secret="yes")
    for code in PRESENT:
        world.vote(item, code, "abstain" if code == "zjj" else "agree")
    world.on_item(item, "close")
    world.close(second, "meeting2")
    return world.fresh(case)


def decided_and_published(world: Whole, case: GreenChannelCase) -> GreenChannelCase:
    """G8 to G10: an objection is looked into and dismissed, the letters are issued when the days are over."""
    case = world.sign(world.draft(case, level_code="A"))
    shown = case.publicities.get()
    world.object(shown)
    world.at(steps.day_after(shown.ends_on))
    tick.run()
    assert world.step(case).node == "publicity"
    settled = {"upheld": "no", "finding": "与既有项目无关。"}
    world.post("intake", "desk:settle", Objection.objects.get().number, data=settled)
    tick.run()
    return world.issue(case)


def served(world: Whole, case: GreenChannelCase) -> None:
    """G12: the school bureau does what the dossier asked for; the poor mark is answered from above the steward."""
    made = world.order(case, "子女入学")
    told = {"act": "family", "detail": "小学三年级", "consent": "on"}
    world.post("talent", "my:service", case.number, made.place, data=told)
    world.serve("school", made, "claim")
    assert "小学三年级" in world.serve("school", made, "read", expect=200).content.decode()
    world.serve("school", made, "finish", result="已安排入学。", evidence=world.scan())
    poor = {"act": "rate", "grade": 1, "note": "等了两个月。"}
    world.post("talent", "my:service", case.number, made.place, data=poor)
    world.serve("chief", made, "answer", answer="已当面致歉，并优化了流程。")
    assert FollowUp.objects.get().answered_by == world.people["chief"]
    world.get("steward", "desk:people")


def paid(world: Whole, case: GreenChannelCase) -> None:
    """G13: a milestone claimed with evidence, checked, and a line that finance finds."""
    after.budget(world)
    world.post("talent", "my:milestone", case.number, 1, data=after.ACCOUNT)
    after.claim(world, case, "hr", "unit:milestone")
    verdict = {"act": "pass", "opinion": "验收报告属实。"}
    world.post("checker", "desk:milestone", case.number, 1, data=verdict)
    made = MilestoneClaim.objects.get()
    assert (made.instalment.amount, made.instalment.state) == (Decimal("500000.00"), "rechecked")
    assert case.number in world.get("finance", "desk:funds:due").content.decode()


def excused(world: Whole, case: GreenChannelCase) -> None:
    """G14: the aim was missed in spite of diligence; nobody is held to account, and the public reads a number."""
    world.at(date(2027, 3, 22))
    tick.run()
    world.post("hr", "unit:evaluations", case.number, data=after.REPORT)
    world.post("checker", "desk:evaluation", case.number, "yearly", 1, data=after.EXCUSE)
    world.post("head", "desk:evaluation", case.number, "yearly", 1, data={"act": "conclude", "note": ""})
    made = Evaluation.objects.get()
    assert (made.state, made.result) == ("concluded", "excused")
    page = world.get("visitor", "excused").content.decode()
    assert "技术路线选择失误" in page
    assert case.number not in page


def test_a_top_talent_from_the_recommendation_to_the_years_after(world):
    case = taken_in_and_checked(world)
    judged_by_experts(world, case)
    case = postponed_and_then_agreed(world, case)
    case = decided_and_published(world, case)
    assert (case.status, case.level_code) == (Case.Status.COMPLETED, "A")
    assert case.support_items[0]["amount"] == "3000000.00"
    world.recognised_case = case
    first = world.signed(case)
    second = world.signed(case, reason="追加量产目标")
    first.refresh_from_db()
    assert (first.state, second.state, second.version) == ("superseded", "in_force", 2)
    assert second.total == first.total
    served(world, case)
    paid(world, case)
    excused(world, case)
    # whoever only looks on: the supervisor, and nobody of another county
    world.get("supervisor", "desk:case", case.number)
    world.get("stranger", "unit:case", case.number, expect=404)
    assert len(world.acting - {"visitor", "stranger"}) >= 16
    kinds = list(case.events.values_list("kind", flat=True))
    for kind in (
        "recommended",
        "meeting_postponed",
        "recognised",
        "agreement_in_force",
        "evaluation_concluded",
    ):
        assert kind in kinds


def test_a_secret_project_is_recognised_and_nowhere_published(world):
    world.newcomer()
    case = world.form_review(world.dispatch(world.at_dispatch_soon()))
    case = world.draft(case, exempt_reason="项目涉及国家秘密，不宜公示。")
    case = world.sign(case, who="decider2")
    assert case.publicities.get().state == Publicity.State.EXEMPT
    case = world.issue(case)
    assert case.status == Case.Status.COMPLETED
    for name in ("publicity_list", "home"):
        page = world.get("visitor", name).content.decode()
        assert "钱样例" not in page
        assert case.number not in page
    world.get("visitor", "publicity_page", case.publicities.get().key, expect=404)
