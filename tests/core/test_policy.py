"""Policy editions: what is loaded, what is refused by file, key and reason, and what a change does."""

import json
import tomllib
from dataclasses import FrozenInstanceError
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from talent.core import roles
from talent.core.models import (
    Holiday,
    HolidayYear,
    IndustryChain,
    Organisation,
    PolicyEdition,
    Region,
    TalentLevel,
)
from talent.core.services import calendar, policy
from talent.core.services.policy import loading
from tests.core.policy_folder import GREEN, Folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path) -> Folder:
    policy.forget()
    calendar.forget()
    return Folder(tmp_path)


@pytest.fixture
def loaded(folder) -> Folder:
    folder.load()
    return folder


# --- what is loaded


def test_everything_the_files_hold_is_loaded(loaded):
    assert Region.objects.filter(kind="city").count() == 1
    assert Region.objects.filter(kind="county").count() == 11
    assert Region.objects.filter(kind="zone").count() == 3
    assert [level.code for level in TalentLevel.objects.all()] == [
        "A",
        "B",
        "C",
        "D",
        "E",
        "F1",
        "F2",
        "F3",
        "F4",
    ]
    assert IndustryChain.objects.filter(confirmed=False).count() == 15
    assert [row["figure"] for row in policy.targets()] == [5, 10, 30, 200, 40000]
    assert {row["clause"] for row in policy.targets()} == {
        f"济政发〔2025〕8号第{item}项" for item in (7, 8, 9)
    }


def test_every_county_and_zone_has_its_bureaus_below_those_of_the_city(loaded):
    bureau = Organisation.objects.get(code="370811-zzb")
    assert (bureau.name, bureau.short_name) == ("中共任城区委员会组织部", "任城区委组织部")
    assert bureau.party_organ
    assert bureau.parent.code == "zzb"
    assert bureau.region.name == "任城区"
    assert Organisation.objects.get(code="370800T1-zzb").short_name == "太白湖新区党工委组织部"
    assert Organisation.objects.filter(code__endswith="-rsj").count() == 14


def test_codes_of_zones_say_that_they_are_no_national_codes(loaded):
    notes = dict(Region.objects.filter(kind="zone").values_list("code", "note"))
    assert notes == {
        "370871": "统计用区划代码，非GB/T 2260", "370800T1": "内部代码", "370800T2": "内部代码",
    }  # fmt: skip


def test_every_criterion_of_a_level_has_evidence_and_source_and_names_no_programme(loaded):
    for level in TalentLevel.objects.all():
        assert not level.confirmed
        for row in level.criteria:
            assert all(row[key] for key in ("id", "text", "evidence", "source")), row
            assert not any(word in row["text"] for word in ("万人计划", "千人计划", "长江学者"))


def test_the_weekends_that_are_worked_in_2026_are_those_of_the_notice(loaded):
    worked = Holiday.objects.filter(day__year=2026, working=True).values_list("day", flat=True)
    assert [f"{day:%m-%d}" for day in worked] == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # 国庆 until 10-07, and Saturday 10-10 is worked.
        ("2026-09-30", 5, "2026-10-13"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2025-09-30", 1, "2025-10-09"),
        ("2024-02-09", 1, "2024-02-18"),
        # 2027 is not published: New Year counts as the weekday it is.
        ("2026-12-31", 1, "2027-01-01"),
    ],
)
def test_working_days_run_over_the_loaded_holidays(loaded, start, days, due):
    assert calendar.due_after(date.fromisoformat(start), days) == date.fromisoformat(due)


def test_without_the_holidays_the_same_five_days_end_earlier(loaded):
    Holiday.objects.all().delete()
    calendar.forget()
    assert calendar.due_after(date(2026, 9, 30), 5) == date(2026, 10, 7)


def test_2027_is_there_and_marked_unpublished(loaded):
    assert not HolidayYear.objects.get(year=2027).published
    assert 2027 not in calendar.current().published_years


def test_loading_tells_the_calendar_to_read_again(folder):
    assert not calendar.current().holidays
    folder.load()
    assert date(2026, 10, 1) in calendar.current().holidays


# --- reading an edition


def test_figures_are_read_by_name_with_clause_and_mark(loaded):
    edition = policy.edition_for("green_channel", date(2026, 11, 24))
    figures = policy.figures(edition)
    assert edition.mark == figures.mark == "示例·待确认"
    assert figures.case_prefix == "ZTC"
    assert figures.limit("legal_days") == 20
    assert figures.limit("publicity_days") == figures.step("publicity").limit == 5
    assert figures.limit_row("legal_days").clause == "行政许可法第四十二条"
    assert [figures.step(code).limit for code in ("intake", "dispatch", "form_review", "decide")] == [
        2,
        1,
        3,
        3,
    ]
    assert [row.code for row in figures.materials] == [f"G{number:02d}" for number in range(1, 11)]
    assert figures.material("G09").needed_before == "decide"
    assert figures.reminders("promise_reminders") == (3, 1)
    assert "复议" in figures.remedy(party=False)
    assert "复议" not in figures.remedy(party=True)
    assert figures.refusal_ground("disputed_rights").condition == "C4"
    assert {step.code for step in figures.steps} - {step.code for step in figures.active_steps} >= {
        "agreement", "service", "payment", "evaluation",
    }  # fmt: skip
    taken = {level: {step.code for step in figures.steps_of(level)} for level in "AB"}
    assert taken["A"] - taken["B"] == {"panel", "meeting"}


def test_every_human_step_names_a_role_that_exists(loaded):
    for step in policy.figures(policy.edition_for("green_channel")).steps:
        assert not step.role or step.role in roles.BY_CODENAME


def test_a_figure_cannot_be_changed_by_who_reads_it(loaded):
    step = policy.figures(policy.edition_for("green_channel")).step("decide")
    with pytest.raises(FrozenInstanceError):
        step.limit = 99


def test_a_name_the_edition_does_not_have_is_said(loaded):
    with pytest.raises(policy.PolicyMissing, match="没有环节“lunch”"):
        policy.figures(policy.edition_for("green_channel")).step("lunch")


def test_before_the_policy_is_in_force_there_is_no_edition(loaded):
    with pytest.raises(policy.PolicyMissing, match="load_policy"):
        policy.edition_for("green_channel", date(2025, 7, 26))
    assert policy.edition_for("green_channel", date(2025, 7, 27)).code == "2025-8"


def test_a_policy_nobody_loaded_has_no_edition(folder):
    with pytest.raises(policy.PolicyMissing):
        policy.edition_for("green_channel")


# --- loading again, changing, replacing


def test_loading_the_same_again_changes_nothing(loaded):
    IndustryChain.objects.filter(code="L01").update(name="工程机械（后台改名）")
    before = list(PolicyEdition.objects.values_list("pk", "digest", "loaded_at"))
    assert not any(result.new for result in loaded.load())
    assert list(PolicyEdition.objects.values_list("pk", "digest", "loaded_at")) == before
    assert IndustryChain.objects.get(code="L01").name == "工程机械（后台改名）"


def test_a_changed_figure_of_an_edition_in_force_is_refused_with_both_values(loaded):
    loaded.row("green_channel", "limit", "supplement_days", "days", "12")
    loaded.row("green_channel", "step", "supplement", "limit", "12")
    found = {(file, key): reason for file, key, reason in loaded.problems()}
    reason = found["green_channel/policy.toml", "limit[supplement_days].days"]
    assert "原 10" in reason
    assert "现 12" in reason
    assert ("green_channel/policy.toml", "step[supplement].limit") in found
    assert policy.figures(policy.edition_for("green_channel")).limit("supplement_days") == 10


def test_a_target_of_the_document_is_not_changed_either(loaded):
    loaded.change("targets", "figure = 40000", "figure = 30000")
    assert [problem[:2] for problem in loaded.problems()] == [
        ("targets.toml", "target[young_talents].figure")
    ]
    assert policy.targets()[-1]["figure"] == 40000


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("talent_levels", "诺贝尔奖获得者", "诺贝尔奖提名者", "level[A].criterion[A1].text"),
        (
            "holidays",
            "day = 2026-10-10\nworking = true",
            "day = 2026-10-11\nworking = true",
            "day[2026-10-10].day",
        ),
        ("chains", 'name = "工程机械"', 'name = "工程机械一"', "chain[L01].name"),
    ],
)
def test_a_changed_row_of_a_core_table_is_refused(loaded, name, old, new, key):
    loaded.change(name, old, new)
    assert key in [problem[1] for problem in loaded.problems()]


def test_only_the_order_of_steps_changed_is_refused_too(loaded):
    text = loaded.green.read_text(encoding="utf-8")
    first, second = text.index("[[question]]"), text.index("[[question]]", text.index("[[question]]") + 1)
    steps = text.split("[[step]]")
    steps[1], steps[2] = steps[2], steps[1]
    assert first < second
    loaded.green.write_text("[[step]]".join(steps), encoding="utf-8")
    assert [problem[1] for problem in loaded.problems()] == ["（次序）"]


def test_a_later_edition_must_say_that_it_replaces_the_open_one(loaded):
    loaded.change("green_channel", 'code = "2025-8"', 'code = "2027-1"')
    loaded.change("green_channel", "effective_from = 2025-07-27", "effective_from = 2027-01-01")
    ((file, key, reason),) = loaded.problems()
    assert (file, key) == ("green_channel/policy.toml", "edition.effective_from")
    assert "重叠" in reason
    assert 'replaces = "2025-8"' in reason
    assert PolicyEdition.objects.get(policy="green_channel").effective_to is None


def test_a_replacing_edition_ends_the_old_one_the_day_before_and_says_so(loaded):
    loaded.change("green_channel", 'code = "2025-8"', 'code = "2027-1"\nreplaces = "2025-8"')
    loaded.change("green_channel", "effective_from = 2025-07-27", "effective_from = 2027-01-01")
    loaded.row("green_channel", "limit", "legal_days", "days", "22")
    result = loaded.load()[-1]
    assert result.new
    assert (result.ended.code, result.ended.effective_to) == ("2025-8", date(2026, 12, 31))
    old = policy.edition_for("green_channel", date(2026, 12, 31))
    new = policy.edition_for("green_channel", date(2027, 1, 1))
    assert (old.code, new.code) == ("2025-8", "2027-1")
    assert ("limit[legal_days].days", 20, 22) in policy.edition_difference(old, new)
    assert not any(again.new for again in loaded.load())


@pytest.mark.parametrize("start", ["2025-07-27", "2025-01-01"])
def test_an_edition_that_does_not_begin_later_replaces_nothing(loaded, start):
    loaded.change("green_channel", 'code = "2025-8"', 'code = "2025-9"\nreplaces = "2025-8"')
    loaded.change("green_channel", "effective_from = 2025-07-27", f"effective_from = {start}")
    assert [problem[1] for problem in loaded.problems()] == ["edition.effective_from"]


def test_an_edition_cannot_replace_one_nobody_loaded(folder):
    folder.change("green_channel", 'code = "2025-8"', 'code = "2025-9"\nreplaces = "2024-1"')
    assert [problem[1] for problem in folder.problems()] == ["edition.replaces"]


def test_a_corrected_holiday_notice_comes_as_a_new_edition(loaded):
    loaded.change("holidays", 'code = "2026"', 'code = "2026-2"\nreplaces = "2026"')
    loaded.change("holidays", "effective_from = 2024-01-01", "effective_from = 2026-11-01")
    loaded.change("holidays", "day = 2026-10-10\nworking = true", "day = 2026-10-11\nworking = true")
    loaded.load()
    assert not Holiday.objects.filter(day=date(2026, 10, 10)).exists()
    assert calendar.current().is_working_day(date(2026, 10, 11))


def test_a_chain_missing_from_the_new_list_is_offered_no_more(loaded):
    text = loaded.path("chains").read_text(encoding="utf-8")
    loaded.path("chains").write_text(text[: text.index('\n[[chain]]\ncode = "L15"')], encoding="utf-8")
    loaded.change("chains", 'code = "2025-8"', 'code = "2026-1"\nreplaces = "2025-8"')
    loaded.change("chains", "effective_from = 2025-07-27", "effective_from = 2026-01-01")
    loaded.load()
    assert IndustryChain.objects.filter(active=True).count() == 14
    assert not IndustryChain.objects.get(code="L15").active


# --- the commands and the files themselves


def test_the_command_loads_and_says_what_is_new(capsys):
    call_command("load_policy")
    assert "顶尖人才直通车（2025-8）：已载入" in capsys.readouterr().out
    call_command("load_policy")
    said = capsys.readouterr().out
    assert "没有变化" in said
    assert "已载入" not in said


def test_the_command_names_file_key_and_reason(capsys, monkeypatch, folder):
    folder.row("green_channel", "limit", "legal_days", "days", "0")
    monkeypatch.setattr(loading, "policy_files", lambda: [folder.green])
    with pytest.raises(
        CommandError, match=r"green_channel/policy\.toml：limit\[legal_days\]\.days：0 不合理"
    ):
        call_command("load_policy")
    assert not PolicyEdition.objects.exists()


def test_the_difference_of_two_editions_is_shown(loaded, capsys):
    loaded.change("green_channel", 'code = "2025-8"', 'code = "2027-1"\nreplaces = "2025-8"')
    loaded.change("green_channel", "effective_from = 2025-07-27", "effective_from = 2027-01-01")
    loaded.row("green_channel", "limit", "legal_days", "days", "22")
    loaded.load()
    call_command("policy", "diff", "green_channel", "2025-8", "2027-1")
    assert "limit[legal_days].days：20 → 22" in capsys.readouterr().out
    with pytest.raises(CommandError, match="没有政策"):
        call_command("policy", "diff", "green_channel", "2025-8", "1999")


def test_no_figure_is_shown_as_confirmed_while_the_city_has_not_confirmed_it():
    data = tomllib.loads(GREEN.read_text(encoding="utf-8"))
    assert data["edition"]["confirmed"] is False
    for table in (
        "limit",
        "step",
        "material",
        "recommender",
        "condition",
        "refusal_ground",
        "need",
        "remedy",
    ):
        for row in data[table]:
            assert row["mark"] or "行政" in row["source"], (table, row)


def test_an_edition_is_stored_as_it_stands_in_the_file(loaded):
    edition = PolicyEdition.objects.get(policy="green_channel")
    data = tomllib.loads(GREEN.read_text(encoding="utf-8"))
    assert edition.data == json.loads(json.dumps(data, default=str))
    assert edition.source_file == "green_channel/policy.toml"


def test_moving_a_key_within_its_row_is_no_change(loaded):
    head = '[[limit]]\ncode = "legal_days"\n'
    loaded.change("green_channel", f"{head}days = 20\n", '[[limit]]\ndays = 20\ncode = "legal_days"\n')
    assert not any(result.new for result in loaded.load())
