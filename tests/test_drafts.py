"""A draft nobody hands in is announced, then purged; whatever is still wanted, or was handed in, stays."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from talent.core.models import AuditEntry, Case, CaseEvent, Consent, DocumentVersion, Message, PolicyEdition
from talent.core.services import audit, cases, drafts, materials, policy, storage
from talent.core.services.errors import ActRefused
from talent.green_channel.models import Achievement
from tests import steps
from tests.access.world import World
from workflows import tick

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file.*sRGB2014:ResourceWarning")
WORDS = "只有草稿里写过的一句话"


class Drafts(World):
    """One unfinished draft in each county, filled in and with a file; in the second one reuse was agreed to."""

    stages = ("draft",)

    def _make_draft(self, side):
        case = self._recommended(side, "draft")
        case.technology_route = WORDS
        case.save()
        Achievement.objects.create(case=case, kind="patent", title=WORDS, year=2023)
        case.sections.create(code="project", complete=True)
        self._file(case.materials.first(), case.applicant.user)
        if side.key == "b":
            materials.give_consent(
                case.applicant, Consent.Purpose.REUSE, text_version="1", actor=case.applicant.user
            )
        return case

    def _surroundings(self, side) -> None:
        """Nothing lies around here."""

    def _sign_in(self) -> None:
        """Nobody needs a browser."""


@pytest.fixture
def clock():
    with time_machine.travel(steps.START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock, loaded):
    with transaction.atomic():
        return Drafts()


def after(clock, days: int) -> None:
    clock.shift(timedelta(days=days))


def reminders(case: Case) -> int:
    return Message.objects.filter(case=case, kind="draft_reminder").count()


def test_a_draft_is_announced_twice_and_then_purged_as_a_recorded_act(
    world, clock, django_capture_on_commit_callbacks
):
    one, other = (side.cases["draft"] for side in world.sides.values())
    after(clock, 149)
    tick.run()
    assert reminders(one) == 0
    after(clock, 1)
    tick.run()
    tick.run()
    assert reminders(one) == 1
    assert "2026-" in Message.objects.get(case=one, kind="draft_reminder").body
    after(clock, 23)
    tick.run()
    assert reminders(one) == 2
    after(clock, 7)
    tick.run()
    one.refresh_from_db()
    assert one.status == Case.Status.RECOMMENDED, "the last day counts"
    version = DocumentVersion.objects.get(document__profile=one.applicant)
    kept = DocumentVersion.objects.get(document__profile=other.applicant)
    materials.preview_page(version, 1)
    after(clock, 1)
    with django_capture_on_commit_callbacks(execute=True):
        report = tick.run()
    assert report.failed == []
    assert report.done["草稿到期清除"] == 2
    for case in (one, other):
        case.refresh_from_db()
        assert (case.status, case.technology_route, case.project_title) == (Case.Status.STOPPED, "", "")
        assert not Achievement.objects.filter(case=case).exists()
        assert not case.sections.exists()
        assert not case.open_steps.exists()
        assert CaseEvent.objects.get(case=case, kind="draft_purged").actor is None
    version.refresh_from_db()
    assert version.erased_at
    assert (version.original_name, version.document.title) == ("（已清除）", "（已清除）")
    assert storage.place_of(version.file.name) is None
    assert not list(storage.root().glob(f"previews/{version.row_key.hex}*"))
    with pytest.raises(ActRefused, match="清除"):
        materials.open_file(version)
    assert materials.open_file(kept).read(), "what may be reused in other cases stays in the person's vault"
    assert AuditEntry.objects.filter(action="draft_purged", subject=one.number).exists()
    assert audit.verify().ok
    assert audit.verify_cases().ok
    call_command("doctor", stdout=io.StringIO())


def test_a_change_to_the_draft_begins_the_days_anew(world, clock):
    case = world.sides["a"].cases["draft"]
    after(clock, 173)
    tick.run()
    case.sections.get().save()
    after(clock, 100)
    tick.run()
    case.refresh_from_db()
    assert case.status == Case.Status.RECOMMENDED
    assert case.technology_route == WORDS


def test_a_timer_that_comes_late_announces_first_and_waits(world, clock):
    case = world.sides["a"].cases["draft"]
    after(clock, 400)
    tick.run()
    case.refresh_from_db()
    assert (case.status, reminders(case)) == (Case.Status.RECOMMENDED, 1)
    after(clock, 7)
    tick.run()
    case.refresh_from_db()
    assert case.status == Case.Status.RECOMMENDED
    after(clock, 1)
    tick.run()
    case.refresh_from_db()
    assert case.status == Case.Status.STOPPED


def test_without_the_announcement_a_draft_would_go_on_the_first_late_day(world, clock, monkeypatch):
    """Teeth: the purge itself asks for the announcement."""
    after(clock, 400)
    assert drafts.due(timezone.localdate()) == []
    monkeypatch.setattr(drafts, "_is_due", lambda case, today: True)
    assert len(drafts.due(timezone.localdate())) == 2


def test_what_was_handed_in_meanwhile_stays(world, clock):
    case = world.sides["a"].cases["draft"]
    after(clock, 175)
    tick.run()
    after(clock, 10)
    (listed, *_rest) = drafts.due(timezone.localdate())
    assert listed.pk == case.pk
    cases.submit(case, actor=case.applicant.user)
    assert drafts.purge(listed, timezone.localdate()) is False
    case.refresh_from_db()
    assert case.technology_route == WORDS


def test_an_edition_without_reminders_purges_nothing(world, clock):
    edition = PolicyEdition.objects.get(policy="green_channel")
    edition.data["reminders"].pop("draft_reminders")
    PolicyEdition.objects.filter(pk=edition.pk).update(data=edition.data)
    policy.forget()
    after(clock, 1000)
    tick.run()
    assert drafts.due(timezone.localdate()) == []


def test_a_person_known_only_from_the_draft_is_forgotten(world, clock):
    case = world.sides["a"].cases["draft"]
    person = case.applicant
    type(person).objects.filter(pk=person.pk).update(user=None)
    after(clock, 175)
    tick.run()
    assert Message.objects.filter(case=case, kind="draft_reminder", recipient=case.created_by).exists()
    after(clock, 8)
    tick.run()
    person.refresh_from_db()
    assert (person.name, person.id_number, person.mobile, person.id_number_index) == (
        "（已清除）",
        None,
        None,
        "",
    )
    other = world.sides["b"].cases["draft"].applicant
    other.refresh_from_db()
    assert other.name != "（已清除）", "whoever has an account keeps the own profile"
