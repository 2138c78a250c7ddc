"""The calculator against worked examples: amounts, caps, couples, deductions, instalments, repayment.

`examples.xlsx` holds more of them in rows anybody can add to; column names are its documentation.
"""

import itertools
from dataclasses import replace
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from housing.rules import History, assess, instalments, recovery
from tests.housing import editions
from tests.housing.test_editions import QUALIFIED, START

EXAMPLES = editions.HERE / "examples.xlsx"


def answer(instrument: str, level: str, *, figures=None, history=None, **facts):
    return assess(
        figures or editions.jining(), instrument=instrument, level=level, facts=QUALIFIED | facts, day=START,
        history=history,
    )  # fmt: skip


# --- worked examples -----------------------------------------------------------------------------------


def test_a_doctors_voucher_comes_in_three_years_forty_thirty_thirty():
    got = answer("purchase", "F1", price=Decimal(1_200_000))
    assert [due.amount for due in got.dues] == [Decimal(120_000), Decimal(90_000), Decimal(90_000)]
    assert [due.due_on for due in got.dues] == [date(2026, 3, 2), date(2027, 3, 2), date(2028, 3, 2)]


@pytest.mark.parametrize(
    ("paid", "months", "refund"),
    [(210_000, 30, 60_000), (300_000, 45, 75_000), (210_000, 45, 0), (300_000, 60, 0)],
)
def test_who_leaves_early_returns_what_was_not_earned(paid, months, refund):
    got = recovery(
        editions.jining(), event="left", total=Decimal(300_000), paid=Decimal(paid), months=months, day=START
    )
    assert got.refund == Decimal(refund)
    assert got.clause


def test_a_home_resold_in_five_years_costs_everything_and_fraud_bars_for_three():
    figures = editions.jining()
    given = {"total": Decimal(300_000), "paid": Decimal(210_000), "day": START}
    assert recovery(figures, event="resold", months=40, **given).refund == Decimal(210_000)
    assert recovery(figures, event="resold", months=60, **given).refund == 0
    fraud = recovery(figures, event="fraud", months=99, **given)
    assert (fraud.refund, fraud.banned_until) == (Decimal(210_000), date(2029, 3, 2))
    forfeit = recovery(figures, event="ineligible", months=12, **given)
    assert (forfeit.refund, forfeit.cancels_rest) == (0, True)


def test_rent_is_capped_by_what_is_paid_and_counts_against_a_later_purchase():
    rent = answer("rent", "F2", rent=Decimal(850))
    assert (rent.amount.each, rent.amount.months, rent.amount.total) == (Decimal(850), 36, Decimal(30_600))
    later = answer("purchase", "F2", history=History(received={"rent_paid": Decimal(11_900)}))
    assert later.amount.total == Decimal(48_100)
    assert [(line.code, line.amount) for line in later.amount.lines] == [
        ("base", Decimal(60_000)),
        ("offset", Decimal(-11_900)),
    ]


def test_a_national_leader_gets_half_the_price_at_most_in_two_halves():
    got = answer("purchase", "B", price=Decimal(1_600_000))
    assert got.amount.total == Decimal(800_000)
    assert [due.amount for due in got.dues] == [Decimal(400_000)] * 2


def test_a_top_talent_is_negotiated_and_has_no_amount_of_the_table():
    got = answer("purchase", "A")
    assert got.eligible
    assert got.negotiated
    assert got.amount is None
    assert got.dues == ()


@pytest.mark.parametrize(("city", "second_gets"), [("jining", 0), ("jinhua", 75_000), ("hainan", 72_000)])
def test_the_second_of_a_couple_gets_what_the_editions_rule_says(tmp_path, city, second_gets):
    """Jining: the higher one only. Jinhua: half of the second's 150,000. Hainan: both in full."""
    figures = editions.jining() if city == "jining" else editions.checked(editions.write(city, tmp_path))
    first = answer("purchase", "F1", figures=figures)
    second = answer("purchase", "F2", figures=figures, history=History(spouse=first.amount.each))
    assert second.amount.total == second_gets
    assert second.eligible == bool(second_gets)


def test_one_full_and_one_half_make_330_000_on_one_home():
    halves = replace(
        editions.jining(),
        couple=replace(editions.jining().couple, rule="first_full_second_part", second_pct=50),
    )
    first = answer("purchase", "F1", figures=halves)
    second = answer("purchase", "F2", figures=halves, history=History(spouse=first.amount.each))
    assert first.amount.total + second.amount.total == 330_000


def test_of_a_couple_the_later_higher_one_gets_the_difference():
    got = answer("purchase", "F1", history=History(spouse=Decimal(60_000)))
    assert got.amount.total == Decimal(240_000)


def test_a_higher_level_later_is_paid_the_difference_where_the_edition_says_so(tmp_path):
    assert answer("purchase", "F1", history=History(own=Decimal(60_000))).amount.total == Decimal(240_000)
    suzhou = editions.checked(editions.write("suzhou", tmp_path))
    again = answer("purchase", "E", figures=suzhou, history=History(own=Decimal(60_000)))
    assert not again.eligible
    assert again.failed[0].text == "尚有可以享受的额度"


def test_months_already_drawn_count_also_those_in_a_flat():
    got = answer("rent", "F2", history=History(drawn={"rent": 14, "flat": 6}))
    assert got.amount.months == 16
    assert [line.amount for line in got.amount.month_lines] == [Decimal(36), Decimal(-14), Decimal(-6)]
    assert answer("rent", "F2", history=History(drawn={"rent": 36})).failed[0].code == "left"


# --- conditions ----------------------------------------------------------------------------------------


def test_every_condition_is_told_with_clause_fact_and_what_would_change_the_answer():
    got = answer("purchase", "F1", insured_months=4)
    (finding,) = got.failed
    assert (finding.code, finding.state) == ("H2", "unmet")
    assert finding.fact == "在本地累计缴纳社会保险 4 个月"
    assert finding.change == "还差 2 个月；缴满后可以申请"
    assert all(one.clause and one.text and one.fact for one in got.findings)


def test_an_entrant_of_a_programme_is_spared_the_months_of_insurance():
    got = answer("purchase", "F1", insured_months=0, project_entrant=True)
    assert got.eligible
    assert next(one for one in got.findings if one.code == "H2").state == "waived"


def test_a_founder_needs_a_running_firm_instead_of_a_contract():
    employed = {"full_time": None, "contract_years": None}
    assert answer("purchase", "F1", **employed, venture_since=date(2024, 1, 1)).eligible
    assert answer("purchase", "F1", **employed).open
    short = answer("purchase", "F1", full_time=True, contract_years=1, venture_months=3)
    assert " 或者 " in short.failed[0].change


def test_age_counts_on_the_day_of_the_application():
    assert answer("purchase", "F1", age=None, birth_date=date(1980, 3, 3)).eligible
    assert answer("purchase", "F1", age=None, birth_date=date(1980, 3, 1)).eligible is False
    assert answer("purchase", "B", age=None, birth_date=date(1950, 3, 1)).eligible


def test_a_missing_fact_leaves_the_answer_open_and_names_the_question():
    got = answer("purchase", "F1", household_homes=None)
    assert not got.eligible
    assert got.open
    assert got.unknown[0].change == "请补充“家庭在本地的住房”"


def test_a_public_flat_excludes_and_a_talent_flat_only_until_payment():
    refused = answer("purchase", "F1", benefits={"public_rental"})
    assert refused.failed[0].change == "退出公共租赁住房后可以申请"
    assert answer("purchase", "F1", benefits={"talent_flat_until_paid"}).eligible
    assert answer("rent", "F1", benefits={"talent_flat"}).failed[0].code == "talent_flat"


def test_a_level_without_a_standard_is_told_which_levels_have_one():
    got = answer("purchase", "F4")
    assert got.failed[0].needed == "人才层次为 A、B、C、D、F1、F2、F3"


def test_the_answer_can_be_kept_as_it_was():
    kept = answer("rent", "F2", rent=Decimal("850.50")).plain()
    assert kept["amount"]["each"] == "850.50"
    assert kept["dues"][0]["due_on"] == "2026-06-01"


# --- whatever the figures ------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    level=st.sampled_from(["B", "C", "D", "F1", "F2", "F3"]),
    price=st.decimals(min_value=1, max_value=9_999_999, places=2),
    own=st.decimals(min_value=0, max_value=400_000, places=2),
    rent_paid=st.decimals(min_value=0, max_value=90_000, places=2),
    spouse=st.none() | st.decimals(min_value=0, max_value=400_000, places=2),
)
def test_lines_and_payments_always_add_up_and_never_fall_below_zero(level, price, own, rent_paid, spouse):
    got = answer(
        "purchase",
        level,
        price=price,
        history=History(own=own, received={"rent_paid": rent_paid}, spouse=spouse),
    )
    assert sum(line.amount for line in got.amount.lines) == got.amount.each >= 0
    assert sum(due.amount for due in got.dues) == got.amount.total
    assert all(due.amount >= 0 and due.amount == round(due.amount, 2) for due in got.dues)
    assert got.amount.each <= price


@settings(max_examples=200, deadline=None)
@given(
    rent=st.decimals(min_value="0.01", max_value=20_000, places=2),
    drawn=st.integers(min_value=0, max_value=40),
    day=st.dates(min_value=date(2026, 1, 1), max_value=date(2030, 12, 31)),
)
def test_no_month_is_paid_twice_or_left_out(rent, drawn, day):
    figures = editions.jining()
    got = answer("rent", "F2", rent=rent, history=History(drawn={"rent": drawn}))
    dues = instalments(got.amount, figures.plan_of(got.rate), day.replace(day=1))
    assert sum(due.amount for due in dues) == got.amount.total
    assert all(one.ends == two.begins for one, two in itertools.pairwise(dues))


# --- the spreadsheet -------------------------------------------------------------------------------------


def _rows(sheet: str) -> list[dict]:
    rows = list(openpyxl.load_workbook(EXAMPLES)[sheet].iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if row[0]]


def _number(value) -> Decimal:
    return Decimal(str(value or 0))


def _figures(city: str, folder):
    return editions.jining() if city == "jining" else editions.checked(editions.write(city, folder))


@pytest.mark.parametrize("row", _rows("金额"), ids=lambda row: str(row["编号"]))
def test_examples_of_amounts_in_the_spreadsheet(tmp_path, row):
    figures = _figures(row["版本"], tmp_path)
    got = answer(
        row["事项"], row["层次"], figures=figures,
        **{name: _number(row[column]) for name, column in (("price", "房价"), ("rent", "月租金")) if row[column]},
        history=History(
            received={"rent_paid": _number(row["已领租房补贴"]), "settling_paid": _number(row["已领安家费"])},
            drawn={"rent": int(row["已领月数"] or 0)},
            own=_number(row["原层次已核定"]),
            spouse=None if row["配偶已核定"] is None else _number(row["配偶已核定"]),
        ),
    )  # fmt: skip
    assert got.amount.total == _number(row["应得总额"]), [line.label for line in got.amount.lines]
    if row["各期"]:
        wanted = [_number(part) for part in str(row["各期"]).split("/")]
        assert [due.amount for due in got.dues] == wanted


@pytest.mark.parametrize("row", _rows("退回"), ids=lambda row: str(row["编号"]))
def test_examples_of_repayment_in_the_spreadsheet(tmp_path, row):
    got = recovery(
        _figures(row["版本"], tmp_path), event=row["情形"], total=_number(row["核定总额"]), paid=_number(row["已发"]),
        months=int(row["月数"]), day=START,
    )  # fmt: skip
    assert got.refund == _number(row["应退"])
