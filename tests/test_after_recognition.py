"""What follows the recognition, played on the pages: agreement, services, rating, evaluation (G11 to G14)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from talent.core import identifiers, roles
from talent.core.models import AuditEntry, CreditMark, Instalment
from talent.core.services import calendar, funds
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.letters.rendering import html_of
from talent.green_channel.models import (
    Agreement,
    Evaluation,
    FollowUp,
    GreenChannelCase,
    MilestoneClaim,
    Need,
    ServiceOrder,
)
from talent.green_channel.services import agreements, evaluating, milestones, orders
from tests import factories, steps
from tests.steps import formset
from workflows import tick

# WeasyPrint leaves its colour profile open when `tick` draws letters.
PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)
FAMILY = "暗记小学三年级松柏"
TERMS = {
    "starts_on": "2026-03-16", "ends_on": "2031-03-15", "service_years": 5, "duties": "各方按约履行职责。",
    "ip": "双方共有。", "recovery": "无正当理由不履约的追回。", "reason": "",
}  # fmt: skip


def terms(*aims: dict, **changes) -> dict:
    rows = aims or (
        {"title": "中试线建成", "due_on": "2026-12-31", "amount": "500000.00", "evidence": "验收报告"},
        {"title": "实现量产", "due_on": "2028-12-31", "amount": "500000.00", "evidence": "销售合同"},
    )
    return TERMS | formset("aim", *rows) | changes


class World(steps.World):
    """The people of the case, and the bureaus that serve afterwards."""

    def __init__(self, traveller) -> None:
        super().__init__(traveller)
        self.paper = factories.pdf().read()
        for name, role, code in (
            ("school", roles.CHECKER, "jyj"),
            ("school2", roles.CHECKER, "jyj"),
            ("health", roles.CHECKER, "wjw"),
            ("finance", roles.FINANCE, "czj"),
        ):
            self.people[name] = factories.account(name, f"{name}办")
            factories.appoint(self.people[name], role, factories.bureau(code))

    def recognised(self) -> GreenChannelCase:
        case = self.at_dispatch_soon()
        need = Need(case=case, domain="living", item="子女入学", concerns_family=True)
        need.detail = FAMILY
        need.save()
        Need.objects.create(case=case, domain="living", item="医疗保健和就医预约")
        Need.objects.create(case=case, domain="career", item="想参加国际会议")
        case = self.sign(self.draft(self.form_review(self.dispatch(case))))
        self.at(steps.day_after(case.publicities.get().ends_on))
        tick.run()
        return self.issue(case)

    def read(self, who: str, name: str, *args) -> bytes:
        """A file, read to its end."""
        return b"".join(self.get(who, name, *args).streaming_content)

    def scan(self):
        """A file whose content the vault has inspected before: quick."""
        return factories.pdf(content=self.paper)

    def draft_terms(self, case, *aims, expect: int = 302, **changes) -> None:
        self.post("checker", "desk:agreement_draft", case.number, data=terms(*aims, **changes), expect=expect)

    def file(self, who: str, page: str, case, *, expect: int = 302) -> None:
        self.post(who, page, case.number, data={"act": "copy", "file": self.scan()}, expect=expect)

    def sent_out(self, case, **changes) -> Agreement:
        self.draft_terms(case, **changes)
        self.post("head", "desk:agreement", case.number, data={"act": "open"})
        return case.agreements.get(state="signing")

    def signed(self, case, **changes) -> Agreement:
        """In force: the employer first, the government last."""
        agreement = self.sent_out(case, **changes)
        for who, page in (
            ("hr", "unit:agreement"),
            ("talent", "my:agreement"),
            ("checker", "desk:agreement"),
        ):
            self.file(who, page, case)
        agreement.refresh_from_db()
        return agreement

    def order(self, case, item: str) -> ServiceOrder:
        return case.service_orders.get(item=item)

    def serve(self, who: str, made: ServiceOrder, act: str, *, expect: int = 302, **fields):
        return self.post(
            who, "desk:order", made.case.number, made.place, data={"act": act, **fields}, expect=expect
        )


class Town(World):
    """The world on the day of the recognition, made once for all tests."""

    def __init__(self, traveller) -> None:
        super().__init__(traveller)
        self.recognised_case = self.recognised()
        self.moment = timezone.now()


@pytest.fixture(scope="module")
def town(build):
    with time_machine.travel(steps.START, tick=True) as traveller:
        return build(Town, traveller)


@pytest.fixture
def world(_strict_pages, settings, town, db):
    """Each test begins on that day and leaves nothing behind."""
    settings.MEDIA_ROOT = town.media
    with time_machine.travel(town.moment, tick=True) as traveller:
        town.traveller = traveller
        town.browsers.clear()
        yield town


@pytest.fixture
def case(world):
    return world.fresh(world.recognised_case)


# --- the agreement (G11) -----------------------------------------------------------------------------------


def test_an_agreement_is_in_force_when_the_third_side_has_filed_and_not_before(world, case):
    agreement = world.sent_out(case)
    assert agreement.sign_by == calendar.due_after(world.today, 20)
    assert "引进协议等待签署" in world.inbox("talent")
    page = html_of(agreement.letter)
    assert "中试线建成" in page
    assert "500,000.00" in page
    for who, side in (("hr", "unit:agreement"), ("checker", "desk:agreement")):
        world.file(who, side, case)
        agreement.refresh_from_db()
        assert agreement.state == "signing"
    world.file("talent", "my:agreement", case)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.total) == ("in_force", Decimal("1000000.00"))
    assert world.event(case, "agreement_in_force").actor is None
    for who, name in (("talent", "my:agreement"), ("hr", "unit:agreement"), ("head", "desk:agreement")):
        assert "生效" in world.get(who, name, case.number).content.decode()
    assert world.read("hr", "signed_copy", case.number, 1, "talent").startswith(b"%PDF")
    for who in ("school", "other_employer"):
        world.get(who, "signed_copy", case.number, 1, "talent", expect=404)


def test_nobody_signs_for_another_side_or_twice(world, case):
    agreement = world.sent_out(case)
    with pytest.raises(NotAllowed):
        agreements.file_copy(agreement, "talent", factories.pdf(), actor=world.people["hr"])
    with pytest.raises(NotAllowed):
        agreements.file_copy(agreement, "employer", factories.pdf(), actor=world.people["other_employer"])
    world.file("hr", "unit:agreement", case)
    world.file("hr", "unit:agreement", case)
    assert "已经提交" in world.said
    assert agreement.copies.count() == 1


def test_without_the_question_for_the_side_the_employer_would_sign_for_the_talent(world, case, monkeypatch):
    agreement = world.sent_out(case)
    monkeypatch.setattr(agreements, "_require_side", lambda actor, agreement, side: None)
    monkeypatch.setattr("talent.core.services.materials.uploads._require_right", lambda owner, actor: None)
    agreements.file_copy(agreement, "talent", factories.pdf(), actor=world.people["hr"])
    assert agreement.copies.get().side == "talent"


def test_the_drafter_does_not_send_out_and_a_draft_sent_back_is_drafted_anew(world, case):
    world.draft_terms(case)
    world.post("checker", "desk:agreement", case.number, data={"act": "open"}, expect=403)
    world.post(
        "head", "desk:agreement", case.number, data={"act": "send_back", "reason": "服务年限请改为五年。"}
    )
    assert case.agreements.get().state == "returned"
    assert "协议尚未送签" in world.get("talent", "my:agreement", case.number).content.decode()
    world.draft_terms(case, reason="按审核意见修改")
    assert case.agreements.get(state="drafted").version == 2


def test_an_amendment_states_why_and_takes_the_place_of_the_first_only_when_signed(world, case):
    first = world.signed(case)
    world.draft_terms(case, expect=200)
    assert "修订原因" in world.said
    second = world.sent_out(case, reason="追加量产目标")
    first.refresh_from_db()
    assert (first.state, first.letter.state) == ("in_force", "valid")
    for who, page in (("checker", "desk:agreement"), ("talent", "my:agreement"), ("hr", "unit:agreement")):
        world.file(who, page, case)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("superseded", "in_force")
    assert (first.letter.state, second.letter.supersedes) == ("superseded", first.letter)
    assert "原协议继续有效" in html_of(second.letter)


def test_a_side_that_does_not_sign_says_why_and_the_number_is_written_off(world, case):
    agreement = world.sent_out(case)
    world.post("hr", "unit:agreement", case.number, data={"act": "decline", "reason": "配套资金条款需再商量"})
    agreement.refresh_from_db()
    assert (agreement.state, agreement.letter.state) == ("declined", "revoked")
    assert "配套资金" in agreement.end_reason
    assert any("不签" in subject for subject in world.inbox("talent"))


def test_unsigned_days_are_warned_of_once_and_then_lapse_naming_who_did_not_file(world, case):
    agreement = world.sent_out(case)
    world.file("talent", "my:agreement", case)
    world.at(calendar.warn_day(agreement.sign_by, 5))
    tick.run()
    tick.run()
    assert world.inbox("hr").count("引进协议尚未签署") == 1
    assert "引进协议尚未签署" not in world.inbox("talent")
    world.at(agreement.sign_by)
    tick.run()
    agreement.refresh_from_db()
    assert agreement.state == "signing"
    world.at(agreement.sign_by + timedelta(days=1))
    tick.run()
    tick.run()
    agreement.refresh_from_db()
    assert agreement.state == "lapsed"
    assert "用人单位" in agreement.end_reason
    assert "人才" not in agreement.end_reason
    assert case.events.filter(kind="agreement_lapsed").count() == 1


def test_two_agreements_in_force_are_refused_by_the_database(world, case):
    agreement = world.signed(case)
    agreement.pk, agreement.version, agreement.letter = None, 9, None
    with pytest.raises(IntegrityError), transaction.atomic():
        agreement.save(force_insert=True)


# --- money by milestones (G13) ------------------------------------------------------------------------------

ACCOUNT = {
    "act": "account",
    "bank": "示例银行济宁分行",
    "account": identifiers.make_bank_card(1),
    "consent": "on",
}


def claim(world, case, who: str = "talent", page: str = "my:milestone", *, place: int = 1, expect: int = 302):
    data = {"act": "claim", "note": "中试线已建成验收。", "evidence": world.scan()}
    world.post(who, page, case.number, place, data=data, expect=expect)


def budget(world, amount: int = 2_000_000):
    line = funds.open_line(
        world.today.year, "talent", case_region(world), "city", organisation=factories.bureau("czj"),
        actor=world.people["finance"],
    )  # fmt: skip
    return funds.allocate(line, Decimal(amount), actor=world.people["finance"], reason="年初预算")


def case_region(world):
    return world.recognised_case.region


def test_a_proved_milestone_becomes_a_line_that_finance_can_pay_and_export(world, case):
    world.signed(case)
    claim(world, case, "hr", "unit:milestone", expect=200)
    assert "收款账户" in world.said
    world.post("talent", "my:milestone", case.number, 1, data=ACCOUNT | {"consent": ""}, expect=200)
    world.post("talent", "my:milestone", case.number, 1, data=ACCOUNT)
    claim(world, case, "hr", "unit:milestone")
    claim(world, case, expect=200)
    assert "已经申领" in world.said
    verdict = {"act": "pass", "opinion": "验收报告属实。"}
    world.post("checker", "desk:milestone", case.number, 1, data=verdict, expect=200)
    assert "预算指标" in world.said
    assert MilestoneClaim.objects.get().state == "asked"
    line = budget(world)
    world.post("head", "desk:milestone", case.number, 1, data=verdict, expect=403)
    world.post("checker", "desk:milestone", case.number, 1, data=verdict)
    made = MilestoneClaim.objects.get()
    award = made.instalment.award
    assert (award.total, award.payee.holder, award.paying_organisation.code) == (
        Decimal("1000000.00"),
        "赵示例",
        "czj",
    )
    assert [(row.period, row.state) for row in award.instalments.order_by("seq")] == [
        ("m1", "rechecked"),
        ("m2", "waiting"),
    ]
    line.refresh_from_db()
    assert line.reserved == Decimal("1000000.00")
    assert made.instalment in funds.due_lines(world.people["finance"])
    assert case.number in world.get("finance", "desk:funds:due").content.decode()
    exported = world.post("finance", "desk:funds:due_export", expect=200)
    body = b"".join(exported.streaming_content) if exported.streaming else exported.content
    assert case.number in body.decode("utf-8-sig")
    claim(world, case, place=2)
    world.post("checker", "desk:milestone", case.number, 2, data=verdict)
    assert set(award.instalments.values_list("state", flat=True)) == {"rechecked"}
    assert funds.check()[1] == []


def proved(world, case) -> Instalment:
    """The first milestone is proved, and the whole agreement an award."""
    world.signed(case)
    budget(world)
    world.post("talent", "my:milestone", case.number, 1, data=ACCOUNT)
    claim(world, case)
    return milestones.check(
        MilestoneClaim.objects.get(), actor=world.people["checker"], passed=True, opinion="属实。"
    ).instalment


def test_an_amendment_of_a_granted_milestone_opens_the_page_that_brings_the_instalments_into_line(
    world, case
):
    award = proved(world, case).award
    world.get("checker", "desk:replan", case.number, expect=302)
    aims = (
        {"title": "中试线建成", "due_on": "2026-12-31", "amount": "300000.00", "evidence": "验收报告"},
        {"title": "实现量产", "due_on": "2029-06-30", "amount": "700000.00", "evidence": "销售合同"},
    )
    for name, amount in (("sent", "600000.00"), ("signed", "700000.00")):
        rows = (aims[0], aims[1] | {"amount": amount})
        world.draft_terms(case, *rows, reason="调整节点", **{"aim-INITIAL_FORMS": 2})
        world.post("head", "desk:agreement", case.number, data={"act": "open"})
        for who, page in (
            ("hr", "unit:agreement"),
            ("talent", "my:agreement"),
            ("checker", "desk:agreement"),
        ):
            world.file(who, page, case)
        assert (
            "分期与生效的协议不一致" in world.get("checker", "desk:agreement", case.number).content.decode()
        )
        world.get("head", "desk:replan", case.number, expect=403)
        answer = 200 if name == "sent" else 302
        world.post("checker", "desk:replan", case.number, data={"reason": "协议修订"}, expect=answer)
        assert name == "signed" or "不一致" in world.said, "the sum is not changed here"
    rows = award.instalments.exclude(state="superseded").order_by("seq")
    assert [(row.period, str(row.amount), row.due_on.isoformat()) for row in rows] == [
        ("m1", "300000.00", "2026-12-31"), ("m2", "700000.00", "2029-06-30"),
    ]  # fmt: skip
    assert milestones.replan_of(case) is None
    assert funds.check()[1] == []


def test_a_claim_that_is_not_proved_pays_nothing_and_can_be_made_again(world, case):
    world.signed(case)
    budget(world)
    world.post("talent", "my:milestone", case.number, 1, data=ACCOUNT)
    claim(world, case)
    world.post(
        "checker", "desk:milestone", case.number, 1, data={"act": "refuse", "opinion": "缺少验收报告。"}
    )
    assert "缺少验收报告" in world.get("talent", "my:milestone", case.number, 1).content.decode()
    assert not case.awards.exists()
    claim(world, case)
    assert MilestoneClaim.objects.filter(state="asked").count() == 1


def test_the_same_milestone_is_never_paid_twice_also_without_the_look_at_the_state(world, case):
    world.signed(case)
    budget(world)
    world.post("talent", "my:milestone", case.number, 1, data=ACCOUNT)
    claim(world, case)
    made = MilestoneClaim.objects.get()
    milestones.check(made, actor=world.people["checker"], passed=True, opinion="属实。")
    with pytest.raises(Conflict):
        milestones.check(made, actor=world.people["checker"], passed=True, opinion="属实。")
    with pytest.raises(IntegrityError), transaction.atomic():
        MilestoneClaim.objects.create(
            milestone=made.milestone, note="再领", evidence=made.evidence, asked_by=world.people["talent"]
        )  # fmt: skip


# --- services (G12) ----------------------------------------------------------------------------------------


def test_every_need_of_the_catalogue_is_an_order_with_owner_and_day_when_the_case_is_recognised(world, case):
    found = {row.item: (row.owner.code, row.concerns_family) for row in case.service_orders.all()}
    assert found == {"子女入学": ("jyj", True), "医疗保健和就医预约": ("wjw", False)}
    assert world.order(case, "医疗保健和就医预约").due_on == calendar.due_after(world.today, 3)
    assert "有服务事项待接办" in world.inbox("school")
    page = world.get("steward", "desk:case_services", case.number).content.decode()
    assert "想参加国际会议" in page


def test_an_order_is_claimed_done_with_evidence_and_rated(world, case):
    made = world.order(case, "医疗保健和就医预约")
    world.serve("health", made, "claim")
    world.serve("health", made, "finish", result="已建立健康档案。", expect=200)
    assert ServiceOrder.objects.get(pk=made.pk).state == "claimed"
    world.serve("health", made, "finish", result="已建立健康档案。", evidence=world.scan())
    made.refresh_from_db()
    assert made.state == "done"
    assert world.read("talent", "service_evidence", case.number, made.place).startswith(b"%PDF")
    assert world.read("steward", "service_evidence", case.number, made.place).startswith(b"%PDF")
    world.get("school", "service_evidence", case.number, made.place, expect=404)
    world.post("talent", "my:service", case.number, made.place, data={"act": "rate", "grade": 5, "note": ""})
    world.post(
        "talent", "my:service", case.number, made.place, data={"act": "rate", "grade": 1, "note": "改口"}
    )
    made.refresh_from_db()
    assert made.grade == 5
    assert not FollowUp.objects.exists()


def test_what_cannot_be_done_says_why_by_which_clause_and_what_instead(world, case):
    made = world.order(case, "医疗保健和就医预约")
    world.serve("health", made, "claim")
    with pytest.raises(ActRefused):
        orders.cannot(made, actor=world.people["health"], reason="不在范围", clause="", instead="")
    world.serve(
        "health", made, "cannot", reason="不在服务范围", clause="示例办法第5条", instead="可以预约普通专线"
    )
    page = world.get("talent", "my:service", case.number, made.place).content.decode()
    assert "示例办法第5条" in page
    assert "可以预约普通专线" in page


def test_another_officer_of_the_bureau_does_not_finish_what_a_colleague_claimed(world, case):
    made = world.order(case, "子女入学")
    world.serve("school", made, "claim")
    world.serve("school2", made, "claim")
    assert "请刷新" in world.said
    world.serve(
        "school2", made, "cannot", reason="无学位", clause="示例办法第5条", instead="择校", expect=403
    )


def test_a_poor_mark_states_why_and_is_answered_by_the_head_above_the_steward(world, case):
    made = world.order(case, "医疗保健和就医预约")
    world.serve("health", made, "claim")
    world.serve("health", made, "finish", result="已登记。", evidence=world.scan())
    rate = {"act": "rate", "grade": 2, "note": ""}
    world.post("talent", "my:service", case.number, made.place, data=rate)
    assert "哪里不满意" in world.said
    world.post("talent", "my:service", case.number, made.place, data=rate | {"note": "等了一上午。"})
    follow_up = FollowUp.objects.get()
    assert follow_up.due_on == calendar.due_after(world.today, 15)
    assert "差评待回访" in world.inbox("chief")
    world.serve("health", made, "answer", answer="已经整改完毕。", expect=403)
    world.serve("chief", made, "answer", answer="已当面致歉，改为专人陪诊。")
    assert "专人陪诊" in world.get("talent", "my:service", case.number, made.place).content.decode()


def test_a_poor_mark_nobody_answers_goes_up_once(world, case):
    made = world.order(case, "医疗保健和就医预约")
    ServiceOrder.objects.filter(pk=made.pk).update(
        state="impossible", result="无号", clause="第5条", instead="改日"
    )
    world.post(
        "talent", "my:service", case.number, made.place, data={"act": "rate", "grade": 1, "note": "没有办成"}
    )
    world.at(FollowUp.objects.get().due_on + timedelta(days=1))
    tick.run()
    tick.run()
    assert world.inbox("supervisor").count("差评回访已超期") == 1


def test_the_steward_sees_the_people_is_told_before_limits_and_files_for_them(world, case):
    assert case.number in world.get("steward", "desk:people").content.decode()
    made = world.order(case, "医疗保健和就医预约")
    world.at(calendar.warn_day(made.due_on, 1))
    tick.run()
    tick.run()
    assert world.inbox("steward").count("服务事项即将到期") == 1
    assert world.inbox("health").count("服务事项即将到期") == 1
    world.at(made.due_on + timedelta(days=1))
    tick.run()
    tick.run()
    assert world.inbox("steward").count("服务事项已超期") == 1
    world.post(
        "steward",
        "desk:case_services",
        case.number,
        data={"service": "living/出行便利", "detail": "机场接送"},
    )
    assert world.order(case, "出行便利").asked_by == world.people["steward"]
    asked = {"service": "living/配偶就业推荐", "detail": FAMILY}
    world.post("steward", "desk:case_services", case.number, data=asked, expect=200)
    assert "由本人登录后填写" in world.said
    world.post("checker", "desk:case_services", case.number, data={"service": "living/出行便利"}, expect=403)


def test_a_service_can_be_asked_for_years_later(world, case):
    world.at(date(2028, 6, 1))
    world.post("talent", "my:services", case.number, data={"service": "career/惠才卡申请", "detail": ""})
    assert world.order(case, "惠才卡申请").due_on == calendar.due_after(date(2028, 6, 1), 10)


# --- the family -------------------------------------------------------------------------------------------


def test_the_bureau_reads_the_family_only_while_the_talent_agrees_and_every_look_is_recorded(world, case):
    made = world.order(case, "子女入学")
    page = world.get("school", "desk:order", case.number, made.place).content.decode()
    assert "本人单独同意" in page
    assert FAMILY not in page
    world.serve("school", made, "read", expect=403)
    here = ("my:service", case.number, made.place)
    world.post("talent", *here, data={"act": "family", "detail": ""})
    assert "单独同意" in world.said
    world.post("talent", *here, data={"act": "family", "detail": "", "consent": "on"})
    before = AuditEntry.objects.filter(action="revealed").count()
    assert FAMILY in world.serve("school", made, "read", expect=200).content.decode()
    assert AuditEntry.objects.filter(action="revealed").count() == before + 1
    world.post("talent", "my:withdraw_family", case.number)
    world.serve("school", made, "read", expect=403)


LOOKING = (
    "steward",
    "checker",
    "head",
    "intake",
    "decider",
    "chief",
    "health",
    "hr",
    "recommender",
    "supervisor",
)


def _reads(world, case, who: str) -> list[str]:
    """On which pages of the case `who` finds the family's words, and which of them he is let in to."""
    made, found = world.order(case, "子女入学"), []
    number = case.number
    addresses = [
        reverse("desk:order", args=[number, made.place]), reverse("desk:case_services", args=[number]),
        reverse("desk:orders"), reverse("desk:people"), reverse("desk:case", args=[number]),
        reverse("desk:recognised"), reverse("unit:case", args=[number]), reverse("my:service", args=[number, made.place]),
    ]  # fmt: skip
    for address in addresses:
        answer = world.browser(who).get(address)
        if FAMILY in answer.content.decode():
            found.append(address)
    answer = world.browser(who).post(addresses[0], {"act": "read"})
    if FAMILY in answer.content.decode():
        found.append("read")
    return found


def test_no_other_bureau_and_no_employer_reads_the_family_on_any_page(world, case):
    made = world.order(case, "子女入学")
    orders.tell_family(made, actor=world.people["talent"], detail="", consent=True)
    assert {who: _reads(world, case, who) for who in LOOKING} == {who: [] for who in LOOKING}
    assert _reads(world, case, "school") == ["read"]
    assert _reads(world, case, "talent") == [reverse("my:service", args=[case.number, made.place])]
    for event in case.events.all():
        assert "子女" not in f"{event.title}{event.public_text}{event.internal_text}{event.figures}"


def test_without_the_guard_every_reader_of_the_order_would_read_the_family(world, case, monkeypatch):
    made = world.order(case, "子女入学")
    orders.tell_family(made, actor=world.people["talent"], detail="", consent=True)
    monkeypatch.setattr(orders, "may_read_detail", lambda made, reader: True)
    assert "read" in _reads(world, case, "steward")


# --- evaluation (G14) --------------------------------------------------------------------------------------

REPORT = {"text": "中试线因技术路线受阻未建成，已更换方案三次。"}
EXCUSE = {
    "act": "propose", "result": "excused", "opinion": "已勤勉尽责。", "ground": "route",
    "facts": "原技术路线经验证不可行，未建成中试线。", "diligence": "完成三轮试验，记录完整，经费合规。",
    "panel_on": "2027-03-20", "panel_members": 5, "panel_for": 4,
}  # fmt: skip


def at_evaluation(world, case) -> Evaluation:
    """A year after the agreement began the calendar begins the evaluation, once."""
    world.signed(case)
    world.at(date(2027, 3, 15))
    tick.run()
    assert not case.evaluations.exists()
    world.at(date(2027, 3, 22))
    tick.run()
    tick.run()
    return case.evaluations.get()


def propose(world, case, *, expect: int = 302, **facts) -> None:
    world.post("checker", "desk:evaluation", case.number, "yearly", 1, data=EXCUSE | facts, expect=expect)


def test_the_employer_reports_the_officer_proposes_and_the_head_concludes(world, case):
    made = at_evaluation(world, case)
    assert "请提交绩效评估报告" in world.inbox("hr")
    propose(world, case, result="go_on", expect=200)
    assert "尚未报告" in world.said
    world.post("hr", "unit:evaluations", case.number, data=REPORT | {"file": world.scan()})
    assert world.read("head", "evaluation_report", case.number, "yearly", 1).startswith(b"%PDF")
    propose(world, case, result="go_on")
    world.post("checker", "desk:evaluation", case.number, "yearly", 1, data={"act": "conclude"}, expect=403)
    world.post("head", "desk:evaluation", case.number, "yearly", 1, data={"act": "conclude", "note": ""})
    made.refresh_from_db()
    assert (made.state, made.result, made.decided_by) == ("concluded", "go_on", world.people["head"])
    assert "绩效评估已有结果" in world.inbox("talent")
    assert case.agreements.get().state == "in_force"


def test_silence_of_the_employer_holds_up_the_evaluation_only_until_its_limit(world, case):
    made = at_evaluation(world, case)
    world.at(made.due_on + timedelta(days=1))
    propose(world, case, result="stop", opinion="单位逾期未报告，项目已停。")
    world.post("head", "desk:evaluation", case.number, "yearly", 1, data={"act": "conclude", "note": ""})
    assert case.agreements.get().state == "ended"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"ground": ""}, "免责情形"),
        ({"facts": "不详"}, "不少于10个字"),
        ({"diligence": ""}, "不少于10个字"),
        ({"panel_on": ""}, "专家论证"),
        ({"panel_on": "2028-01-01"}, "不能晚于今天"),
        ({"panel_members": 4}, "少于规定的5人"),
        ({"panel_for": 3}, "未达到3分之2"),
    ],
)
def test_an_excuse_needs_ground_facts_diligence_and_a_panel_that_carries_it(world, case, facts, sentence):
    at_evaluation(world, case)
    world.post("hr", "unit:evaluations", case.number, data=REPORT)
    propose(world, case, expect=200, **facts)
    assert sentence in world.said


def test_an_excuse_leaves_credit_agreement_and_later_evaluations_untouched_and_is_counted_without_a_name(
    world, case
):
    at_evaluation(world, case)
    world.post("hr", "unit:evaluations", case.number, data=REPORT)
    propose(world, case)
    world.post("head", "desk:evaluation", case.number, "yearly", 1, data={"act": "conclude", "note": ""})
    assert not CreditMark.objects.exists()
    assert case.agreements.get().state == "in_force"
    summary = evaluating.excused_by_year()
    assert [(row.year, row.concluded, row.excused, row.grounds) for row in summary] == [
        (2027, 1, 1, (("技术路线选择失误", 1),))
    ]
    page = world.get("visitor", "excused").content.decode()
    assert "技术路线选择失误" in page
    for private in ("赵示例", case.number, "石墨烯", world.employer.name):
        assert private not in page
    world.at(date(2028, 3, 22))
    tick.run()
    assert set(case.evaluations.values_list("kind", "year")) == {("yearly", 1), ("yearly", 2)}


def test_a_recovery_is_assessed_by_the_conclusion_and_decided_by_a_second_person(world, case):
    paid = proved(world, case)
    Instalment.objects.filter(pk=paid.pk).update(state="paid", paid_on=world.today)
    made = evaluating.open_evaluation(case, "yearly", 1, actor=world.people["checker"])
    world.post("hr", "unit:evaluations", case.number, data=REPORT)
    facts = {"result": "recover", "opinion": "擅自变更用途，应予追回。"}
    propose(world, case, expect=200, recover_amount="500000.01", **facts)
    assert "500,000.00" in world.said
    propose(world, case, recover_amount="200000.00", **facts)
    world.post("head", "desk:evaluation", case.number, "yearly", 1, data={"act": "conclude", "note": ""})
    made.refresh_from_db()
    recovery = made.recovery
    assert (recovery.amount, recovery.state, recovery.assessed_by) == (
        Decimal("200000.00"), "assessed", world.people["checker"],
    )  # fmt: skip
    assert "评估要求追回，追回已认定，请审定" in world.inbox("head")
    assert case.agreements.get().state == "ended"
    with pytest.raises(NotAllowed):
        funds.decide(recovery, actor=world.people["checker"])
    funds.decide(recovery, actor=world.people["head"])
    assert "收到追回通知书" in world.inbox("talent")


def test_one_person_does_not_conclude_what_he_proposed(world, case):
    made = at_evaluation(world, case)
    Evaluation.objects.filter(pk=made.pk).update(
        state="proposed", result="go_on", opinion="继续支持。", proposed_by=world.people["head"]
    )
    with pytest.raises(NotAllowed):
        evaluating.conclude(made, actor=world.people["head"], agreed=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evaluation.objects.filter(pk=made.pk).update(decided_by=world.people["head"])


def test_the_list_of_the_recognised_shows_terms_and_an_ending_one_is_told_once(world, case):
    agreement = world.signed(case)
    page = world.get("head", "desk:recognised").content.decode()
    assert "2031-03-15" in page
    assert case.number not in world.get("school", "desk:recognised").content.decode()
    world.at(calendar.warn_day(agreement.ends_on, 60))
    tick.run()
    tick.run()
    for who in ("talent", "steward", "checker"):
        assert world.inbox(who).count("支持期即将届满") == 1


def test_nothing_of_this_exists_before_the_recognition(world, case):
    GreenChannelCase.objects.filter(pk=case.pk).update(status="refused")
    for who, name in (("talent", "my:agreement"), ("talent", "my:services"), ("head", "desk:evaluations")):
        world.get(who, name, case.number, expect=404)
