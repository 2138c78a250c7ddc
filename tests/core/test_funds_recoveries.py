"""追回: assessed, decided by another, objected to, kept back, received in parts, written off; the rest stays owed."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from talent.core.models import Award, LedgerEntry, Offset, Recovery
from talent.core.services import funds
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from tests.core.funds_world import CLAUSE, Town, fresh, later, sums, yuan

State = Recovery.State


@pytest.fixture
def town(loaded):
    return Town()


@pytest.fixture
def paid(town):
    """An award of which 210,000 of 300,000 were paid."""
    award = town.award(120_000, 90_000, 20_000, 70_000)
    town.paid(*award.instalments.filter(seq__in=(1, 2)))
    return award


def assert_proved() -> funds.Totals:
    totals, faults = funds.check()
    assert faults == []
    return totals


def test_a_recovery_of_30000_with_a_next_instalment_of_20000_leaves_10000(town, paid):
    recovery = town.debt(paid, 30_000)
    batch = town.batch(*town.ready(paid.instalments.get(seq=3)))
    assert (batch.gross, batch.net) == (20_000, 0)
    recovery.refresh_from_db()
    assert (recovery.reserved, recovery.balance) == (20_000, 10_000)
    funds.send(town.signed(batch), actor=town.people["finance"])
    recovery.refresh_from_db()
    assert (recovery.offset, recovery.reserved, recovery.balance) == (20_000, 0, 10_000)
    assert recovery.state == State.NOTIFIED
    assert fresh(paid.instalments.get(seq=3)).state == "paid"
    following = town.batch(*town.ready(paid.instalments.get(seq=4)))
    assert following.net == 60_000
    funds.send(town.signed(following), actor=town.people["finance"])
    town.answer(following)
    recovery.refresh_from_db()
    assert (recovery.balance, recovery.state) == (0, State.SETTLED)
    assert funds.timeline(paid)[3].kept_back == 10_000
    totals = assert_proved()
    assert totals.kinds["pay"] - totals.kinds["offset"] - totals.kinds["receive"] == 270_000


def test_what_was_to_be_kept_back_from_a_failed_payment_is_owed_again(town, paid):
    recovery = town.debt(paid, 30_000)
    batch = town.sent(*town.ready(paid.instalments.get(seq=4)))
    assert batch.net == 40_000
    town.answer(batch, failed={1: "账户冻结"})
    recovery.refresh_from_db()
    assert (recovery.reserved, recovery.balance) == (0, 30_000)
    assert Offset.objects.get().state == Offset.State.VOID
    assert_proved()


def test_a_bounced_payment_gives_back_what_was_kept_back(town, paid):
    other = town.award(50_000, case=town.case())
    recovery = town.debt(paid, 30_000)
    Award.objects.filter(pk=other.pk).update(case=paid.case, kind="rental")
    payee = other.payees.get()
    payee.person = paid.case.applicant
    payee.save()
    other = fresh(other)
    batch = town.paid(other.instalments.get())
    assert (batch.net, fresh(recovery).state) == (20_000, State.SETTLED)
    funds.bounce(batch.lines.get(), actor=town.people["finance"], reason="账户已销户退汇")
    recovery = fresh(recovery)
    assert (recovery.state, recovery.balance) == (State.NOTIFIED, 30_000)


def test_a_second_person_decides_and_the_letter_says_everything(town, paid):
    recovery = funds.assess(
        paid, yuan(60_000), lines=[funds.Line("已领", yuan(210_000), CLAUSE), funds.Line("减已服务30个月", yuan(-150_000), CLAUSE)],
        reason="服务30个月后离岗", clause=CLAUSE, actor=town.people["officer"],
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        funds.decide(recovery, actor=town.people["officer"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Recovery.objects.filter(pk=recovery.pk).update(decided_by=town.people["officer"])
    recovery = funds.decide(recovery, actor=town.people["head"])
    facts = recovery.letter.facts["content"]
    assert (facts["amount"], facts["words"]) == ("60,000.00", "陆万元整")
    assert len(facts["lines"]) == 2
    assert recovery.due_on > later(0)
    with pytest.raises(Conflict, match="追回中"):
        funds.decide(recovery, actor=town.people["head"])


def test_no_more_is_asked_back_than_was_paid(town, paid):
    with pytest.raises(ActRefused, match=r"超过该资助已拨付且未在追回的 210,000\.00 元"):
        town.debt(paid, "210000.01")
    town.debt(paid, 200_000)
    with pytest.raises(ActRefused, match=r"10,000\.00 元"):
        town.debt(paid, 10_001)


def test_money_comes_back_in_parts_each_counted_once_and_never_too_much(town, paid):
    recovery = town.debt(paid, 30_000)
    finance = town.people["finance"]
    funds.receive(recovery, yuan(12_000), reference="JK0001", received_on=later(0), actor=finance)
    with pytest.raises(Conflict, match="已经登记过"):
        funds.receive(recovery, yuan(12_000), reference="JK0001", received_on=later(0), actor=finance)
    with pytest.raises(ActRefused, match=r"尚欠 18,000\.00 元") as refused:
        funds.receive(recovery, yuan("18000.01"), reference="JK0002", received_on=later(0), actor=finance)
    assert refused.value.code == "balance"
    with pytest.raises(ActRefused, match="不能晚于今天"):
        funds.receive(recovery, yuan(1), reference="JK0003", received_on=later(1), actor=finance)
    last = funds.receive(recovery, yuan(18_000), reference="JK0002", received_on=later(0), actor=finance)
    assert fresh(recovery).state == State.SETTLED
    assert sums(town.line)["recovered"] == 30_000
    recovery = funds.reverse_receipt(last, actor=finance, reason="记到了别的追回")
    assert (recovery.state, recovery.balance) == (State.NOTIFIED, 18_000)
    with pytest.raises(Conflict, match="已经冲销"):
        funds.reverse_receipt(last, actor=finance, reason="记到了别的追回")
    assert assert_proved().kinds["receive"] == 12_000


def test_nothing_is_kept_back_while_an_objection_is_open_and_one_upheld_ends_it(town, paid):
    recovery = town.debt(paid, 30_000)
    talent = paid.case.applicant.user
    with pytest.raises(NotAllowed, match="申请人"):
        funds.object_to(recovery, "服务月数有误", actor=town.people["officer"])
    funds.object_to(recovery, "服务月数有误，请核对社保。", actor=talent)
    batch = town.batch(*town.ready(paid.instalments.get(seq=3)))
    assert batch.net == 20_000
    with pytest.raises(NotAllowed):
        funds.settle_objection(recovery, upheld=True, finding="社保缴至6月。", actor=town.people["officer"])
    recovery = funds.settle_objection(
        recovery, upheld=True, finding="社保缴至6月。", actor=town.people["head"]
    )
    assert recovery.state == State.WITHDRAWN
    assert_proved()


def test_an_objection_dismissed_lets_the_recovery_go_on_and_is_made_once(town, paid):
    recovery = town.debt(paid, 30_000)
    talent = paid.case.applicant.user
    funds.object_to(recovery, "服务月数有误，请核对社保。", actor=talent)
    recovery = funds.settle_objection(
        recovery, upheld=False, finding="社保缴至3月，无误。", actor=town.people["head"]
    )
    assert recovery.state == State.NOTIFIED
    with pytest.raises(Conflict, match="已提出过异议"):
        funds.object_to(recovery, "服务月数有误，请核对社保。", actor=talent)


def test_an_objection_after_its_days_is_refused_with_another_way(town, paid):
    recovery = town.debt(paid, 30_000)
    Recovery.objects.filter(pk=recovery.pk).update(decided_at=recovery.decided_at.replace(year=town.year - 1))
    with pytest.raises(ActRefused, match=r"期限 .* 已过"):
        funds.object_to(recovery, "服务月数有误，请核对社保。", actor=paid.case.applicant.user)


def test_what_is_written_off_was_approved_by_somebody_else_and_stands_in_the_ledger(town, paid):
    recovery = town.debt(paid, 30_000)
    officer, head = town.people["officer"], town.people["head"]
    with pytest.raises(ActRefused, match=r"尚欠的 30,000\.00 元"):
        funds.propose_write_off(recovery, yuan(30_001), reason="本人去世无遗产", clause=CLAUSE, actor=officer)
    proposed = funds.propose_write_off(
        recovery, yuan(10_000), reason="本人去世无遗产", clause=CLAUSE, actor=officer
    )
    with pytest.raises(NotAllowed):
        funds.settle_write_off(proposed, approve=True, actor=officer)
    assert fresh(recovery).balance == 30_000
    recovery = funds.settle_write_off(proposed, approve=True, actor=head)
    assert (recovery.written_off, recovery.balance) == (10_000, 20_000)
    with pytest.raises(Conflict, match="已经有人处理"):
        funds.settle_write_off(proposed, approve=True, actor=head)
    assert LedgerEntry.objects.get(kind="write_off").approver == head
    refused = funds.propose_write_off(
        recovery, yuan(5_000), reason="本人去世无遗产", clause=CLAUSE, actor=officer
    )
    assert funds.settle_write_off(refused, approve=False, actor=head).balance == 20_000
    assert_proved()


def test_a_recovery_is_spread_over_the_lines_that_paid_and_never_more_than_each_paid(town):
    county = town.open_line(1_000_000, share="county")
    half = Decimal("0.5")
    award = town.award(100_000, portions=[funds.Portion(town.line, half), funds.Portion(county, half)])
    town.paid(award.instalments.get())
    recovery = town.debt(award, 80_000)
    funds.receive(recovery, yuan(80_000), reference="JK1", received_on=later(0), actor=town.people["finance"])
    assert (sums(town.line)["recovered"], sums(county)["recovered"]) == (50_000, 30_000)
    assert_proved()


def test_an_assessment_nobody_decided_asks_nothing_and_can_be_withdrawn(town, paid):
    recovery = funds.assess(
        paid, yuan(100), lines=[], reason="服务期未满", clause=CLAUSE, actor=town.people["officer"]
    )
    assert town.batch(*town.ready(paid.instalments.get(seq=3))).net == 20_000
    funds.withdraw(recovery, actor=town.people["officer"], reason="计算有误")
    with pytest.raises(Conflict):
        funds.decide(recovery, actor=town.people["head"])
