"""The audit chain's one writer and its verifier.

`record` links a new row to the last one under the lock of the chain's head, in the transaction of the act
itself: when the record fails, the act fails (等保2.0 三级 8.1.4.3 c). `verify` recomputes the chain and names
the first broken row. A chain rewritten from end to end agrees with itself; only a seal made earlier, with a
key and kept elsewhere, shows the rewriting. That is what `seal` and the anchor file are for.
"""

import hashlib
import hmac
import ipaddress
import json
import os
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import AuditEntry, AuditHead, Case, CaseEvent, DailySeal, User

GENESIS = "0" * 64
BATCH = 2000
_FIELDS = [field.attname for field in AuditEntry._meta.concrete_fields]
# 18-character identity numbers and mobile numbers standing alone; a hash contains digits but has no edges.
_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])")
_origin: ContextVar[str | None] = ContextVar("audit_origin", default=None)


class BrokenHead(RuntimeError):
    """The head row is gone though the chain has rows: nothing may be written until somebody has looked."""


class PersonalDataInAudit(ValueError):
    """An identity or mobile number was about to enter the audit chain, from where nothing can be removed."""


@dataclass(frozen=True)
class VerifyResult:
    """What a verification found.

    first_broken_seq: number of the first row that is wrong or missing, None when all is well.
    reason: a Chinese sentence saying what is wrong with it. where: the case number, for a case's own chain.
    """

    ok: bool
    checked: int = 0
    first_broken_seq: int | None = None
    reason: str = ""
    where: str = ""


def set_origin(address: str | None) -> None:
    """Tell the following records of this request from which client address they come; None forgets it."""
    _origin.set(_clean_address(address))


def _clean_address(address: str | None) -> str | None:
    """The address as both databases give it back, so that the hash stays the same; None when it is none."""
    try:
        parsed = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return None
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def contains_personal_data(text: str) -> bool:
    """Whether an identity or mobile number stands in `text`."""
    return bool(_PERSONAL.search(text))


def _clean_detail(detail: dict | None) -> dict:
    """`detail` as it comes back from either database. Floats are refused: PostgreSQL writes them differently."""
    cleaned = json.loads(json.dumps(detail or {}, cls=DjangoJSONEncoder), parse_float=_refuse_float)
    if contains_personal_data(json.dumps(cleaned, ensure_ascii=False)):
        raise PersonalDataInAudit("detail")
    return cleaned


def _refuse_float(value: str) -> None:
    raise TypeError(f"audit detail holds the float {value}; use a string or whole numbers")


def _lock_head() -> AuditHead:
    head = AuditHead.objects.select_for_update().filter(pk=1).first()
    if head is None:
        if AuditEntry.objects.exists():
            raise BrokenHead(_("审计链头缺失，不能继续写入，请先运行 verify_audit 核查。"))
        AuditHead.objects.get_or_create(pk=1)
        head = AuditHead.objects.select_for_update().get(pk=1)
    return head


def hold_chain() -> None:
    """Wait here for whoever is writing, and let nobody else write until this transaction ends.

    For acts that lock more rows after this one: whoever already holds the chain then never waits for them.
    """
    _lock_head()


def record(
    action: str,
    *,
    actor: User | None = None,
    subject: str = "",
    detail: dict[str, Any] | None = None,
    succeeded: bool = True,
    address: str | None = None,
) -> AuditEntry:
    """Append one row to the chain and return it.

    action: short code in the past tense; subject: case number or `model:key`, never a person's data;
    detail: codes and whole numbers. Raises `PersonalDataInAudit` when a number of a person is found in it.
    """
    if contains_personal_data(subject):
        raise PersonalDataInAudit("subject")
    cleaned = _clean_detail(detail)
    known = actor is not None and actor.pk is not None
    # Without a savepoint of its own a failure here also undoes an act that would swallow the exception.
    with transaction.atomic(savepoint=False):
        head = _lock_head()
        entry = AuditEntry(
            seq=head.seq + 1,
            at=timezone.now(),
            actor_id_value=actor.pk if known else None,
            actor_name=str(actor)[:150] if known else "",
            action=action,
            subject=subject[:120],
            succeeded=succeeded,
            address=_clean_address(address) if address else _origin.get(),
            detail=cleaned,
            previous_hash=head.hash,
        )
        entry.hash = entry.computed_hash()
        entry.save(force_insert=True)
        head.seq, head.hash = entry.seq, entry.hash
        head.save(update_fields=["seq", "hash"])
    return entry


# --- seals ---------------------------------------------------------------------------------------


def _sealed(day: str, seq: int, link: str, *, key_id: str) -> str:
    facts = f"{day}|{seq}|{link}".encode()
    return hmac.new(settings.AUDIT_SEAL_KEYS[key_id].encode(), facts, hashlib.sha256).hexdigest()


def _broken_seal(facts: dict) -> str:
    """What is wrong with a seal, as a sentence; empty when it is genuine. One without a key's id is older than ids."""
    key_id = str(facts.get("key") or "")
    if key_id and key_id not in settings.AUDIT_SEAL_KEYS:
        return _("%(day)s 的封存所用的密钥 %(key)s 不在 AUDIT_SEAL_KEYS 中，无法核对") % {
            "day": facts["day"],
            "key": key_id,
        }
    for candidate in [key_id] if key_id else settings.AUDIT_SEAL_KEYS:
        genuine = _sealed(str(facts["day"]), int(facts["seq"]), str(facts["hash"]), key_id=candidate)
        if hmac.compare_digest(genuine, str(facts["seal"])):
            return ""
    return _("%(day)s 的封存记录被改动，封印不符") % {"day": facts["day"]}


def _facts_of(made: DailySeal) -> dict:
    return {
        "day": made.day.isoformat(),
        "seq": made.seq,
        "hash": made.hash,
        "seal": made.seal,
        "key": made.key_id,
    }


@transaction.atomic
def seal(day: date | None = None) -> tuple[DailySeal, Path]:
    """Seal the head of today in the database and in `var/seals/<day>.json`; a second call changes nothing."""
    day = day or timezone.localdate()
    made = DailySeal.objects.filter(day=day).first()
    if made is None:
        head, key_id = _lock_head(), settings.AUDIT_SEAL_KEY_CURRENT
        made, _new = DailySeal.objects.get_or_create(
            day=day,
            defaults={
                "seq": head.seq,
                "hash": head.hash,
                "seal": _sealed(day.isoformat(), head.seq, head.hash, key_id=key_id),
                "key_id": key_id,
            },
        )
    folder = Path(settings.VAR) / "seals"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day.isoformat()}.json"
    if not path.exists():
        facts = _facts_of(made)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(facts) + "\n", encoding="ascii")
        part.chmod(0o640)
        os.replace(part, path)
    return made, path


def _read_anchors(anchor: Path) -> Iterator[dict]:
    """The seals of one file, or of every file of a folder."""
    for path in sorted(anchor.glob("*.json")) if anchor.is_dir() else [anchor]:
        yield json.loads(path.read_text(encoding="utf-8"))


def _known_seals(anchor: Path | None) -> tuple[dict[int, str], VerifyResult | None]:
    """Which link must stand at which place according to the seals; or what is wrong with a seal itself."""
    found = [_facts_of(row) for row in DailySeal.objects.order_by("day")]
    found += _read_anchors(Path(anchor)) if anchor else []
    expected: dict[int, str] = {}
    for facts in found:
        reason = _broken_seal(facts)
        if reason:
            return {}, VerifyResult(False, 0, int(facts["seq"]), reason)
        if expected.setdefault(int(facts["seq"]), facts["hash"]) != facts["hash"]:
            reason = _("%(day)s 的封存与另一份封存矛盾") % {"day": facts["day"]}
            return {}, VerifyResult(False, 0, int(facts["seq"]), reason)
    return expected, None


# --- verification --------------------------------------------------------------------------------


def verify(anchor: Path | str | None = None) -> VerifyResult:
    """Recompute the whole chain; `anchor` is a seal file (or a folder of them) kept outside this machine.

    Finds a changed, removed, inserted or exchanged row, a cut tail, a replayed older database and, by the
    seals, a chain rewritten from end to end.
    """
    expected, broken = _known_seals(Path(anchor) if anchor else None)
    if broken:
        return broken
    head = AuditHead.objects.filter(pk=1).first()
    head_seq, head_hash = (head.seq, head.hash) if head else (0, GENESIS)
    link, last = GENESIS, 0
    rows = AuditEntry.objects.order_by("seq").values_list(*_FIELDS, named=True).iterator(chunk_size=BATCH)
    for row in rows:
        reason = ""
        if row.seq != last + 1:
            return VerifyResult(
                False, last, last + 1, _("此条缺失（下一条是第 %(next)d 条）") % {"next": row.seq}
            )
        if row.previous_hash != link:
            reason = _("与上一条的链接不符，此条被替换或上一条被重写")
        elif AuditEntry.computed_hash(row) != row.hash:
            reason = _("内容与链值不符，此条被改动")
        elif row.seq == head_seq and row.hash != head_hash:
            reason = _("与链头记录不符，链尾被重写")
        elif expected.get(row.seq, row.hash) != row.hash:
            reason = _("与当时的封存不符，此条或更早的记录被整体重写")
        if reason:
            return VerifyResult(False, last, row.seq, reason)
        link, last = row.hash, row.seq
    if last < head_seq:
        return VerifyResult(
            False, last, last + 1, _("链尾缺失，链头记录到第 %(head)d 条") % {"head": head_seq}
        )
    beyond = min((seq for seq in expected if seq > last), default=None)
    if beyond is not None:
        reason = _("封存时已有第 %(seq)d 条，数据库中没有：数据库被换成旧文件或链尾被删") % {"seq": beyond}
        return VerifyResult(False, last, last + 1, reason)
    # Rows written while we read are newer than the head we read first; a head that stays behind was set back.
    if last > head_seq and AuditHead.objects.filter(pk=1, seq__gte=last).first() is None:
        return VerifyResult(
            False, last, head_seq + 1, _("链头被删除或被改回第 %(head)d 条") % {"head": head_seq}
        )
    return VerifyResult(True, last)


def verify_cases() -> VerifyResult:
    """Recompute the chain of events of every case and compare it with the case row and the audit rows.

    Returns the first case whose events were changed, removed or added by hand, with the event's number.
    """
    event_fields = [field.attname for field in CaseEvent._meta.concrete_fields]
    events = CaseEvent.objects.order_by("case_id", "seq").values_list(*event_fields, named=True)
    grouped = groupby(events.iterator(chunk_size=BATCH), key=lambda event: event.case_id)
    owner, rows = next(grouped, (None, ()))
    checked = 0
    cases = Case.objects.order_by("pk").values_list("pk", "number", "sealed_events", "last_hash")
    for pk, number, sealed_events, last_hash in cases.iterator(chunk_size=BATCH):
        link, last = "", 0
        if owner == pk:
            for event in rows:
                reason = ""
                if event.seq != last + 1:
                    return VerifyResult(False, checked, last + 1, _("此事件缺失"), number)
                if event.previous_hash != link:
                    reason = _("与上一事件的链接不符")
                elif CaseEvent.computed_hash(event) != event.hash:
                    reason = _("内容与链值不符，此事件被改动")
                if reason:
                    return VerifyResult(False, checked, event.seq, reason, number)
                link, last = event.hash, event.seq
                checked += 1
            owner, rows = next(grouped, (None, ()))
        # Events written while we read are beyond what the case row said when we read it.
        if last < sealed_events:
            return VerifyResult(False, checked, last + 1, _("末尾的事件缺失"), number)
        if last == sealed_events and link != last_hash:
            return VerifyResult(False, checked, last, _("与办件记录的链值不符"), number)
    return _compare_with_audit(checked)


def _compare_with_audit(checked: int) -> VerifyResult:
    """The audit chain keeps each event's hash: a case rewritten together with its row still differs from it."""
    entries = AuditEntry.objects.filter(detail__has_key="event_hash").order_by("seq")
    wanted = entries.values_list("subject", "detail").iterator(chunk_size=BATCH)
    while batch := list(islice(wanted, 500)):
        stored = {
            (number, seq): link
            for number, seq, link in CaseEvent.objects.filter(
                case__number__in={number for number, _detail in batch}
            ).values_list("case__number", "seq", "hash")
        }
        for number, detail in batch:
            if stored.get((number, detail["event"])) != detail["event_hash"]:
                reason = _("与审计记录中的链值不符，此事件被重写")
                return VerifyResult(False, checked, detail["event"], reason, number)
    return VerifyResult(True, checked)


def missing_guards() -> list[str]:
    """Names of the append-only triggers that are not in the database (migration 0002 makes them)."""
    return import_module("talent.core.migrations.0002_append_only").missing(connection)
