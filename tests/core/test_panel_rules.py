"""回避, panel and meeting in figures: tables of cases against the rules, with the edition's own numbers."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from talent import green_channel
from talent.green_channel import rules

EDITION = tomllib.loads((Path(green_channel.__file__).parent / "policy.toml").read_text(encoding="utf-8"))
CODES = [row["code"] for row in EDITION["dimension"]]
SUBJECT = rules.SubjectFacts(
    people=("赵示例", "钱成员"),
    employers=("示例石墨烯有限公司", "示例研究院"),
    universities=("示例大学",),
    works=("示例发明专利", "石墨烯中试线"),
)


def expert(**facts) -> rules.ExpertFacts:
    return rules.ExpertFacts(
        **({"name": "孙专家", "employers": ("外地研究院",), "universities": ("外地大学",)} | facts)
    )


@pytest.mark.parametrize(
    ("facts", "codes", "word"),
    [
        ({}, [], ""),
        ({"is_applicant": True}, ["self"], "本人"),
        ({"employers": ("示例石墨烯有限公司",)}, ["employer"], "示例石墨烯有限公司"),
        ({"employers": (" 示例石墨烯　有限公司",)}, ["employer"], "同属一个单位"),
        ({"universities": ("示例大学",)}, ["university"], "示例大学"),
        ({"universities": ("",), "employers": ("",)}, [], ""),
        ({"ties": (rules.Tie("relation", person="钱成员"),)}, ["relation"], "利害关系"),
        ({"ties": (rules.Tie("relation", organisation="示例研究院"),)}, ["relation"], "示例研究院"),
        ({"ties": (rules.Tie("co_project", title="石墨烯中试线"),)}, ["co_project"], "合作项目"),
        ({"ties": (rules.Tie("co_patent", title="示例发明专利"),)}, ["co_patent"], "共同专利"),
        ({"ties": (rules.Tie("co_patent", title="另一专利"), rules.Tie("relation", person="无关人"))}, [], ""),
        (
            {"employers": ("示例研究院",), "ties": (rules.Tie("co_patent", person="赵示例"),)},
            ["employer", "co_patent"],
            "赵示例",
        ),
    ],
)  # fmt: skip
def test_every_conflict_of_interest_is_found_and_named(facts, codes, word):
    found = rules.conflicts(expert(**facts), SUBJECT)
    assert [one.code for one in found] == codes
    assert word in "；".join(one.reason for one in found)


@pytest.mark.parametrize(
    ("number", "complete"), [(0, False), (4, False), (5, True), (6, False), (7, True), (8, False), (9, True)]
)
def test_a_panel_has_at_least_five_experts_and_an_odd_number(number, complete):
    answer = rules.composition(number, edition=EDITION)
    assert answer.complete is complete
    assert str(number) in answer.reason


def sheet(points: int, agrees: bool = True, vetoes: bool = False) -> rules.ScoreSheet:
    return rules.ScoreSheet(dict.fromkeys(CODES, points), agrees, vetoes)


def test_the_weights_of_the_edition_add_up_and_weigh():
    assert sum(row["weight"] for row in EDITION["dimension"]) == 100
    points = dict.fromkeys(CODES, 80) | {"technology": 100}
    assert rules.weighted(points, edition=EDITION) == Decimal("85.00")


@pytest.mark.parametrize("points", [{}, dict.fromkeys(CODES, 101), dict.fromkeys(CODES, -1)])
def test_a_sheet_that_lacks_a_dimension_or_leaves_the_scale_is_no_sheet(points):
    with pytest.raises(ValueError, match="技术水平"):
        rules.weighted(points, edition=EDITION)


@pytest.mark.parametrize(
    ("sheets", "rule", "average"),
    [
        ([sheet(80)] * 5, "passed", "80.00"),
        ([sheet(80)] * 4 + [sheet(79)], "pass_mark", "79.80"),
        ([sheet(90)] * 4 + [sheet(90, False)], "passed", "90.00"),
        ([sheet(90)] * 3 + [sheet(90, False)] * 2, "agreement", "90.00"),
        # two thirds exactly is enough: six of nine
        ([sheet(90)] * 6 + [sheet(90, False)] * 3, "passed", "90.00"),
        ([sheet(100)] * 4 + [sheet(100, False, True)], "veto", "100.00"),
        ([sheet(10)] * 4 + [sheet(10, False, True)], "veto", "10.00"),
        ([sheet(10, False)] * 5, "pass_mark", "10.00"),
    ],
)
def test_the_result_of_a_panel_names_the_rule_that_made_it(sheets, rule, average):
    result = rules.conclude(sheets, edition=EDITION)
    assert (result.rule, result.passed, result.average) == (rule, rule == "passed", Decimal(average))
    assert result.reason.endswith("。")
    assert result.scored == len(sheets)


@pytest.mark.parametrize(("low", "warns"), [(80, False), (81, False), (79, True), (70, True)])
def test_a_wide_spread_warns_and_drops_nothing(low, warns):
    result = rules.conclude([sheet(99)] * 4 + [sheet(low)], edition=EDITION)
    assert result.spread == Decimal(99 - low)
    assert bool(result.warning) is warns
    assert result.average == (Decimal(99 * 4 + low) / 5).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("members", "present", "recused", "reached"),
    [
        (8, 5, 0, False), (8, 6, 0, True), (8, 8, 0, True), (8, 0, 0, False),
        # who is recused counts neither as a member nor as present
        (8, 5, 1, True), (8, 4, 1, False), (8, 4, 2, True), (8, 0, 8, False), (3, 2, 0, True), (3, 1, 0, False),
    ],
)  # fmt: skip
def test_a_quorum_is_two_thirds_of_the_members_who_are_not_recused(members, present, recused, reached):
    answer = rules.quorum(members=members, present=present, recused=recused, edition=EDITION)
    assert answer.reached is reached
    assert answer.entitled == members - recused
    assert ("不能表决" in answer.reason) is not reached


@pytest.mark.parametrize(
    ("agree", "against", "abstain", "passed"),
    [
        (6, 0, 0, True), (4, 2, 0, True), (4, 0, 2, True), (3, 3, 0, False), (3, 0, 3, False), (0, 0, 0, False),
        (5, 3, 0, False), (6, 3, 0, True), (1, 0, 0, True), (2, 1, 0, True),
    ],
)  # fmt: skip
def test_two_thirds_of_those_present_decide_and_abstaining_is_not_agreeing(agree, against, abstain, passed):
    vote = rules.count_votes(agree=agree, against=against, abstain=abstain, edition=EDITION)
    assert vote.passed is passed
    assert f"同意{agree}、不同意{against}、弃权{abstain}" in vote.reason
