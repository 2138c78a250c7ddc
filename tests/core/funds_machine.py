"""Random acts on real awards, beside a small book kept by hand: what the system says must be what the book says."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from talent.core.models import (
    Award,
    BatchLine,
    BudgetLine,
    Instalment,
    InstalmentShare,
    LedgerEntry,
    PaymentBatch,
    Recovery,
    ResultFile,
)
from talent.core.services import funds
from talent.core.services.errors import ActRefused
from tests.core.funds_world import CLAUSE, GONE, GOOD, Town, fresh, later, yuan

PICK = st.integers(0, 10_000)
AMOUNT = st.integers(1, 4_000_000).map(lambda fen: Decimal(fen) / 100)
State = Instalment.State
ZERO = Decimal(0)


class TownAtWork(Town):
    """A town where acts soon meet each other.

    One award is mostly paid, with a debt above the next instalment; one is at the bank; three instalments are ready, two of the debtor.
    """

    DEBT = yuan(3000)

    def __init__(self) -> None:
        super().__init__()
        self.other = self.open_line(20_000, source="talent")
        half, away, ready = self.award(1000, 2500, 2000), self.award(5000), self.award(7000)
        self.paid(*half.instalments.filter(seq__lte=2))
        self.recovery = self.debt(half, self.DEBT)
        again = self.award(4000, case=half.case, kind="rental")
        self.ready(*half.instalments.filter(seq=3), *ready.instalments.all(), *again.instalments.all())
        self.sent(*self.ready(*away.instalments.all()))


class MoneyMachine(RuleBasedStateMachine):
    """`town` is set on a subclass by the test. Every example happens inside a savepoint that is rolled back."""

    town: TownAtWork

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.people = self.town.people
        # The book: what was allocated, what the bank paid out, what came back in cash or was kept back, what is owed.
        self.other = BudgetLine.objects.get(pk=self.town.other.pk)
        self.allocated = {self.town.line.pk: yuan(1_000_000), self.other.pk: yuan(20_000)}
        self.out, self.back, self.kept = yuan(3500), ZERO, ZERO
        self.owed: dict[int, Decimal] = {self.town.recovery.pk: self.town.DEBT}
        self.answers: list[tuple[PaymentBatch, bytes]] = []
        self.periods = 0
        self.references = 0

    def teardown(self) -> None:
        try:
            _totals, faults = funds.check()
            assert faults == []
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # --- picking ---------------------------------------------------------------------------------

    def one(self, rows, pick: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None

    def refused(self, act: Callable[[], Any], code: str = "") -> None:
        """`act` must be refused with a sentence, and nothing may have been written."""
        before = LedgerEntry.objects.count()
        with pytest.raises(ActRefused) as refused:
            act()
        assert not code or refused.value.code == code, str(refused.value)
        assert LedgerEntry.objects.count() == before

    # --- budgets -----------------------------------------------------------------------------------

    @rule(amount=AMOUNT)
    def allocate(self, amount: Decimal) -> None:
        funds.allocate(self.other, amount, actor=self.people["finance"], reason="追加预算")
        self.allocated[self.other.pk] += amount

    @rule(amount=AMOUNT, back=st.booleans())
    def transfer(self, amount: Decimal, back: bool) -> None:
        source, target = (self.other, self.town.line) if back else (self.town.line, self.other)
        source.refresh_from_db()

        def act() -> None:
            funds.transfer(source, target, amount, actor=self.people["finance"], reason="年中调剂")

        if amount > source.available:
            return self.refused(act, "budget")
        act()
        self.allocated[source.pk] -= amount
        self.allocated[target.pk] += amount
        return None

    # --- awards ------------------------------------------------------------------------------------

    @rule(amounts=st.lists(AMOUNT, min_size=1, max_size=3), second=st.booleans(), same=PICK)
    def grant(self, amounts: list[Decimal], second: bool, same: int) -> None:
        line = self.other if second else self.town.line
        line.refresh_from_db()
        portions = [funds.Portion(line, Decimal(1))]
        award = self.one(Award.objects.all(), same)
        # Sometimes the same person again, in another award, so that debts meet payments.
        case = award.case if award and same % 2 else self.town.case()

        def act() -> None:
            self.periods += 1
            self.town.award(*amounts, case=case, portions=portions, kind=f"kind{self.periods}")

        if sum(amounts) > line.available:
            self.refused(act, "budget")
        else:
            act()

    @rule(pick=PICK, amount=AMOUNT)
    def upgrade(self, pick: int, amount: Decimal) -> None:
        award = self.one(Award.objects.exclude(state=Award.State.STOPPED), pick)
        self.other.refresh_from_db()
        if award is None or amount > self.other.available:
            return
        self.periods += 1
        plan = [
            funds.Planned(
                f"up{self.periods}", "补差", amount, later(0), (funds.Portion(self.other, Decimal(1)),)
            )
        ]
        total = award.total
        done = funds.upgrade(
            award,
            lines=[funds.Line("提高层次", amount, CLAUSE)],
            plan=plan,
            actor=self.people["head"],
            reason="提高层次",
        )
        assert fresh(done).total == total + amount

    @rule(pick=PICK)
    def stop(self, pick: int) -> None:
        award = self.one(Award.objects.filter(state__in=Award.LIVE), pick)
        if award:
            funds.stop(
                award, actor=self.people["officer"], reason="本人放弃", clause=CLAUSE, at_own_request=True
            )

    @rule(pick=PICK)
    def suspend_or_resume(self, pick: int) -> None:
        award = self.one(Award.objects.filter(state__in=Award.LIVE), pick)
        if award:
            act = funds.suspend if award.state == Award.State.ACTIVE else funds.resume
            act(award, actor=self.people["officer"], reason="核实劳动关系")

    # --- instalments ---------------------------------------------------------------------------------

    def _open(self, *states: str):
        return Instalment.objects.filter(state__in=states, award__state=Award.State.ACTIVE)

    @rule(pick=PICK, good=st.integers(0, 5))
    def recheck(self, pick: int, good: int) -> None:
        row = self.one(self._open(State.WAITING, State.DUE, State.HELD), pick)
        if row is None:
            return
        if row.state == State.WAITING:
            row = funds.mark_due(row)
        funds.recheck(row, GOOD if good else GONE, actor=self.people["officer"])

    @rule(pick=PICK)
    def recheck_all(self, pick: int) -> None:
        for row in self._open(State.WAITING, State.DUE):
            self.town.ready(row)

    @rule(pick=PICK)
    def retry(self, pick: int) -> None:
        row = self.one(self._open(State.FAILED), pick)
        if row:
            funds.retry(row, actor=self.people["officer"], reason="账号已更正")

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        row = self.one(Instalment.objects.filter(state__in=Instalment.MOVABLE), pick)
        if row:
            funds.cancel(row, actor=self.people["officer"], reason="逾期未领", clause=CLAUSE)

    @precondition(lambda self: Instalment.objects.filter(state__in=Instalment.ON_ITS_WAY).exists())
    @rule(pick=PICK)
    def what_is_on_its_way_is_left_alone(self, pick: int) -> None:
        row = self.one(Instalment.objects.filter(state__in=Instalment.ON_ITS_WAY), pick)
        self.refused(
            lambda: funds.cancel(row, actor=self.people["officer"], reason="逾期未领", clause=CLAUSE)
        )
        self.refused(lambda: self.town.batch(row))

    # --- batches ---------------------------------------------------------------------------------------

    @rule(pick=PICK, many=st.booleans())
    def prepare(self, pick: int, many: bool) -> None:
        rows = list(funds.payable(self.town.finance))
        if not rows:
            return
        rows = rows if many else [rows[pick % len(rows)]]
        seen = funds.preview(rows)
        batch = self.town.batch(*rows)
        assert (batch.gross, batch.net) == (seen.gross, seen.net)
        self.refused(lambda: funds.sign(batch, actor=self.people["finance"]))

    @rule(pick=PICK)
    def take_back(self, pick: int) -> None:
        batch = self.one(PaymentBatch.objects.filter(state__in=("signing", "approved")), pick)
        if batch:
            funds.take_back(batch, actor=self.people["finance2"], reason="金额需再核对")

    @rule(pick=PICK)
    def send(self, pick: int) -> None:
        batch = self.one(PaymentBatch.objects.filter(state__in=("signing", "approved")), pick)
        if batch is None:
            return
        batch = self.town.signed(batch)
        nothing = list(batch.lines.filter(net=0))
        funds.send(batch, actor=self.people["finance"])
        self._paid(nothing)

    def _paid(self, lines: list[BatchLine]) -> None:
        """The book after the bank has paid `lines`."""
        for line in lines:
            self.out += line.net
            for offset in line.offsets.exclude(amount=0):
                self.kept += offset.amount
                self.owed[offset.recovery_id] -= offset.amount

    @rule(pick=PICK, failing=st.integers(0, 3))
    def answer(self, pick: int, failing: int) -> None:
        batch = self.one(PaymentBatch.objects.filter(state="sent"), pick)
        if batch is None:
            return
        lines = list(batch.lines.filter(state="sent"))
        failed = {line.place: "户名不符" for line in lines if failing and line.place % 3 == failing % 3}
        content = self.town.result(batch, failed)
        altered = content.replace(b".", b"1.", 1)
        self.refused(lambda: funds.take_in(batch, altered, actor=self.people["finance"]), "altered")
        funds.take_in(batch, content, actor=self.people["finance"])
        self.answers.append((batch, content))
        self._paid([line for line in lines if line.place not in failed])

    @precondition(lambda self: self.answers)
    @rule(pick=PICK)
    def replay(self, pick: int) -> None:
        batch, content = self.answers[pick % len(self.answers)]
        count = ResultFile.objects.count()
        self.refused(lambda: funds.take_in(batch, content, actor=self.people["finance"]), "replayed")
        assert ResultFile.objects.count() == count

    @rule(pick=PICK)
    def bounce(self, pick: int) -> None:
        rows = BatchLine.objects.filter(state="paid", net__gt=0).exclude(
            instalment__award__recoveries__isnull=False
        )
        line = self.one(rows, pick)
        if line is None:
            return
        kept = list(line.offsets.filter(state="done"))
        funds.bounce(line, actor=self.people["finance"], reason="账户销户退汇")
        self.out -= line.net
        for offset in kept:
            self.kept -= offset.amount
            self.owed[offset.recovery_id] += offset.amount

    # --- recoveries --------------------------------------------------------------------------------------

    @rule(pick=PICK, part=st.integers(1, 100))
    def debt(self, pick: int, part: int) -> None:
        award = self.one(Award.objects.filter(instalments__state=State.PAID).distinct(), pick)
        if award is None:
            return
        asked = sum((row.amount for row in award.recoveries.exclude(state="withdrawn")), ZERO)
        most = funds.paid_of(award) - asked
        self.refused(lambda: self.town.debt(award, most + yuan("0.01")))
        amount = (most * part / 100).quantize(Decimal("0.01"))
        if amount > 0:
            self.owed[self.town.debt(award, amount).pk] = amount

    @rule(pick=PICK, part=st.integers(1, 100))
    def receive(self, pick: int, part: int) -> None:
        recovery = self.one(Recovery.objects.filter(state="notified"), pick)
        if recovery is None or recovery.balance <= 0:
            return
        amount = max((recovery.balance * part / 100).quantize(Decimal("0.01")), yuan("0.01"))
        self.references += 1
        facts = {"received_on": later(0), "actor": self.people["finance"]}
        reference = f"JK{self.references}"
        self.refused(
            lambda: funds.receive(recovery, recovery.balance + yuan("0.01"), reference=reference, **facts),
            "balance",
        )
        receipt = funds.receive(recovery, amount, reference=reference, **facts)
        self.back += amount
        self.owed[recovery.pk] -= amount
        if part % 7 == 0:
            funds.reverse_receipt(receipt, actor=self.people["finance"], reason="记错了追回")
            self.back -= amount
            self.owed[recovery.pk] += amount

    @rule(pick=PICK, approve=st.booleans())
    def write_off(self, pick: int, approve: bool) -> None:
        recovery = self.one(Recovery.objects.filter(state="notified"), pick)
        if recovery is None or recovery.balance <= yuan(1):
            return
        proposed = funds.propose_write_off(
            recovery, yuan(1), reason="无可执行财产", clause=CLAUSE, actor=self.people["officer"]
        )
        funds.settle_write_off(proposed, approve=approve, actor=self.people["head"])
        if approve:
            self.owed[recovery.pk] -= 1

    def compare(self) -> None:
        """Every invariant at once, for a sequence that is not random."""
        self.the_budget_holds()
        self.every_line_says_where_the_money_of_its_instalments_is()
        self.the_ledger_is_payments_less_recoveries()
        self.what_is_owed_is_what_the_book_says()
        self.what_is_set_aside_belongs_to_a_payment_on_its_way()
        self.no_period_is_paid_twice()
        self.every_reversal_points_to_one_entry()

    # --- the book and the system ---------------------------------------------------------------------------

    @invariant()
    def the_budget_holds(self) -> None:
        for line in BudgetLine.objects.filter(pk__in=self.allocated):
            assert line.allocated == self.allocated[line.pk]
            assert line.available >= 0
            assert min(line.reserved, line.committed, line.paid, line.recovered) >= 0

    @invariant()
    def every_line_says_where_the_money_of_its_instalments_is(self) -> None:
        places = {State.IN_BATCH: "committed", State.SENT: "committed", State.PAID: "paid"}
        expected: dict[tuple[int, str], Decimal] = {}
        rows = InstalmentShare.objects.exclude(instalment__state__in=(State.CANCELLED, State.SUPERSEDED))
        for line, state, amount in rows.values_list("line", "instalment__state", "amount"):
            key = (line, places.get(state, "reserved"))
            expected[key] = expected.get(key, ZERO) + amount
        for line in BudgetLine.objects.filter(pk__in=self.allocated):
            for name in ("reserved", "committed", "paid"):
                assert getattr(line, name) == expected.get((line.pk, name), ZERO)

    @invariant()
    def the_ledger_is_payments_less_recoveries(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT kind, SUM(amount) FROM core_ledgerentry GROUP BY kind")
            sums = {kind: Decimal(int(amount)) / 100 for kind, amount in cursor.fetchall()}
        paid, kept, received = (sums.get(kind, ZERO) for kind in ("pay", "offset", "receive"))
        assert paid - kept == self.out
        assert (kept, received) == (self.kept, self.back)
        assert paid - kept - received == self.out - self.back

    @invariant()
    def what_is_owed_is_what_the_book_says(self) -> None:
        for row in Recovery.objects.all():
            assert row.balance + row.reserved == self.owed[row.pk]
            assert (row.state == Recovery.State.SETTLED) == (self.owed[row.pk] == 0)

    @invariant()
    def what_is_set_aside_belongs_to_a_payment_on_its_way(self) -> None:
        for row in Recovery.objects.all():
            waiting = row.offsets.filter(state="reserved", line__state__in=("listed", "sent"))
            assert row.reserved == sum((one.amount for one in waiting), ZERO)

    @invariant()
    def no_period_is_paid_twice(self) -> None:
        paid = list(Instalment.objects.filter(state=State.PAID).values_list("award", "period"))
        assert len(paid) == len(set(paid))
        assert BatchLine.objects.filter(state="paid").count() == len(paid)

    @invariant()
    def every_reversal_points_to_one_entry(self) -> None:
        undone = LedgerEntry.objects.filter(reverses__isnull=False).select_related("reverses")
        pairs = [(row.reverses_id, row.amount, row.reverses.amount) for row in undone]
        assert len({key for key, _a, _b in pairs}) == len(pairs)
        assert all(amount == -original for _key, amount, original in pairs)


def story(machine: MoneyMachine) -> None:
    """One fixed sequence that touches every kind of act, with the book compared after each."""
    acts: tuple[Callable[[], Any], ...] = (
        lambda: machine.allocate(yuan(100)),
        lambda: machine.transfer(yuan(5000), back=False),
        lambda: machine.transfer(yuan(900_000_000), back=True),
        lambda: machine.grant([yuan(40_000)], second=True, same=0),
        lambda: machine.grant([yuan(400), yuan("0.05")], second=True, same=1),
        lambda: machine.prepare(0, many=True),
        lambda: machine.what_is_on_its_way_is_left_alone(0),
        lambda: machine.take_back(0),
        lambda: machine.prepare(0, many=True),
        lambda: machine.send(0),
        lambda: machine.answer(1, failing=3),
        lambda: machine.retry(0),
        lambda: machine.recheck_all(0),
        lambda: machine.prepare(0, many=True),
        lambda: machine.send(0),
        lambda: machine.answer(1, failing=0),
        lambda: machine.answer(0, failing=0),
        lambda: machine.replay(0),
        lambda: machine.bounce(0),
        lambda: machine.debt(1, 50),
        lambda: machine.receive(0, 30),
        lambda: machine.receive(0, 7),
        lambda: machine.write_off(0, approve=False),
        lambda: machine.write_off(0, approve=True),
        lambda: machine.upgrade(0, yuan(25)),
        lambda: machine.suspend_or_resume(0),
        lambda: machine.suspend_or_resume(0),
        lambda: machine.cancel(0),
        lambda: machine.stop(1),
    )
    try:
        for act in acts:
            act()
            machine.compare()
        assert funds.check()[1] == []
    finally:
        transaction.set_rollback(True)
        machine.savepoint.__exit__(None, None, None)
