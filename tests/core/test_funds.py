"""Money from the decision to the account: budgets, instalments, batches, the bank's answer; every refusal in words."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from talent.core import roles
from talent.core.models import (
    AuditEntry,
    Award,
    BatchLine,
    BudgetLine,
    Instalment,
    LedgerEntry,
    Message,
    PaymentBatch,
    Recheck,
    Signature,
)
from talent.core.services import cases, funds, people
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from tests import factories
from tests.append_only import without_triggers
from tests.core.funds_world import CLAUSE, GONE, GOOD, Town, fresh, later, sums, yuan

State = Instalment.State


@pytest.fixture
def town(loaded):
    return Town()


def assert_proved() -> funds.Totals:
    totals, faults = funds.check()
    assert faults == []
    return totals


# --- budgets -----------------------------------------------------------------------------------------


def test_money_goes_from_the_budget_to_the_account_and_the_ledger_says_every_step(town):
    award = town.award(120_000, 90_000, 90_000)
    assert sums(town.line) == {"allocated": 1_000_000, "reserved": 300_000}
    first = award.instalments.get(seq=1)
    batch = town.batch(*town.ready(first))
    assert sums(town.line) == {"allocated": 1_000_000, "reserved": 180_000, "committed": 120_000}
    funds.send(town.signed(batch), actor=town.people["finance"])
    town.answer(batch)
    assert sums(town.line) == {"allocated": 1_000_000, "reserved": 180_000, "paid": 120_000}
    assert fresh(first).state == State.PAID
    assert fresh(batch).state == PaymentBatch.State.SETTLED
    kinds = list(LedgerEntry.objects.filter(instalment=first).values_list("kind", flat=True))
    assert kinds == ["reserve", "commit", "pay"]
    for entry in LedgerEntry.objects.filter(instalment=first):
        assert (entry.case_id, entry.edition_id) == (award.case_id, award.edition_id)
        assert entry.approver_id
        assert AuditEntry.objects.filter(seq=entry.audit_number).exists()
    assert assert_proved().kinds["pay"] == 120_000


def test_a_grant_beyond_the_budget_is_refused_with_what_is_missing_and_leaves_nothing(town):
    town.award(700_000)
    with pytest.raises(
        ActRefused, match=r"可用余额 300,000.00 元，本次需要 400,000.00 元，差 100,000.00 元"
    ) as refused:
        town.award(400_000)
    assert refused.value.code == "budget"
    assert Award.objects.count() == 1
    assert sums(town.line)["reserved"] == 700_000
    assert_proved()


def test_without_the_condition_the_constraint_still_refuses_and_without_both_the_budget_is_overdrawn(
    town, monkeypatch
):
    from talent.core.services.funds import ledger

    monkeypatch.setattr(ledger, "_allowed", lambda key, change: BudgetLine.objects.filter(pk=key))
    with pytest.raises(IntegrityError), transaction.atomic():
        town.award(1_000_001)
    assert sums(town.line) == {"allocated": 1_000_000}


def test_a_county_share_is_split_to_the_fen_and_the_county_becomes_a_party(town):
    county = town.open_line(1_000_000, share=BudgetLine.Share.COUNTY, organisation=town.finance)
    third = Decimal(1) / 3
    award = town.award(100, portions=[funds.Portion(town.line, third), funds.Portion(county, 1 - third)])
    shares = list(award.instalments.get().shares.values_list("amount", flat=True))
    assert sum(shares) == 100
    assert shares == [yuan("33.33"), yuan("66.67")]
    town.paid(*award.instalments.all())
    assert (sums(town.line)["paid"], sums(county)["paid"]) == (yuan("33.33"), yuan("66.67"))
    assert_proved()


def test_budget_is_transferred_only_as_far_as_it_is_free_and_only_within_the_year(town):
    town.award(900_000)
    other = town.open_line(0, source="talent")
    finance = town.people["finance"]
    funds.transfer(town.line, other, yuan(60_000), actor=finance, reason="年中调剂")
    assert (sums(town.line)["allocated"], sums(other)["allocated"]) == (940_000, 60_000)
    with pytest.raises(ActRefused, match=r"差 10,000\.00 元"):
        funds.transfer(town.line, other, yuan(50_000), actor=finance, reason="年中调剂")
    with pytest.raises(ActRefused, match="同一年度"):
        funds.transfer(
            town.line, town.open_line(0, year=town.year + 1), yuan(1), actor=finance, reason="年中调剂"
        )
    assert_proved()


def test_a_wrong_allocation_is_taken_back_once_by_an_entry_against_it(town):
    finance = town.people["finance"]
    entry = LedgerEntry.objects.get(kind="allocate")
    town.award(10)
    with pytest.raises(ActRefused, match=r"差 10\.00 元"):
        funds.correct(entry, actor=finance, reason="金额录错")
    funds.allocate(town.line, yuan(50), actor=finance, reason="追加预算")
    second = LedgerEntry.objects.filter(kind="allocate").last()
    funds.correct(second, actor=finance, reason="金额录错")
    with pytest.raises(Conflict, match="已经冲销过"):
        funds.correct(second, actor=finance, reason="金额录错")
    reversal = LedgerEntry.objects.get(reverses=second)
    assert (reversal.amount, reversal.kind) == (-second.amount, second.kind)
    assert sums(town.line)["allocated"] == 1_000_000
    assert_proved()


def test_the_year_is_closed_when_nothing_is_on_its_way_and_reserved_money_goes_over(town):
    finance = town.people["finance"]
    award = town.award(100_000, 200_000)
    batch = town.sent(*town.ready(award.instalments.get(seq=1)))
    with pytest.raises(ActRefused, match="拨付中"):
        funds.close_year(town.line, actor=finance, reason="年终结账")
    town.answer(batch)
    with pytest.raises(ActRefused, match="已预留"):
        funds.close_year(town.line, actor=finance, reason="年终结账")
    following = town.open_line(500_000, year=town.year + 1)
    funds.close_year(town.line, actor=finance, reason="年终结账", carry_to=following)
    assert sums(town.line) == {"allocated": 100_000, "paid": 100_000}
    assert sums(following) == {"allocated": 500_000, "reserved": 200_000}
    with pytest.raises(ActRefused, match="已结账"):
        funds.allocate(town.line, yuan(1), actor=finance, reason="追加预算")
    town.paid(award.instalments.get(seq=2))
    assert sums(following)["paid"] == 200_000
    assert fresh(award).state == Award.State.COMPLETED
    assert_proved()


def test_budget_is_managed_by_its_own_finance_bureau_only(town):
    with pytest.raises(NotAllowed, match="管理预算"):
        funds.allocate(town.line, yuan(1), actor=town.people["county_finance"], reason="追加预算")
    with pytest.raises(NotAllowed, match="管理预算"):
        funds.allocate(town.line, yuan(1), actor=town.people["officer"], reason="追加预算")


def test_fractions_of_a_fen_are_refused_never_rounded(town):
    with pytest.raises(Exception, match="精确到分"):
        funds.allocate(town.line, Decimal("0.001"), actor=town.people["finance"], reason="追加预算")


# --- awards and instalments ----------------------------------------------------------------------------


def test_one_live_award_of_a_kind_per_case_and_a_plan_that_adds_up(town):
    award = town.award(50_000)
    with pytest.raises(Conflict, match="已在执行"):
        town.award(10_000, case=award.case)
    with pytest.raises(ActRefused, match=r"与总额 70,000\.00 元不一致"):
        town.award(50_000, lines=[funds.Line("标准", yuan(70_000), CLAUSE)])
    assert Award.objects.count() == 1


def test_a_period_is_never_in_two_instalments(town):
    award = town.award(50_000)
    again = [funds.Planned(f"{town.year}-1", "补差", yuan(1000), later(1))]
    with pytest.raises(ActRefused, match="不能重复发放"):
        funds.upgrade(
            award,
            lines=[funds.Line("层次提高", yuan(1000), CLAUSE)],
            plan=again,
            actor=town.people["head"],
            reason="提高层次",
        )
    assert fresh(award).total == 50_000


def test_an_instalment_becomes_due_on_its_day_once_and_missed_nights_are_caught_up(town):
    award = town.award(10, 20, 30)
    for place, row in enumerate(award.instalments.order_by("seq")):
        Instalment.objects.filter(pk=row.pk).update(due_on=later(place * 3))
    assert [row.seq for row in funds.due(later(0))] == [1]
    assert [row.seq for row in funds.due(later(5))] == [1, 2]
    funds.mark_due(award.instalments.get(seq=1))
    with pytest.raises(Conflict):
        funds.mark_due(award.instalments.get(seq=1))
    assert [row.seq for row in funds.due(later(5))] == [2]


def test_a_later_year_without_budget_waits_and_says_so_and_is_paid_once_funded(town):
    award = town.award(10_000, portions=())
    row = award.instalments.get()
    assert "预算尚未安排" in row.reason
    row = funds.mark_due(row)
    with pytest.raises(ActRefused, match="尚未安排预算"):
        funds.recheck(row, GOOD, actor=town.people["officer"])
    funds.fund(row, [funds.Portion(town.line, Decimal(1))], actor=town.people["finance"])
    with pytest.raises(Conflict, match="已经安排预算"):
        funds.fund(row, [funds.Portion(town.line, Decimal(1))], actor=town.people["finance"])
    assert fresh(row).reason == ""
    town.paid(fresh(row))
    assert_proved()


def test_a_failed_recheck_holds_with_its_reason_and_warns_before_anything_stops(town):
    award = town.award(10_000)
    row = funds.mark_due(award.instalments.get())
    with pytest.raises(ActRefused, match="尚未预警"):
        funds.stop(award, actor=town.people["officer"], reason="已经离岗", clause=CLAUSE)
    funds.recheck(row, GONE, actor=town.people["officer"])
    row = fresh(row)
    assert row.state == State.HELD
    assert row.reason == f"用人单位反映已离岗（{CLAUSE}）"
    assert row.owner_organisation == town.office
    message = Message.objects.get(recipient=award.case.applicant.user, kind="payment_held")
    assert "用人单位反映已离岗" in message.body
    with pytest.raises(ActRefused, match="预警期至"):
        funds.stop(award, actor=town.people["officer"], reason="已经离岗", clause=CLAUSE)
    Award.objects.filter(pk=award.pk).update(stops_on=later(-1))
    funds.stop(award, actor=town.people["officer"], reason="已经离岗", clause=CLAUSE)
    assert fresh(row).state == State.CANCELLED
    assert sums(town.line) == {"allocated": 1_000_000}
    assert Recheck.objects.get().findings[0]["code"] == "in_post"
    assert_proved()


def test_a_held_instalment_goes_on_and_is_rechecked_anew(town):
    award = town.award(10_000)
    row = funds.mark_due(award.instalments.get())
    funds.recheck(row, GONE, actor=town.people["officer"])
    funds.release(row, actor=town.people["officer"], reason="已重新上岗")
    assert fresh(row).state == State.DUE
    town.paid(fresh(row))
    assert_proved()


def test_a_warning_that_is_over_allows_no_stop_without_a_new_one(town):
    award = town.award(10_000, 20_000)
    row = funds.mark_due(award.instalments.get(seq=1))
    funds.hold(row, actor=town.people["officer"], reason="等待核实社保")
    assert fresh(award).stops_on is not None
    assert Message.objects.filter(recipient=award.case.applicant.user, kind="payment_held").count() == 1
    town.ready(fresh(row))
    assert fresh(award).stops_on is None
    with pytest.raises(ActRefused, match="尚未预警"):
        funds.stop(fresh(award), actor=town.people["officer"], reason="已经离岗", clause=CLAUSE)


def test_a_batch_that_would_keep_everybody_waiting_is_refused_with_the_most_it_may_hold(town, monkeypatch):
    from talent.core.services.funds import batches

    monkeypatch.setattr(batches, "MOST_LINES", 1)
    rows = town.ready(*(town.award(1_000).instalments.get() for _one in range(2)))
    with pytest.raises(ActRefused, match="一个批次最多 1 笔，所选 2 笔"):
        town.batch(*rows)


def test_an_account_is_opened_by_a_recorded_act_of_an_officer_of_the_case(town):
    award = town.award(10_000)
    payee = award.payees.get()
    officer = town.people["officer"]
    cases.add_party(award.case, town.office, roles.Capacity.LEAD)
    assert people.reveal(payee, "account", actor=officer, reason="核对退回账号", case=award.case).startswith(
        "6222"
    )
    assert AuditEntry.objects.filter(action="revealed").count() == 1
    with pytest.raises(NotAllowed):
        people.reveal(payee, "account", actor=officer, reason="核对退回账号", case=town.case())


def test_suspension_holds_everything_and_resumption_lets_it_go_on(town):
    award = town.award(10_000, 20_000)
    first = town.ready(award.instalments.get(seq=1))[0]
    funds.suspend(award, actor=town.people["officer"], reason="正在核实劳动关系")
    assert set(award.instalments.values_list("state", "reason")) == {(State.HELD, "正在核实劳动关系")}
    assert award.case.letters.get(kind="suspension").facts["content"]["reason"] == "正在核实劳动关系"
    with pytest.raises(ActRefused, match="不能复核"):
        funds.recheck(first, GOOD, actor=town.people["officer"])
    with pytest.raises(Conflict):
        town.batch(first)
    funds.resume(award, actor=town.people["officer"], reason="劳动关系已核实")
    assert fresh(award).stops_on is None
    town.paid(*award.instalments.all())
    assert fresh(award).state == Award.State.COMPLETED
    assert_proved()


def test_an_upgrade_pays_the_difference_also_after_everything_was_paid(town):
    award = town.award(60_000)
    town.paid(*award.instalments.all())
    assert fresh(award).state == Award.State.COMPLETED
    portions = (funds.Portion(town.line, Decimal(1)),)
    award = funds.upgrade(
        award, lines=[funds.Line("层次提高后标准", yuan(300_000), CLAUSE), funds.Line("减已核定", yuan(-60_000), CLAUSE)],
        plan=[funds.Planned("upgrade", "补差", yuan(240_000), later(0), portions)], actor=town.people["head"],
        reason="认定层次提高",
    )  # fmt: skip
    assert (award.total, award.state) == (300_000, Award.State.ACTIVE)
    town.paid(award.instalments.get(period="upgrade"))
    assert funds.paid_of(award) == 300_000
    assert_proved()


def test_instalments_are_planned_anew_and_the_sum_stays(town):
    award = town.award(90_000)
    old = award.instalments.get()
    portions = (funds.Portion(town.line, Decimal(1)),)
    plan = [
        funds.Planned(f"{town.year}-{place}", f"第{place}期", amount, later(0), portions)
        for place, amount in enumerate(
            funds.split(yuan(90_000), [Decimal("0.4"), Decimal("0.3"), Decimal("0.3")]), 1
        )
    ]
    funds.replan(award, replaced=[old], plan=plan, actor=town.people["officer"], reason="改为三期发放")
    assert fresh(old).state == State.SUPERSEDED
    assert [row.amount for row in award.instalments.exclude(pk=old.pk)] == [36_000, 27_000, 27_000]
    assert sums(town.line)["reserved"] == 90_000
    assert_proved()


def test_a_person_who_moves_on_leaves_the_award_at_once_by_own_request(town):
    award = town.award(1000, kind="rental", title="租房补贴")
    funds.stop(
        award, actor=town.people["officer"], reason="本人改领购房补贴", clause=CLAUSE, at_own_request=True
    )
    again = town.award(48_100, case=award.case)
    assert sums(town.line)["reserved"] == 48_100
    assert again.case_id == award.case_id
    assert_proved()


# --- batches ------------------------------------------------------------------------------------------


def test_a_preview_says_what_a_batch_would_be(town):
    awards = [town.award(20_000), town.award("0.50", case=town.case(region="370812"))]
    rows = town.ready(*Instalment.objects.filter(award__in=awards))
    seen = funds.preview(list(funds.payable(town.finance)))
    assert (seen.count, seen.net) == (2, yuan("20000.50"))
    assert seen.words == "贰万元零伍角整"
    assert {name: amount for name, _count, amount in seen.by_region} == {
        "任城区": 20_000,
        "兖州区": yuan("0.50"),
    }
    assert seen.rule.signatures == 1
    assert {row.state for row in map(fresh, rows)} == {State.RECHECKED}


@pytest.mark.parametrize(
    ("amount", "signatures"), [(100_000, 1), (100_001, 2), (1_000_000, 2), (1_000_001, 3)]
)
def test_signatures_grow_with_the_amount(loaded, amount, signatures):
    assert funds.signature_rule(yuan(amount)).signatures == signatures


def test_whoever_prepared_a_batch_signs_nothing_and_nobody_signs_twice(town):
    award = town.award(200_000)
    batch = town.batch(*town.ready(award.instalments.get()))
    with pytest.raises(NotAllowed, match="由您编制"):
        funds.sign(batch, actor=town.people["finance"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.create(
            batch=batch, place=1, signer=town.people["finance"], prepared_by=town.people["finance"], role="x"
        )
    with pytest.raises(Conflict, match="尚未签批完成"):
        funds.export(batch, "csv", actor=town.people["finance2"])
    batch = funds.sign(batch, actor=town.people["finance2"])
    assert batch.state == PaymentBatch.State.SIGNING
    with pytest.raises(Conflict, match="已签批过"):
        funds.sign(batch, actor=town.people["finance2"])
    with pytest.raises(ActRefused, match="须由部门负责人签批"):
        funds.sign(batch, actor=town.people["finance3"])
    with pytest.raises(NotAllowed):
        funds.sign(batch, actor=town.people["head"])
    assert funds.sign(batch, actor=town.people["chief"]).state == PaymentBatch.State.APPROVED


def test_a_batch_taken_back_frees_its_lines_for_the_next(town):
    rows = town.ready(town.award(10_000).instalments.get())
    batch = town.batch(*rows)
    with pytest.raises(Conflict, match="不在待拨付之列"):
        town.batch(*rows)
    funds.take_back(batch, actor=town.people["finance2"], reason="金额需再核对")
    assert sums(town.line) == {"allocated": 1_000_000, "reserved": 10_000}
    second = town.sent(fresh(rows[0]))
    with pytest.raises(Conflict, match="不能退回"):
        funds.take_back(second, actor=town.people["finance"], reason="金额需再核对")
    town.answer(second)
    assert_proved()


def test_an_instalment_in_a_batch_is_neither_held_nor_cancelled_nor_its_payee_changed(town):
    award = town.award(10_000)
    row = town.ready(award.instalments.get())[0]
    town.batch(row)
    officer = town.people["officer"]
    for act in (
        lambda: funds.hold(row, actor=officer, reason="等待核实"),
        lambda: funds.cancel(row, actor=officer, reason="逾期未领", clause=CLAUSE),
        lambda: funds.recheck(row, GONE, actor=officer),
    ):
        with pytest.raises(Conflict, match="已编入批次"):
            act()
    with pytest.raises(ActRefused, match="正在拨付"):
        funds.change_payee(award, town.account(town.employer), actor=officer, reason="改付单位")
    assert_proved()


def test_an_officer_who_is_the_applicant_prepares_no_batch_with_the_own_payment(town):
    award = town.award(10_000)
    rows = town.ready(award.instalments.get())
    award.case.applicant.user = town.people["finance"]
    award.case.applicant.save()
    with pytest.raises(NotAllowed, match="应当回避"):
        town.batch(*rows)


# --- the bank -------------------------------------------------------------------------------------------


def test_failed_lines_go_back_to_their_owner_with_the_reason_and_are_tried_again(town):
    awards = [town.award(10_000), town.award(20_000)]
    rows = town.ready(*Instalment.objects.filter(award__in=awards).order_by("pk"))
    batch = town.sent(*rows)
    town.answer(batch, failed={2: "账号户名不符"})
    good, bad = fresh(rows[0]), fresh(rows[1])
    assert (good.state, bad.state) == (State.PAID, State.FAILED)
    assert (bad.owner_organisation, bad.owner_role) == (town.office, "act_as_checker")
    assert "账号户名不符" in bad.reason
    assert sums(town.line) == {"allocated": 1_000_000, "reserved": 20_000, "paid": 10_000}
    account = town.account(awards[1].case.applicant, "6222000099999999999")
    funds.change_payee(awards[1], account, actor=town.people["officer"], reason="更正账号")
    funds.retry(bad, actor=town.people["officer"], reason="账号已更正")
    town.paid(fresh(bad))
    assert set(BatchLine.objects.filter(instalment=bad).values_list("state", flat=True)) == {"failed", "paid"}
    assert_proved()


def test_an_answer_in_two_files_settles_each_line_once(town):
    rows = town.ready(*(town.award(10_000).instalments.get() for _one in range(3)))
    batch = town.sent(*rows)
    town.answer(batch, only=[1])
    assert fresh(batch).state == PaymentBatch.State.SENT
    with pytest.raises(ActRefused, match="已经登记过结果"):
        town.answer(batch, only=[1, 2])
    town.answer(batch, only=[2, 3])
    assert fresh(batch).state == PaymentBatch.State.SETTLED
    assert_proved()


def test_a_replayed_or_altered_answer_changes_nothing(town):
    batch = town.sent(*town.ready(town.award(10_000).instalments.get(), town.award(20_000).instalments.get()))
    answer = town.result(batch).decode("utf-8-sig")
    finance = town.people["finance"]
    code = answer.splitlines()[1].split(",")[3]
    for altered, sentence in (
        (answer.replace("10000.00", "10000.01"), "行号 1 的金额与送出的不一致"),
        (answer.replace(code, "0" * 16), "行号 1 的校验码不符"),
        (answer.replace(f"{batch.number},2,", f"{batch.number},7,"), "行号 7 不在本批次送出的明细中"),
        (answer.replace(batch.number, "BF-czj-2020-0001"), "批次号 BF-czj-2020-0001 不是"),
        (answer.replace("成功", "可能"), "应为“成功”或“失败”"),
        (answer + "\r\n" + answer.splitlines()[1], "行号 1 重复出现"),
        (answer.replace("结果", "备注"), "列应依次为"),
    ):
        with pytest.raises(ActRefused, match=sentence):
            funds.take_in(batch, altered.encode(), actor=finance)
    assert fresh(batch).state == PaymentBatch.State.SENT
    assert set(batch.lines.values_list("state", flat=True)) == {"sent"}
    funds.take_in(batch, answer.encode(), actor=finance)
    with pytest.raises(Conflict, match="已经登记过") as refused:
        funds.take_in(batch, answer.encode(), actor=finance)
    assert refused.value.code == "replayed"
    assert assert_proved().kinds["pay"] == 30_000


def test_money_that_comes_back_from_the_bank_is_reversed_once_and_paid_again(town):
    award = town.award(10_000)
    batch = town.paid(award.instalments.get())
    assert fresh(award).state == Award.State.COMPLETED
    line = batch.lines.get()
    funds.bounce(line, actor=town.people["finance"], reason="账户已销户退汇")
    assert fresh(award).state == Award.State.ACTIVE
    assert fresh(line).state == BatchLine.State.FAILED
    assert sums(town.line) == {"allocated": 1_000_000, "reserved": 10_000}
    with pytest.raises(Conflict, match="不是已到账"):
        funds.bounce(line, actor=town.people["finance"], reason="账户已销户退汇")
    row = award.instalments.get()
    funds.retry(row, actor=town.people["officer"], reason="账号已更正")
    town.paid(fresh(row))
    totals = assert_proved()
    assert totals.kinds["pay"] == 10_000
    assert LedgerEntry.objects.filter(reverses__isnull=False).count() == 1


def test_a_payment_that_fails_after_the_award_was_stopped_is_called_off(town):
    award = town.award(10_000)
    batch = town.sent(*town.ready(award.instalments.get()))
    funds.stop(award, actor=town.people["officer"], reason="本人放弃领取", clause=CLAUSE, at_own_request=True)
    town.answer(batch, failed={1: "账户冻结"})
    assert award.instalments.get().state == State.CANCELLED
    assert sums(town.line) == {"allocated": 1_000_000}
    assert_proved()


# --- the applicant -------------------------------------------------------------------------------------


def test_the_applicant_reads_batch_source_month_and_reason(town):
    award = town.award(10_000, 20_000)
    town.sent(*town.ready(award.instalments.get(seq=1)))
    funds.mark_due(award.instalments.get(seq=2))
    funds.recheck(award.instalments.get(seq=2), GONE, actor=town.people["officer"])
    first, second = funds.timeline(award)
    assert (first.state, first.source, first.batch) == (
        "已送银行",
        "人才安居专项资金",
        PaymentBatch.objects.get().number,
    )
    assert (second.state, second.batch) == ("暂缓", "")
    assert "离岗" in second.reason
    assert second.holder == town.office.name
    assert second.expected_month >= later(0).replace(day=1)


def test_what_is_due_and_unpaid_is_counted_by_age_and_county(town):
    old, new = town.award(10_000), town.award(20_000, case=town.case(region="370812"))
    old.instalments.update(due_on=later(-100))
    bands, rows = funds.ageing(Instalment.objects.all())
    assert [band.title for band in bands] == ["30日以内", "31至90日", "91至180日", "180日以上"]
    assert {row.label: [amount for _count, amount in row.cells] for row in rows} == {
        "任城区": [0, 0, 10_000, 0],
        "兖州区": [20_000, 0, 0, 0],
        "合计": [20_000, 0, 10_000, 0],
    }
    town.paid(*new.instalments.all())
    assert rows != funds.ageing(Instalment.objects.all())[1]


# --- the ledger ------------------------------------------------------------------------------------------


@pytest.mark.database
def test_the_ledger_the_signatures_and_the_answers_cannot_be_changed_or_removed(town):
    town.paid(town.award(10_000).instalments.get())
    for table in ("core_ledgerentry", "core_signature", "core_resultfile"):
        for sql in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
            with (
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)


@pytest.mark.database
@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("UPDATE core_ledgerentry SET amount = amount + 1 WHERE kind = 'pay'", "台账第"),
        ("DELETE FROM core_ledgerentry WHERE kind = 'commit'", "分期"),
        ("UPDATE core_ledgerentry SET kind = 'transfer_in' WHERE kind = 'allocate'", "台账第1条"),
        ("UPDATE core_budgetline SET paid = paid - 1, allocated = allocated - 1", "预算指标"),
        ("UPDATE core_instalment SET state = 'cancelled', reason = 'x', paid_on = NULL", "分期"),
        ("UPDATE core_award SET total = total + 1", "资助"),
        ("UPDATE core_batchline SET net = net - 1", "批次"),
    ],
)
def test_tampering_is_found_and_the_first_wrong_row_named(town, sql, row):
    town.paid(town.award(10_000).instalments.get())
    first = LedgerEntry.objects.order_by("pk").first().pk
    with without_triggers(connection), connection.cursor() as cursor:
        cursor.execute(sql)
    row = row.replace("第1条", f"第{first}条")
    with pytest.raises(CommandError, match=row):
        call_command("ledger_check")


def test_the_command_says_that_all_is_well(town, capsys):
    town.paid(town.award(10_000).instalments.get())
    call_command("ledger_check")
    assert "已拨付 10,000.00 元" in capsys.readouterr().out


def test_every_act_on_a_case_leaves_an_event_and_the_case_chain_stays_whole(town):
    award = town.award(10_000)
    town.paid(award.instalments.get())
    kinds = list(award.case.events.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["award_granted", "instalment_rechecked", "instalment_paid"]
    assert (
        cases.Case.objects.get(pk=award.case_id).parties.filter(capacity="finance").get().organisation
        == town.finance
    )
    assert factories.bureau("czj") == town.finance
