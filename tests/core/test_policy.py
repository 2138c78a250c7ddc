"""Policy as dated data: loaded whole or not at all, never altered; and the clocks that follow from it."""

import copy
import tomllib
from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from talent.core.clock import SHANGHAI
from talent.core.models import (
    Case,
    CaseEvent,
    Holiday,
    HolidayYear,
    IndustryChain,
    Organisation,
    PolicyEdition,
    Region,
    TalentLevel,
    TalentProfile,
    User,
)
from talent.core.services import calendar, policy
from talent.core.services.policy import loading

pytestmark = pytest.mark.database
FILE = next(path for path in loading.policy_files() if path.parent.name == "green_channel")
CONTENT = tomllib.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _nothing_kept(db):
    """What one test loaded is rolled back and must not be remembered by the next."""
    policy.forget()
    calendar.forget()
    yield
    policy.forget()
    calendar.forget()


@pytest.fixture
def loaded() -> PolicyEdition:
    call_command("load_policy", stdout=StringIO())
    return policy.edition_for("green_channel")


def file_with(tmp_path, old: str, new: str):
    """The policy file with one passage changed."""
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "policy.toml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    return changed


def problems_of(data: dict) -> dict[str, str]:
    """Key → reason of everything that is wrong with `data`."""
    with pytest.raises(policy.PolicyError) as refused:
        loading.check_edition(FILE, data)
    return {key: reason for _file, key, reason in refused.value.problems}


@pytest.fixture
def data() -> dict:
    return copy.deepcopy(CONTENT)


def row(data: dict, table: str, code: str) -> dict:
    return next(one for one in data[table] if one["code"] == code)


# --- loading ---------------------------------------------------------------------------------------


def test_loading_brings_everything_a_case_needs(loaded):
    assert loaded.mark == "示例·待确认"
    assert Region.objects.filter(kind="county").count() == 11
    assert Region.objects.filter(kind="zone").count() == 3
    assert IndustryChain.objects.exists()
    assert TalentLevel.objects.exists()
    assert HolidayYear.objects.get(year=2026).published
    assert Organisation.objects.get(code="zzb").party_organ
    county = Organisation.objects.get(code="370811-rsj")
    assert county.region.code == "370811"
    assert county.parent.code == "rsj"
    assert policy.targets()


def test_loading_twice_changes_nothing(loaded):
    def rows() -> list:
        models = (Region, IndustryChain, TalentLevel, Holiday, HolidayYear, Organisation, PolicyEdition)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = rows()
    call_command("load_policy", stdout=StringIO())
    assert rows() == before


def test_the_shipped_file_has_no_problem(data):
    loading.check_edition(FILE, data)


def test_an_edition_in_force_is_not_altered_and_the_key_is_named_with_old_and_new(loaded, tmp_path):
    changed = file_with(tmp_path, 'code = "legal_days"\ndays = 20', 'code = "legal_days"\ndays = 21')
    with pytest.raises(policy.PolicyError) as refused:
        policy.load_edition(changed)
    [(_file, key, reason)] = refused.value.problems
    assert key == "limit[legal_days].days"
    assert "20" in reason
    assert "21" in reason
    assert policy.figures(policy.edition_for("green_channel")).limit("legal_days") == 20


def test_the_same_content_under_a_new_code_and_later_date_is_a_new_edition(loaded, tmp_path):
    text = FILE.read_text(encoding="utf-8").replace('code = "2025-8"', 'code = "2027-1"', 1)
    text = text.replace("effective_from = 2025-07-27", "effective_from = 2027-01-01", 1)
    changed = tmp_path / "policy.toml"
    changed.write_text(text.replace("days = 20", "days = 18", 1), encoding="utf-8")
    newer, new = policy.load_edition(changed)
    assert new
    assert policy.edition_for("green_channel", date(2026, 12, 31)) == loaded
    assert policy.edition_for("green_channel", date(2027, 1, 1)) == newer
    assert ("limit[legal_days].days", 20, 18) in policy.edition_difference(loaded, newer)


def test_an_edition_that_begins_no_later_than_another_is_refused(loaded, tmp_path):
    changed = file_with(tmp_path, 'code = "2025-8"', 'code = "2025-9"')
    with pytest.raises(policy.PolicyError, match="重叠"):
        policy.load_edition(changed)


def test_a_wrong_policy_file_leaves_nothing_half_written(monkeypatch, tmp_path):
    changed = file_with(tmp_path, "days = 20", "days = -1")
    monkeypatch.setattr(loading, "policy_files", lambda: [changed])
    with pytest.raises(CommandError, match="没有载入任何内容"):
        call_command("load_policy", stdout=StringIO())
    assert not Region.objects.exists()
    assert not PolicyEdition.objects.exists()


def test_the_difference_of_two_editions_is_printed(loaded, tmp_path):
    text = FILE.read_text(encoding="utf-8").replace('code = "2025-8"', 'code = "2027-1"', 1)
    changed = tmp_path / "policy.toml"
    changed.write_text(
        text.replace("effective_from = 2025-07-27", "effective_from = 2027-01-01", 1), encoding="utf-8"
    )
    policy.load_edition(changed)
    said = StringIO()
    call_command("policy", "diff", "green_channel", "2025-8", "2027-1", stdout=said)
    assert "edition.code：2025-8 → 2027-1" in said.getvalue()


# --- what is refused -------------------------------------------------------------------------------


def test_a_missing_source_is_refused(data):
    row(data, "limit", "legal_days")["source"] = " "
    assert problems_of(data) == {"limit[legal_days].source": "没有来源的数字不能载入"}


def test_every_problem_is_named_not_only_the_first(data):
    row(data, "step", "intake")["limit"] = "2"
    del row(data, "material", "G01")["name"]
    data["stepp"] = []
    assert set(problems_of(data)) == {"step[intake].limit", "material[G01].name", "stepp"}


def test_steps_together_may_not_take_longer_than_the_law(data):
    row(data, "step", "decide")["limit"] = 30
    assert "limit[legal_days].days" in problems_of(data)


def test_a_step_that_is_switched_off_does_not_count(data):
    row(data, "step", "background_checks")["limit"] = 300
    loading.check_edition(FILE, data)


@pytest.mark.parametrize(
    ("table", "code", "key", "value", "wrong"),
    [
        ("limit", "legal_days", "days", -1, "limit[legal_days].days"),
        ("limit", "legal_days", "days", True, "limit[legal_days].days"),
        ("step", "intake", "role", "act_as_nobody", "step[intake].role"),
        ("step", "intake", "warn", 9, "step[intake].warn"),
        ("refusal_ground", "overdue", "code", "below_standard", "refusal_ground[below_standard]"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(data, table, code, key, value, wrong):
    row(data, table, code)[key] = value
    assert wrong in problems_of(data)


def test_a_bureau_nobody_knows_is_refused(data):
    data["dispatch"]["default"] = "nobody"
    assert problems_of(data) == {"dispatch.default": "没有部门 nobody"}


# --- reading ---------------------------------------------------------------------------------------


def test_without_an_edition_the_way_out_is_said():
    with pytest.raises(policy.PolicyMissing, match="load_policy"):
        policy.edition_for("green_channel")


def test_figures_are_read_by_name(loaded):
    figures = policy.figures(loaded)
    assert figures is policy.figures(PolicyEdition.objects.get(pk=loaded.pk))
    assert (figures.case_prefix, figures.intake_bureau) == ("ZTC", "zzb")
    assert figures.step("intake").limit == 2
    assert figures.reminders("supplement_reminders") == (3, 1)
    assert not {"panel", "meeting"} & {step.code for step in figures.active_steps}
    assert figures.refusal_ground("overdue").clause
    assert "予以受理" in figures.phrases("intake", "accept")[0]
    assert len(figures.phrases("intake")) > len(figures.phrases("intake", "accept"))
    with pytest.raises(policy.PolicyMissing):
        figures.limit("no_such_days")


def test_a_party_organ_names_no_court_and_a_government_bureau_does(loaded):
    figures = policy.figures(loaded)
    assert "申诉" in figures.remedy(True)
    assert "诉讼" not in figures.remedy(True)
    assert "行政诉讼" in figures.remedy(False)


def test_levels_come_in_their_order_and_are_read_anew_after_a_load(loaded):
    assert [level.rank for level in policy.talent_levels()] == sorted(
        level.rank for level in policy.talent_levels()
    )
    TalentLevel.objects.filter(rank=1).update(name="改名")
    assert policy.talent_levels()[0].name != "改名"
    policy.forget()
    assert policy.talent_levels()[0].name == "改名"


# --- days and clocks -------------------------------------------------------------------------------


def test_days_off_and_worked_weekends_come_from_the_loaded_calendar(loaded):
    assert not calendar.current().is_working_day(date(2024, 2, 12))
    assert calendar.current().is_working_day(date(2024, 2, 18))
    assert calendar.effective_day(datetime(2024, 2, 9, 17, 1, tzinfo=SHANGHAI)) == date(2024, 2, 18)


def test_the_warning_comes_working_days_before_the_due_day(loaded):
    assert calendar.due_after(date(2024, 2, 9), 1) == date(2024, 2, 18)
    assert calendar.warn_day(date(2024, 2, 18), 1) == date(2024, 2, 9)
    assert calendar.warn_day(date(2024, 2, 18), 0) == date(2024, 2, 18)


def test_a_calendar_that_is_kept_is_read_anew_when_forgotten(loaded):
    day = date(2026, 3, 4)
    assert calendar.current().is_working_day(day)
    Holiday.objects.create(day=day, working=False, name="示例")
    assert calendar.current().is_working_day(day)
    calendar.forget()
    assert not calendar.current().is_working_day(day)


@pytest.fixture
def case(loaded) -> Case:
    user = User.objects.create(username="clock", name="示例")
    return Case.objects.create(
        number="T-0001",
        policy="green_channel",
        edition=loaded,
        title="直通车",
        applicant=TalentProfile.objects.create(user=user, name="示例"),
        intake_organisation=Organisation.objects.get(code="zzb"),
        region=Region.objects.get(code="370811"),
        created_by=user,
        query_code="ABCDEFGH",
    )


def happened(case: Case, *events: tuple[str, int, str], reverses: tuple[int, ...] = ()) -> None:
    """(kind, day of March 2026, effect on the clock) in their order."""
    for kind, day, effect in events:
        event = CaseEvent(
            case=case,
            seq=case.events.count() + 1,
            kind=kind,
            title=kind,
            at=timezone.now(),
            clock=effect,
            clock_day=date(2026, 3, day) if effect else None,
            figures={"reverses": list(reverses)} if kind == "taken_back" else {},
        )
        event.hash = event.computed_hash()
        event.save()


def test_no_clock_runs_before_acceptance(case):
    happened(case, ("submitted", 2, ""))
    assert calendar.case_clock(case) is None
    assert calendar.case_clock(case, promise=True) is None


def test_both_clocks_run_over_the_same_events_with_the_editions_limits(case):
    happened(case, ("accepted", 2, "start"))
    legal, promise = calendar.case_clock(case), calendar.case_clock(case, promise=True)
    figures = policy.figures(case.edition)
    assert (legal.allowed, promise.allowed) == (figures.limit("legal_days"), figures.limit("promised_days"))
    assert legal.started == promise.started == date(2026, 3, 2)
    assert legal.due(date(2026, 3, 2)) == date(2026, 3, 30)


def test_a_pause_bears_the_name_of_the_act_and_moves_the_due_day(case):
    happened(case, ("accepted", 2, "start"), ("asked", 4, "pause"), ("answered", 9, "resume"))
    clock = calendar.case_clock(case)
    assert [(pause.reason, pause.end) for pause in clock.pauses] == [("asked", date(2026, 3, 9))]
    assert clock.due(date(2026, 3, 10)) == date(2026, 4, 2)


def test_an_act_taken_back_did_nothing_to_the_clock(case):
    happened(case, ("accepted", 2, "start"), ("asked", 4, "pause"))
    assert calendar.case_clock(case).pauses
    happened(case, ("taken_back", 4, ""), reverses=(2,))
    assert not calendar.case_clock(case).pauses


def test_other_events_reverse_nothing(case):
    happened(case, ("accepted", 2, "start"), ("asked", 4, "pause"), ("noted", 4, ""), reverses=(2,))
    assert calendar.case_clock(case).pauses


def test_an_acceptance_taken_back_leaves_no_clock(case):
    happened(case, ("accepted", 2, "start"), ("taken_back", 3, ""), reverses=(1,))
    assert calendar.case_clock(case) is None
