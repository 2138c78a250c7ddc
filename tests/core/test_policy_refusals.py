"""What a policy file may not say: each wrong figure is refused by file, key and reason, and nothing is written."""

import pytest

from talent.core.models import PolicyEdition, Region
from talent.core.services import calendar, policy
from tests.core.policy_folder import Folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path) -> Folder:
    policy.forget()
    calendar.forget()
    return Folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("green_channel", 'days = 20\n', 'days = "20"\n', "limit[legal_days].days"),
        ("green_channel", "days = 20\n", "days = true\n", "limit[legal_days].days"),
        ("green_channel", "days = 20\n", "days = 0\n", "limit[legal_days].days"),
        ("green_channel", "days = 20\n", "days = 2000\n", "limit[legal_days].days"),
        ("green_channel", 'code = "promised_days"\ndays = 20', 'code = "promised_days"\ndays = 19', "limit[promised_days].days"),
        ("green_channel", 'code = "promised_days"\ndays = 20', 'code = "promised_days"\ndays = 21', "limit[promised_days].days"),
        ("green_channel", 'bureau = "rsj"\nlevel', 'bureau = "nobody"\nlevel', "check[identity].bureau"),
        ("green_channel", 'level = "city"\nlimit = 3', 'level = "moon"\nlimit = 3', "check[identity].level"),
        ("green_channel", 'materials = ["G02", "G04"]', 'materials = ["G02", "G44"]', "check[identity].materials"),
        ("green_channel", 'code = "minor_gap"', 'code = "consistent"', "check[identity].finding[consistent]"),
        ("green_channel", 'title = "存在安全问题", adverse = true', 'title = "存在安全问题", adverse = false', "check[security].finding"),
        ("green_channel", 'title = "存在安全问题", adverse = true', 'title = "存在安全问题"', "check[security].finding[concern].adverse"),
        ("green_channel", 'keywords = ["芯片", "集成', 'keywords = ["", "集成', "check[security].keywords"),
        ("green_channel", "days = 20\n", "days = 20\nhours = 3\n", "limit[legal_days].hours"),
        ("green_channel", 'code = "near_due_days"', 'code = "near_due"', "limit[near_due_days]"),
        ("green_channel", "supplement_reminders = [3, 1]", "supplement_reminders = [30]", "reminders.supplement_reminders"),
        ("green_channel", "promise_reminders = [3, 1]", 'promise_reminders = ["3"]', "reminders.promise_reminders[0]"),
        ("green_channel", 'role = "act_as_decider"', 'role = "act_as_king"', "step[decide].role"),
        ("green_channel", 'code = "G02"', 'code = "G01"', "material[G01]"),
        ("green_channel", 'intake_bureau = "zzb"', 'intake_bureau = "nobody"', "edition.intake_bureau"),
        ("green_channel", 'default = "kjj"', 'default = "nobody"', "dispatch.default"),
        ("green_channel", 'bureau = "gxj"', 'bureau = "nobody"', "dispatch.rule[0].bureau"),
        ("green_channel", '"装备", ', '"", ', "dispatch.rule[0].keywords"),
        ("green_channel", 'owner = "gaj"', 'owner = "nobody"', "need[2].owner"),
        ("green_channel", 'domain = "settling"', 'domain = "leisure"', "need[0].domain"),
        ("green_channel", 'organ = "administrative"', 'organ = "party"', "remedy[party]"),
        ("green_channel", 'fields = ["姓名"', 'fields = ["身份证件号码"', "publicity.fields"),
        ("green_channel", 'condition = "C5"', 'condition = "C9"', "refusal_ground[false_material].condition"),
        ("green_channel", 'needed_before = "decide"', 'needed_before = "someday"', "material[G09].needed_before"),
        ("green_channel", 'needed_before = "decide"', 'needed_before = ""', "material[G09].needed_before"),
        ("green_channel", 'clause = "参照行政许可法第七十八条"', 'clause = " "', "refusal_ground[false_material].clause"),
        ("green_channel", "[promise_text]", "[promise_words]", "promise_text"),
        ("green_channel", "[promise_text]", "[promise_words]", "promise_words"),
        ("green_channel", "confirmed = false", "confirmed = true", "guide.mark"),
        ("green_channel", "effective_from = 2025-07-27", 'effective_from = "2025-07-27"', "edition.effective_from"),
        ("green_channel", 'case_prefix = "ZTC"', "", "edition.case_prefix"),
        ("chains", 'lead = "gxj"', 'lead = "nobody"', "chain[L01].lead"),
        ("chains", 'code = "L02"', 'code = "L01"', "chain[L01]"),
        ("chains", "confirmed = false\nsource = \"公开", "source = \"公开", "chain[L01].confirmed"),
        ("regions", 'kind = "city"', 'kind = "county"', "region"),
        ("regions", 'note = "内部代码"', 'note = ""', "region[370800T1].note"),
        ("regions", 'code = "370811"', 'code = "37081"', "region[37081].code"),
        ("talent_levels", 'evidence = "获奖证书"', "", "level[B].criterion[B4].evidence"),
        ("talent_levels", "rank = 2", "rank = 1", "level[1]"),
        ("holidays", "day = 2026-10-10", "day = 2026-10-09", "day[2026-10-09].working"),
        ("holidays", "day = 2026-10-10", "day = 2027-10-10", "day[2027-10-10]"),
        ("holidays", "year = 2027\npublished = false", "year = 2027\npublished = true", "year[2027]"),
        ("bureaus", 'code = "jyj"', 'code = "jyx"', "county_bureau[jyj]"),
        ("bureaus", "party_organ = true", 'party_organ = "yes"', "bureau[zzb].party_organ"),
        ("targets", "figure = 40000", "figure = 0", "target[young_talents].figure"),
    ],
)  # fmt: skip
def test_a_wrong_figure_is_refused_by_file_and_key(folder, name, old, new, key):
    folder.change(name, old, new)
    named = "green_channel/policy.toml" if name == "green_channel" else f"{name}.toml"
    assert (named, key) in [problem[:2] for problem in folder.problems()]
    assert not PolicyEdition.objects.exists()
    assert not Region.objects.exists()


def test_a_figure_without_a_source_is_refused(folder):
    folder.row("green_channel", "limit", "legal_days", "source", '" "')
    assert folder.problems() == [
        ("green_channel/policy.toml", "limit[legal_days].source", "没有来源的数字不能载入")
    ]


def test_a_step_and_the_limit_of_the_same_name_agree(folder):
    folder.row("green_channel", "limit", "publicity_days", "days", "7")
    assert [problem[1] for problem in folder.problems()] == ["step[publicity].limit"]


def test_an_active_step_counts_against_both_limits(folder):
    folder.row("green_channel", "step", "meeting", "limit", "3")
    found = folder.problems()
    assert {problem[1] for problem in found} == {"limit[legal_days].days", "limit[promised_days].days"}
    assert "合计 21" in found[0][2]


def test_every_problem_of_every_file_is_listed_at_once(folder):
    folder.row("green_channel", "limit", "legal_days", "days", "0")
    folder.row("green_channel", "step", "decide", "role", '"act_as_king"')
    folder.change("chains", 'lead = "gxj"', 'lead = "nobody"')
    folder.change("targets", "figure = 5\n", "figure = -5\n")
    found = {problem[:2] for problem in folder.problems()}
    assert found >= {
        ("green_channel/policy.toml", "limit[legal_days].days"), ("green_channel/policy.toml", "step[decide].role"),
        ("chains.toml", "chain[L01].lead"), ("targets.toml", "target[top_talents].figure"),
    }  # fmt: skip


def test_a_file_that_is_no_toml_is_named_with_its_line(folder):
    folder.change("green_channel", "[guide]", "[guide")
    ((file, key, reason),) = folder.problems()
    assert (file, key) == ("green_channel/policy.toml", "（格式）")
    assert "line" in reason


def test_a_missing_file_is_named(folder):
    folder.path("holidays").unlink()
    assert ("holidays.toml", "（文件）", "文件不存在") in folder.problems()
