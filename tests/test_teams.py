"""A team from the recommendation to the amended agreement: everybody answers for himself and reads what is his."""

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from talent.core import roles
from talent.core.models import Case, Consent, Document, Recusal, TalentProfile
from talent.core.services import materials, people
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.letters.rendering import html_of
from talent.green_channel.models import GreenChannelCase, TeamChange, TeamMember
from talent.green_channel.services import agreements, team, team_changes
from tests import factories, steps, teaming
from tests.steps import formset
from workflows.base import acts

CONSENTS = [purpose.value for purpose in team.PURPOSES]
DECLARED = {"former_employer_settled": "on", "non_compete_free": "on", "ip_undisputed": "on"}


class World(steps.World):
    """A leader, two people he asks in, and one who is asked later."""

    def __init__(self, traveller) -> None:
        super().__init__(traveller)
        for name, person in (("li", "李示例"), ("wang", "王示例"), ("sun", "孙示例")):
            self.people[name] = factories.account(name, person)
        self.numbers = {name: factories.identity_number() for name in ("li", "wang", "sun")}
        self.paper = factories.pdf().read()

    def team_case(self) -> GreenChannelCase:
        """Recommended as a team with 李示例; the leader's own part is written."""
        case = self.recommend(kind="team", core_members="李示例，示例大学，工艺\n")
        self.write(case)
        return self.fresh(case)

    def member(self, case: GreenChannelCase, who: str) -> TeamMember:
        return case.members.get(name=self.people[who].name)

    def joined(self, case: GreenChannelCase, who: str) -> TeamMember:
        """The place taken, the own part filled in; not confirmed yet."""
        return teaming.fill(
            self.member(case, who), self.people[who], leader=self.people["talent"], number=self.numbers[who],
            paper=self.paper,
        )  # fmt: skip

    def confirmed(self, case: GreenChannelCase, who: str) -> TeamMember:
        return team.confirm(self.joined(case, who), actor=self.people[who], consents=CONSENTS)

    def submitted_team(self) -> GreenChannelCase:
        case = self.team_case()
        self.confirmed(case, "li")
        return acts.answer(self.fresh(case), "confirm", actor=self.people["talent"])


@pytest.fixture(scope="module")
def town(build):
    """The people, made once; each test leaves nothing behind."""
    with time_machine.travel(steps.START, tick=True) as traveller:
        made = build(World, traveller)
        made.moment = timezone.now()
        return made


@pytest.fixture
def world(_strict_pages, settings, town, db):
    settings.MEDIA_ROOT = town.media
    with time_machine.travel(town.moment, tick=True) as traveller:
        town.traveller = traveller
        town.browsers.clear()
        yield town


def shown(response) -> str:
    return response.content.decode()


def test_each_member_fills_in_confirms_and_reads_his_own_part_and_the_leader_sees_who_has(world):
    case = world.team_case()
    number = case.number
    # The leader adds one more on the page of the part, and asks both in.
    rows = formset("member", {}, {"name": "王示例", "employer_name": "示例研究院", "duty": "检测"})
    li = world.member(case, "li")
    rows |= {
        "member-INITIAL_FORMS": 1, "member-0-id": li.pk, "member-0-name": li.name,
        "member-0-employer_name": li.employer_name, "member-0-duty": li.duty,
    }  # fmt: skip
    world.post("talent", "my:part", number, "team", data=rows)
    world.submit(case, expect=200)
    assert "李示例（待本人确认）、王示例（待本人确认）" in world.said
    for who in ("li", "wang"):
        member = world.member(case, who)
        page = world.post(
            "talent", "my:team", number, data={"act": "invite", "member": member.pk}, expect=200
        )
        address = page.context["link"].partition("testserver")[2]
        assert member.name in shown(world.browser(who).get(address))
        assert world.browser(who).post(address).status_code == 302
        key = member.row_key
        world.get("talent", "my:member", key, expect=404)
        person = steps.DOSSIER["person"] | {"name": member.name, "id_number": world.numbers[who]}
        world.post(who, "my:member_part", key, "person", data=person)
        world.post(who, "my:member_part", key, "history", data=steps.DOSSIER["history"])
        world.post(who, "my:member_part", key, "declaration", data=DECLARED)
        world.post(who, "my:member", key, data={"act": "confirm", "consents": CONSENTS}, expect=200)
        assert "本人材料" in world.said
        scan = factories.pdf(content=world.paper)
        world.post(who, "my:member", key, data={"act": "file", "code": "G02", "file": scan})
        world.post(who, "my:member", key, data={"act": "confirm", "consents": CONSENTS[:2]}, expect=200)
        assert "公示姓名和申报信息" in world.said
        world.post(who, "my:member", key, data={"act": "confirm", "consents": CONSENTS})
    assert shown(world.get("talent", "my:team", number)).count("已确认") == 2
    case = world.submit(case)
    assert case.status == Case.Status.SUBMITTED
    for who in ("li", "wang"):
        member = world.member(case, who)
        assert {one.purpose for one in Consent.objects.filter(case=case, profile=member.profile)} == set(
            CONSENTS
        )
        # The officers read the part and open the number with a reason.
        page = shown(world.get("intake", "desk:member", number, member.row_key))
        assert "示例研究院" in page
        assert world.numbers[who] not in page
        opened = world.post(
            "intake", "desk:member", number, member.row_key, data={"reason": "核对证件"}, expect=200
        )
        assert world.numbers[who] in shown(opened)
        assert b"".join(world.get("intake", "member_file", number, member.row_key, "G02").streaming_content)
        assert b"".join(world.get(who, "member_file", number, member.row_key, "G02").streaming_content)
        assert member.name in shown(world.get("intake", "desk:case", number))
    # Nobody of the team reads what is another's.
    li, wang = (world.member(case, who) for who in ("li", "wang"))
    for who, foreign in (("li", wang), ("wang", li), ("talent", li)):
        world.get(who, "member_file", number, foreign.row_key, "G02", expect=404)
        world.get(who, "my:member", foreign.row_key, expect=404)
        world.get(who, "desk:member", number, foreign.row_key, expect=403)
    for who in ("li", "wang"):
        world.get(who, "my:case", number, expect=404)
        world.get(who, "material_file", number, "G01", expect=404)
        own = shown(world.get(who, "my:member", world.member(case, who).row_key))
        for others in (world.number, *(value for name, value in world.numbers.items() if name != who)):
            assert others not in own
            assert others[-4:] not in own


def test_who_declines_or_withdraws_stands_in_the_way_until_the_leader_leaves_him_out(world):
    case = world.team_case()
    member = world.confirmed(case, "li")
    file = member.files.get().version
    team.withdraw(member, actor=world.people["li"], reason="另有安排")
    assert not materials.has_consent(member.profile, Consent.Purpose.JOINT_CHECK, case=case)
    file.refresh_from_db()
    assert file.erased_at, "the file goes with the consent"
    with pytest.raises(ActRefused, match="李示例（未同意加入）"):
        acts.answer(world.fresh(case), "confirm", actor=world.people["talent"])
    team.name_member(case, actor=world.people["talent"], name="王示例")
    declined = team.accept(
        team.invite(world.member(case, "wang"), actor=world.people["talent"]), actor=world.people["wang"]
    )
    team.decline(declined, actor=world.people["wang"], reason="不参加")
    assert "核心成员不同意加入" in world.inbox("talent")
    for who in ("li", "wang"):
        team.drop_member(world.member(case, who), actor=world.people["talent"])
    with pytest.raises(ActRefused, match="团队成员"):
        acts.answer(world.fresh(case), "confirm", actor=world.people["talent"])


def test_what_the_leader_or_the_member_changes_is_confirmed_anew(world):
    case = world.team_case()
    member = world.confirmed(case, "li")
    team.change_member(member, actor=world.people["talent"], duty="总工艺")
    assert world.member(case, "li").state == TeamMember.State.NAMED
    with pytest.raises(ActRefused, match="不能改为他人"):
        team.change_member(member, actor=world.people["talent"], name="赵某")
    team.confirm(member, actor=world.people["li"], consents=CONSENTS)
    world.post("li", "my:member_part", member.row_key, "declaration", data=DECLARED)
    assert world.member(case, "li").state == TeamMember.State.NAMED


def test_an_invitation_is_for_one_person_of_that_name_and_good_once(world):
    case = world.team_case()
    token = team.invite(world.member(case, "li"), actor=world.people["talent"])
    people.create_profile(actor=world.people["wang"], user=world.people["wang"], name="王示例")
    with pytest.raises(ActRefused, match="与您档案中的姓名不一致"):
        team.accept(token, actor=world.people["wang"])
    with pytest.raises(ActRefused, match="已在本团队"):
        team.accept(token, actor=world.people["talent"])
    team.accept(token, actor=world.people["li"])
    with pytest.raises(ActRefused, match="无效、已使用"):
        team.accept(token, actor=world.people["wang"])
    assert team.invited("x" + token) is None
    with pytest.raises(NotAllowed):
        team.invite(world.member(case, "li"), actor=world.people["li"])


def test_a_member_who_is_an_officer_of_the_lead_bureau_sees_nothing_of_the_case(world):
    factories.appoint(world.people["li"], roles.INTAKE, factories.bureau("zzb"))
    case = world.submitted_team()
    assert not Case.objects.visible_to(world.people["li"]).exists()
    world.get("li", "desk:case", case.number, expect=404)
    with pytest.raises(NotAllowed, match="回避"):
        acts.claim(world.step(case), actor=world.people["li"])
    # Without the recusal the desk would be open.
    Recusal.objects.all().delete()
    assert Case.objects.visible_to(world.people["li"]).exists()


def test_nobody_is_a_member_by_another_hand(world):
    """The database refuses a confirmed member without a person."""
    case = world.team_case()
    with pytest.raises(IntegrityError), transaction.atomic():
        case.members.update(state="confirmed")
    with pytest.raises(NotAllowed, match="本人"):
        team.confirm(world.joined(case, "li"), actor=world.people["talent"], consents=CONSENTS)


def test_after_the_submission_a_member_joins_by_asking_confirming_and_approving(world):
    case = world.submitted_team()
    with pytest.raises(ActRefused, match="提出变动"):
        team.name_member(case, actor=world.people["talent"], name="孙示例")
    data = {
        "act": "join",
        "name": "孙示例",
        "employer_name": "示例大学",
        "duty": "检测",
        "reason": "补充力量",
    }
    page = world.post("talent", "my:team", case.number, data=data, expect=200)
    assert "/my/teams/join/" in page.context["link"]
    change = case.team_changes.get()
    with pytest.raises(Conflict, match="待成员确认"):
        team_changes.approve(change, actor=world.people["intake"], opinion="同意")
    world.confirmed(case, "sun")
    assert world.member(case, "sun").state == TeamMember.State.JOINING
    with pytest.raises(ActRefused, match="孙示例加入"):
        team.require_settled(case)
    form = {"change": change.row_key, "act": "approve", "opinion": "同意增加"}
    world.post("checker", "desk:team", case.number, data=form, expect=404)
    world.post("intake", "desk:team", case.number, data=form)
    assert world.member(case, "sun").state == TeamMember.State.CONFIRMED
    assert world.event(case, "team_changed").public_text == "核心成员加入：孙示例"
    with pytest.raises(Conflict, match="已同意"):
        team_changes.refuse(change, actor=world.people["intake"], opinion="不同意")


def test_a_leaving_is_confirmed_by_the_member_and_may_be_refused_or_called_off(world):
    case = world.submitted_team()
    member, leader = world.member(case, "li"), world.people["talent"]
    change = team_changes.ask_leave(member, actor=leader, reason="任务调整")
    with pytest.raises(Conflict, match="尚未办结"):
        team_changes.ask_leave(member, actor=leader, reason="任务调整")
    with pytest.raises(NotAllowed):
        team_changes.answer_leave(change, actor=leader, agreed=True)
    assert "负责人提出您退出团队" in shown(world.get("li", "my:member", member.row_key))
    world.post("li", "my:member", member.row_key, data={"act": "stay", "reason": "任务未完成"})
    change = team_changes.ask_leave(member, actor=leader, reason="任务调整")
    world.post("li", "my:member", member.row_key, data={"act": "leave"})
    change.refresh_from_db()
    team_changes.refuse(change, actor=world.people["intake"], opinion="影响项目")
    assert world.member(case, "li").state == TeamMember.State.CONFIRMED
    team_changes.cancel(
        team_changes.ask_leave(member, actor=leader, reason="再议"), actor=leader, reason="再议"
    )
    # Taking the consents back needs nobody's leave; the leaving is then asked for.
    team.withdraw(member, actor=world.people["li"], reason="撤回同意")
    assert not materials.has_consent(member.profile, Consent.Purpose.PUBLICITY, case=case)
    change = case.team_changes.unsettled().get()
    assert change.state == TeamChange.State.CONFIRMED
    with pytest.raises(NotAllowed, match="负责人取消"):
        team_changes.cancel(change, actor=leader, reason="不同意")


def test_with_an_agreement_in_force_the_change_waits_for_the_signed_amendment(world):
    case = world.submitted_team()
    ticks = {line.pk: ("ok", "") for line in case.materials.all()}
    case = acts.decide(
        world.step(case), actor=world.people["intake"], facts={"outcome": "accept", "ticks": ticks}
    )
    case = world.dispatch(case)
    GreenChannelCase.objects.filter(pk=case.pk).update(status=Case.Status.COMPLETED, closed_at=timezone.now())
    case = world.fresh(case)
    checker, head, leader = world.people["checker"], world.people["head"], world.people["talent"]
    first = agreements.draft_agreement(
        case, actor=checker, starts_on=world.today, ends_on=steps.day_after(world.today, 900), service_years=3,
        duties="履约。", ip="共有。", recovery="追回。",
        aims=[agreements.Aim("中试", steps.day_after(world.today, 300), 500000, "报告")],
    )  # fmt: skip

    def sign(agreement):
        agreements.open_signing(agreement, actor=head)
        for side, who in (("talent", "talent"), ("employer", "hr"), ("government", "checker")):
            copy = factories.pdf(content=world.paper)
            agreements.file_copy(agreement, side, copy, actor=world.people[who])
        agreement.refresh_from_db()
        return agreement

    first = sign(first)
    assert "李示例" in html_of(first.letter)
    joins = team_changes.ask_join(
        case, actor=leader, name="孙示例", employer_name="示例大学", duty="检测", reason="补充力量"
    )
    world.confirmed(case, "sun")
    leaves = team_changes.ask_leave(world.member(case, "li"), actor=leader, reason="任务调整")
    team_changes.answer_leave(leaves, actor=world.people["li"], agreed=True)
    joins = team_changes.approve(joins, actor=checker, opinion="同意增加")
    assert (joins.agreement.version, joins.effective_at) == (2, None)
    assert joins.agreement.milestones.get().title == "中试"
    with pytest.raises(Conflict, match="请先办完"):
        team_changes.approve(leaves, actor=checker, opinion="同意退出")
    second = sign(joins.agreement)
    assert "孙示例" in html_of(second.letter)
    assert "孙示例" not in html_of(first.letter)
    assert world.member(case, "sun").state == TeamMember.State.CONFIRMED
    leaves = team_changes.approve(leaves, actor=checker, opinion="同意退出")
    assert world.member(case, "li").state == TeamMember.State.CONFIRMED, "until the amendment is signed"
    third = sign(leaves.agreement)
    assert "核心成员</th><td>孙示例</td>" in html_of(third.letter)
    assert world.member(case, "li").state == TeamMember.State.LEFT
    assert [one.state for one in case.agreements.order_by("version")] == [
        "superseded",
        "superseded",
        "in_force",
    ]


def test_a_person_of_one_name_has_one_place_in_a_team(world):
    case = world.team_case()
    member = world.joined(case, "li")
    other = team.name_member(case, actor=world.people["talent"], name="李示例")
    with pytest.raises(ActRefused, match="已在本团队"):
        team.accept(team.invite(other, actor=world.people["talent"]), actor=world.people["li"])
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamMember.objects.filter(pk=other.pk).update(profile=member.profile)
    assert TalentProfile.objects.filter(user=world.people["li"]).count() == 1
    assert Document.objects.filter(profile=member.profile).count() == 1
