"""What is missing of the edition's materials, and until when it may follow."""

import tomllib
from pathlib import Path

import pytest

from talent import green_channel
from talent.core.completeness import completeness


@pytest.fixture(scope="module")
def edition() -> dict:
    return tomllib.loads((Path(green_channel.__file__).parent / "policy.toml").read_text(encoding="utf-8"))


EVERYTHING = frozenset(f"G{number:02d}" for number in range(1, 11))


def test_a_full_set_is_complete_and_says_so(edition):
    answer = completeness(given=EVERYTHING, edition=edition)
    assert answer.complete
    assert answer.may_go_on
    assert answer.reason == "材料齐全。"
    assert answer.clauses


def test_a_material_that_cannot_follow_stands_in_the_way_and_is_named(edition):
    answer = completeness(given=EVERYTHING - {"G01", "G07"}, edition=edition)
    assert not answer.may_go_on
    assert answer.missing == ("G01",)
    assert answer.deferrable == ("G07",)
    assert "缺少必要材料：推荐书。" in answer.reason
    assert "可以容缺后补：引进意向书或工作合同。" in answer.reason


@pytest.mark.parametrize(
    ("before", "may_go_on"),
    [("", True), ("form_review", True), ("draft_decision", True), ("decide", False), ("recognise", False)],
)
def test_peer_opinions_may_follow_until_the_decision(edition, before, may_go_on):
    answer = completeness(given=EVERYTHING - {"G09"}, edition=edition, before=before)
    assert answer.may_go_on is may_go_on
    assert not answer.complete


def test_everything_that_may_follow_is_there_before_the_letter(edition):
    deferrable = {row["code"] for row in edition["material"] if row["deferrable"]}
    answer = completeness(given=EVERYTHING - deferrable, edition=edition, before="recognise")
    assert set(answer.missing) == deferrable


def test_a_material_that_is_not_required_is_never_missing(edition):
    rows = [row | {"required": row["code"] != "G01"} for row in edition["material"]]
    assert completeness(given=EVERYTHING - {"G01"}, edition=edition | {"material": rows}).complete
