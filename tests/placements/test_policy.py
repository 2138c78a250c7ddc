"""The figures of 校聘企用 are data: loaded by edition, refused when wrong, and another city's without any code."""

import re

import pytest

from talent.core.services import policy
from talent.placements import rules
from tests.placements.rulebook import FILE

ELSEWHERE = (
    ("code = \"2025-8\"", "code = \"elsewhere\""),
    ("effective_from = 2025-07-27", "effective_from = 2026-01-01\nreplaces = \"2025-8\""),
    ("age_max = 55", "age_max = 45"),
    ("posts = 2\n", "posts = 4\n"),
)  # fmt: skip


def changed(tmp_path, *changes: tuple[str, str]):
    """The shipped file with each first occurrence changed."""
    text = FILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    folder = tmp_path / "placements"
    folder.mkdir()
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path) -> dict[str, str]:
    with pytest.raises(policy.PolicyError) as error:
        policy.load_edition(path)
    return {problem.key: problem.reason for problem in error.value.problems}


def test_every_figure_the_policy_text_does_not_give_is_marked():
    text = FILE.read_text(encoding="utf-8")
    for row in re.split(r"\n(?=\[)", text):
        if "source = " in row and not row.startswith("[edition]"):
            assert 'mark = "示例·待确认"' in row, row


@pytest.mark.django_db
def test_another_citys_table_is_loaded_without_code_and_old_cases_keep_theirs(loaded, tmp_path):
    old = policy.edition_for("placements")
    new = policy.load_edition(changed(tmp_path, *ELSEWHERE)).edition
    assert rules.Rulebook(old.data).kind("tech_deputy").age_max == 55
    assert rules.Rulebook(new.data).kind("tech_deputy").age_max == 45
    assert rules.Rulebook(new.data).quota("tech_deputy", "general").posts == 4
    assert policy.edition_for("placements") == new
    told = {key for key, _old, _new in policy.edition_difference(old, new)}
    assert "kind[tech_deputy].age_max" in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("term_default = 24", "term_default = 48"), "kind[tech_deputy].term_min"),
        (("days_min = 90", "days_min = 0"), "kind[tech_deputy].days_min"),
        (('degrees = ["doctor"]', 'degrees = ["phd"]'), "kind[tech_deputy].degrees"),
        (('publisher = "kjj"', 'publisher = "xyz"'), "kind[tech_deputy].publisher"),
        (('firm_class = "general"', 'firm_class = "tiny"'), "quota[0].firm_class"),
        (("subsidy_percent = 70", "subsidy_percent = 170"), "rating[excellent].subsidy_percent"),
        (('payee = "firm"', 'payee = "nobody"'), "subsidy[firm_pay].payee"),
        (("suspension_min_days = 15", "suspension_min_days = 500"), "term.suspension_min_days"),
        (("due_days = 15", "due_days = 0"), "reporting.due_days"),
        (('code = "days_overlap"', 'code = "days_overlay"'), "condition[days_overlap]"),
        (("posts_per_person = 1", "posts_per_persons = 1"), "kind[tech_deputy].posts_per_persons"),
    ],
)
def test_a_wrong_figure_is_refused_with_file_key_and_reason(loaded, tmp_path, change, key):
    found = problems(changed(tmp_path, ELSEWHERE[0], ELSEWHERE[1], change))
    assert key in found
    assert found[key]


@pytest.mark.django_db
def test_the_tables_of_one_policy_are_unknown_to_another(loaded, tmp_path):
    path = changed(tmp_path, ('policy = "placements"', 'policy = "unknown"'), ELSEWHERE[0])
    assert problems(path)["kind"] == "没有这个表，请核对拼写"
