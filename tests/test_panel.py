"""专家评审 on the pages: who is asked and who is not, what an expert sees, and how the result comes about."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from talent.core import roles
from talent.core.models import Appointment, AuditEntry, Case, CaseEvent, Recusal
from talent.core.services import appointments, calendar, cases
from talent.core.services.errors import Conflict, NotAllowed
from talent.green_channel import services
from talent.green_channel.models import Panel, PanelSeat, Score
from talent.green_channel.services import panels, seats
from tests import factories, sitting
from tests.flows.racing import at_once

pytestmark = pytest.mark.django_db
S = PanelSeat.State


@pytest.fixture
def world(loaded):
    with sitting.sit() as played:
        yield played


# --- forming -------------------------------------------------------------------------------------------


def test_forming_a_panel_stops_the_clock_and_tells_the_applicant_in_writing(world):
    case = world.at_panel()
    before = calendar.case_clock(case).used(world.today)
    panel = world.form_panel(case)
    assert panel.due_on == calendar.due_after(world.today, 10)
    assert world.fresh(case).paused
    assert "expert_review" in world.letters(case)
    assert world.inbox("talent")[0] == "项目进入专家评审"
    page = world.get("talent", "my:case", case.number).content.decode()
    assert "专家评审时间不计入办理时限" in page
    world.later(5)
    assert calendar.case_clock(world.fresh(case)).used(world.today) == before


def test_a_panel_is_formed_once_and_only_where_the_case_stands(world):
    case = world.at_panel()
    panel = world.form_panel(case)
    world.post("panel", "desk:form_panel", case.number)
    assert "已经启动" in world.said
    services.invite(panel, world.experts[:1], actor=world.people["panel"])
    cases.move_to(case, step="draft_decision", public_step="形成办理意见", waiting_on="")
    world.post("panel", "desk:form_panel", case.number)
    assert "不在专家评审环节" in world.said
    assert Panel.objects.count() == 1


def test_a_case_of_another_level_goes_on_without_experts(world, monkeypatch):
    monkeypatch.setattr("talent.green_channel.services.needs_panel", lambda case: False)
    monkeypatch.setattr("talent.green_channel.services.needs_meeting", lambda case: False)
    assert world.at_panel().step == "draft_decision"


def test_the_database_itself_refuses_a_second_open_panel(world):
    panel = world.form_panel(world.at_panel())
    with pytest.raises(IntegrityError), transaction.atomic():
        Panel.objects.create(
            case=panel.case, organisation=panel.organisation, opened_by=panel.opened_by, due_on=panel.due_on
        )


# --- whom one asks -------------------------------------------------------------------------------------


def test_the_pool_explains_every_refusal_and_puts_those_who_fit_first(world):
    panel = world.form_panel(world.at_panel())
    world.expert("同单位专家", employer_name=world.employer.name)
    world.expert("同校专家", university="示例大学")
    tied = world.expert("合作专家")
    services.declare_tie(tied, actor=world.people["panel"], kind="co_patent", title="示例发明专利")
    world.expert("外行专家", fields="绿色化工", chains=[])
    found = {one.expert.name: one for one in services.candidates(panel)}
    assert "同属一个单位" in found["同单位专家"].refusal
    assert "同属一所高校" in found["同校专家"].refusal
    assert "共同专利" in found["合作专家"].refusal
    assert found["外行专家"].refusal == found["外行专家"].fit == ""
    names = [one.expert.name for one in services.candidates(panel)]
    assert names.index("专家0") < names.index("外行专家") < names.index("同校专家")
    page = world.get("panel", "desk:panel", panel.case.number).content.decode()
    assert "同属一所高校：示例大学" in page


def test_an_expert_in_conflict_is_not_asked_and_the_reason_is_kept(world):
    panel = world.form_panel(world.at_panel())
    world.expert("同单位专家", employer_name=world.employer.name)
    world.invite(panel, 0, 7)
    refused = world.seat(panel, 7)
    assert refused.state == S.REFUSED
    assert world.employer.name in refused.reason
    assert world.inbox("expert7") == []
    assert world.get("expert7", "expert:home").content.decode().count("石墨烯中试线") == 0
    world.get("expert7", "expert:seat", refused.row_key, expect=404)
    assert world.inbox("expert0") == ["请答复评审邀请"]


def test_without_the_comparison_the_expert_in_conflict_would_be_asked(world, monkeypatch):
    panel = world.form_panel(world.at_panel())
    world.expert("同单位专家", employer_name=world.employer.name)
    monkeypatch.setattr(panels, "conflict_reason", lambda expert, case, subject=None: "")
    world.invite(panel, 7)
    assert world.seat(panel, 7).state == S.INVITED


def test_a_tie_declared_after_the_invitation_stands_in_the_way_of_accepting(world):
    panel = world.form_panel(world.at_panel())
    world.invite(panel, 0)
    services.declare_tie(world.experts[0], actor=world.people["expert0"], kind="relation", person="赵示例")
    world.answer(panel, 0)
    assert "应当申报回避" in world.said
    assert world.seat(panel, 0).state == S.INVITED


# --- what an expert sees -------------------------------------------------------------------------------


def test_an_expert_reads_the_case_while_he_sits_and_nothing_before_or_after(world):
    panel = world.form_panel(world.at_panel())
    world.invite(panel, 0)
    number, who = panel.case.number, world.people["expert0"]
    seen = lambda: Case.objects.visible_to(who).filter(number=number).exists()  # noqa: E731
    assert not seen()
    world.get("expert0", "material_file", number, "G05", expect=404)
    world.answer(panel, 0)
    assert seen()
    assert b"".join(world.get("expert0", "material_file", number, "G05").streaming_content).startswith(
        b"%PDF"
    )
    # an identity document, a contract and the family's needs are not for experts, nor any letter
    for code in ("G02", "G07", "G10"):
        world.get("expert0", "material_file", number, code, expect=404)
    letter = panel.case.letters.order_by("pk")[0]
    world.get("expert0", "letter_file", number, letter.check_code, expect=404)
    world.get("expert0", "desk:case", number, expect=403)
    world.answer(panel, 0, "recuse", reason="发现与申请人是同门")
    assert not seen()
    world.get("expert0", "material_file", number, "G05", expect=404)


def test_the_sheet_of_another_expert_is_hidden_until_ones_own_is_in(world):
    panel = world.seated()
    world.score(panel, 0, 71)
    key = world.seat(panel, 1).row_key
    assert "71.00" not in world.get("expert1", "expert:seat", key).content.decode()
    world.score(panel, 1, 92)
    page = world.get("expert1", "expert:seat", key).content.decode()
    assert "71.00" in page
    assert not any(one.name in page for one in world.experts if one != world.experts[1])


def test_the_office_reads_the_sheets_only_when_all_are_in(world):
    panel = world.seated()
    for place in range(4):
        world.score(panel, place, 73 + place)
    page = world.get("panel", "desk:panel", panel.case.number)
    assert page.context["sheets"] == []
    world.score(panel, 4, 95)
    assert len(world.get("panel", "desk:panel", panel.case.number).context["sheets"]) == 5


def test_a_seat_of_somebody_else_is_not_found(world):
    panel = world.seated()
    key = world.seat(panel, 0).row_key
    world.get("expert1", "expert:seat", key, expect=404)
    world.post("expert1", "expert:seat", key, data=world.sheet(), expect=404)
    world.get("intake", "expert:home", expect=403)


def test_an_expert_who_lost_the_post_cannot_score(world):
    panel = world.seated()
    post = Appointment.objects.get(user=world.people["expert0"])
    appointments.dismiss(post, actor=None, reason="任期届满", system=True)
    world.post("expert0", "expert:seat", world.seat(panel, 0).row_key, data=world.sheet(), expect=403)
    assert world.seat(panel, 0).state == S.ACCEPTED


# --- scoring -------------------------------------------------------------------------------------------


def test_a_changed_sheet_is_a_new_version_and_the_last_one_counts(world):
    panel = world.seated()
    world.score(panel, 0, 60)
    world.score(panel, 0, 95)
    seat = world.seat(panel, 0)
    assert seat.version == 2
    assert Score.objects.filter(seat=seat).count() == 12
    assert {row.points for row in services.sheet(seat).values()} == {95}


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ({"points_team": 101}, "100"),
        ({"points_team": ""}, "必填"),
        ({"agrees": "no"}, "写明评审意见"),
        ({"vetoes": "on", "comment": "存在造假情形"}, "不能同时"),
    ],
)
def test_a_sheet_that_is_not_in_order_says_why(world, sent, word):
    panel = world.seated()
    world.post("expert0", "expert:seat", world.seat(panel, 0).row_key, data=world.sheet() | sent, expect=200)
    assert word in world.said
    assert world.seat(panel, 0).version == 0


def test_an_expert_without_an_account_answers_and_scores_through_the_office(world):
    panel = world.form_panel(world.at_panel())
    world.expert("纸面专家", account=False)
    world.invite(panel, 7)
    seat = world.seat(panel, 7)
    number = panel.case.number
    world.post("panel", "desk:answer_seat", number, seat.row_key, data={"answer": "accept"})
    world.post("panel", "desk:panel_sheet", number, seat.row_key, data=world.sheet(88))
    seat.refresh_from_db()
    assert (seat.state, seat.entered_by) == (S.SCORED, world.people["panel"])
    world.invite(panel, 0)
    world.answer(panel, 0)
    world.get("panel", "desk:panel_sheet", number, world.seat(panel, 0).row_key, expect=403)


# --- the result ----------------------------------------------------------------------------------------


def test_a_panel_ends_with_its_result_and_the_clock_goes_on(world):
    panel = world.scored()
    world.later(3)
    assert world.conclude(panel) == "passed"
    panel.refresh_from_db()
    assert (panel.rule, str(panel.average)) == ("passed", "90.00")
    case = world.fresh(panel.case)
    assert not case.paused
    assert world.event(case, "panel_concluded").clock == CaseEvent.ClockEffect.RESUME
    assert not Case.objects.visible_to(world.people["expert0"]).exists()
    page = world.get("talent", "my:case", case.number).content.decode()
    assert "专家评审已结束" in page
    assert "90.00" not in page
    assert "平均90.00分" in world.get("decider", "desk:case", case.number).content.decode()


def test_an_expert_who_recuses_after_scoring_counts_no_longer(world):
    panel = world.seated(7)
    for place in range(7):
        world.score(panel, place, 90 if place else 10, agrees="yes")
    world.answer(panel, 0, "recuse", reason="与申请人有合作论文")
    assert "有专家退出评审" in world.inbox("panel")
    world.conclude(panel, expect=200)
    assert "单数" in world.said
    world.post(
        "panel", "desk:answer_seat", panel.case.number, world.seat(panel, 1).row_key,
        data={"answer": "recuse", "reason": "查实同门关系"},
    )  # fmt: skip
    assert world.conclude(panel) == "passed"
    panel.refresh_from_db()
    assert str(panel.average) == "90.00"
    assert panel.figures["scored"] == "5"


def test_a_panel_that_is_too_small_or_not_done_cannot_end(world):
    panel = world.form_panel(world.at_panel())
    world.invite(panel, 0, 1, 2, 3)
    for place in range(4):
        world.answer(panel, place)
        world.score(panel, place)
    world.conclude(panel, expect=200)
    assert "至少需要5名" in world.said
    world.invite(panel, 4)
    world.answer(panel, 4)
    world.conclude(panel, expect=200)
    assert "还有1名专家没有评分" in world.said


def test_a_case_that_ends_takes_its_panel_and_the_experts_view_with_it(world):
    panel = world.seated()
    world.post("talent", "my:withdraw", panel.case.number)
    world.score(panel, 0, expect=403)
    assert services.cancel_ended() == 1
    assert services.cancel_ended() == 0
    panel.refresh_from_db()
    assert panel.state == Panel.State.CANCELLED
    assert not Case.objects.visible_to(world.people["expert0"]).exists()


# --- who the experts are -------------------------------------------------------------------------------


def test_no_expert_is_named_outside_the_office(world):
    panel = world.seated()
    for place in range(5):
        world.score(panel, place, 90, comment=f"暗记评语{place}松柏")
    world.conclude(panel)
    number = panel.case.number
    pages = [world.get("talent", "my:case", number), world.get("hr", "unit:case", number)]
    pages += [
        world.get(who, "desk:case", number) for who in ("intake", "checker", "decider", "head", "supervisor")
    ]
    for page in pages:
        text = page.content.decode()
        assert not any(one.name in text or one.employer_name in text for one in world.experts)
        assert "暗记评语" not in text
    events = " ".join(f"{one.by} {one.internal_text} {one.public_text}" for one in panel.case.events.all())
    letters = " ".join(str(one.facts) for one in panel.case.letters.all())
    assert not any(one.name in events + letters for one in world.experts)
    for who in ("intake", "checker", "decider", "meeting"):
        world.get(who, "desk:panel", number, expect=403)
        world.get(who, "desk:experts", expect=403)


def test_what_an_expert_does_is_in_the_audit_chain(world):
    panel = world.seated()
    world.score(panel, 0)
    done = set(
        AuditEntry.objects.filter(actor_id_value=world.people["expert0"].pk).values_list("action", flat=True)
    )
    assert {"seat_accepted", "seat_scored"} <= done


def test_a_recused_expert_who_is_an_officer_too_does_not_find_the_case_anywhere(world):
    panel = world.form_panel(world.at_panel())
    factories.appoint(world.people["expert0"], roles.CHECKER, factories.bureau("kjj"))
    number = panel.case.number
    assert number in world.get("expert0", "desk:cases").content.decode()
    world.invite(panel, 0)
    world.answer(panel, 0, "recuse", reason="与申请人是同门")
    assert Recusal.objects.filter(user=world.people["expert0"]).count() == 1
    world.get("expert0", "desk:case", number, expect=404)
    assert number not in world.get("expert0", "desk:cases").content.decode()


# --- races ---------------------------------------------------------------------------------------------


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_experts_at_once_leave_two_whole_sheets(world):
    panel = world.seated()
    sheet = {"points": dict.fromkeys(sitting.DIMENSIONS, 90), "comments": {}, "agrees": True}
    outcomes = at_once(
        *(
            partial(services.score, world.seat(panel, place), actor=world.people[f"expert{place}"], **sheet)
            for place in (0, 1, 0, 1)
        )
    )
    assert all(isinstance(one, PanelSeat) for one in outcomes), outcomes
    for place in (0, 1):
        seat = world.seat(panel, place)
        assert seat.version == 2
        assert Score.objects.filter(seat=seat).count() == 12


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_last_sheet_and_the_end_at_once_agree_on_one_result(world):
    panel = world.scored()
    sheet = {
        "points": dict.fromkeys(sitting.DIMENSIONS, 0),
        "comments": {},
        "agrees": False,
        "comment": "改为不同意",
    }
    at_once(
        partial(world.conclude, panel),
        partial(services.score, world.seat(panel, 0), actor=world.people["expert0"], **sheet),
    )
    panel.refresh_from_db()
    assert panel.state != Panel.State.OPEN
    counted = {str(row.points) for row in services.sheet(world.seat(panel, 0)).values()}
    assert (str(panel.average), counted) in (("90.00", {"90"}), ("72.00", {"0"}))


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_without_the_panels_lock_a_sheet_would_come_after_the_end(world, monkeypatch):
    panel = world.scored()
    seat = world.seat(panel, 0)
    world.conclude(panel)
    sheet = {
        "points": dict.fromkeys(sitting.DIMENSIONS, 0),
        "comments": {},
        "agrees": False,
        "comment": "改为不同意",
    }
    with pytest.raises(Conflict):
        services.score(seat, actor=world.people["expert0"], **sheet)
    monkeypatch.setattr(seats, "require_open", lambda panel: panel)
    services.score(seat, actor=world.people["expert0"], **sheet)
    assert {row.points for row in services.sheet(world.seat(panel, 0)).values()} == {0}


def test_the_pages_of_the_pool_enter_tie_and_retire(world):
    sent = {
        "name": "新专家",
        "employer_name": "外地大学",
        "fields_": "石墨烯材料、新能源",
        "account": "",
        "mobile": "19900000077",
    }
    world.post("panel", "desk:experts", data=sent)
    made = services.pool("新专家").get()
    assert made.field_list == ("石墨烯材料", "新能源")
    assert str(made.mobile) == "199****0077"
    address = reverse("desk:expert", args=[made.row_key])
    world.post("panel", "desk:expert", made.row_key, data={"kind": "relation", "person": "赵示例"})
    assert "赵*例" in world.get("panel", "desk:expert", made.row_key).content.decode()
    world.post("panel", "desk:expert", made.row_key, data={"kind": "relation"}, expect=200)
    world.post("panel", "desk:expert", made.row_key, data={"retire": "1"})
    assert not services.pool("新专家").exists()
    assert world.browser("visitor").get(address).status_code == 302


def test_who_took_the_case_in_forms_no_panel_of_it(world, monkeypatch):
    case = world.at_panel()
    factories.appoint(world.people["intake"], roles.PANEL_SECRETARY, factories.bureau("kjj"))
    with pytest.raises(NotAllowed, match="受理"):
        services.form_panel(case, actor=world.people["intake"])
    # Without the list of these acts he would.
    monkeypatch.setattr(panels, "NOT_BY", ())
    assert services.form_panel(case, actor=world.people["intake"]).open
