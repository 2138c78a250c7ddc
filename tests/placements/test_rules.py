"""The conditions of a post as the edition lists them, each with its basis, and what ratings mean for money."""

from datetime import date
from decimal import Decimal

import pytest

from talent.placements import rules
from tests.placements.rulebook import BOOK, failing, findings

HELD = rules.HeldPost("tech_deputy", "甲公司", date(2026, 1, 1), date(2027, 12, 31), 100)


def test_an_application_within_all_limits_meets_every_condition():
    assert failing() == []
    assert set(findings()) == {
        "firm_fit", "age", "qualified", "term", "days", "person_posts", "firm_posts", "days_overlap", "relation",
        "university_share",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({"birth_date": date(1970, 2, 28)}, "age"),
        ({"birth_date": None}, "age"),
        ({"degree": "master", "title": "中级"}, "qualified"),
        ({"months": 11}, "term"),
        ({"months": 37}, "term"),
        ({"days_per_year": 89}, "days"),
        ({"person_posts": (HELD,)}, "person_posts"),
        ({"firm_posts": 2}, "firm_posts"),
        ({"declared": frozenset({"own_company"})}, "relation"),
        ({"recorded": {"person_shares": "登记机关记录持股5%"}}, "relation"),
        ({"recorded": {"university_shares": "登记机关记录持股20%"}}, "university_share"),
        ({"firm_refusal": "企业尚未核验"}, "firm_fit"),
        ({"previous_rating": "failed"}, "renewable"),
    ],
)
def test_each_condition_fails_alone_and_names_clause_fact_and_what_would_change_it(changes, condition):
    assert failing(**changes) == [condition]
    found = findings(**changes)[condition]
    assert found.clause
    assert found.fact
    assert found.remedy
    assert found.clause in found.sentence


@pytest.mark.parametrize(("birth", "fits"), [(date(1970, 3, 1), False), (date(1970, 3, 2), True)])
def test_the_age_counts_on_the_first_day_of_the_term(birth, fits):
    assert findings(birth_date=birth)["age"].passed is fits


def test_a_title_stands_in_for_the_degree():
    assert failing(degree="bachelor", title="副高") == []


def test_a_firm_above_scale_has_a_place_more():
    assert failing(firm_posts=2, firm_class="scale") == []
    assert failing(firm_posts=3, firm_class="scale") == ["firm_posts"]


def test_a_post_that_ends_before_the_new_one_begins_does_not_count():
    ended = rules.HeldPost("tech_deputy", "甲公司", date(2024, 1, 1), date(2026, 2, 28), 100)
    assert failing(person_posts=(ended,)) == []


def test_a_year_holds_no_more_days_than_it_has():
    other = rules.HeldPost("rd_director", "乙公司", date(2026, 1, 1), date(2027, 12, 31), 200)
    assert failing(person_posts=(other,), days_per_year=165) == []
    found = findings(person_posts=(other,), days_per_year=166)["days_overlap"]
    assert not found.passed
    assert "2027年各岗位约定合计366天" in found.fact
    assert "减少1天" in found.remedy


def test_the_weekend_engineer_may_hold_two_posts_and_not_three():
    held = tuple(
        rules.HeldPost("weekend_engineer", name, date(2026, 1, 1), date(2026, 12, 31), 20) for name in "甲乙"
    )
    weekend = {"kind": "weekend_engineer", "months": 12, "days_per_year": 20}
    assert failing(person_posts=held[:1], **weekend) == []
    assert failing(person_posts=held, **weekend) == ["person_posts"]


# --- reports -------------------------------------------------------------------------------------------


def test_quarters_are_cut_to_the_term_and_due_fifteen_days_after_their_end():
    due = rules.periods(
        date(2026, 2, 10), date(2026, 8, 31), kind=BOOK.kind("tech_deputy"), rules=BOOK.reporting
    )
    assert [(one.number, one.starts_on, one.ends_on, one.due_on) for one in due] == [
        (1, date(2026, 2, 10), date(2026, 3, 31), date(2026, 4, 15)),
        (2, date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 15)),
        (3, date(2026, 7, 1), date(2026, 8, 31), date(2026, 9, 15)),
    ]


def test_a_weekend_engineer_reports_by_half_years_across_new_year():
    due = rules.periods(
        date(2026, 9, 1), date(2027, 8, 31), kind=BOOK.kind("weekend_engineer"), rules=BOOK.reporting
    )
    assert [(one.year, one.number) for one in due] == [(2026, 2), (2027, 1), (2027, 2)]


def test_reports_are_reminded_of_before_and_after():
    assert rules.reminder_days(date(2026, 4, 15), rules=BOOK.reporting) == (
        date(2026, 4, 8), date(2026, 4, 14), date(2026, 4, 16), date(2026, 4, 22),
    )  # fmt: skip


# --- days ------------------------------------------------------------------------------------------------


def log(day: date, *, kind: str = "tech_deputy", today: date = date(2026, 5, 10), reason: str = "", **more):
    term = rules.Term(date(2026, 3, 1), 12)
    rules.log_day(
        day, today=today, term=more.pop("term", term), kind=BOOK.kind(kind), rules=BOOK.reporting,
        rest_day=day.weekday() >= 5, late_reason=reason, logged_in_year=more.pop("logged", 0),
    )  # fmt: skip


def test_a_day_of_this_week_may_be_logged_and_an_older_one_needs_a_reason():
    log(date(2026, 5, 8))
    with pytest.raises(rules.Refusal, match="补记"):
        log(date(2026, 4, 20))
    log(date(2026, 4, 20), reason="出差在外，没有网络")


@pytest.mark.parametrize("day", [date(2026, 5, 11), date(2026, 2, 28)])
def test_tomorrow_and_the_day_before_the_term_are_refused(day):
    with pytest.raises(rules.Refusal):
        log(day, reason="补记")


def test_no_day_is_logged_while_suspended():
    term = rules.Term(date(2026, 3, 1), 12).suspend(date(2026, 5, 1), date(2026, 6, 1), rules=BOOK.term)
    with pytest.raises(rules.Refusal, match="中止期间"):
        log(date(2026, 5, 9), term=term)


def test_a_weekend_engineer_logs_days_off_only_and_no_more_than_the_kind_allows():
    log(date(2026, 5, 9), kind="weekend_engineer")
    with pytest.raises(rules.Refusal, match="工作日"):
        log(date(2026, 5, 8), kind="weekend_engineer")
    with pytest.raises(rules.Refusal, match="不超过60天"):
        log(date(2026, 5, 9), kind="weekend_engineer", logged=60)


# --- money ------------------------------------------------------------------------------------------------


def firm_pay(**changes):
    given = {
        "kind": "tech_deputy",
        "months": 24,
        "rating": "excellent",
        "pay_paid": Decimal("120000"),
    } | changes
    return rules.subsidy("firm_pay", book=BOOK, **given).yuan


@pytest.mark.parametrize(
    ("changes", "yuan"),
    [
        ({}, "84000.00"),
        ({"rating": "qualified"}, "60000.00"),
        ({"rating": "basic"}, "0.00"),
        ({"rating": "failed"}, "0.00"),
        ({"pay_paid": Decimal("200000")}, "100000.00"),
        ({"pay_paid": Decimal("33333.33")}, "23333.33"),
        ({"previous_rating": "failed"}, "0.00"),
        ({"previous_rating": "basic"}, "84000.00"),
        ({"kind": "weekend_engineer"}, "0.00"),
    ],
)
def test_the_firms_subsidy_is_a_share_of_the_pay_actually_paid_with_a_cap(changes, yuan):
    assert firm_pay(**changes) == Decimal(yuan)


@pytest.mark.parametrize(
    ("changes", "yuan"),
    [
        ({"months": 36}, "200000.00"),
        ({"months": 35}, "0.00"),
        ({"months": 36, "already_paid": True}, "0.00"),
        ({"months": 36, "ended_at_fault": True}, "0.00"),
        ({"months": 36, "rating": "failed"}, "0.00"),
    ],
)
def test_the_university_is_paid_once(changes, yuan):
    given = {"kind": "tech_deputy", "rating": "qualified"} | changes
    assert rules.subsidy("university_once", book=BOOK, **given).yuan == Decimal(yuan)


def test_an_amount_can_be_read_aloud():
    amount = rules.subsidy(
        "firm_pay", book=BOOK, kind="tech_deputy", months=24, rating="excellent", pay_paid=Decimal("200000")
    )
    assert "200000.00元 × 70%（优秀）" in amount.reason
    assert "超过上限" in amount.reason
    assert all(amount.clauses)
