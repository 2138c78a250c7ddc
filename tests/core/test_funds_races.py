"""Sixteen hands on one instalment and on one budget line: one effect, the others a sentence, never a 500.

Each guard has a twin without it, which shows the damage.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from talent.core.models import Award, BatchLine, BudgetLine, Instalment, LedgerEntry, PaymentBatch, ResultFile
from talent.core.services import funds
from talent.core.services.errors import ActRefused, Conflict
from talent.core.services.funds import batches, ledger
from tests.core.funds_world import Town, fresh, later, sums, yuan
from tests.flows.racing import at_once

HANDS = 16
pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(loaded):
    return Town()


def winners(outcomes: list) -> list:
    """What came of the act for those who did it; everybody else must have got a sentence."""
    assert all(not isinstance(one, Exception) or isinstance(one, ActRefused) for one in outcomes), outcomes
    return [one for one in outcomes if not isinstance(one, Exception)]


def assert_proved() -> None:
    assert funds.check()[1] == []


@contextmanager
def without(*names: str) -> Iterator[None]:
    """The constraints are gone inside; the damaged rows go too, so that they can come back."""
    kept = {model: list(model._meta.constraints) for model in (BudgetLine, BatchLine)}
    gone = [(model, one) for model, rows in kept.items() for one in rows if one.name in names]
    for model, rows in kept.items():
        # SQLite makes a table anew from what the model says.
        model._meta.constraints = [one for one in rows if one.name not in names]
    with connection.schema_editor() as editor:
        for model, constraint in gone:
            editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_batchline")
            cursor.execute("UPDATE core_budgetline SET reserved = 0, committed = 0, paid = 0")
        for model, rows in kept.items():
            model._meta.constraints = rows
        with connection.schema_editor() as editor:
            for model, constraint in gone:
                editor.add_constraint(model, constraint)


def test_sixteen_put_one_instalment_into_a_batch_and_it_is_in_one(town):
    row = town.ready(town.award(10_000).instalments.get())[0]
    outcomes = at_once(*(partial(town.batch, row) for _hand in range(HANDS)))
    assert len(winners(outcomes)) == 1
    assert all(
        isinstance(one, Conflict) and "待拨付" in str(one) for one in outcomes if isinstance(one, Exception)
    )
    assert BatchLine.objects.count() == 1
    assert PaymentBatch.objects.count() == 1
    assert sums(town.line) == {"allocated": 1_000_000, "committed": 10_000}
    assert_proved()


def test_without_the_guards_one_instalment_is_in_several_batches(town, monkeypatch):
    row = town.ready(town.award(10_000).instalments.get())[0]

    def move(instalment, to, *, leaving, owner=None, role=None, reason="", **fields):
        return instalment

    def payable(organisation):
        rows = Instalment.objects.filter(award__paying_organisation=organisation)
        return rows.select_related("award__case__region", "award__case__applicant", "award__edition")

    monkeypatch.setattr(batches, "move", move)
    monkeypatch.setattr(batches, "payable", payable)
    monkeypatch.setattr(ledger, "_allowed", lambda key, change: BudgetLine.objects.filter(pk=key))
    with without("one_live_line_per_instalment", "budget_sums_not_negative"):
        at_once(*(partial(town.batch, row) for _hand in range(4)))
        assert BatchLine.objects.filter(instalment=row).count() > 1
        assert funds.check()[1] != []


def test_sixteen_reserve_on_one_line_and_only_what_it_bears_is_reserved(town):
    cases = [town.case() for _hand in range(HANDS)]
    line = town.open_line(25_000, source="talent")
    portions = (funds.Portion(line, Decimal(1)),)
    outcomes = at_once(*(partial(town.award, 10_000, case=case, portions=portions) for case in cases))
    assert len(winners(outcomes)) == 2
    assert {one.code for one in outcomes if isinstance(one, Exception)} == {"budget"}
    assert sums(line) == {"allocated": 25_000, "reserved": 20_000}
    assert Award.objects.count() == 2
    assert_proved()


def test_without_the_guards_the_line_is_overdrawn(town, monkeypatch):
    cases = [town.case() for _hand in range(4)]
    line = town.open_line(25_000, source="talent")
    portions = (funds.Portion(line, Decimal(1)),)
    monkeypatch.setattr(ledger, "_allowed", lambda key, change: BudgetLine.objects.filter(pk=key))
    with without("budget_never_below_zero"):
        at_once(*(partial(town.award, 10_000, case=case, portions=portions) for case in cases))
        line.refresh_from_db()
        assert line.available < 0
        assert any("超支" in fault.text for fault in funds.check()[1])


def test_the_same_answer_taken_in_by_sixteen_counts_once(town):
    batch = town.sent(*town.ready(town.award(10_000).instalments.get()))
    content = town.result(batch)
    finance = town.people["finance"]
    outcomes = at_once(*(partial(funds.take_in, batch, content, actor=finance) for _hand in range(HANDS)))
    assert len(winners(outcomes)) == 1
    assert ResultFile.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="pay").count() == 1
    assert sums(town.line) == {"allocated": 1_000_000, "paid": 10_000}
    assert_proved()


def test_a_batch_and_a_suspension_at_once_leave_one_of_both(town):
    award = town.award(10_000)
    row = town.ready(award.instalments.get())[0]
    outcomes = at_once(
        partial(town.batch, row),
        partial(funds.suspend, award, actor=town.people["officer"], reason="核实劳动关系"),
    )
    winners(outcomes)
    row = fresh(row)
    assert (row.state == "in_batch") == isinstance(outcomes[0], PaymentBatch)
    assert row.state in ("in_batch", "held")
    assert_proved()


def test_two_sign_at_once_and_each_signature_counts_once(town):
    batch = town.batch(*town.ready(town.award(200_000).instalments.get()))
    outcomes = at_once(*(partial(funds.sign, batch, actor=town.people["chief"]) for _hand in range(4)))
    assert len(winners(outcomes)) == 1
    assert batch.signatures.count() == 1


def test_one_receipt_recorded_by_sixteen_comes_in_once_and_the_balance_holds(town):
    award = town.award(50_000)
    town.paid(award.instalments.get())
    recovery = town.debt(award, 30_000)
    finance = town.people["finance"]

    def receive(reference: str):
        return funds.receive(recovery, yuan(20_000), reference=reference, received_on=later(0), actor=finance)

    outcomes = at_once(*(partial(receive, f"JK{hand}") for hand in range(HANDS)))
    assert len(winners(outcomes)) == 1
    assert fresh(recovery).balance == 10_000
    assert_proved()


def test_grants_and_payments_of_different_cases_at_once_never_wait_for_each_other_in_a_circle(town):
    rows = town.ready(*(town.award(1_000).instalments.get() for _one in range(4)))
    more = [town.case() for _one in range(4)]
    officer = town.people["officer"]
    outcomes = at_once(
        *(partial(town.batch, row) for row in rows),
        *(partial(town.award, 2_000, case=case) for case in more),
        *(
            partial(
                funds.change_payee, row.award, town.account(town.employer), actor=officer, reason="改付单位"
            )
            for row in rows
        ),
    )
    winners(outcomes)
    assert Award.objects.count() == 8
    assert_proved()


def test_a_batch_of_many_asks_the_database_a_bounded_number_of_questions_per_line(town):
    counts = []
    for size in (2, 6):
        rows = town.ready(*(town.award(1_000).instalments.get() for _one in range(size)))
        with CaptureQueriesContext(connection) as asked:
            town.batch(*rows)
        counts.append(len(asked))
    assert (counts[1] - counts[0]) / 4 <= 12
