"""The audit chain: one writer, no way back, and every kind of tampering named."""

import hashlib
import json
import threading
from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from talent.core.models import AuditEntry, AuditHead, DailySeal, User
from talent.core.services import audit, deletion
from tests.append_only import without_triggers
from tests.flows.racing import met_after

pytestmark = pytest.mark.database


@pytest.fixture
def chain(db):
    """A chain of twelve rows, as acts leave it."""
    actor = User.objects.create(username="officer", name="甲")
    for number in range(12):
        audit.record("accepted", actor=actor, subject=f"Z-{number:04d}", detail={"event": number})
    return list(AuditEntry.objects.order_by("seq"))


@pytest.fixture
def seals(settings, tmp_path):
    settings.VAR = tmp_path
    return tmp_path / "seals"


def raw(sql: str, *values) -> None:
    with without_triggers(connection), connection.cursor() as cursor:
        cursor.execute(sql, values)


def rewrite(first: int, *, subject: str) -> None:
    """Change one row and re-hash everything behind it, head included: the work of somebody with full access."""
    with without_triggers(connection):
        link = (
            AuditEntry.objects.filter(seq=first - 1).values_list("hash", flat=True).first() or audit.GENESIS
        )
        for entry in AuditEntry.objects.filter(seq__gte=first).order_by("seq"):
            entry.subject = subject if entry.seq == first else entry.subject
            entry.previous_hash, entry.hash = link, ""
            entry.hash = link = entry.computed_hash()
            entry.save()
        AuditHead.objects.update(hash=link)


def test_untouched_chain_is_whole(chain):
    found = audit.verify()
    assert (found.ok, found.checked, found.first_broken_seq) == (True, 12, None)


def test_a_row_survives_the_way_through_the_database(db):
    audit.record(
        "exported",
        detail={"rows": 5, "when": "2026-09-30", "名": ["甲", None, True]},
        address="::ffff:10.0.0.7",
    )
    entry = AuditEntry.objects.get()
    assert entry.address == "10.0.0.7"
    assert entry.computed_hash() == entry.hash


def test_origin_of_the_request_is_kept_and_forgotten(db):
    audit.set_origin("2001:DB8::0001")
    assert audit.record("signed_in").address == "2001:db8::1"
    audit.set_origin(None)
    assert audit.record("signed_in").address is None


@pytest.mark.parametrize(
    ("sql", "values", "broken"),
    [
        ("UPDATE core_auditentry SET subject = %s WHERE seq = 5", ["Z-9999"], 5),
        ("UPDATE core_auditentry SET actor_name = %s WHERE seq = 1", ["乙"], 1),
        ("UPDATE core_auditentry SET hash = %s WHERE seq = 7", ["f" * 64], 7),
        ("UPDATE core_auditentry SET previous_hash = %s WHERE seq = 4", ["f" * 64], 4),
        ("DELETE FROM core_auditentry WHERE seq = 6", [], 6),
        ("DELETE FROM core_auditentry WHERE seq = 1", [], 1),
        ("DELETE FROM core_auditentry WHERE seq = 12", [], 12),
        ("DELETE FROM core_auditentry WHERE seq > 9", [], 10),
        ("DELETE FROM core_auditentry", [], 1),
        ("DELETE FROM core_audithead", [], 1),
        ("UPDATE core_audithead SET seq = 8", [], 8),
    ],
)
def test_tampering_by_raw_sql_is_named_with_its_row(chain, sql, values, broken):
    raw(sql, *values)
    found = audit.verify()
    assert not found.ok
    assert found.first_broken_seq == broken
    assert found.reason


def test_two_exchanged_rows_are_named(chain):
    raw("UPDATE core_auditentry SET seq = 100 WHERE seq = 3")
    raw("UPDATE core_auditentry SET seq = 3 WHERE seq = 4")
    raw("UPDATE core_auditentry SET seq = 4 WHERE seq = 100")
    assert audit.verify().first_broken_seq == 3


def test_an_inserted_row_is_named(chain):
    forged = AuditEntry(seq=13, at=chain[-1].at, action="forged", previous_hash=chain[-1].hash)
    forged.hash = forged.computed_hash()
    forged.save(force_insert=True)
    assert audit.verify().first_broken_seq == 13


def test_cut_tail_with_repaired_head_is_found_by_the_seal(chain, seals):
    audit.seal()
    raw("DELETE FROM core_auditentry WHERE seq > 9")
    raw("UPDATE core_audithead SET seq = 9, hash = %s", chain[8].hash)
    found = audit.verify()
    assert (found.ok, found.first_broken_seq) == (False, 10)


def test_full_rewrite_is_found_only_with_the_anchor_kept_elsewhere(chain, seals):
    _row, anchor = audit.seal()
    raw("DELETE FROM core_dailyseal")
    rewrite(5, subject="Z-6666")
    assert audit.verify().ok, (
        "a chain rewritten from end to end agrees with itself: this is why the anchor exists"
    )
    found = audit.verify(anchor)
    assert (found.ok, found.first_broken_seq) == (False, 12)


def test_replayed_older_database_is_found_with_the_anchor(chain, seals):
    old = [entry.hash for entry in chain]
    audit.record("decided", subject="Z-0012")
    _row, anchor = audit.seal()
    raw("DELETE FROM core_dailyseal")
    raw("DELETE FROM core_auditentry WHERE seq = 13")
    raw("UPDATE core_audithead SET seq = 12, hash = %s", old[-1])
    assert audit.verify().ok
    assert audit.verify(anchor).first_broken_seq == 13
    assert audit.verify(seals).first_broken_seq == 13


def test_a_forged_seal_is_not_believed(chain, seals):
    _row, anchor = audit.seal()
    facts = json.loads(anchor.read_text())
    anchor.write_text(json.dumps(facts | {"hash": chain[3].hash, "seq": 4}))
    assert "封印不符" in audit.verify(anchor).reason


def test_sealing_twice_a_day_changes_nothing(chain, seals):
    first, path = audit.seal()
    written = path.read_bytes()
    audit.record("decided", subject="Z-0012")
    again, same = audit.seal()
    assert (again.pk, again.seq, same.read_bytes()) == (first.pk, 12, written)
    assert DailySeal.objects.count() == 1


def test_the_command_names_the_row_in_chinese_and_fails(chain, capsys):
    call_command("verify_audit")
    assert "完好，共 12 条" in capsys.readouterr().out
    raw("UPDATE core_auditentry SET action = %s WHERE seq = 2", "refused")
    with pytest.raises(CommandError, match="审计链第 2 条"):
        call_command("verify_audit")


def test_a_missing_trigger_is_reported(chain):
    append_only = import_module("talent.core.migrations.0002_append_only")
    append_only.remove(connection)
    with pytest.raises(CommandError, match="core_auditentry_no_update"):
        call_command("verify_audit")
    append_only.install(connection)
    call_command("verify_audit")


REFUSED = [
    "UPDATE core_auditentry SET subject = 'x' WHERE seq = 3",
    "DELETE FROM core_auditentry WHERE seq = 12",
    "DELETE FROM core_audithead",
    "UPDATE core_audithead SET seq = 3",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_the_database_refuses_to_change_the_chain(chain, sql):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert audit.verify().ok


@pytest.mark.parametrize("sql", REFUSED)
def test_without_the_triggers_the_chain_is_damaged(chain, sql):
    raw(sql)
    assert not audit.verify().ok


def test_replacing_a_row_is_refused_on_sqlite(chain):
    if connection.vendor != "sqlite":
        return
    columns = "seq, at, actor_name, action, subject, succeeded, detail, previous_hash, hash"
    copied = columns.replace("subject", "'x'", 1)
    sql = f"INSERT OR REPLACE INTO core_auditentry ({columns}) SELECT {copied} FROM core_auditentry WHERE seq = 3"
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_truncating_is_refused_on_postgresql(chain):
    if connection.vendor != "postgresql":
        return
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE core_auditentry")


def test_the_orm_refuses_deletion_before_the_database_does(chain):
    with pytest.raises(deletion.ProtectedError, match="审计记录不能删除"), transaction.atomic():
        chain[0].delete()
    with pytest.raises(deletion.ProtectedError, match="账号不能删除"), transaction.atomic():
        User.objects.all().delete()


def test_a_failed_record_fails_the_act(db):
    with without_triggers(connection):
        AuditHead.objects.all()._raw_delete("default")
    AuditEntry.objects.create(seq=1, at="2026-01-01T00:00:00Z", action="x", previous_hash="", hash="")
    with pytest.raises(audit.BrokenHead), transaction.atomic():
        User.objects.create(username="half", name="半")
        audit.record("account_opened")
    assert not User.objects.filter(username="half").exists()


@pytest.mark.parametrize("number", ["370811199003070015", "37081119900307001X", "13800138000"])
def test_a_personal_number_never_enters_the_chain(db, number):
    with pytest.raises(audit.PersonalDataInAudit):
        audit.record("revealed", detail={"reason": f"核对{number}"})
    with pytest.raises(audit.PersonalDataInAudit):
        audit.record("revealed", subject=number)
    assert not AuditEntry.objects.exists()


def test_a_hash_in_the_detail_is_not_taken_for_a_number(db):
    audit.record("rendered", detail={"sha256": "1" * 40 + "a" * 24})
    assert audit.verify().ok


def test_floats_are_refused_because_the_databases_write_them_differently(db):
    with pytest.raises(TypeError):
        audit.record("paid", detail={"amount": 1.5})


def write_at_once(threads: int, each: int) -> list[Exception]:
    """Let `threads` write `each` rows at the same moment; returns what went wrong."""
    failures, ready = [], threading.Barrier(threads)

    def write() -> None:
        try:
            ready.wait(timeout=30)
            for number in range(each):
                audit.record("noted", detail={"event": number})
        except Exception as failure:  # noqa: BLE001 the thread's failure is what the test looks at
            failures.append(failure)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _thread in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return failures


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_moment_leave_one_chain_without_gaps():
    assert write_at_once(6, 5) == []
    found = audit.verify()
    assert (found.ok, found.checked) == (True, 30)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_writers_take_the_same_place(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's IMMEDIATE transactions are the lock there; the settings hold it")
    monkeypatch.setattr(audit, "_lock_head", met_after(lambda: AuditHead.objects.get(pk=1), 2))
    failures = write_at_once(2, 1)
    assert len(failures) == 1
    assert all(isinstance(failure, IntegrityError | DatabaseError) for failure in failures)


# --- what the hash covers --------------------------------------------------------------------------------


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WHOLE = st.integers(-(2**63), 2**63 - 1)


@given(
    st.recursive(
        TEXT | WHOLE | st.booleans() | st.none(), lambda one: st.dictionaries(TEXT, one) | st.lists(one)
    )
)
def test_the_hash_covers_the_bytes_that_the_standard_library_writes(detail):
    entry = AuditEntry(
        seq=7,
        at=datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC),
        action="accepted",
        subject="Z-0007",
        detail=detail,
    )
    facts = ["", 7, "2026-03-02T01:02:03.000000+00:00", None, "", "accepted", "Z-0007", True, None, detail]
    written = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert entry.computed_hash() == hashlib.sha256(written.encode()).hexdigest()


def test_a_row_changed_to_a_number_no_machine_word_holds_is_named(chain):
    raw("UPDATE core_auditentry SET detail = %s WHERE seq = 5", json.dumps({"event": 2**70}))
    found = audit.verify()
    assert (found.ok, found.first_broken_seq) == (False, 5)


# --- another seal key ------------------------------------------------------------------------------------


def test_a_new_seal_key_leaves_older_seals_verifiable(db, settings, tmp_path):
    settings.VAR = tmp_path
    audit.record("signed_in")
    first, anchor = audit.seal(date(2026, 1, 5))
    settings.AUDIT_SEAL_KEYS = settings.AUDIT_SEAL_KEYS | {"a2": "another key of thirty-two characters"}
    settings.AUDIT_SEAL_KEY_CURRENT = "a2"
    audit.record("signed_in")
    second, _path = audit.seal(date(2026, 1, 6))
    assert (first.key_id, second.key_id) == ("a1", "a2")
    assert audit.verify(anchor.parent).ok
    settings.AUDIT_SEAL_KEYS = {"a2": settings.AUDIT_SEAL_KEYS["a2"]}
    found = audit.verify(anchor.parent)
    assert "密钥 a1 不在 AUDIT_SEAL_KEYS 中" in found.reason


def test_a_seal_forged_with_a_newer_key_or_under_another_id_is_found(db, settings, tmp_path):
    settings.VAR = tmp_path
    audit.record("signed_in")
    _made, anchor = audit.seal(date(2026, 1, 5))
    facts = json.loads(anchor.read_text())
    settings.AUDIT_SEAL_KEYS = settings.AUDIT_SEAL_KEYS | {"a2": "another key of thirty-two characters"}
    anchor.write_text(json.dumps(facts | {"key": "a2"}))
    assert "封印不符" in audit.verify(anchor).reason
    anchor.write_text(json.dumps({name: facts[name] for name in ("day", "seq", "hash", "seal")}))
    assert audit.verify(anchor).ok, "a file from before keys had ids"
    settings.AUDIT_SEAL_KEYS = {"a2": settings.AUDIT_SEAL_KEYS["a2"]}
    assert not audit.verify(anchor).ok
