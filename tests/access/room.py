"""Experts around a case and members around a table, in each county of the access world."""

from typing import Any

from django.utils import timezone

from talent.core import roles
from talent.green_channel import services
from talent.green_channel.models import Expert, GreenChannelCase, Panel
from tests import factories

POINTS = dict.fromkeys(("technology", "chain", "feasibility", "team", "landing", "risk"), 90)


def prefixed(side: Any, name: str) -> str:
    return name if side.key == "a" else f"other_{name}"


def furnish(world: Any, side: Any) -> None:
    """The county's panel secretary, its expert with an account, and five without."""
    secretary = world.hire(
        prefixed(side, "panel_secretary"), f"评审秘书{side.key}", roles.PANEL_SECRETARY, side.bureau
    )
    expert = world.hire(prefixed(side, "expert"), f"账号专家{side.key}", roles.EXPERT, side.bureau)
    name = world.text("expert_name", "示例专家")
    given = {"actor": secretary, "fields": "石墨烯材料", "employer_name": f"外地研究院{side.key}"}
    side.things["expert"] = services.add_expert(name=name, user=expert, **given)
    side.things["paper"] = [services.add_expert(name=f"{name}{place}", **given) for place in range(5)]


def open_panel(world: Any, side: Any, case: GreenChannelCase, experts: list[Expert]) -> Panel:
    """A panel on which `experts` sit and have scored."""
    actor = world.people[prefixed(side, "panel_secretary")]
    panel = services.form_panel(case, actor=actor)
    for seat in services.invite(panel, experts, actor=actor):
        who = seat.expert.user or actor
        services.accept_seat(seat, actor=who)
        services.score(
            seat, actor=who, points=POINTS, agrees=True, comment=world.text("sheet", "同意推荐。"),
            comments={"team": world.text("score", "团队完整。")},
        )  # fmt: skip
    return panel


def make_panel(world: Any, side: Any, case: GreenChannelCase) -> GreenChannelCase:
    """With the experts: one with an account, one whose sheet is copied in."""
    panel = open_panel(world, side, case, [side.things["expert"], side.things["paper"][0]])
    side.things["seat"] = panel.seats.get(expert=side.things["expert"])
    side.things["paper_seat"] = panel.seats.get(expert=side.things["paper"][0])
    return case


def make_meeting(world: Any, side: Any, case: GreenChannelCase) -> GreenChannelCase:
    """Through the panel and on the agenda, with conditions and money; the bureau's checker is its delegate."""
    open_panel(world, side, case, side.things["paper"])
    secretary = world.people["meeting_secretary"]
    case = world.step(
        case, "panel", prefixed(side, "panel_secretary"), outcome="conclude",
        opinion=world.text("panel_opinion", "同意推荐。"),
    )  # fmt: skip
    zzb = factories.bureau("zzb")
    given = {"organisation": zzb, "held_on": timezone.localdate(), "place": "一号会议室", "chair": "主持甲"}
    earlier = services.call_meeting(actor=secretary, title="直通车联席会议", **given)
    item = services.list_cases(earlier, [case], actor=secretary)[0]
    services.postpone(item, actor=secretary, reason=world.text("postponed", "补充材料"))
    meeting = services.call_meeting(actor=secretary, title="直通车联席会议", **given)
    side.things["item"] = item = services.list_cases(meeting, [case], actor=secretary)[0]
    services.attend(
        meeting.attendances.get(organisation=side.bureau), actor=secretary, present=True, delegate="代表甲",
        user=world.people[prefixed(side, "checker")],
    )  # fmt: skip
    services.set_conditions(item, actor=secretary, conditions=world.text("conditions", "一年内落地。"))
    services.grant_support(
        item, actor=secretary, name="启动资金", basis=world.text("support", "一事一议"), owner=zzb, amount=100
    )
    services.recuse_member(
        item, meeting.attendances.get(organisation__code="wjw"), actor=secretary,
        reason=world.text("recusal", "亲属关系"),
    )  # fmt: skip
    side.things["meeting"] = meeting
    return case
