"""How often a page asks the database: as often with thirty rows as with one, and within its bound.

Everything counts: the session, the account, the posts, the menu with its counts, the page itself.
"""

import logging

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from talent.core.models import (
    Case,
    Delivery,
    InternalNote,
    Message,
    Supplement,
    SupplementItem,
    Urge,
    User,
)
from talent.core.services import cases
from tests import steps
from tests.access.world import BACKEND, World
from workflows.models import OpenStep

logger = logging.getLogger(__name__)
PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(PROFILE)]
SIZES = (1, 3, 30)
LIST_BOUND, CASE_BOUND, DECISION_BOUND = 10, 12, 29


class Village(World):
    """The people of the world without its cases; they come one by one."""

    stages = ()

    def grow(self, number: int) -> None:
        """More cases, each with a person of its own, taken by the intake officer in turn with nobody."""
        side = self.sides["a"]
        while len(side.cases) < number:
            name = f"row{len(side.cases)}"
            side.cases[name] = self._submitted(side, name)
            OpenStep.objects.filter(case=side.cases[name]).update(owner=self.people["intake"])


@pytest.fixture
def village(loaded):
    with time_machine.travel(steps.START, tick=True), transaction.atomic():
        yield Village()


def browser(user: User) -> Client:
    """A signed-in browser that has opened a page before, so that the session need not be written."""
    opened = Client()
    opened.force_login(User.objects.get(pk=user.pk), BACKEND)
    opened.get("/hall/")
    return opened


def asked(opened: Client, address: str, expect: int = 200) -> tuple[int, str]:
    """How many statements a page takes, and which."""
    with CaptureQueriesContext(connection) as context:
        response = opened.get(address)
    assert response.status_code == expect
    return len(context), "\n".join(one["sql"][:400] for one in context.captured_queries)


LISTS = {
    "我的待办": ("intake", "/desk/?view=mine"),
    "待领取": ("intake", "/desk/?view=claim"),
    "已超期": ("intake", "/desk/?view=overdue"),
    "即将到期": ("intake", "/desk/?view=near"),
    "本单位在办": ("intake", "/desk/?view=organisation"),
    "我的已办": ("intake", "/desk/?view=done"),
    "全部办件": ("intake", "/desk/cases/"),
    "按姓名查找": ("intake", "/desk/cases/?q=申报"),
    "按编号查找": ("intake", "/desk/cases/?q=ZTC2026&status=submitted"),
    "单位工作台": ("hr", "/unit/"),
    "我的办件": ("a_row0", "/my/"),
}


def arranged(village: World, name: str) -> None:
    """What stands in the rows of a list: the view decides whose and how late they are."""
    rows = OpenStep.objects.filter(waiting="officer")
    rows.update(owner=None if name == "待领取" else village.people["intake"])
    if name == "已超期":
        rows.update(due_on="2026-02-02", warn_on="2026-02-01")
    if name == "即将到期":
        rows.update(due_on="2026-03-03", warn_on="2026-03-01")
    if name == "我的办件":
        Case.objects.update(applicant=village.people["a_row0"].profile)


def test_a_list_of_thirty_asks_as_often_as_a_list_of_one(village):
    counted: dict[str, list[int]] = {name: [] for name in LISTS}
    said: dict[str, str] = {}
    for size in SIZES:
        village.grow(size)
        for name, (who, address) in LISTS.items():
            sid = transaction.savepoint()
            arranged(village, name)
            opened = browser(village.people[who])
            asked(opened, address)
            number, said[name] = asked(opened, address)
            counted[name].append(number)
            transaction.savepoint_rollback(sid)
    logger.warning("lists %s", counted)
    uneven = {name: numbers for name, numbers in counted.items() if len(set(numbers)) > 1}
    over = {name: (numbers, said[name]) for name, numbers in counted.items() if max(numbers) > LIST_BOUND}
    assert uneven == {}
    assert over == {}, "\n\n".join(f"{name} {numbers}\n{text}" for name, (numbers, text) in over.items())


def with_a_history(village: World, case: Case, number: int) -> None:
    """Events, notes, messages, urges and supplements: what a long case gathers."""
    intake, applicant = village.people["intake"], village.people["a_row0"]
    for place in range(number):
        cases.record(case, "remarked", actor=intake, title=f"第{place}件", public=place % 2 == 0)
    for place in range(number // 10):
        InternalNote.objects.create(case=case, author=intake, text="请核对。")
        Urge.objects.create(case=case, kind="urge", note="请尽快办理。", made_by=applicant)
        message = Message.objects.create(case=case, recipient=applicant, kind="told", subject="已收到")
        Delivery.objects.create(message=message)
        notice = Supplement.objects.create(
            case=case, round=place + 1, step="intake", asked_by=intake, due_on="2026-03-20", state="answered",
            again_reason="上次未发现。" if place else "",
        )  # fmt: skip
        SupplementItem.objects.create(supplement=notice, subject="学历证书", reason="不清楚")


def test_a_case_of_a_hundred_events_asks_as_often_as_a_new_one(village):
    case = village._dispatched(village.sides["a"], "row0")
    pages = {
        "desk:case": ("checker", [case.number]),
        "desk:decide": ("checker", [case.number, "form_review"]),
        "my:case": ("a_row0", [case.number]),
        "unit:case": ("hr", [case.number]),
    }
    counted: dict[str, list[int]] = {name: [] for name in pages}
    said = {}
    for events in (0, 100):
        with_a_history(village, case, events)
        for name, (who, rest) in pages.items():
            opened, address = browser(village.people[who]), reverse(name, args=rest)
            asked(opened, address)
            number, said[name] = asked(opened, address)
            counted[name].append(number)
    logger.warning("case pages %s", counted)
    for name, (few, many) in counted.items():
        assert few == many, f"{name}\n{said[name]}"
        assert many <= CASE_BOUND, f"{name} {many}\n{said[name]}"


def decided(village: World, name: str, *, events: int) -> tuple[int, str]:
    """How many statements one decision by HTTP takes, claim and next step included, and which."""
    case = village._dispatched(village.sides["a"], name)
    with_a_history(village, case, events)
    checker = browser(village.people["checker"])
    address = reverse("desk:decide", args=[case.number, "form_review"])
    fields = {"outcome": "pass", "opinion": "材料相符。"}
    for line in case.materials.all():
        fields |= {f"tick_{line.pk}": "ok", f"reason_{line.pk}": ""}
    with CaptureQueriesContext(connection) as context:
        response = checker.post(address, fields)
    assert response.status_code == 302
    case.refresh_from_db()
    assert case.step == "draft_decision"
    # Savepoints are left out: they stand inside the one transaction and touch no row.
    said = [one["sql"][:200] for one in context.captured_queries if "SAVEPOINT" not in one["sql"][:20]]
    logger.warning("decision %s, with savepoints %s", len(said), len(context))
    return len(said), "\n".join(said)


def test_a_decision_stays_within_its_statements_however_long_the_case_is(village):
    few, _said = decided(village, "row0", events=0)
    many, said = decided(village, "row1", events=100)
    assert few == many, said
    assert many <= DECISION_BOUND, f"{many}\n{said}"
