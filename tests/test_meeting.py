"""联席会议 on the pages: agenda, quorum, recusal, open and secret votes, support list, minutes, and the pack."""

import io
from collections import Counter
from decimal import Decimal
from functools import partial

import pikepdf
import pypdfium2
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from talent.core import roles
from talent.core.models import AuditEntry, Delivery, Letter, User
from talent.core.services import appointments, checks, letters
from talent.core.services.errors import Conflict
from talent.green_channel import services
from talent.green_channel.models import AgendaItem, Ballot, Meeting, Minutes
from talent.green_channel.services import minuting, voting
from tests import factories, sitting
from tests.flows.racing import at_once
from tests.sitting import MEMBERS

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings(PROFILE)]
S = AgendaItem.State


@pytest.fixture
def world(loaded):
    with sitting.sit() as played:
        yield played


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "".join("".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


# --- agenda --------------------------------------------------------------------------------------------


def test_a_meeting_is_called_and_its_agenda_made_from_ready_cases(world):
    case = world.at_meeting()
    meeting = world.call()
    page = world.get("meeting", "desk:meeting", meeting.number)
    assert [one.number for one in page.context["ready"]] == [case.number]
    world.post("meeting", "desk:meeting_agenda", meeting.number, data={"case": [case.number]})
    assert meeting.items.get().case_id == case.pk
    assert meeting.attendances.count() == len(MEMBERS)
    other = world.call()
    assert world.get("meeting", "desk:meeting", other.number).context["ready"] == []
    world.post("meeting", "desk:meeting_agenda", other.number, data={"case": [case.number]})
    assert "请先勾选" in world.said
    with pytest.raises(IntegrityError), transaction.atomic():
        AgendaItem.objects.create(meeting=other, case=case, place=1)


def test_only_the_secretary_calls_and_only_those_concerned_look(world):
    item = world.in_session()
    number = item.meeting.number
    world.post("checker", "desk:meetings", data={}, expect=403)
    world.get("delegate_gxj", "desk:meeting", number)
    world.get("decider", "desk:meeting", number)
    world.get("checker", "desk:meeting", number, expect=404)
    world.get("hr", "desk:meetings", expect=403)
    for act in ("open", "close", "postpone", "support", "conditions"):
        world.on_item(item, act, who="delegate_gxj", expect=403)
    world.post("delegate_gxj", "desk:meeting_close", number, expect=403)


# --- quorum and votes ----------------------------------------------------------------------------------


def test_a_meeting_without_a_quorum_cannot_vote(world):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj")
    world.on_item(item, "open", secret="no")
    assert item.state == S.LISTED
    assert "实到5个，未达到3分之2，不能表决" in world.said
    world.sign_in(item.meeting, "zjj")
    world.on_item(item, "open", secret="no")
    assert item.state == S.VOTING


def test_without_the_quorum_rule_five_of_eight_would_vote(world, monkeypatch):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj")
    reached = services.quorum_of(item)
    monkeypatch.setattr(voting, "quorum_of", lambda item: type(reached)(True, 8, 5, "", ()))
    world.on_item(item, "open", secret="no")
    assert item.state == S.VOTING


def test_an_open_vote_is_by_name_and_two_thirds_of_those_present_decide(world):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj", "zjj")
    world.on_item(item, "open", secret="no")
    for code, choice in zip(
        MEMBERS[:6], ("agree", "agree", "agree", "agree", "against", "abstain"), strict=True
    ):
        world.vote(item, code, choice)
    world.on_item(item, "close")
    assert (item.state, item.agree, item.against, item.abstain) == (S.APPROVED, 4, 1, 1)
    assert item.ballots.get(attendance__organisation__code="czj").choice == "against"
    assert "同意4、不同意1、弃权1" in item.figures["vote"]


def test_three_of_six_are_not_enough(world):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj", "zjj")
    world.on_item(item, "open", secret="no")
    for code, choice in zip(MEMBERS[:6], ["agree"] * 3 + ["abstain"] * 3, strict=True):
        world.vote(item, code, choice)
    world.on_item(item, "close")
    assert item.state == S.REJECTED


def test_one_votes_once_and_only_for_ones_own_organisation(world):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj", "zjj")
    world.on_item(item, "open", secret="no")
    world.vote(item, "gxj", "agree")
    world.vote(item, "gxj", "against")
    assert "不能重复投票" in world.said
    assert item.ballots.get(attendance__organisation__code="gxj").choice == "agree"
    world.vote(item, "jyj", expect=404)
    world.post(
        "decider",
        "desk:meeting_vote",
        item.meeting.number,
        item.row_key,
        data={"choice": "agree"},
        expect=403,
    )
    world.on_item(item, "close")
    assert "还有5个单位没有投票" in world.said
    world.on_item(item, "close", rest="1")
    assert (item.state, item.agree, item.abstain) == (S.REJECTED, 1, 5)


def test_the_secretary_enters_a_raised_hand_for_a_member_without_an_account(world):
    meeting = world.call(world.at_meeting())
    world.sign_in(meeting, *MEMBERS[:6], accounts=False)
    item = meeting.items.get()
    world.on_item(item, "open", secret="yes")
    assert "没有登记参会账号" in world.said
    world.on_item(item, "open", secret="no")
    for code in MEMBERS[:6]:
        sent = {"choice": "agree", "organisation": code}
        world.post("meeting", "desk:meeting_vote", meeting.number, item.row_key, data=sent)
    world.on_item(item, "close")
    assert (item.state, item.agree) == (S.APPROVED, 6)


def test_the_secretary_cannot_vote_for_a_delegate_who_is_there(world):
    item = world.in_session()
    world.on_item(item, "open", secret="no")
    sent = {"choice": "against", "organisation": "gxj"}
    world.post("meeting", "desk:meeting_vote", item.meeting.number, item.row_key, data=sent, expect=403)
    assert not item.ballots.filter(cast=True).exists()


# --- recusal -------------------------------------------------------------------------------------------


def test_who_is_recused_is_out_of_the_denominator_and_finds_no_trace_of_the_item(world):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj", "zjj")
    number, case = item.meeting.number, item.case.number
    world.on_item(item, "recuse", who="delegate_gxj", reason="与申请人是亲属")
    reached = services.quorum_of(item)
    assert (reached.entitled, reached.present, reached.reached) == (7, 5, True)
    page = world.get("delegate_gxj", "desk:meeting", number)
    assert page.context["rows"] == []
    assert case not in page.content.decode()
    counts = world.get("delegate_gxj", "desk:meetings").context["rows"]
    assert [(meeting.number, count) for meeting, count in counts] == [(number, 0)]
    world.on_item(item, "open", secret="no")
    world.vote(item, "gxj", expect=404)
    for code in ("zzb", "kjj", "rsj", "czj", "zjj"):
        world.vote(item, code)
    world.on_item(item, "close")
    assert (item.state, item.agree + item.against + item.abstain) == (S.APPROVED, 5)
    assert world.get("delegate_gxj", "desk:meetings").context["rows"][0][1] == 0
    world.close(item.meeting)
    world.get("delegate_gxj", "desk:meeting_minutes", number, expect=403)
    assert case not in text_of(world.get("delegate_gxj", "desk:meeting_pack", number).content)


def test_without_the_filter_a_recused_member_would_read_on(world, monkeypatch):
    item = world.in_session()
    world.on_item(item, "recuse", who="delegate_gxj", reason="与申请人是亲属")
    from workflows.desk import meetings

    monkeypatch.setattr(
        meetings.services, "items_for", lambda user, meeting=None: AgendaItem.objects.filter(meeting=meeting)
    )
    assert item.case.number in world.get("delegate_gxj", "desk:meeting", item.meeting.number).content.decode()


def test_a_recusal_hides_the_case_in_every_list_and_count_of_the_desk(world):
    item = world.in_session()
    factories.appoint(world.people["delegate_kjj"], sitting.roles.INTAKE, factories.bureau("zzb"))
    assert item.case.number in world.get("delegate_kjj", "desk:cases").content.decode()
    before = world.get("delegate_kjj", "desk:home", view="organisation").content.decode()
    assert item.case.number in before
    world.on_item(item, "recuse", who="delegate_kjj", reason="曾任用人单位顾问")
    world.get("delegate_kjj", "desk:case", item.case.number, expect=404)
    for view in ("organisation", "claim", "mine", "overdue"):
        assert item.case.number not in world.get("delegate_kjj", "desk:home", view=view).content.decode()
    assert item.case.number not in world.get("delegate_kjj", "desk:cases").content.decode()


def test_after_the_vote_has_begun_nobody_is_recused_any_more(world):
    item = world.in_session()
    world.on_item(item, "open", secret="no")
    world.on_item(item, "recuse", organisation="gxj", reason="与申请人是亲属")
    assert "不能再登记回避" in world.said


# --- the secret ballot ---------------------------------------------------------------------------------

CHOICES = dict(
    zip(MEMBERS, ("agree", "against", "agree", "abstain", "agree", "agree", "agree", "agree"), strict=True)
)


def dump() -> str:
    """Every row of every table, as a dump of the database would hold it, in the order of the table."""
    lines = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f'SELECT * FROM "{table}"')
            lines += [f"{table} {row!r}" for row in cursor.fetchall()]
    return "\n".join(lines)


def rows_with(text: str, word: str) -> list[str]:
    return [line for line in text.splitlines() if word in line]


def test_a_dump_holds_no_link_from_voter_to_choice(world):
    item = world.in_session()
    world.on_item(item, "open", secret="yes")
    keys_before = set(item.ballots.values_list("key", flat=True))
    counts_before = Counter(line.split()[0] for line in dump().splitlines())
    for code, choice in CHOICES.items():
        world.vote(item, code, choice)
        # nothing in the middle either: the running count is sealed and as long as before
        row = AgendaItem.objects.get(pk=item.pk)
        assert (row.agree, row.against, row.abstain) == (None, None, None)
        assert len(row.running.stored) == len(item.running.stored)
    held = dump()
    # No row was made per vote but that of the audit chain and of the sessions, and none names a choice.
    grown = Counter(line.split()[0] for line in held.splitlines()) - counts_before
    assert set(grown) <= {"core_auditentry", "django_session"}, grown
    assert set(item.ballots.values_list("key", flat=True)) == keys_before
    for choice in ("against", "abstain"):
        assert [line for line in rows_with(held, choice) if "ballot" in line or "audit" in line] == []
    assert set(item.ballots.values_list("choice", "cast", "secret")) == {("", True, True)}
    details = [entry.detail for entry in AuditEntry.objects.filter(action="ballot_cast")]
    assert details == [{"place": item.place}] * len(MEMBERS)
    world.on_item(item, "close")
    assert (item.agree, item.against, item.abstain, item.running) == (6, 1, 1, None)
    times = [
        field.name
        for field in Ballot._meta.fields
        if field.get_internal_type() in ("DateTimeField", "DateField")
    ]
    assert times == []


def test_two_orders_of_voting_leave_the_same_rows(world):
    """Whoever comes first or last, the marks are the same: neither their order nor their keys tell it."""
    left = []
    for codes in (list(CHOICES), list(reversed(CHOICES))):
        world.profile = factories.person(
            factories.account(f"t{len(left)}", "钱示例"), factories.identity_number()
        )
        world.people["talent"] = world.profile.user
        world.browsers.clear()
        item = world.in_session()
        world.on_item(item, "open", secret="yes")
        for code in codes:
            world.vote(item, code, CHOICES[code])
        world.on_item(item, "close")
        marks = item.ballots.order_by("attendance__organisation__code")
        left.append(
            (
                list(marks.values_list("attendance__organisation__code", "cast", "choice")),
                item.agree,
                item.against,
            )
        )
    assert left[0] == left[1]


def test_the_search_of_the_dump_finds_a_choice_where_there_is_one(world):
    """The twin: an open vote does hold the link, and the same search shows it."""
    item = world.in_session()
    world.on_item(item, "open", secret="no")
    for code, choice in CHOICES.items():
        world.vote(item, code, choice)
    assert [line for line in rows_with(dump(), "against") if "ballot" in line]


def test_the_database_itself_refuses_a_choice_on_a_secret_ballot(world):
    item = world.in_session()
    world.on_item(item, "open", secret="yes")
    with pytest.raises(IntegrityError), transaction.atomic():
        item.ballots.update(choice="agree")


# --- postponed, support, minutes -----------------------------------------------------------------------


def test_a_postponed_case_returns_to_the_pool_with_the_reason(world):
    item = world.in_session()
    world.on_item(item, "postpone", reason="")
    assert item.state == S.LISTED
    world.on_item(item, "postpone", reason="暗记暂缓原因需补充评估")
    assert item.state == S.POSTPONED
    assert world.event(item.case, "meeting_postponed").internal_text.endswith("暗记暂缓原因需补充评估")
    assert "暗记" not in world.get("talent", "my:case", item.case.number).content.decode()
    world.close(item.meeting)
    again = world.call()
    page = world.get("meeting", "desk:meeting", again.number)
    assert [one.number for one in page.context["ready"]] == [item.case.number]


def test_the_support_list_has_a_basis_and_money_per_item(world):
    item = world.in_session()
    owner = factories.bureau("czj").pk
    sent = {"name": "项目启动资金", "basis": "", "amount": "3000000", "owner": owner}
    world.on_item(item, "support", **sent)
    assert "依据" in world.said
    world.on_item(item, "support", **sent | {"basis": "一事一议", "amount": "0"})
    assert "大于零" in world.said
    world.on_item(item, "support", **sent | {"basis": "一事一议"})
    world.on_item(
        item, "support", name="子女入学", basis="第9项", amount="", owner=factories.bureau("jyj").pk
    )
    assert list(item.support.values_list("name", "amount")) == [
        ("项目启动资金", Decimal("3000000.00")), ("子女入学", None),
    ]  # fmt: skip
    world.on_item(item, "drop", line=item.support.get(name="子女入学").pk)
    assert item.support.count() == 1


def decided(world) -> AgendaItem:
    """An item approved in a secret vote, with conditions and money."""
    item = world.in_session()
    world.on_item(item, "conditions", conditions="项目须在一年内落地。")
    world.on_item(
        item,
        "support",
        name="项目启动资金",
        basis="一事一议",
        amount="3000000",
        owner=factories.bureau("czj").pk,
    )
    world.on_item(item, "open", secret="yes")
    for code, choice in CHOICES.items():
        world.vote(item, code, choice)
    return world.on_item(item, "close")


def test_a_meeting_is_closed_when_every_item_has_its_result_and_is_written_down(world, settings):
    item = world.in_session()
    world.close(item.meeting)
    assert "议题1还没有结论" in world.said
    world.on_item(item, "postpone", reason="材料尚需补充")
    meeting = world.close(item.meeting)
    assert meeting.state == Meeting.State.CLOSED
    assert Minutes.objects.get(meeting=meeting).letter.case is None
    world.on_item(item, "open", secret="no")
    assert "已经结束" in world.said


def test_the_minutes_say_what_was_decided_and_not_who_voted_how(world):
    item = decided(world)
    meeting = world.close(item.meeting)
    number = meeting.number
    content = b"".join(world.get("meeting", "desk:meeting_minutes", number).streaming_content)
    said = text_of(content)
    for words in (
        number, item.case.number, "项目启动资金", "3,000,000.00元", "一事一议", "同意6、不同意1、弃权1", "无记名",
        "项目须在一年内落地", "市委一号会议室",
    ):  # fmt: skip
        assert words in said, words
    assert "表决意见" not in said
    # of no single case: neither the applicant's list of letters nor anybody else's has it
    assert item.case.letters.filter(kind="minutes").count() == 0
    letter = Letter.objects.get(kind="minutes")
    world.get("talent", "letter_file", item.case.number, letter.check_code, expect=404)
    assert number not in world.get("talent", "my:case", item.case.number).content.decode()
    assert letters.check(letter.check_code) == letter


def test_the_pack_is_one_file_with_a_bookmark_per_case_and_material(world):
    case = world.at_meeting()
    meeting = world.call(case)
    content = world.get("meeting", "desk:meeting_pack", meeting.number).content
    with pikepdf.open(io.BytesIO(content)) as pack, pack.open_outline() as outline:
        titles = [one.title for one in outline.root]
        below = [one.title for one in outline.root[1].children]
        assert len(pack.pages) >= 2 + len(below)
    assert titles == ["议程", f"1 赵示例（{case.number}）"]
    assert any(title.startswith("G05") for title in below)
    assert not any(title.startswith("G02") for title in below)
    said = text_of(content)
    assert "平均90.00分" in said
    assert not any(one.name in said for one in world.experts)


def test_the_pack_holds_the_coded_findings_of_the_checks_and_no_officers_words(world):
    case, checker, head = world.at_meeting(), world.people["checker"], world.people["head"]
    lead = appointments.standing_on(checker, case, roles.Act.CHECK)
    check = checks.ask(case, {"ip": factories.bureau("kjj")}, actor=checker, standing=lead)[0]
    given = {"finding": "disputed", "text": "暗记经办人意见松柏。"}
    checks.answer(case, check, actor=checker, standing=lead, **given)
    post = appointments.standing(head, roles.BUREAU_HEAD, factories.bureau("kjj"))
    checks.confirm(case, check, actor=head, standing=post, text="暗记负责人意见松柏。")
    checks.conclude(
        case,
        actor=checker,
        standing=lead,
        advice="recommend",
        text="已汇总。",
        explanation="系同名权利人，已核实。",
    )
    said = text_of(world.get("meeting", "desk:meeting_pack", world.call(case).number).content)
    for told in ("知识产权", "科学技术局", "（不利）", "系同名权利人，已核实。"):
        assert told in said
    for kept in ("暗记", "审查甲", "科技科长"):
        assert kept not in said


def test_members_and_delegates_are_told_of_the_meeting_and_of_what_is_put_off(world):
    User.objects.filter(pk=world.people["delegate_gxj"].pk).update(email="gxj@example.org")
    case = world.at_meeting()
    meeting = world.call(case)
    assert "联席会议通知" in world.inbox("head")
    world.sign_in(meeting, "kjj", "gxj", "czj")
    world.sign_in(meeting, "gxj")
    assert world.inbox("delegate_gxj") == ["您已列为联席会议参会人员"], "once, however often it is noted"
    item = meeting.items.get()
    seat = meeting.attendances.get(organisation__code="czj")
    services.recuse_member(item, seat, actor=world.people["meeting"], reason="曾合作")
    services.postpone(item, actor=world.people["meeting"], reason="补充论证")
    assert world.inbox("delegate_gxj")[0] == "联席会议议题暂缓审议"
    assert world.inbox("delegate_czj") == ["您已列为联席会议参会人员"], "who stays away hears nothing of it"
    body = world.people["delegate_gxj"].messages.order_by("-pk")[0].body
    assert "补充论证" in body
    assert world.profile.name not in body
    waiting = Delivery.objects.filter(message__recipient=world.people["delegate_gxj"])
    assert waiting.count() == 2, "both by mail"


def test_a_cancelled_meeting_gives_its_cases_back(world):
    item = world.in_session()
    world.post(
        "meeting", "desk:meeting_close", item.meeting.number, data={"cancel": "1", "reason": "改期召开"}
    )
    item.refresh_from_db()
    assert (item.state, item.reason, item.meeting.state) == (S.POSTPONED, "改期召开", Meeting.State.CANCELLED)
    assert services.ready_cases(factories.bureau("zzb")).count() == 1
    assert world.inbox("delegate_kjj")[:2] == ["联席会议取消", "联席会议议题暂缓审议"]


# --- races ---------------------------------------------------------------------------------------------


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_the_last_vote_and_the_end_of_the_vote_at_once_agree(world):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj", "zjj")
    world.on_item(item, "open", secret="yes")
    for code in MEMBERS[:5]:
        world.vote(item, code, "agree" if code != "czj" else "against")
    last, ended = at_once(
        partial(services.cast, item, actor=world.people["delegate_zjj"], choice="against"),
        partial(services.close_vote, item, actor=world.people["meeting"], rest_abstain=True),
    )
    item.refresh_from_db()
    assert isinstance(ended, AgendaItem), ended
    counts = (item.agree, item.against, item.abstain)
    assert counts == ((4, 2, 0) if isinstance(last, Ballot) else (4, 1, 1))
    assert item.ballots.filter(cast=True).count() == (6 if isinstance(last, Ballot) else 5)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_delegates_at_once_are_both_counted_and_a_double_click_once(world):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj", "zjj")
    world.on_item(item, "open", secret="yes")
    hands = [*MEMBERS[:6], *MEMBERS[:2]]
    outcomes = at_once(
        *(
            partial(services.cast, item, actor=world.people[f"delegate_{code}"], choice="agree")
            for code in hands
        )
    )
    assert sum(isinstance(one, Ballot) for one in outcomes) == 6
    assert all(isinstance(one, Conflict) for one in outcomes if not isinstance(one, Ballot)), outcomes
    services.close_vote(item, actor=world.people["meeting"])
    item.refresh_from_db()
    assert item.agree == 6


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_secretaries_close_one_meeting_and_one_set_of_minutes_is_made(world):
    item = decided(world)
    from workflows.desk.meetings import end_meeting

    outcomes = at_once(
        *(partial(end_meeting, item.meeting, actor=world.people[who]) for who in ("meeting", "meeting2"))
    )
    assert sum(isinstance(one, Meeting) for one in outcomes) == 1, outcomes
    assert sum(isinstance(one, Conflict) for one in outcomes) == 1, outcomes
    assert Minutes.objects.count() == Letter.objects.filter(kind="minutes").count() == 1


def test_without_the_look_at_the_state_a_second_secretary_would_close_again(world, monkeypatch):
    """The twin: only the database's own rule of one set of minutes is left, and the second act breaks on it."""
    item = decided(world)
    services.close_meeting(item.meeting, actor=world.people["meeting"])
    with pytest.raises(Conflict):
        services.close_meeting(item.meeting, actor=world.people["meeting2"])
    monkeypatch.setattr(minuting, "require_running", lambda meeting: meeting)
    with pytest.raises(IntegrityError), transaction.atomic():
        services.close_meeting(item.meeting, actor=world.people["meeting2"])


def test_without_the_mark_a_member_would_vote_twice(world, monkeypatch):
    item = world.in_session("zzb", "kjj", "gxj", "rsj", "czj", "zjj")
    world.on_item(item, "open", secret="yes")
    services.cast(item, actor=world.people["delegate_gxj"], choice="agree")
    with pytest.raises(Conflict):
        services.cast(item, actor=world.people["delegate_gxj"], choice="agree")
    Ballot.objects.filter(item=item).update(cast=False)
    services.cast(item, actor=world.people["delegate_gxj"], choice="agree")
    services.close_vote(item, actor=world.people["meeting"], rest_abstain=True)
    item.refresh_from_db()
    assert item.agree == 2
