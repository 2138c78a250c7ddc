"""Experts, a meeting and what follows a recognition, built into the town through the demo's own doors."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from django.utils import timezone

from talent.core.models import Consent
from talent.core.services import materials
from talent.green_channel import services
from talent.green_channel.models import AgendaItem, GreenChannelCase, Meeting, PanelSeat, ServiceOrder
from talent.green_channel.services import evaluating
from workflows.demo.aftercare import ENDINGS, Aftercare

if TYPE_CHECKING:
    from .town import Town


@dataclass
class After:
    """What the pages are opened with."""

    paneled: GreenChannelCase
    own_seat: PanelSeat
    held: Meeting
    running: Meeting
    recognised: GreenChannelCase

    def seat_to_copy(self) -> PanelSeat:
        """Of an expert without an account: the office copies his sheet in."""
        return self.own_seat.panel.seats.filter(state="accepted", expert__user=None)[0]

    def order(self, state: str) -> ServiceOrder:
        return self.recognised.service_orders.filter(state=state, grade=None).order_by("-place")[0]

    def poor(self) -> ServiceOrder:
        return self.recognised.service_orders.get(follow_up__answered_at=None, grade=1)


def build(town: "Town", people) -> After:
    """`people`: who is still free. The recognised case of the town lives on."""
    stage, today = town.stage, timezone.localdate()

    def begin(state: str, place: int = 0) -> GreenChannelCase:
        stage.at(today - timedelta(days=28))
        person = next(people)
        case = stage.recommend(person, town.employers[1], level="A")
        materials.give_consent(person, Consent.Purpose.REUSE, text_version="1", actor=person.user)
        stage.place = place
        stage.play(state, case)
        return GreenChannelCase.objects.get(pk=case.pk)

    try:
        paneled, secret, open_ = begin("panel", 2), begin("meeting"), begin("meeting")
        stage.back()
        held = stage.sitting.hold(secret, fates=("secret",))
        running = stage.sitting.call([open_])
        _in_session(town, running.items.get())
        recognised = town.cases["recognised"]
        _live_on(town, recognised, today)
    finally:
        stage.back()
    return After(
        paneled,
        PanelSeat.objects.get(panel__case=paneled, expert__user__isnull=False),
        held,
        running,
        recognised,
    )


def _in_session(town: "Town", item: AgendaItem) -> None:
    """The vote of the item is open and nobody has voted."""
    for seat in item.meeting.attendances.select_related("organisation"):
        who = town.users["zuzhizhang"] if seat.organisation.code == "zzb" else None
        services.attend(seat, actor=town.users["huiyi"], present=True, delegate="演示代表", user=who)
    services.open_vote(item, actor=town.users["huiyi"], secret=False)


def _live_on(town: "Town", case: GreenChannelCase, today) -> None:
    """A claimed milestone, an amendment signed by one, three evaluations, a service of each ending."""
    after = Aftercare(town.stage)
    town.stage.at(today - timedelta(days=20))
    after.claimed(case)
    after.sign(after.send_out(case, reason="示例：追加量产目标"), "talent")
    officer, head = after.officer(case), after.head(case)
    made = (evaluating.open_evaluation(case, "yearly", year, actor=officer) for year in count(1))
    first = evaluating.report(next(made), actor=after.hr(case), text="示例报告：主要指标没有达到。")
    evaluating.propose(
        first, actor=officer, result="excused", opinion="示例意见。", ground="route", facts="示例：关键指标未达到目标值。",
        diligence="示例：实验记录完整，按期报告。", panel=evaluating.Panel(today - timedelta(days=60), 5, 4),
    )  # fmt: skip
    evaluating.conclude(first, actor=head, agreed=True)
    evaluating.report(
        next(made), actor=after.hr(case), text="示例报告：项目进展顺利。", file=after.paper("报告")
    )
    next(made)
    for _ending in ENDINGS:
        after.serve(case)
    rated = after.serve(case)
    ServiceOrder.objects.filter(pk=rated.pk).update(grade=None, graded_at=None)
