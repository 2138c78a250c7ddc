"""Editions of housing: figures are data, another city's load without a line of code, a wrong one is refused."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from housing.rules import HousingFigures, assess
from talent.core.services import policy
from talent.core.services.policy.reading import PolicyError
from tests.housing import editions

START = date(2026, 3, 2)
QUALIFIED = {
    "age": 30, "full_time": True, "contract_years": 5, "insured_months": 24, "insured_now": True,
    "household_homes": 0, "never_traded": True, "bought_after_arrival": True, "price_paid_up": True,
    "co_owner": "none", "registered_lease": True, "benefits": frozenset(), "household_registered": True,
    "months_since_graduation": 12, "days_in_city": 300, "price": Decimal(1_600_000), "rent": Decimal(5000),
}  # fmt: skip


def test_jinings_edition_is_in_order_and_every_figure_it_proposes_is_marked():
    figures = editions.jining()
    proposed = (*figures.rate, *figures.predicate, *figures.clawback, figures.couple)
    assert {row.mark for row in proposed} == {"示例·待确认"}
    assert all(row.source and row.clause for row in figures.rate)


@pytest.mark.parametrize(
    ("city", "instrument", "level", "unit", "each", "total", "payments"),
    [
        ("qingdao", "purchase", "F1", "once", "150000", "150000", 1),
        ("qingdao", "rent", "F2", "month", "800", "28800", 12),
        ("hangzhou", "purchase", "C", "once", "1500000", "1500000", 2),
        ("hangzhou", "rent", "E", "month", "2500", "150000", 20),
        ("suzhou", "purchase", "E", "once", "200000", "200000", 3),
        ("jinhua", "purchase", "F2", "once", "150000", "150000", 3),
        ("jiangxia", "purchase", "B", "once", "960000", "960000", 1),
        ("hainan", "purchase", "F1", "year", "36000", "108000", 3),
    ],
)
def test_another_citys_figures_load_and_answer_without_a_line_of_code(
    loaded, tmp_path, city, instrument, level, unit, each, total, payments
):
    edition = policy.load_edition(_separate(editions.write(city, tmp_path))).edition
    figures = HousingFigures.of(policy.figures(edition).tables)
    answer = assess(figures, instrument=instrument, level=level, facts=QUALIFIED, day=START)
    assert answer.eligible, answer.failed + answer.unknown
    assert (answer.amount.unit, answer.amount.each, answer.amount.total) == (
        unit,
        Decimal(each),
        Decimal(total),
    )
    assert len(answer.dues) == payments
    assert sum(due.amount for due in answer.dues) == answer.amount.total


def _separate(path):
    """The same file under a policy of its own days: it ends before Jining's begins."""
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "effective_from = 2022-01-01", "effective_from = 2022-01-01\neffective_to = 2022-12-31", 1
        ),
        encoding="utf-8",
    )
    return path


def test_what_a_new_edition_changes_is_printed_figure_by_figure(loaded, tmp_path, capsys):
    text = editions.JINING.read_text(encoding="utf-8")
    path = tmp_path / "housing" / "policy.toml"
    path.parent.mkdir()
    for old, new in (
        ('code = "2025-8"', 'code = "2027-1"\nreplaces = "2025-8"'),
        ("effective_from = 2025-07-27", "effective_from = 2027-01-01"),
        ("amount = 60000", "amount = 80000"),
        ('rule = "higher_only"', 'rule = "both_full"'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    policy.load_edition(path)
    call_command("policy", "diff", "housing", "2025-8", "2027-1")
    printed = capsys.readouterr().out
    assert "rate[purchase-F2].amount：60000 → 80000" in printed
    assert "couple.rule：higher_only → both_full" in printed


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("amount = 60000", "amount = 0", "rate[purchase-F2].amount", "不合理"),
        ("amount = 60000", 'amount = "60000"', "rate[purchase-F2].amount", "类型不对"),
        ("amount = 60000", "amount = 60000\nshare_pct = 5", "rate[purchase-F2].amount", "只写一项"),
        ("cap_pct = 50", "cap_pct = 500", "rate[purchase-B].cap_pct", "不合理"),
        ('plan = "halves"', 'plan = "quarters"', "rate[purchase-A].plan", "没有 quarters"),
        ("parts = [40, 30, 30]", "parts = [40, 0, 30]", "plan[40-30-30].parts", "正整数"),
        ('fact = "insured_months"', 'fact = "insured_weeks"', "predicate[insured_months].fact", "没有可用于条件"),
        ('op = ">="\nnumber = 3', 'op = ">"\nnumber = 3', "predicate[contract].op", "没有 >"),
        ("number = 6", "yes = true", "predicate[insured_months].number", "缺少此项"),
        ('condition = "H7"\nfact', 'condition = "H77"\nfact', "predicate[days].condition", "没有条件"),
        ('rule = "higher_only"', 'rule = "lower_only"', "couple.rule", "没有 lower_only"),
        ('rule = "higher_only"', 'rule = "first_full_second_part"', "couple.second_pct", "比例"),
        ('shape = "pro_rata"\nmonths = 60', 'shape = "pro_rata"\nmonths = 0', "clawback[left].months", "应满月数"),
        ('levels = ["A", "B", "C"]\nbureau', 'levels = ["A", "B"]\nbureau', "deciding", "层次 C"),
        ("city_pct = 50", "city_pct = 150", "bearing.city_pct", "不合理"),
        ('bureau = "zrzy"', 'bureau = "zrzyj"', "check[estate].bureau", "没有部门"),
        ('kinds = ["rent"]', 'kinds = ["lease"]', "material[M14].kinds", "没有 lease"),
        ("annual_month = 3", "annual_month = 13", "recheck.annual_month", "不合理"),
        ('"household_homes", "days_in_city"]', '"household_homes"]', "instrument[flat].quick", "不合理"),
        ("[couple]", "[couples]", "couple", "缺少此表"),
        ("choice_days = 5", "choice_days = 500", "flats.choice_days", "不合理"),
        ('"id_number", "marriage"', '"id_number", "mobile"', "exchange[civil].columns", "没有 mobile"),
    ],
)  # fmt: skip
def test_a_wrong_figure_is_refused_with_file_key_and_reason(tmp_path, old, new, key, reason):
    text = editions.JINING.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "housing" / "policy.toml"
    path.parent.mkdir()
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        editions.checked(path)
    assert ("housing/policy.toml", key) in [(one.file, one.key) for one in refused.value.problems]
    assert any(reason in one.reason for one in refused.value.problems if one.key == key)
