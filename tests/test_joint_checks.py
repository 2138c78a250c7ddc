"""背景核查 as people live it: several bureaus at once, each by two persons, and a lead that concludes.

2 March 2026 is a Monday; checks that count are due three working days after they are asked.
"""

from datetime import date

import pytest
from django.db import Error, IntegrityError, transaction
from django.urls import reverse
from viewflow.workflow import PROCESS, STATUS

from talent.core import roles
from talent.core.models import Case, CaseEvent, Check, CheckConclusion, CheckConfirmation, CheckOpinion
from talent.core.services import checks
from talent.core.services.errors import Conflict
from tests import factories, steps
from workflows import tick
from workflows.base import acts
from workflows.desk import case as page
from workflows.management.commands.doctor import findings

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings(PROFILE)]
CANARY = "暗记核查发现松柏"


@pytest.fixture
def world(loaded):
    with steps.play() as played:
        played.staff_bureaus()
        yield played


def asked(world, *subjects: str) -> Case:
    """A case whose bureaus have just been asked."""
    return world.form_review(world.dispatch(world.at_dispatch_soon(), **world.ask_bureaus(*subjects)))


def nodes(case: Case) -> list[str]:
    return sorted(case.open_steps.values_list("node", flat=True))


def joins(case: Case) -> int:
    return acts.process_of(case).task_set.filter(flow_task_type="JOIN", status=STATUS.DONE).count()


# --- the way through ----------------------------------------------------------------------------------


def test_five_bureaus_answer_at_once_and_the_lead_concludes(world):
    case = world.dispatch(
        world.at_dispatch_soon(), **world.ask_bureaus("identity", "ip", "integrity", "finance", "security")
    )
    assert not case.parties.filter(capacity="checking").exists(), "nobody is a party before being asked"
    case = world.form_review(case)
    assert nodes(case) == sorted(f"check_{one}" for one in steps.CHECKING)
    assert (case.step, case.public_step, case.waiting_on) == (
        "background_checks",
        "有关部门核查",
        "背景核查（0/5）",
    )
    assert {one.subject: one.due_on for one in case.checks.all()} == {
        "identity": date(2026, 3, 5), "ip": date(2026, 3, 5), "integrity": date(2026, 3, 5), "finance": date(2026, 3, 5),
        "security": date(2026, 3, 16),
    }  # fmt: skip
    for subject, finding in (
        ("identity", "consistent"),
        ("ip", "clear"),
        ("integrity", "clean"),
        ("finance", "sound"),
    ):
        case = world.confirm(world.opine(case, subject, finding), subject)
    assert (case.waiting_on, case.paused) == ("背景核查（4/5）", True), "only what does not count is awaited"
    world.later(4)
    case = world.confirm(world.opine(case, "security", "no_concern"), "security")
    assert (nodes(case), case.step, case.paused) == (["conclude_checks"], "conclude_checks", False)
    assert case.due_on == date(2026, 4, 3), "four days outside the clock"
    assert joins(case) == 1
    case = world.conclude(case)
    assert (nodes(case), case.check_conclusions.get().advice) == (["draft_decision"], "recommend")
    case = world.sign(world.draft(case))
    assert case.status == Case.Status.PUBLICITY
    assert findings() == []


def test_the_dispatch_proposes_the_bureaus_with_reasons_and_another_choice_needs_one(world):
    case = world.at_dispatch_soon()
    shown = world.get("intake", "desk:decide", case.number, "dispatch")
    form = shown.context["form"]
    assert {name: form[f"check_{name}"].initial for name in steps.CHECKING} == {
        name: factories.bureau(code).pk if name != "security" else None
        for name, code in steps.CHECKING.items()
    }
    assert "每个人选都要核实身份与履历" in shown.content.decode()
    assert "一般不需要" in shown.content.decode(), "the field names nothing that asks for the security check"
    usual = world.ask_bureaus("identity", "ip", "integrity", "finance")
    world.decide("intake", case, "dispatch", "dispatch", expect=200, lead=factories.bureau("kjj").pk,
                 **world.ask_bureaus("identity"))  # fmt: skip
    assert "调整理由" in world.said
    case = world.dispatch(case, check_reason="", **usual)
    assert world.event(case, "dispatched").figures["checks"] == {
        "identity": "rsj", "ip": "kjj", "integrity": "fgw", "finance": "czj",
    }  # fmt: skip


def test_a_case_whose_bureaus_were_all_left_out_goes_straight_to_the_draft(world):
    assert nodes(world.form_review(world.dispatch(world.at_dispatch_soon()))) == ["draft_decision"]


def test_a_negative_form_review_asks_nobody(world):
    case = world.dispatch(world.at_dispatch_soon(), **world.ask_bureaus("identity"))
    case = world.form_review(case, "fail")
    assert (nodes(case), case.checks.count()) == (["draft_decision"], 0)


def test_one_adverse_answer_does_not_stop_the_others_and_blocks_the_recommendation_until_explained(world):
    case = asked(world, "identity", "integrity")
    case = world.confirm(world.opine(case, "integrity", "listed"), "integrity")
    assert nodes(case) == ["check_identity"]
    case = world.confirm(world.opine(case, "identity", "consistent"), "identity")
    world.conclude(case, expect=200)
    assert "诚信与信用" in world.said
    assert "理由" in world.said
    assert not CheckConclusion.objects.exists()
    case = world.conclude(case, explanation="记录系同名企业，已核实与本人无关。")
    assert nodes(case) == ["draft_decision"]
    assert world.draft(case).status == Case.Status.ACCEPTED


def test_a_draft_against_the_leads_advice_says_why(world):
    case = asked(world, "integrity")
    case = world.confirm(world.opine(case, "integrity", "listed"), "integrity")
    case = world.conclude(case, "refuse", opinion="建议不予支持。")
    world.decide(
        "intake2", case, "draft_decision", "approve", level_code="B", reason="达到标准。", expect=200
    )
    assert "不利结论" in world.said
    case = world.draft(case, adverse_reason="经会商，记录不影响认定。")
    assert nodes(case) == ["decide"]


# --- two persons ----------------------------------------------------------------------------------------


def test_who_gave_the_opinion_does_not_confirm_it(world):
    factories.appoint(world.people["rsj_checker"], roles.BUREAU_HEAD, factories.bureau("rsj"))
    case = world.opine(asked(world, "identity"), "identity", "consistent")
    world.confirm(case, "identity", who="rsj_checker", expect=403)
    assert "其他负责人确认" in world.said
    assert not CheckConfirmation.objects.exists()
    assert nodes(world.confirm(case, "identity")) == ["conclude_checks"]


def test_without_that_question_one_person_would_do_both(world, monkeypatch):
    factories.appoint(world.people["rsj_checker"], roles.BUREAU_HEAD, factories.bureau("rsj"))
    case = world.opine(asked(world, "identity"), "identity", "consistent")
    for place in (checks, checks.answering):
        monkeypatch.setattr(place, "refusal_to_confirm", lambda *args: "")
    with pytest.raises(IntegrityError, match="another_person_confirms_the_opinion"):
        world.confirm(case, "identity", who="rsj_checker")


def test_the_head_sends_an_opinion_back_and_both_versions_stay(world):
    case = world.opine(asked(world, "identity"), "identity", "consistent")
    world.confirm(case, "identity", "return", expect=200)
    assert "请填写" in world.said
    case = world.confirm(case, "identity", "return", opinion="请补查任职证明。")
    assert nodes(case) == ["check_identity"]
    case = world.opine(case, "identity", "minor_gap", opinion="任职起止时间有出入。")
    case = world.confirm(case, "identity")
    assert nodes(case) == ["conclude_checks"]
    assert list(CheckOpinion.objects.values_list("version", "finding")) == [
        (1, "consistent"),
        (2, "minor_gap"),
    ]


def test_an_opinion_needs_a_finding_and_words_and_no_numbers_of_persons(world):
    case = asked(world, "identity")
    world.opine(case, "identity", "", expect=200)
    world.opine(case, "identity", "consistent", opinion="", expect=200)
    world.opine(case, "identity", "consistent", opinion="好", expect=200)
    assert "至少" in world.said
    world.opine(case, "identity", "consistent", opinion=f"证件{world.number}属实。", expect=200)
    assert "证件号码" in world.said
    assert not CheckOpinion.objects.exists()


# --- edits ----------------------------------------------------------------------------------------------


def revise(world, case, subject, finding, *, who="", expect=302, **fields):
    check = case.checks.get(subject=subject)
    fields = {"opinion": "补充核实后情况有变。", "version": check.version, **fields}
    who = who or f"{steps.CHECKING[subject]}_checker"
    world.post(
        who, "desk:check_revise", case.number, check.place, data={"outcome": finding, **fields}, expect=expect
    )
    return world.fresh(case)


def test_an_edit_after_confirmation_voids_it_and_stays_readable(world):
    case = asked(world, "identity", "finance")
    case = world.confirm(
        world.opine(case, "identity", "consistent", opinion="履历一致的旧意见。"), "identity"
    )
    case = revise(world, case, "identity", "inconsistent")
    assert nodes(case) == ["check_finance", "confirm_identity"]
    assert case.waiting_on == "背景核查（0/2）"
    read = world.get("checker", "desk:case", case.number).content.decode()
    assert "履历一致的旧意见" in read
    assert "确认已作废" in read
    assert "补充核实后情况有变" in read
    case = world.confirm(world.opine(case, "finance", "sound"), "finance")
    assert nodes(case) == ["confirm_identity"], "the edited one is awaited again"
    case = world.confirm(case, "identity")
    assert (nodes(case), joins(case)) == (["conclude_checks"], 1)


def test_an_edit_while_the_lead_concludes_takes_the_conclusion_away_until_it_is_confirmed(world):
    case = asked(world, "identity")
    case = world.confirm(world.opine(case, "identity", "consistent"), "identity")
    world.claim("checker", case, "conclude_checks")
    case = revise(world, case, "identity", "inconsistent")
    assert nodes(case) == ["confirm_identity"]
    world.conclude(case, expect=409)
    case = world.confirm(case, "identity")
    assert (nodes(case), joins(case)) == (["conclude_checks"], 2)
    world.conclude(case, expect=200)
    assert "身份与履历" in world.said


def test_after_the_conclusion_nothing_is_edited(world):
    case = asked(world, "identity")
    case = world.conclude(world.confirm(world.opine(case, "identity", "consistent"), "identity"))
    case = revise(world, case, "identity", "inconsistent")
    assert "已经汇总" in world.said
    assert CheckOpinion.objects.count() == 1


def test_only_an_officer_of_the_bureau_edits(world):
    case = world.opine(asked(world, "identity"), "identity", "consistent")
    for who in ("czj_checker", "rsj_head", "checker", "intake"):
        revise(world, case, "identity", "inconsistent", who=who, expect=404)
    assert CheckOpinion.objects.count() == 1
    case = revise(world, case, "identity", "inconsistent")
    assert nodes(case) == ["confirm_identity"]


def test_the_head_confirms_only_the_version_he_has_read(world):
    case = world.opine(asked(world, "identity"), "identity", "consistent")
    case = revise(world, case, "identity", "inconsistent")
    world.confirm(case, "identity", version=1, expect=409)
    assert "新的版本" in world.said
    assert not CheckConfirmation.objects.exists()


def test_opinions_and_confirmations_are_never_changed_by_anybody(world):
    case = world.confirm(world.opine(asked(world, "identity"), "identity", "consistent"), "identity")
    world.conclude(case)
    for model in (CheckOpinion, CheckConfirmation, CheckConclusion):
        field = {"CheckOpinion": "text", "CheckConfirmation": "note", "CheckConclusion": "text"}[
            model.__name__
        ]
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            model.objects.update(**{field: "改写"})
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            model.objects.all()._raw_delete(model.objects.db)


# --- more bureaus -----------------------------------------------------------------------------------------


def more(world, case, *, who="checker", expect=302, **fields):
    world.post(
        who, "desk:check_more", case.number, data={"check_reason": "会商需要", **fields}, expect=expect
    )
    return world.fresh(case)


def test_further_bureaus_are_asked_while_answers_are_gathered_and_the_join_waits_for_them(world):
    case = asked(world, "identity")
    case = more(world, case, **world.ask_bureaus("finance", "security"))
    assert nodes(case) == ["check_finance", "check_identity", "check_security"]
    assert case.waiting_on == "背景核查（0/3）"
    assert case.checks.get(subject="security").reason == "会商需要"
    case = world.confirm(world.opine(case, "identity", "consistent"), "identity")
    assert nodes(case) == ["check_finance", "check_security"], "the first bureau alone does not open the join"
    case = world.confirm(world.opine(case, "security", "no_concern"), "security")
    case = world.confirm(world.opine(case, "finance", "sound"), "finance")
    assert (nodes(case), joins(case)) == (["conclude_checks"], 1)


def test_a_further_bureau_asked_before_the_conclusion_takes_it_away_until_it_has_answered(world):
    case = world.confirm(world.opine(asked(world, "identity"), "identity", "consistent"), "identity")
    case = more(world, case, **world.ask_bureaus("finance"))
    assert (nodes(case), case.waiting_on) == (["check_finance"], "背景核查（1/2）")
    case = world.confirm(world.opine(case, "finance", "sound"), "finance")
    assert (nodes(case), joins(case)) == (["conclude_checks"], 2)
    assert nodes(world.conclude(case)) == ["draft_decision"]


def test_the_conclusion_itself_asks_further_bureaus(world):
    case = world.confirm(world.opine(asked(world, "identity"), "identity", "consistent"), "identity")
    world.conclude(case, "ask_more", check_reason="需要财政意见", expect=200)
    assert "至少选择一个" in world.said
    case = world.conclude(case, "ask_more", check_reason="需要财政意见", **world.ask_bureaus("finance"))
    assert nodes(case) == ["check_finance"]
    assert not case.checks.filter(concluded=True).exists()


def test_only_the_lead_asks_more_with_a_reason_and_only_before_the_conclusion(world):
    case = asked(world, "identity")
    more(world, case, check_reason="", expect=200, **world.ask_bureaus("finance"))
    more(world, case, who="intake", expect=403, **world.ask_bureaus("finance"))
    more(world, case, who="rsj_checker", expect=404, **world.ask_bureaus("finance"))
    more(world, case, expect=200, **world.ask_bureaus("identity"))
    assert case.checks.count() == 1
    case = world.conclude(world.confirm(world.opine(case, "identity", "consistent"), "identity"))
    more(world, case, expect=409, **world.ask_bureaus("finance"))
    assert case.checks.count() == 1


# --- asked the wrong bureau ---------------------------------------------------------------------------------


def withdraw(world, case, subject, *, who="checker", expect=302, **fields):
    data = {"reason": "应由科技局核查", **fields}
    place = case.checks.filter(subject=subject).order_by("-place")[0].place
    world.post(who, "desk:check_withdraw", case.number, place, data=data, expect=expect)
    return world.fresh(case)


def test_a_wrongly_addressed_check_is_withdrawn_and_the_bureau_is_told(world):
    case = asked(world, "identity", "finance")
    case = world.confirm(world.opine(case, "identity", "consistent"), "identity")
    withdraw(world, case, "finance", reason="", expect=200)
    withdraw(world, case, "finance", who="head", expect=403)
    case = withdraw(world, case, "finance")
    assert (nodes(case), joins(case), case.paused) == (["conclude_checks"], 1, False)
    assert "核查已撤回" in world.inbox("czj_checker")
    assert "财政局" in world.event(case, "check_withdrawn").internal_text
    world.get("czj_checker", "desk:case", case.number, expect=404)
    withdraw(world, case, "identity", expect=409)
    assert "已经答复" in world.said
    assert nodes(world.conclude(case)) == ["draft_decision"]


def test_another_bureau_may_be_asked_instead_and_the_last_check_is_not_withdrawn_without_one(world):
    case = asked(world, "identity")
    withdraw(world, case, "identity", expect=200)
    assert "唯一的核查" in world.said
    case = withdraw(world, case, "identity", instead=factories.bureau("fgw").pk)
    assert (nodes(case), case.waiting_on) == (["check_identity"], "背景核查（0/1）")
    assert case.checks.open().get().organisation == factories.bureau("fgw")
    world.opine(case, "identity", "consistent", who="rsj_checker", expect=404)
    case = world.opine(case, "identity", "consistent", who="fgw_checker")
    case = world.confirm(case, "identity", who="fgw_head")
    assert (nodes(case), joins(case)) == (["conclude_checks"], 1)
    assert findings() == []


# --- silence ------------------------------------------------------------------------------------------------


def test_silence_is_recorded_once_escalated_to_a_named_superior_and_is_no_consent(world):
    case = asked(world, "identity", "finance")
    case = world.confirm(world.opine(case, "finance", "sound"), "finance")
    world.at(date(2026, 3, 12))
    tick.run()
    tick.run()
    check = case.checks.get(subject="identity")
    assert (check.state, check.silent_on, check.escalated_to) == (
        "asked",
        date(2026, 3, 12),
        str(world.people["rsj_head"]),
    )
    assert case.events.filter(kind="check_overdue").count() == 1
    assert len([one for one in world.inbox("rsj_head") if "已超期" in one]) == 1
    assert nodes(case) == ["check_identity"], "the case waits"
    with pytest.raises(checks.answering.ActRefused, match="不视为同意"):
        checks.conclude(case, actor=world.people["checker"], standing=None, advice="recommend")
    read = world.get("checker", "desk:case", case.number).content.decode()
    assert "逾期未复" in read
    assert "背景核查（1/2）" in world.get("checker", "desk:cases").content.decode()
    case = world.confirm(world.opine(case, "identity", "consistent"), "identity")
    assert nodes(case) == ["conclude_checks"], "a late answer is an answer"
    assert case.checks.get(subject="identity").silent_on == date(2026, 3, 12)


# --- the other verbs -----------------------------------------------------------------------------------------


def test_a_withdrawal_cancels_every_open_check(world):
    case = world.opine(asked(world, "identity", "finance", "security"), "identity", "consistent")
    world.post("talent", "my:withdraw", case.number, data={"reason": "个人原因"})
    case = world.fresh(case)
    assert (case.status, nodes(case)) == (Case.Status.WITHDRAWN, [])
    assert set(case.checks.values_list("state", flat=True)) == {"cancelled"}
    process = acts.process_of(case)
    assert process.status == PROCESS.CANCELED
    assert not process.task_set.filter(status__in=(STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED)).exists()
    world.opine(case, "finance", "sound", expect=409)
    assert findings() == []


def test_a_stop_cancels_every_open_check(world):
    case = world.confirm(
        world.opine(asked(world, "identity", "finance"), "identity", "consistent"), "identity"
    )
    world.post("intake", "desk:stop", case.number, data={"reason": "单位已注销", "clause": "第7项"})
    case = world.fresh(case)
    assert (case.status, nodes(case)) == (Case.Status.STOPPED, [])
    assert {one.subject: one.state for one in case.checks.all()} == {
        "identity": "confirmed",
        "finance": "cancelled",
    }


def test_the_form_review_is_taken_back_while_no_bureau_has_begun(world):
    case = asked(world, "identity", "finance")
    world.post("checker", "desk:take_back", case.number, data={"reason": "误点通过"})
    case = world.fresh(case)
    assert nodes(case) == ["form_review"]
    assert set(case.checks.values_list("state", flat=True)) == {"cancelled"}
    assert not case.parties.filter(capacity="checking").exists()
    world.get("rsj_checker", "desk:case", case.number, expect=404)
    case = world.form_review(case)
    assert nodes(case) == ["check_finance", "check_identity"]


def test_it_is_not_taken_back_once_a_bureau_has_begun(world):
    case = world.opine(asked(world, "identity", "finance"), "identity", "consistent")
    for who in ("checker", "rsj_checker"):
        expect = 302 if who == "checker" else 404
        world.post(who, "desk:take_back", case.number, data={"reason": "误点通过"}, expect=expect)
    assert nodes(case) == ["check_finance", "confirm_identity"]


def test_a_conclusion_taken_back_opens_the_edit_again(world):
    case = world.conclude(
        world.confirm(world.opine(asked(world, "identity"), "identity", "consistent"), "identity")
    )
    world.post("checker", "desk:take_back", case.number, data={"reason": "说明不全"})
    case = world.fresh(case)
    assert nodes(case) == ["conclude_checks"]
    case = revise(world, case, "identity", "inconsistent")
    assert nodes(case) == ["confirm_identity"]


def test_a_claim_put_back_or_handed_over_touches_one_branch_only(world):
    factories.appoint(factories.account("rsj2", "人社乙"), roles.CHECKER, factories.bureau("rsj"))
    case = asked(world, "identity", "finance")
    world.claim("rsj_checker", case, "check_identity")
    world.claim("czj_checker", case, "check_finance")
    assert world.fresh(case).waiting_on == "背景核查（0/2）"
    world.claim("czj_checker", case, "check_identity")
    owners = {one.node: one.owner for one in case.open_steps.all()}
    assert owners == {
        "check_identity": world.people["rsj_checker"],
        "check_finance": world.people["czj_checker"],
    }
    other = steps.User.objects.get(username="rsj2")
    world.post(
        "rsj_head", "desk:transfer", case.number, "check_identity", data={"to": other.pk, "reason": "出差"}
    )
    world.post("czj_checker", "desk:put_back", case.number, "check_finance", data={"reason": "出差"})
    owners = {one.node: one.owner for one in case.open_steps.all()}
    assert owners == {"check_identity": other, "check_finance": None}


def test_the_lead_asks_the_applicant_for_a_supplement_and_concludes_afterwards(world):
    case = world.confirm(world.opine(asked(world, "identity"), "identity", "consistent"), "identity")
    case = world.conclude(case, "supplement", supplement={"G05": "缺少投资测算"})
    assert (case.status, nodes(case)) == (Case.Status.SUPPLEMENTING, ["supplement"])
    case = world.fix(case, "G05")
    step = world.step(case)
    assert (step.node, step.owner) == ("conclude_checks", world.people["checker"])


# --- who sees what -------------------------------------------------------------------------------------------


def test_a_finding_is_read_by_its_own_bureau_and_by_those_who_decide_and_by_nobody_else(world):
    case = asked(world, "identity", "finance")
    case = world.opine(case, "identity", "inconsistent", opinion=CANARY)
    case = world.confirm(case, "identity", opinion=f"{CANARY}确认")
    for who in ("checker", "head", "intake", "decider", "rsj_checker", "rsj_head"):
        assert CANARY in world.get(who, "desk:case", case.number).content.decode(), who
    inside = [reverse("desk:case", args=[case.number]), reverse("desk:cases"), reverse("desk:home")]
    outside = [
        reverse("home_after_login"),
        f"/my/cases/{case.number}/",
        f"/unit/cases/{case.number}/",
        "/my/messages/",
    ]
    for who in (
        "czj_checker",
        "czj_head",
        "steward",
        "supervisor",
        "talent",
        "hr",
        "recommender",
        "stranger",
    ):
        for address in inside + outside:
            for words in (CANARY, "不一致"):
                assert words not in world.browser(who).get(address, follow=True).content.decode(), (
                    who,
                    address,
                )
    assert not CaseEvent.objects.filter(internal_text__contains=CANARY).exists()
    assert not CaseEvent.objects.filter(public_text__contains=CANARY).exists()


def test_were_the_bureau_let_in_like_any_party_it_would_read_what_the_others_found(world, monkeypatch):
    case = asked(world, "identity", "finance")
    case = world.confirm(world.opine(case, "identity", "inconsistent", opinion=CANARY), "identity")
    monkeypatch.setattr(page, "only_checking", lambda request, case: False)
    monkeypatch.setattr(checks, "reads_findings", lambda user, case: True)
    assert CANARY in world.get("czj_checker", "desk:case", case.number).content.decode()


def test_an_asked_bureau_opens_only_the_materials_of_its_check_and_only_while_it_runs(world):
    case = asked(world, "identity", "finance")
    assert "G02" in world.get("rsj_checker", "desk:case", case.number).content.decode()
    assert b"".join(world.get("rsj_checker", "material_file", case.number, "G02").streaming_content)
    for code in ("G05", "G06", "G01"):
        world.get("rsj_checker", "material_file", case.number, code, expect=404)
        world.get("rsj_checker", "material_page", case.number, code, 1, expect=404)
    world.get(
        "rsj_checker", "letter_file", case.number, case.letters.order_by("pk")[0].check_code, expect=404
    )
    world.get("gaj_checker", "desk:case", case.number, expect=404)
    case = world.confirm(
        world.opine(case, "identity", "consistent", opinion="自己的意见仍可查看。"), "identity"
    )
    case = world.conclude(world.confirm(world.opine(case, "finance", "sound"), "finance"))
    assert "自己的意见仍可查看" in world.get("rsj_checker", "desk:case", case.number).content.decode()
    world.get("rsj_checker", "material_file", case.number, "G02", expect=404)


def test_an_asked_bureau_has_no_other_act_on_the_case(world):
    case = asked(world, "identity")
    for name, data in (
        ("desk:stop", {"reason": "无权终止", "clause": "第7项"}), ("desk:supervise_case", {"reason": "无权督办"}),
        ("desk:note", {"text": "无权留言。"}), ("desk:message", {"body": "无权发消息。"}),
        ("desk:reveal", {"reason": "无权查看", "field": "id_number"}), ("desk:take_back", {"reason": "无权撤回"}),
    ):  # fmt: skip
        world.post("rsj_head", name, case.number, data=data, expect=404)
    assert world.get("rsj_checker", "desk:decide", case.number, "check_identity").status_code == 200
    world.get("rsj_checker", "desk:decide", case.number, "check_finance", expect=409)
    case = world.confirm(world.opine(case, "identity", "consistent"), "identity")
    world.get("rsj_checker", "desk:decide", case.number, "conclude_checks", expect=404)


def test_a_bureau_is_asked_once_at_a_time_on_a_subject(world):
    case = asked(world, "identity")
    with pytest.raises(Conflict, match="正在由"):
        checks.ask(case, {"identity": factories.bureau("gaj")}, actor=world.people["checker"], standing=None)
    case = world.confirm(world.opine(case, "identity", "consistent"), "identity")
    case = more(world, case, check_identity=factories.bureau("gaj").pk)
    assert [one.organisation.code for one in case.checks.filter(subject="identity").order_by("place")] == [
        "rsj",
        "gaj",
    ]
    assert nodes(case) == ["check_identity"]
    assert case.open_steps.get().organisation.code == "gaj"
    assert Check.objects.filter(case=case).count() == 2
