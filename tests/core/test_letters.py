"""Letters: numbered without gaps or doubles, made once, superseded and checked, never changed."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from talent.core.models import (
    AuditEntry,
    Case,
    CaseEvent,
    Letter,
    LetterRead,
    Organisation,
    PolicyEdition,
    Region,
    Sequence,
    TalentProfile,
    User,
    VoidedNumber,
)
from talent.core.services import letters
from talent.core.services.errors import Conflict
from talent.core.services.letters import rendering
from talent.core.services.letters.issuing import MAX_ATTEMPTS
from tests.append_only import without_triggers

# WeasyPrint 70 leaves its colour profile to be closed by the garbage collector.
PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)
NAME = "欧阳玥喆堃翀昇"


@pytest.fixture(autouse=True)
def _drawn_at_once(settings):
    """Here the drawing itself is looked at; elsewhere it is left to the timer."""
    settings.LETTERS_AT_ONCE = True


@pytest.fixture
def officer(db):
    return User.objects.create(username="officer", name="经办人")


@pytest.fixture
def case(db, officer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    region = Region.objects.create(code="t370800", name="示例市", kind=Region.Kind.CITY)
    body = Organisation.objects.create(
        code="t-intake",
        name="示例市委组织部",
        letter_prefix="示组人才",
        kind="bureau",
        region=region,
        party_organ=True,
    )
    edition = PolicyEdition.objects.create(
        policy="green_channel",
        code="t",
        title="示例措施",
        document_no="示政发〔2025〕8号",
        effective_from=date(2025, 1, 1),
        data={},
        digest="",
        source_file="t",
    )
    applicant = User.objects.create(username="applicant", name=NAME)
    profile = TalentProfile.objects.create(user=applicant, name=NAME)
    return Case.objects.create(
        number="ZTC2026-0001",
        policy="green_channel",
        edition=edition,
        title="直通车",
        applicant=profile,
        intake_organisation=body,
        region=region,
        created_by=officer,
        query_code="K7M2Q9XW",
    )


def issued(case: Case, *, actor: User | None = None, **facts) -> Letter:
    document = letters.Termination.of(case, reason="示例", clause="第一条")
    return letters.issue(case, document, issuer=case.intake_organisation, actor=actor, **facts)


def files(settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def serials() -> list[int]:
    return sorted(Letter.objects.values_list("serial", flat=True))


def test_a_letter_has_its_number_its_code_and_an_audit_entry_at_once(case, officer):
    letter = issued(case, actor=officer)
    year = timezone.localdate().year
    assert (letter.number, letter.year, letter.serial) == (f"示组人才〔{year}〕1号", year, 1)
    assert len(letter.check_code) == 12
    assert letter.facts["content"]["recipient"] == NAME
    assert AuditEntry.objects.filter(action="letter_issued", subject=case.number).count() == 1
    assert not CaseEvent.objects.filter(case=case).exists()


def test_two_bodies_count_their_own_numbers(case):
    other = Organisation.objects.create(code="t-other", name="示例局", kind="bureau", region=case.region)
    issued(case)
    document = letters.Termination.of(case, reason="示例", clause="第一条")
    assert letters.issue(case, document, issuer=other, actor=None).number.startswith("示例局〔")
    assert serials() == [1, 1]


def test_an_act_that_fails_gives_its_number_back(case):
    with pytest.raises(RuntimeError), transaction.atomic():
        issued(case)
        raise RuntimeError
    issued(case)
    assert serials() == [1]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_fifty_letters_at_once_get_fifty_consecutive_numbers_and_their_files(case, settings):
    def one(_number: int) -> None:
        try:
            issued(case)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(50)))
    assert serials() == list(range(1, 51))
    assert Letter.objects.filter(rendered_at__isnull=False).count() == 50
    assert len(files(settings)) == 50


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_on_the_counter_numbers_come_twice(case):
    """The twin of the test above: read, think, write."""
    Sequence.objects.create(key="twin", year=2026, last=0)
    drawn_numbers, read = [], threading.Barrier(2)

    def one(_number: int) -> None:
        try:
            last = Sequence.objects.get(key="twin").last
            read.wait(timeout=20)
            Sequence.objects.filter(key="twin").update(last=last + 1)
            drawn_numbers.append(last + 1)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(2)))
    assert drawn_numbers == [1, 1]


def test_the_file_is_made_after_the_act_and_never_again(case, settings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        letter = issued(case)
        assert files(settings) == []
    letter.refresh_from_db()
    (path,) = files(settings)
    with letters.open_pdf(letter) as file:
        content = file.read()
    assert letter.pdf.name == f"letters/{letter.year}/{letter.sha256}.pdf"
    assert hashlib.sha256(content).hexdigest() == letter.sha256
    sealed = path.read_bytes()
    assert b"%PDF" not in sealed
    Organisation.objects.update(name="改名后的单位")
    TalentProfile.objects.update(name="改名")
    before = Letter.objects.values().get()
    letters.render(letter)
    assert letters.render_waiting(10) == 0
    assert Letter.objects.values().get() == before
    assert files(settings) == [path]
    assert path.read_bytes() == sealed


def test_the_page_is_made_from_the_row_and_not_from_what_the_database_says_today(case):
    letter = issued(case)
    before = rendering.html_of(letter)
    Organisation.objects.update(name="改名后的单位")
    TalentProfile.objects.update(name="改名")
    PolicyEdition.objects.update(title="改名", confirmed=True)
    assert rendering.html_of(Letter.objects.get()) == before


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_renderers_at_the_same_moment_leave_one_file(case, settings):
    with transaction.atomic():
        letter = issued(case)
        transaction.get_connection().run_on_commit.clear()
    start = threading.Barrier(2)

    def one(_number: int) -> Letter:
        try:
            mine = Letter.objects.get(pk=letter.pk)
            start.wait(timeout=20)
            return letters.render(mine)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(one, range(2))
    assert first.sha256 == second.sha256 != ""
    assert [path.stem for path in files(settings)] == [first.sha256]


def test_a_letter_that_could_not_be_drawn_is_left_to_the_timer(
    case, settings, tmp_path, caplog, django_capture_on_commit_callbacks
):
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    working, settings.MEDIA_ROOT = settings.MEDIA_ROOT, blocked
    with django_capture_on_commit_callbacks(execute=True):
        letter = issued(case)
    letter.refresh_from_db()
    assert (letter.rendered_at, letter.attempts) == (None, 1)
    assert NAME not in caplog.text
    settings.MEDIA_ROOT = working
    assert letters.render_waiting(10) == 1
    assert letters.render_waiting(10) == 0


def test_a_letter_given_up_on_is_tried_again_only_when_asked(case):
    letter = issued(case)
    Letter.objects.filter(pk=letter.pk).update(attempts=MAX_ATTEMPTS)
    assert letters.render_waiting(10) == 0
    assert letters.render_waiting(10, exhausted=True) == 1


@pytest.mark.database
@pytest.mark.parametrize("column", ["pdf", "sha256", "facts", "number"])
def test_the_database_refuses_to_change_an_issued_letter(case, column):
    letter = letters.render(issued(case))
    value = {} if column == "facts" else "x"
    with pytest.raises(DatabaseError), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(**{column: value})
    with without_triggers(connection):
        assert Letter.objects.filter(pk=letter.pk).update(**{column: value}) == 1


def test_a_correction_is_a_new_letter_and_the_old_one_says_so(case, officer):
    old = issued(case, actor=officer)
    new = letters.supersede(
        old,
        letters.Termination.of(case, reason="更正", clause="第二条"),
        actor=officer,
        reason="条款引用有误",
    )
    old.refresh_from_db()
    assert (old.state, old.state_reason, old.superseded_by) == ("superseded", "条款引用有误", new)
    assert (new.state, new.serial, new.supersedes) == ("valid", 2, old)
    assert CaseEvent.objects.get(case=case).kind == "letter_superseded"
    with pytest.raises(Conflict):
        letters.supersede(
            old, letters.Termination.of(case, reason="x", clause="y"), actor=officer, reason="再次"
        )
    assert serials() == [1, 2]


def test_a_revoked_number_is_written_off_and_never_used_again(case, officer):
    letter = letters.revoke(issued(case), actor=officer, reason="撤回办理")
    assert (letter.state, VoidedNumber.objects.get().number) == ("revoked", letter.number)
    with pytest.raises(Conflict):
        letters.revoke(letter, actor=officer, reason="再次")
    assert issued(case).serial == 2


def test_only_the_first_reading_by_the_addressee_serves_a_letter(case, officer):
    letter = issued(case)
    assert letters.acknowledge(letter, reader=officer) is None
    assert not LetterRead.objects.exists()
    first = letters.acknowledge(letter, reader=case.applicant.user)
    again = letters.acknowledge(letter, reader=case.applicant.user)
    assert (first.pk, first.read_at) == (again.pk, again.read_at)
    assert AuditEntry.objects.filter(action="letter_read").count() == 1
    assert Letter.objects.count() == 1
    assert letters.ServiceReceipt.of(first).letter_number == letter.number


def test_a_check_code_is_found_however_it_is_typed(case):
    letter = issued(case)
    code = letter.check_code
    typed = f" {code[:4]}-{code[4:8]}-{code[8:]} ".lower()
    assert letters.check(typed) == letters.check(code) == letter
    assert letters.check("") is None
    assert letters.check("ABCDEFGHJKMN") is None
