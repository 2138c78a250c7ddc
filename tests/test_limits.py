"""延期 and going on under a newer edition, played on the pages: what changes the limits of a running case."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from talent.core import roles
from talent.core.models import CaseMaterial, Extension, PolicyEdition
from talent.core.services import appointments, calendar, editions, extensions
from talent.core.services.errors import ActRefused, NotAllowed
from tests import factories, steps
from tests.core.policy_folder import Folder

WHY = "需要向外地单位核实材料。"


@pytest.fixture
def world(loaded):
    with steps.play() as played:
        yield played


def ask(world, case, *, days: int = 5, who: str = "checker", reason: str = WHY) -> Extension:
    world.post(who, "desk:extend", case.number, data={"days": days, "reason": reason})
    return case.extensions.order_by("-pk").first()


def settle(
    world, case, asked: Extension, verdict: str = "approve", *, who: str = "head", note: str = ""
) -> Extension:
    world.post(who, "desk:settle_extension", case.number, asked.pk, data={"verdict": verdict, "note": note})
    asked.refresh_from_db()
    return asked


# --- 延期 ----------------------------------------------------------------------------------------------------


def test_an_approved_extension_moves_both_clocks_and_the_step_and_is_told_to_the_applicant(world):
    case = world.at_form_review()
    before, step_before = world.fresh(case), world.step(case).due_on
    asked = ask(world, case)
    assert asked.state == "asked"
    assert "待批准的延期" in world.get("head", "desk:case", case.number).content.decode()
    settle(world, case, asked)
    assert asked.state == "approved"
    case = world.fresh(case)
    assert case.due_on == calendar.due_after(before.due_on, 5)
    assert case.promise_due_on == calendar.due_after(before.promise_due_on, 5)
    assert world.step(case).due_on == calendar.due_after(step_before, 5)
    assert "办理期限已延长" in world.inbox("talent")
    page = world.get("talent", "my:case", case.number).content.decode()
    assert WHY in page
    assert "行政许可法第四十二条" in page
    assert "批准延长 5 个工作日" in page


def test_no_more_days_than_the_edition_allows_in_one_request_or_together(world):
    case = world.at_form_review()
    assert ask(world, case, days=11) is None
    assert "最多还可延长 10 个工作日" in world.said
    settle(world, case, ask(world, case, days=7))
    assert ask(world, case, days=4).days == 7, "no second one"
    assert "最多还可延长 3 个工作日" in world.said
    settle(world, case, ask(world, case, days=3))
    page = world.get("checker", "desk:case", case.number).content.decode()
    assert reverse("desk:extend", args=[case.number]) not in page


def test_who_asked_does_not_approve_not_even_with_the_post(world):
    factories.appoint(world.people["head"], roles.CHECKER, factories.bureau("kjj"))
    case = world.at_form_review()
    asked = ask(world, case, who="head")
    settle(world, case, asked)
    assert asked.state == "asked"
    assert "本人或其代理人" in world.said
    assert settle(world, case, asked, who="decider").state == "approved"


def test_without_the_question_the_database_still_refuses_one_hand_for_both(world, monkeypatch):
    factories.appoint(world.people["head"], roles.CHECKER, factories.bureau("kjj"))
    case = world.at_form_review()
    asked = ask(world, case, who="head")
    monkeypatch.setattr(extensions, "_require_another", lambda *_args: None)
    with pytest.raises(IntegrityError, match="extension_approved_by_another"), transaction.atomic():
        extensions.settle(asked, approved=True, actor=world.people["head"])


def test_a_deputy_does_not_approve_what_he_asked_for_another_and_no_principal_what_his_deputy_asked(world):
    head = world.people["head"].appointments.get()
    case = world.at_form_review()
    appointments.name_deputy(
        head, world.people["checker"], actor=world.people["head"], starts_on=world.today,
        ends_on=steps.day_after(world.today, 20), reason="出差",
    )  # fmt: skip
    asked = ask(world, case)
    # The checker stands in for the head from now on and would approve his own request.
    assert settle(world, case, asked, who="checker").state == "asked"
    assert settle(world, case, asked, who="head").state == "approved"


def test_a_refusal_says_why_and_moves_nothing(world):
    case = world.at_form_review()
    due = world.fresh(case).due_on
    asked = ask(world, case)
    assert settle(world, case, asked, "refuse").state == "asked"
    assert settle(world, case, asked, "refuse", note="时间足够。").state == "refused"
    assert world.fresh(case).due_on == due
    assert "办理期限已延长" not in world.inbox("talent")
    assert "时间足够" not in world.get("talent", "my:case", case.number).content.decode()


def test_nothing_is_extended_before_acceptance_or_after_the_end(world):
    case = world.submitted()
    with pytest.raises(ActRefused, match="尚未受理"):
        extensions.ask(case, days=2, reason=WHY, actor=world.people["intake"])
    case = world.dispatch(world.take_in(case))
    asked = ask(world, case)
    world.post("intake", "desk:stop", case.number, data={"reason": "单位已注销", "clause": "第7项"})
    asked.refresh_from_db()
    assert asked.state == "cancelled"
    with pytest.raises(ActRefused, match="已经结束"):
        extensions.ask(case, days=2, reason=WHY, actor=world.people["intake"])


# --- a newer edition ------------------------------------------------------------------------------------------


@pytest.fixture
def newer(tmp_path):
    """Loads an edition of 2026-4-1 that lengthens the legal limit, asks one more material and drops one."""
    folder = Folder(tmp_path)
    for old, new in (
        ('code = "2025-8"', 'code = "2026-4"\nreplaces = "2025-8"'),
        ("effective_from = 2025-07-27", "effective_from = 2026-04-01"),
    ):
        folder.change("green_channel", old, new)
    folder.row("green_channel", "limit", "legal_days", "days", "22")
    folder.change("green_channel", '[[material]]\ncode = "G10"', '[[material]]\ncode = "G11"')
    folder.change("green_channel", 'materials = ["G05", "G06", "G10"]', 'materials = ["G05", "G06"]')

    def load() -> PolicyEdition:
        folder.load()
        return PolicyEdition.objects.get(policy="green_channel", code="2026-4")

    return load


def test_a_running_case_keeps_its_edition_until_somebody_moves_it_having_read_what_changes(world, newer):
    case = world.at_form_review()
    old = case.edition
    edition = newer()
    world.get("intake", "desk:edition", case.number, expect=404)
    world.at(date(2026, 4, 7))
    assert world.fresh(case).edition == old
    assert "改按新版本办理" in world.get("intake", "desk:case", case.number).content.decode()
    assert "改按新版本办理" not in world.get("checker", "desk:case", case.number).content.decode()
    page = world.get("intake", "desk:edition", case.number)
    rows = {row["label"]: (row["before"], row["after"]) for row in page.context["rows"]}
    assert rows["期限 法定期限 天数"] == ("20", "22")
    world.post("intake", "desk:edition", case.number, data={"reason": "短"}, expect=200)
    due = world.fresh(case).due_on
    world.post("intake", "desk:edition", case.number, data={"reason": "申请人要求适用新规定。"})
    case = world.fresh(case)
    assert case.edition == edition
    assert case.due_on > due
    event = world.event(case, "edition_changed")
    assert event.figures["old"] == {"code": "2025-8", "digest": old.digest}
    assert "申请人要求适用新规定" in world.get("talent", "my:case", case.number).content.decode()
    assert "办件改按新的政策版本办理" in world.inbox("talent")
    lines = {line.code: line for line in case.materials.all()}
    assert lines["G10"].version_id
    assert not lines["G10"].required
    assert lines["G11"].version_id is None
    # The process goes on.
    assert world.step(case).node == "form_review"


def test_only_the_post_that_may_moves_a_case(world, newer):
    case = world.at_form_review()
    edition = newer()
    world.at(date(2026, 4, 7))
    world.get("checker", "desk:edition", case.number, expect=403)
    with pytest.raises(NotAllowed):
        editions.move(case, edition, actor=world.people["checker"], reason="申请人要求适用新规定。")


def test_a_decided_case_is_not_moved(world, newer):
    case = world.at_publicity()
    edition = newer()
    world.at(date(2026, 4, 7))
    assert "改按新版本办理" not in world.get("intake", "desk:case", case.number).content.decode()
    with pytest.raises(ActRefused, match="已经审定"):
        editions.move(case, edition, actor=world.people["intake"], reason="申请人要求适用新规定。")
    assert not CaseMaterial.objects.filter(code="G11").exists()


def test_a_case_goes_forward_only(world, newer):
    case = world.at_form_review()
    with pytest.raises(ActRefused, match="更新的版本"):
        editions.move(case, case.edition, actor=world.people["intake"], reason="申请人要求适用新规定。")
    edition = newer()
    with pytest.raises(ActRefused, match="更新的版本"):
        editions.move(case, edition, actor=world.people["intake"], reason="还没有施行。")
