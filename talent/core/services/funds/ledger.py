"""The one writer of the ledger and of the sums on budget lines: both in one step, or neither.

The sums are moved by conditional UPDATEs that refuse what would leave too little, the CHECK constraints stand behind
them, and the audit chain keeps a digest of the entries of each act.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Value
from django.utils.translation import gettext as _

from talent.core.models import BudgetLine, Instalment, LedgerEntry, PolicyEdition, Recovery, User, YuanField

from .. import audit
from ..errors import ActRefused, Conflict
from .words import yuan

Kind = LedgerEntry.Kind
SUMS = ("allocated", "reserved", "committed", "paid", "recovered")
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Posting:
    """One movement to be written: 元, on which line, of which instalment or recovery."""

    kind: str
    amount: Decimal
    line: BudgetLine
    edition: PolicyEdition
    case_id: int | None = None
    instalment: Instalment | None = None
    recovery: Recovery | None = None
    reverses: LedgerEntry | None = None
    reason: str = ""


@transaction.atomic(savepoint=False)
def post(postings: Sequence[Posting], *, action: str, subject: str, approver: User) -> list[LedgerEntry]:
    """Move the sums of the lines and append the entries with one audit row. Returns the entries.

    Raises `ActRefused` (code "budget") naming the line, what is there and what is missing, `Conflict` when an entry
    has been reversed already. The caller holds the locks of `rights`.
    """
    if not postings:
        return []
    audit.hold_chain()
    _move(postings)
    for posting in postings:
        if posting.reverses and LedgerEntry.objects.filter(reverses=posting.reverses).exists():
            raise Conflict(
                _("台账第%(number)d条已经冲销过，不能再次冲销。") % {"number": posting.reverses.pk}
            )
    entries = [
        LedgerEntry(
            kind=posting.kind, amount=posting.amount, line=posting.line, case_id=posting.case_id,
            instalment=posting.instalment, recovery=posting.recovery, edition=posting.edition, approver=approver,
            reverses=posting.reverses, reason=posting.reason[:300],
        )
        for posting in postings
    ]  # fmt: skip
    recorded = audit.record(
        action, actor=approver, subject=subject, detail={"entries": len(entries), "digest": digest(entries)}
    )
    for entry in entries:
        entry.audit_number = recorded.seq
    return LedgerEntry.objects.bulk_create(entries)


def digest(entries: Iterable[LedgerEntry]) -> str:
    """SHA-256 over what the entries of one act say, in their order; the audit row keeps it."""
    facts = [
        [
            entry.kind, int(entry.amount * 100), entry.line_id, entry.case_id, entry.instalment_id,
            entry.recovery_id, entry.edition_id, entry.approver_id, entry.reverses_id, entry.reason,
        ]
        for entry in entries
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def reversal(entry: LedgerEntry, *, reason: str) -> Posting:
    """The posting that takes `entry` back."""
    return Posting(
        entry.kind, -entry.amount, entry.line, entry.edition, entry.case_id, entry.instalment, entry.recovery,
        entry, reason,
    )  # fmt: skip


def _move(postings: Sequence[Posting]) -> None:
    """One conditional UPDATE per line, in the order of the keys so that two acts never wait for each other."""
    moved: dict[int, dict[str, Decimal]] = {}
    lines: dict[int, BudgetLine] = {}
    for posting in postings:
        lines[posting.line.pk] = posting.line
        change = moved.setdefault(posting.line.pk, dict.fromkeys(SUMS, ZERO))
        for name, sign in LedgerEntry.EFFECTS[posting.kind].items():
            change[name] += sign * posting.amount
    for key in sorted(moved):
        change = {name: amount for name, amount in moved[key].items() if amount}
        if change and not _allowed(key, change).update(
            **{name: _plus(name, by) for name, by in change.items()}
        ):
            raise ActRefused(_why(lines[key], change), code="budget")


def _plus(name: str, amount: Decimal):
    return F(name) + Value(amount, YuanField())


def _allowed(key: int, change: dict[str, Decimal]):
    """The line, if it can bear the change: nothing below zero, no more promised than allocated, not closed."""
    rows = BudgetLine.objects.filter(pk=key)
    if set(change) != {"recovered"}:
        rows = rows.filter(closed_at__isnull=True)
    for name, by in change.items():
        if by < 0:
            rows = rows.filter(**{f"{name}__gte": -by})
    promised = sum((change.get(name, ZERO) for name in ("reserved", "committed", "paid")), ZERO)
    needed = promised - change.get("allocated", ZERO)
    if needed > 0:
        rows = rows.filter(
            allocated__gte=F("reserved") + F("committed") + F("paid") + Value(needed, YuanField())
        )
    more_back = change.get("recovered", ZERO) - change.get("paid", ZERO)
    if more_back > 0:
        rows = rows.filter(paid__gte=F("recovered") + Value(more_back, YuanField()))
    return rows


def _why(line: BudgetLine, change: dict[str, Decimal]) -> str:
    """Why the line cannot bear the change, with the figures and what would help."""
    line.refresh_from_db()
    if line.closed_at:
        return _("%(line)s 已结账，不能再变动；请使用下一年度的预算指标。") % {"line": line}
    promised = sum((change.get(name, ZERO) for name in ("reserved", "committed", "paid")), ZERO)
    needed = promised - change.get("allocated", ZERO)
    if needed > line.available:
        return _(
            "%(line)s 可用余额 %(there)s 元，本次需要 %(needed)s 元，差 %(short)s 元。请先追加或调剂预算。"
        ) % {
            "line": line,
            "there": yuan(line.available),
            "needed": yuan(needed),
            "short": yuan(needed - line.available),
        }
    return _("%(line)s 的账面金额与本次变动不符，请先运行台账核对。") % {"line": line}
