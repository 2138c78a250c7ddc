"""The leaders' board: numbers that equal their lists, the pace of the year, what a county sees, the files to take away."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pikepdf
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from talent.core import roles
from talent.core.models import AuditEntry, Case, CaseParty, ChainRecord, IndustryChain, Urge
from talent.core.models.visibility import CaseQuerySet
from talent.core.services import atlas, calendar, cases, policy
from talent.green_channel.models import GreenChannelCase
from tests import steps
from tests.access import money
from tests.access.world import BACKEND, World
from workflows import projections, tick
from workflows.base import acts
from workflows.board import pages, selections, tables
from workflows.board.figures import Board
from workflows.board.selections import Scope
from workflows.models import OpenStep, StepPace, StepSpan

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.filterwarnings(PROFILE)]
NUMBER = re.compile(r'data-number href="([^"]+)">(\d+)<')
TILE = re.compile(r'<a class="tile[^"]*" href="(/lead/list/[^"]+)"[^>]*>.*?<strong class="tile-value">(\d+)')


class Town(World):
    """In each county one recognised talent (A in the first, B in the second), one team, one case overdue at its checker."""

    stages = ("recognised", "team", "review")

    def _make_recognised(self, side):
        case = self._passed(side, self._dispatched(side, "recognised"))
        level = "A" if side.key == "a" else "B"
        case = self.step(
            case, "draft_decision", "intake2", outcome="approve", level_code=level, opinion="提请审定。",
            reason="达到标准。", exempt_reason="涉及技术秘密，不宜公示。",
        )  # fmt: skip
        case = self.step(case, "decide", "decider", outcome="approve", opinion="同意。")
        return self.step(case, "recognise", "intake", outcome="issue")

    def _make_team(self, side):
        case = self._submitted(side, "team")
        GreenChannelCase.objects.filter(pk=case.pk).update(
            kind="team", support_items=[{"name": "启动资金"}], created_at=timezone.now()
        )
        case.refresh_from_db()
        case = self.step(
            case, "intake", "intake", outcome="accept", opinion="齐全。", ticks=self._ticks(case)
        )
        return case

    def _surroundings(self, side) -> None:
        """A leader of the county, and what the chains have."""
        prefix = "" if side.key == "a" else "other_"
        self.hire(f"{prefix}county_leader", f"县区领导{side.key}", roles.SUPERVISOR, side.recommender)
        OpenStep.objects.filter(case=side.cases["review"]).update(
            due_on=date(2026, 2, 20), warn_on=date(2026, 2, 19)
        )
        if side.key == "a":
            chain = IndustryChain.objects.get(code="L10")
            for kind, name in (("platform", "示例实验室"), ("team", "示例团队")):
                atlas.record(chain, actor=self.people["intake"], kind=kind, name=name, source="示例批复")


@pytest.fixture(scope="module")
def world(build):
    kept, money.spend = money.spend, lambda world, side: None
    try:
        return build(Town)
    finally:
        money.spend = kept


@pytest.fixture
def at_home(_strict_pages, settings, world, db):
    settings.MEDIA_ROOT = world.media
    with time_machine.travel(steps.START, tick=True):
        yield world


def browser(world, who: str) -> Client:
    opened = Client()
    opened.force_login(world.people[who], BACKEND)
    return opened


def numbers(page: str) -> list[tuple[str, int]]:
    """Every number of a page with the address of its list."""
    return [
        (address.replace("&amp;", "&"), int(value))
        for address, value in NUMBER.findall(page) + TILE.findall(page)
    ]


def scope(world, who: str = "supervisor", until: date = date(2026, 3, 2)) -> Scope:
    return Scope(world.people[who], until=until)


# --- numbers and lists -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["decider", "county_leader"])
def test_every_number_of_the_board_equals_the_list_it_opens(at_home, who):
    opened = browser(at_home, who)
    shown = numbers(opened.get("/lead/").content.decode())
    assert len(shown) > 60
    assert sum(value for _address, value in shown) > 40
    wrong = []
    for address, value in dict(shown).items():
        page = opened.get(address)
        assert page.status_code == 200, address
        rows = list(csv.reader(io.StringIO(opened.get(f"{address}&format=csv").content.decode("utf-8-sig"))))
        if (page.context["total"], len(rows) - 1) != (value, value):
            wrong.append((address, value, page.context["total"], len(rows) - 1))
    assert wrong == []


def test_a_number_counted_otherwise_than_its_list_is_noticed(at_home, monkeypatch):
    monkeypatch.setattr(selections, "running", lambda _scope: selections.Q(policy="green_channel"))
    number = Board(scope(at_home)).running
    monkeypatch.undo()
    assert browser(at_home, "supervisor").get(number.url).context["total"] != number.value


def test_what_counts_towards_a_target_is_what_its_edition_says(at_home):
    board = Board(scope(at_home))
    reached = {one.row.code: one.number.value if one.number else None for one in board.targets}
    assert reached == {
        "top_talents": 1,
        "teams": 0,
        "leaders": 1,
        "joint_talents": 0,
        "young_talents": None,
    }
    assert board.one_case.value == 0
    GreenChannelCase.objects.filter(level_code="A").update(support_items=[{"name": "启动资金"}], kind="team")
    board = Board(scope(at_home))
    assert [one.number.value for one in board.targets[:3]] == [0, 1, 1]
    assert board.one_case.value == 1


def test_a_letter_of_last_year_or_one_revoked_counts_no_more(at_home):
    case = at_home.sides["a"].cases["recognised"]
    assert Board(scope(at_home)).targets[0].number.value == 1
    assert Board(Scope(at_home.people["supervisor"], until=date(2025, 12, 31))).targets[0].number.value == 0
    case.letters.filter(kind="recognition").update(state="revoked")
    assert Board(scope(at_home)).targets[0].number.value == 0


@pytest.mark.parametrize(
    ("day", "share", "pace"),
    [
        (date(2026, 1, 1), Decimal(0), Decimal("0.0")),
        (date(2026, 12, 31), Decimal(1), Decimal("30.0")),
    ],
)
def test_the_pace_of_the_first_and_of_the_last_day(loaded, day, share, pace):
    assert calendar.elapsed_share(day) == share
    assert (30 * calendar.elapsed_share(day)).quantize(Decimal("0.1")) == pace


def test_the_pace_counts_working_days_and_not_calendar_days(loaded):
    """Between the last working day before the spring holiday and the first after it the pace stands still."""
    current = calendar.current()
    holiday = date(2026, 2, 18)
    assert not current.is_working_day(holiday)
    before, after = current.previous_working_day(holiday), current.next_working_day(holiday)
    assert calendar.elapsed_share(holiday) == calendar.elapsed_share(before) < calendar.elapsed_share(after)
    whole = sum(
        current.is_working_day(date.fromordinal(n))
        for n in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    )
    assert calendar.elapsed_share(after) - calendar.elapsed_share(before) == pytest.approx(Decimal(1) / whole)


# --- rights ------------------------------------------------------------------------------------------------------


def test_a_county_leader_counts_the_county_and_the_city_both(at_home):
    city, county = (Board(scope(at_home, who)) for who in ("supervisor", "county_leader"))
    assert city.cohort.value == 2 * county.cohort.value > 0
    seen = set(
        selections.select(county.scope, "cohort", {}, county.today).rows.values_list(
            "region__code", flat=True
        )
    )
    assert seen == {at_home.sides["a"].region}


def test_without_visible_to_the_county_would_count_everything(at_home, monkeypatch):
    monkeypatch.setattr(CaseQuerySet, "visible_to", lambda self, user: self.all())
    assert Board(scope(at_home, "county_leader")).cohort.value == Board(scope(at_home)).cohort.value


def test_a_case_hidden_from_a_reader_is_in_none_of_his_numbers(at_home):
    """As recusal hides it: not in a count, not in a time, not among the red lights."""
    before = Board(scope(at_home, "county_leader"))
    assert before.red.value == 1
    hidden = at_home.sides["a"].cases["review"]
    CaseParty.objects.filter(case=hidden, organisation=at_home.sides["a"].recommender).delete()
    after = Board(scope(at_home, "county_leader"))
    assert (before.cohort.value - after.cohort.value, after.red.value) == (1, 0)
    assert sum(pace.done for pace in before.steps) > sum(pace.done for pace in after.steps)


@pytest.mark.parametrize("who", ["intake", "hr", "recommender", "auditor", "finance"])
def test_who_does_not_lead_sees_no_board(at_home, who):
    opened = browser(at_home, who)
    assert [
        opened.get(address).status_code for address in ("/lead/", "/lead/red/", "/lead/report/2026-03.pdf")
    ] == [403] * 3


# --- cost and files ------------------------------------------------------------------------------------------------


def asked(opened: Client, address: str) -> int:
    """Statements of a page in a process that has served before."""
    opened.get(address)
    with CaptureQueriesContext(connection) as context:
        assert opened.get(address).status_code == 200
    return len(context)


def test_the_board_and_the_red_lights_ask_at_most_fifteen_times(at_home):
    opened = browser(at_home, "supervisor")
    few = {address: asked(opened, address) for address in ("/lead/", "/lead/red/", "/lead/chains/")}
    assert max(few.values()) <= 15, few
    for case in Case.objects.all():
        StepSpan.objects.filter(case=case).update(days=case.pk)
    assert {address: asked(opened, address) for address in few} == few


@pytest.mark.parametrize("name", list(tables.TABLES))
def test_every_table_is_a_file_with_the_figures_of_the_page_and_on_record(at_home, name):
    response = browser(at_home, "supervisor").get(f"/lead/table/{name}.csv")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    made = tables.TABLES[name](Board(scope(at_home)))
    assert rows == [list(map(str, made.heads)), *([str(cell) for cell in row] for row in made.rows)]
    assert AuditEntry.objects.filter(action="board_table_exported", subject=name).count() == 1


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_no_cell_of_a_file_is_a_formula(at_home, cell):
    chain = IndustryChain.objects.get(code="L01")
    IndustryChain.objects.filter(pk=chain.pk).update(source=cell)
    content = browser(at_home, "supervisor").get("/lead/table/chains.csv").content.decode("utf-8-sig")
    written = next(row for row in csv.reader(io.StringIO(content, newline="")) if row[0] == "L01")
    assert written[-1] == f"'{cell}"


def test_the_monthly_report_is_a_file_with_the_figures_of_the_board(at_home):
    response = browser(at_home, "supervisor").get("/lead/report/2026-03.pdf")
    with pikepdf.open(io.BytesIO(response.content)) as file:
        assert len(file.pages) >= 1
    page, board = pages.report_page(scope(at_home)), Board(scope(at_home))
    for make in tables.TABLES.values():
        for row in make(board).rows:
            for cell in row:
                assert str(cell) in page or "&" in page
    assert browser(at_home, "supervisor").get("/lead/report/2026-04.pdf").status_code == 404
    assert browser(at_home, "supervisor").get("/lead/report/2026-13.pdf").status_code == 404


# --- red lights ------------------------------------------------------------------------------------------------------


def test_a_red_light_names_holder_and_days_and_takes_an_urge_whose_reply_is_the_reason(at_home):
    opened, case = browser(at_home, "supervisor"), at_home.sides["a"].cases["review"]
    row = next(row for row in opened.get("/lead/red/").context["rows"] if row["step"].case_id == case.pk)
    assert row["days"] == calendar.current().working_days_between(date(2026, 2, 20), date(2026, 3, 2)) > 0
    assert row["urge"] is None
    assert opened.post(f"/lead/red/{case.number}/supervise/", {"note": "请说明超期原因。"}).status_code == 302
    urge = Urge.objects.get(case=case)
    assert (urge.note, urge.made_by) == ("请说明超期原因。", at_home.people["supervisor"])
    cases.reply_to_urge(urge, actor=at_home.people["checker"], reply="专利权属正在核实。")
    page = opened.get("/lead/red/").content.decode()
    assert "专利权属正在核实。" in page


def test_the_county_leader_urges_no_case_of_the_other_county(at_home):
    foreign = at_home.sides["b"].cases["review"]
    answer = browser(at_home, "county_leader").post(
        f"/lead/red/{foreign.number}/supervise/", {"note": "请尽快办理。"}
    )
    assert answer.status_code == 404
    assert not Urge.objects.filter(case=foreign).exists()


# --- chains --------------------------------------------------------------------------------------------------------


def test_the_gaps_of_a_chain_are_named(at_home):
    rows = {row.chain.code: row for row in atlas.standing_of_chain(policy.yearly()[1])}
    assert rows["L10"].gap_words == "缺院士、项目，团队还差1个"
    assert rows["L01"].gap_words == "缺平台、院士、团队、项目"
    for kind, name in (("academician", "示例院士"), ("project", "示例项目"), ("team", "第二团队")):
        atlas.record(rows["L10"].chain, actor=at_home.people["intake"], kind=kind, name=name, source="示例")
    complete = {row.chain.code for row in atlas.standing_of_chain(policy.yearly()[1]) if not row.gaps}
    assert complete == {"L10"}
    atlas.end(ChainRecord.objects.get(name="第二团队"), actor=at_home.people["intake"], reason="项目结束")
    assert not any(not row.gaps for row in atlas.standing_of_chain(policy.yearly()[1]))


# --- time ----------------------------------------------------------------------------------------------------------


def test_a_step_done_leaves_its_days_and_one_taken_back_leaves_none(at_home):
    case = at_home.sides["a"].cases["recognised"]
    spans = StepSpan.objects.filter(case=case)
    assert set(spans.values_list("step", flat=True)) == {
        "confirm", "intake", "dispatch", "form_review", "draft_decision", "decide", "recognise",
    }  # fmt: skip
    assert set(spans.filter(officer=True).values_list("kept", flat=True)) == {True}
    side = at_home.sides["a"]
    intake = StepSpan.objects.get(case=side.cases["team"], step="intake")
    acts.take_back(side.cases["team"], actor=at_home.people["intake"], reason="选错了结果")
    assert not StepSpan.objects.filter(pk=intake.pk).exists()


def test_the_median_is_the_middle_one_or_half_way_between_two():
    assert projections.median([(3, 1), (1, 1), (10, 1)]) == 3
    assert projections.median([(1, 2), (4, 2)]) == Decimal("2.5")
    assert projections.median([(7, 5)]) == 7
    assert projections.median([]) is None


def test_the_guide_promises_and_says_what_was_kept(at_home):
    guide = Client().get("/hall/green-channel/").content.decode()
    assert "暂无数据" in guide
    assert not StepPace.objects.exists()
    StepSpan.objects.filter(step="intake").update(days=2, kept=True)
    late = StepSpan.objects.filter(step="intake").order_by("pk")[0]
    StepSpan.objects.filter(pk=late.pk).update(days=9, kept=False)
    tick.run()
    pace = StepPace.objects.get(policy="green_channel", step="intake")
    assert (pace.spans, pace.median, pace.limited, pace.kept) == (6, Decimal("2.0"), 6, 5)
    guide = Client().get("/hall/green-channel/").content.decode()
    assert "中位数 2.0 个工作日（6 次）" in guide
    assert "83%" in guide
    assert projections.refresh_paces(calendar.today()) == 0


def test_what_is_older_than_twelve_months_is_no_promise_of_today(at_home):
    StepSpan.objects.update(closed_on=date(2025, 3, 2))
    projections.refresh_paces(calendar.today())
    assert not StepPace.objects.exists()
    assert parse_qs(urlsplit(Board(scope(at_home)).cohort.url).query)["year"] == ["2026"]
