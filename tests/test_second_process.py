"""A second process, begun by its applicant, runs on every page without a line of the product changed for it.

Its folder is tests/second_process; the fixture installs the app and adds one entry to the register, nothing else.
"""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from talent.core import roles
from talent.core.models import Case, Region, TalentProfile, User
from talent.core.services import letters, policy
from tests import factories
from tests.steps import SHANGHAI
from workflows import processes
from workflows.base import Begins, flow_problems

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
SLUG = "training-grant"


@pytest.fixture
def grant(db, settings, monkeypatch) -> Iterator[processes.Process]:
    """The second process, installed and registered for one test."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.second_process"]
    from tests.second_process.flow import PROCESS

    monkeypatch.setattr(processes, "PROCESSES", (*processes.PROCESSES, PROCESS))
    with time_machine.travel(MONDAY, tick=True):
        policy.load_all()
        yield PROCESS


@pytest.fixture
def officers(grant) -> dict[str, User]:
    people = {}
    for name, role in (("intake", roles.INTAKE), ("decider", roles.DECIDER)):
        people[name] = factories.account(name, f"人社{name}")
        factories.appoint(people[name], role, factories.bureau("rsj"))
    return people


def browser(user: User | None = None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def begin(client: Client, **changes):
    """Fill in the first form as a person nobody knows yet."""
    page = client.get(reverse("my:begin", args=[SLUG]))
    return client.post(
        reverse("my:begin", args=[SLUG]),
        {
            "submission_key": page.context["submission_key"],
            "name": "钱示例",
            "id_kind": "resident_id",
            "id_number": factories.identity_number(),
            "mobile": "19900000002",
            "region": Region.objects.get(code="370811").pk,
            **changes,
        },
    )


def test_the_flow_of_the_second_process_is_in_order(grant):
    assert flow_problems(grant.flow) == []


def test_hall_and_guide_offer_it_to_applicants_and_the_first_one_still_to_recommenders(grant):
    hall = browser().get(reverse("hall")).content.decode()
    assert "示例培训补贴" in hall
    assert reverse("my:begin", args=[SLUG]) in hall
    assert reverse("unit:begin", args=["green-channel"]) in hall
    guide = browser().get(reverse("guide", args=[SLUG])).content.decode()
    assert "我要申报" in guide
    assert "谁可以推荐" not in guide
    assert b"BPMN" in browser().get(reverse("chart", args=[SLUG]), {"format": "bpmn"}).content


def test_from_the_hall_through_an_account_draft_submission_and_officers_to_the_end(grant, officers):
    visitor = browser()
    door = reverse("my:begin", args=[SLUG])
    sent = visitor.get(door)
    assert sent.status_code == 302
    sign_in = visitor.get(sent["Location"]).content.decode()
    assert f"{reverse('open_account')}?next={door}" in sign_in
    opened = visitor.post(
        reverse("open_account"),
        {
            "username": "qian",
            "name": "钱示例",
            "password": "Grant-test-2026",
            "again": "Grant-test-2026",
            "next": door,
        },
    )
    assert opened["Location"] == door

    # a draft, left and found again
    begun = begin(visitor)
    case = Case.objects.get(policy="training_grant")
    assert begun["Location"] == reverse("my:dossier", args=[case.number])
    assert case.status == Case.Status.DRAFT
    assert case.number == "SLPX2026-0001"
    again = browser(User.objects.get(username="qian"))
    assert reverse("my:dossier", args=[case.number]) in again.get(reverse("my:home")).content.decode()
    assert again.get(door)["Location"] == reverse("my:dossier", args=[case.number])

    # nobody else sees a draft
    intake, decider = browser(officers["intake"]), browser(officers["decider"])
    assert intake.get(reverse("desk:case", args=[case.number])).status_code == 404

    # the parts, then the receipt
    refused = again.post(reverse("my:review", args=[case.number]), {"promise": "yes"})
    assert "基本信息" in refused.context["problem"]
    saved = again.post(
        reverse("my:part", args=[case.number, "person"]),
        {"name": "钱示例", "nationality": "中国", "id_kind": "resident_id", "research_field": "数控"},
    )
    assert saved.status_code == 302
    assert again.get(reverse("my:part", args=[case.number, "project"])).status_code == 404
    again.post(reverse("my:materials", args=[case.number]), {"code": "T01", "file": factories.pdf()})
    submitted = again.post(reverse("my:review", args=[case.number]), {"promise": "yes"})
    assert submitted["Location"] == reverse("my:done", args=[case.number])
    receipt = case.letters.get(kind="receipt")
    assert receipt.number
    assert again.get(submitted["Location"]).status_code == 200

    # who has the number and the code follows it without signing in, and checks the letter
    asked = (
        browser().post(reverse("query"), {"number": case.number, "code": case.query_code}).content.decode()
    )
    assert "受理" in asked
    assert letters.check(receipt.check_code) == receipt
    assert "接收凭证" in browser().get(reverse("check_letter", args=[receipt.check_code])).content.decode()

    # two officers, by the worklist narrowed to this process
    listed = intake.get(reverse("desk:home"), {"view": "claim", "policy": "training_grant"}).content.decode()
    assert case.number in listed
    assert (
        case.number
        not in intake.get(reverse("desk:home"), {"view": "claim", "policy": "green_channel"}).content.decode()
    )
    line = case.materials.get()
    taken = intake.post(
        reverse("desk:decide", args=[case.number, "intake"]), {"outcome": "accept", f"tick_{line.pk}": "ok"}
    )
    assert taken.status_code == 302
    assert "流程图" in intake.get(reverse("desk:case", args=[case.number])).content.decode()
    granted = decider.post(reverse("desk:decide", args=[case.number, "decide"]), {"outcome": "grant"})
    assert granted.status_code == 302
    case.refresh_from_db()
    assert case.status == Case.Status.COMPLETED
    assert not case.open_steps.exists()
    assert "已办结" in again.get(reverse("my:case", args=[case.number])).content.decode()


def test_a_form_sent_twice_and_a_second_draft_open_nothing(grant):
    user = factories.account("sun", "孙示例")
    factories.person(user, factories.identity_number())
    client = browser(user)
    page = client.get(reverse("my:begin", args=[SLUG]))
    # Who is on record is not asked for name and number again.
    assert set(page.context["form"].fields) == {"region"}
    form = {
        "submission_key": page.context["submission_key"],
        "region": Region.objects.get(code="370811").pk,
    }
    first = client.post(reverse("my:begin", args=[SLUG]), form)
    second = client.post(reverse("my:begin", args=[SLUG]), form)
    assert first["Location"] == second["Location"]
    assert Case.objects.filter(policy="training_grant").count() == 1


def test_what_was_wrong_in_the_first_form_leaves_no_person_behind(grant):
    client = browser(factories.account("li", "李示例"))
    shown = begin(client, id_number="370811199001010000")
    assert shown.status_code == 200
    assert shown.context["form"].errors
    assert not TalentProfile.objects.exists()
    assert not Case.objects.exists()


def test_a_process_is_begun_only_where_it_says(grant, officers):
    hr = factories.account("hr", "人事甲")
    factories.appoint(hr, roles.HR, factories.employer("示例培训有限公司"))
    client = browser(hr)
    assert client.get(reverse("unit:begin", args=[SLUG])).status_code == 404
    assert client.get(reverse("my:begin", args=["green-channel"])).status_code == 404
    page = client.get(reverse("unit:home")).content.decode()
    assert reverse("unit:begin", args=["green-channel"]) in page
    assert SLUG not in page


@pytest.mark.parametrize("process", processes.PROCESSES, ids=lambda process: process.slug)
def test_every_registered_process_is_public_to_read_and_begun_behind_the_sign_in(loaded, process):
    for name in ("guide", "chart"):
        assert browser().get(reverse(name, args=[process.slug])).status_code == 200
    doors = {
        Begins.UNIT: lambda: reverse("unit:begin", args=[process.slug]),
        Begins.APPLICANT: lambda: reverse("my:begin", args=[process.slug]),
        Begins.PAGE: lambda: reverse(process.begin_page),
    }
    door = doors[process.begins]()
    assert door in browser().get(reverse("hall")).content.decode()
    if process.begins is Begins.PAGE:
        assert browser().get(door).status_code == 200
        return
    assert browser().get(door)["Location"].startswith(reverse("login"))
