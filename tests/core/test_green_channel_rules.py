"""Who may recommend and who leads: read from the edition, answered in sentences."""

import tomllib
from pathlib import Path

import pytest

from talent import green_channel
from talent.green_channel import rules


@pytest.fixture(scope="module")
def edition() -> dict:
    return tomllib.loads((Path(green_channel.__file__).parent / "policy.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["employer", "university", "institute"])
def test_an_employing_body_may_recommend(edition, kind):
    answer = rules.may_recommend(kind=kind, code="91370800X", region_kind="county", edition=edition)
    assert answer.allowed
    assert answer.clauses == ("济政发〔2025〕8号第7项",)


@pytest.mark.parametrize("region_kind", ["county", "zone"])
def test_the_organisation_department_of_a_county_or_zone_may_recommend(edition, region_kind):
    assert rules.may_recommend(
        kind="bureau", code="370811-zzb", region_kind=region_kind, edition=edition
    ).allowed


def test_the_citys_organisation_department_may_not_recommend_to_itself(edition):
    answer = rules.may_recommend(kind="bureau", code="zzb", region_kind="city", edition=edition)
    assert not answer.allowed
    assert "不在可以推荐的范围" in answer.reason
    assert "县市区、功能区组织部门" in answer.reason


@pytest.mark.parametrize("code", ["kjj", "gxj", "370811-kjj"])
def test_a_science_or_industry_bureau_may_recommend(edition, code):
    region = "county" if "-" in code else "city"
    assert rules.may_recommend(kind="bureau", code=code, region_kind=region, edition=edition).allowed


def test_a_finance_bureau_may_not_recommend(edition):
    assert not rules.may_recommend(kind="bureau", code="czj", region_kind="city", edition=edition).allowed


def test_a_code_that_only_ends_alike_is_another_bureau(edition):
    assert not rules.may_recommend(
        kind="bureau", code="370811-xkjj", region_kind="county", edition=edition
    ).allowed


def test_an_employer_whose_code_ends_like_a_bureaus_is_still_judged_as_employer(edition):
    only_bureaus = edition | {
        "recommender": [row for row in edition["recommender"] if row["kind"] == "bureau"]
    }
    assert not rules.may_recommend(
        kind="employer", code="X-kjj", region_kind="county", edition=only_bureaus
    ).allowed


def test_without_the_line_in_the_edition_nobody_may_recommend(edition):
    answer = rules.may_recommend(
        kind="employer", code="91X", region_kind="city", edition=edition | {"recommender": []}
    )
    assert not answer.allowed


def test_the_lead_of_the_chain_goes_before_the_words_of_the_field(edition):
    proposal = rules.propose_lead(chain_lead="nyj", field="生物医药", edition=edition)
    assert proposal.bureau_code == "nyj"
    assert "产业链" in proposal.reason
    assert proposal.clauses


def test_without_a_chain_the_words_of_the_field_decide_and_the_reason_names_the_word(edition):
    proposal = rules.propose_lead(chain_lead="", field="高端数控机床", edition=edition)
    assert proposal.bureau_code == "gxj"
    assert "“机床”" in proposal.reason


def test_a_field_nobody_named_goes_to_the_default_bureau_and_says_so(edition):
    proposal = rules.propose_lead(chain_lead="", field="考古", edition=edition)
    assert proposal.bureau_code == edition["dispatch"]["default"]
    assert "默认" in proposal.reason


def test_an_edition_without_dispatch_rules_still_proposes_its_default(edition):
    bare = edition | {"dispatch": {"default": "rsj"}}
    assert rules.propose_lead(chain_lead="", field="机器人", edition=bare).bureau_code == "rsj"
