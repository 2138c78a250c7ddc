"""Proof of the ledger: every sum is added up anew from its entries, and the first row that is wrong is named."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from talent.core.models import (
    AuditEntry,
    Award,
    BatchLine,
    BudgetLine,
    Instalment,
    LedgerEntry,
    PaymentBatch,
    Recovery,
)

from .ledger import SUMS, Kind, digest
from .words import yuan

ZERO = Decimal(0)
BATCH = 2000
_OF_INSTALMENT = {
    Kind.RESERVE: (1, 0, 0),
    Kind.RELEASE: (-1, 0, 0),
    Kind.COMMIT: (-1, 1, 0),
    Kind.UNCOMMIT: (1, -1, 0),
    Kind.PAY: (0, -1, 1),
}
_OF_RECOVERY = {Kind.OFFSET: "offset", Kind.RECEIVE: "received", Kind.WRITE_OFF: "written_off"}
# Where the money of an instalment stands, by its state: reserved, committed or paid.
_STANDS = {
    Instalment.State.IN_BATCH: 1,
    Instalment.State.SENT: 1,
    Instalment.State.PAID: 2,
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: which row, and how."""

    row: str
    text: str


@dataclass
class Totals:
    """What was added up from the entries."""

    lines: dict[int, dict[str, Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: dict.fromkeys(SUMS, ZERO))
    )
    instalments: dict[int, list[Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: [ZERO, ZERO, ZERO])
    )
    recoveries: dict[int, dict[str, Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Decimal))
    )
    kinds: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    entries: int = 0


def check() -> tuple[Totals, list[Fault]]:
    """Read the whole ledger and everything that rests on it. Faults in the order of the rows, the ledger's first."""
    totals = Totals()
    faults = list(_entries(totals))
    for found in (_lines, _instalments, _awards, _batches, _recoveries):
        faults += found(totals)
    return totals, faults


def _entries(totals: Totals) -> Iterator[Fault]:
    """Entry by entry, act by act: reversals, the audit row's digest, and nothing below zero at any time."""
    rows = LedgerEntry.objects.select_related("reverses").order_by("pk").iterator(chunk_size=BATCH)
    for number, group in groupby(rows, key=lambda entry: entry.audit_number):
        entries = list(group)
        for entry in entries:
            totals.entries += 1
            yield from _reversal(entry)
            _add(totals, entry)
        first = entries[0]
        recorded = AuditEntry.objects.filter(seq=number).values_list("detail", flat=True).first()
        if recorded is None or recorded.get("digest") != digest(entries):
            yield Fault(
                _row(first),
                _("与审计记录第 %(number)d 条不符，这一笔或同一次办理的其他台账被增删改动")
                % {"number": number},
            )
        for entry in entries:
            sums = totals.lines[entry.line_id]
            below = [name for name in SUMS if sums[name] < 0]
            promised = sums["reserved"] + sums["committed"] + sums["paid"]
            if below or promised > sums["allocated"] or sums["recovered"] > sums["paid"]:
                yield Fault(
                    _row(entry), _("记到这一笔时，预算指标 %(line)d 超支或为负") % {"line": entry.line_id}
                )
                break


def _row(entry: LedgerEntry) -> str:
    return _("台账第%(number)d条") % {"number": entry.pk}


def _reversal(entry: LedgerEntry) -> Iterator[Fault]:
    undone = entry.reverses
    if undone is None:
        if entry.amount <= 0:
            yield Fault(_row(entry), _("金额应大于0"))
        return
    same = (undone.kind, undone.line_id, undone.case_id, undone.instalment_id, undone.recovery_id)
    if (
        undone.reverses_id
        or undone.pk >= entry.pk
        or entry.amount != -undone.amount
        or same != (entry.kind, entry.line_id, entry.case_id, entry.instalment_id, entry.recovery_id)
    ):
        yield Fault(_row(entry), _("不是台账第%(number)d条的冲销") % {"number": undone.pk})


def _add(totals: Totals, entry: LedgerEntry) -> None:
    totals.kinds[entry.kind] += entry.amount
    for name, sign in LedgerEntry.EFFECTS[entry.kind].items():
        totals.lines[entry.line_id][name] += sign * entry.amount
    for place, sign in enumerate(_OF_INSTALMENT.get(entry.kind, ())):
        totals.instalments[entry.instalment_id][place] += sign * entry.amount
    if entry.kind in _OF_RECOVERY:
        totals.recoveries[entry.recovery_id][_OF_RECOVERY[entry.kind]] += entry.amount


def _lines(totals: Totals) -> Iterator[Fault]:
    for line in BudgetLine.objects.select_related("region").order_by("pk"):
        wrong = [name for name in SUMS if getattr(line, name) != totals.lines[line.pk][name]]
        if wrong:
            name = wrong[0]
            yield Fault(
                _("预算指标%(number)d") % {"number": line.pk},
                _("%(what)s记为 %(kept)s 元，按台账应为 %(sum)s 元")
                % {
                    "what": line._meta.get_field(name).verbose_name,
                    "kept": yuan(getattr(line, name)),
                    "sum": yuan(totals.lines[line.pk][name]),
                },
            )


def _instalments(totals: Totals) -> Iterator[Fault]:
    """The money of each instalment stands where its state says, once and whole; no period is paid twice."""
    rows = Instalment.objects.annotate(borne=Sum("shares__amount")).order_by("pk")
    for row in rows.iterator(chunk_size=BATCH):
        expected = [ZERO, ZERO, ZERO]
        if row.state not in (Instalment.State.CANCELLED, Instalment.State.SUPERSEDED):
            expected[_STANDS.get(row.state, 0)] = row.borne or ZERO
        name = _("分期%(number)d") % {"number": row.pk}
        if row.borne not in (None, row.amount):
            yield Fault(name, _("各预算指标分担之和与本期金额不符"))
        if row.borne is None and row.state in (*_STANDS, Instalment.State.RECHECKED):
            yield Fault(name, _("没有预算指标分担，却已进入拨付"))
        if totals.instalments[row.pk] != expected:
            yield Fault(
                name,
                _("状态为“%(state)s”，与台账的预留、列批、拨付不符") % {"state": row.get_state_display()},
            )
    paid = Instalment.objects.filter(state=Instalment.State.PAID).order_by().values("award", "period")
    for twice in paid.annotate(count=Count("pk")).filter(count__gt=1):
        yield Fault(_("资助%(number)d") % {"number": twice["award"]}, _("所属期 %(period)s 重复发放") % twice)


def _awards(totals: Totals) -> Iterator[Fault]:
    superseded = Instalment.State.SUPERSEDED
    for award in (
        Award.objects.prefetch_related("lines", "instalments").order_by("pk").iterator(chunk_size=BATCH)
    ):
        lines = sum((line.amount for line in award.lines.all()), ZERO)
        planned = sum((one.amount for one in award.instalments.all() if one.state != superseded), ZERO)
        if not award.total == lines == planned:
            yield Fault(_("资助%(number)d") % {"number": award.pk}, _("总额、构成与分期之和不一致"))


def _batches(totals: Totals) -> Iterator[Fault]:
    live = (BatchLine.State.LISTED, BatchLine.State.SENT, BatchLine.State.PAID)
    for batch in PaymentBatch.objects.prefetch_related(
        "lines__offsets", "lines__instalment", "signatures"
    ).order_by("pk"):
        name = _("批次%(number)s") % {"number": batch.number}
        lines = list(batch.lines.all())
        gross, net = sum((one.gross for one in lines), ZERO), sum((one.net for one in lines), ZERO)
        if (batch.count, batch.gross, batch.net) != (len(lines), gross, net):
            yield Fault(name, _("笔数或合计与明细不符"))
        signed = {one.signer_id for one in batch.signatures.all()}
        if batch.file_hash and (len(signed) < batch.required_signatures or batch.prepared_by_id in signed):
            yield Fault(name, _("签批人数不足，或由编制人签批"))
        for line in lines:
            kept = sum((one.amount for one in line.offsets.all() if one.state != "void"), ZERO)
            if line.state in live and line.gross - line.net != kept:
                yield Fault(name, _("第%(place)d行的实付与抵扣不符") % {"place": line.place})
            if line.gross != line.instalment.amount:
                yield Fault(name, _("第%(place)d行的金额与分期不符") % {"place": line.place})
            if line.state == BatchLine.State.PAID and line.instalment.state != Instalment.State.PAID:
                yield Fault(name, _("第%(place)d行已付，分期却未付") % {"place": line.place})


def _recoveries(totals: Totals) -> Iterator[Fault]:
    on_their_way = (BatchLine.State.LISTED, BatchLine.State.SENT)
    for row in Recovery.objects.prefetch_related("offsets__line", "receipts", "write_offs").order_by("pk"):
        sums = totals.recoveries[row.pk]
        offsets = {"reserved": ZERO, "done": ZERO, "void": ZERO}
        for one in row.offsets.all():
            offsets[one.state] += one.amount
        # What is set aside belongs to a payment that can still happen.
        stranded = any(
            one.state == "reserved" and one.line.state not in on_their_way for one in row.offsets.all()
        )
        received = sum((one.amount for one in row.receipts.all() if one.reversed_at is None), ZERO)
        forgone = sum((one.amount for one in row.write_offs.all() if one.approved_at), ZERO)
        if (
            (row.offset, row.received, row.written_off)
            != (sums["offset"], sums["received"], sums["written_off"])
            or (row.reserved, row.offset) != (offsets["reserved"], offsets["done"])
            or (row.received, row.written_off) != (received, forgone)
            or stranded
            or row.balance < 0
            or (row.state == Recovery.State.SETTLED) != (not row.balance and not row.reserved)
        ):
            yield Fault(_("追回%(number)s") % {"number": row.number}, _("收回、抵扣、核销或余额与台账不符"))
