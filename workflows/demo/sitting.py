"""Who looks at the cases of the highest level: forty experts with planted conflicts, and the members of the meeting."""

from decimal import Decimal

from talent.core.models import IndustryChain, Organisation, User
from talent.core.services import calendar
from talent.green_channel import services
from talent.green_channel.models import AgendaItem, Expert, GreenChannelCase, Meeting
from workflows.desk.meetings import end_meeting

from . import cast

EXPERTS = 40
# Every so many experts works where an applicant may go, teaches where he may come from, or is tied to a project.
_SAME_EMPLOYER, _SAME_SCHOOL, _TIED = 8, 7, 9
# Member of the meeting → the account of whoever comes for it.
_DELEGATES = {
    "zzb": "zuzhizhang", "kjj": "kejizhang", "gxj": "gongxinzhang", "rsj": "renshezhang", "czj": "caizhengzhang",
    "zjj": "zhujian", "jyj": "jiaoyu", "wjw": "weijian",
}  # fmt: skip
_SCORES = {"technology": 92, "chain": 90, "feasibility": 85, "team": 88, "landing": 86, "risk": 84}


class Sitting:
    """Experts and meetings of the demo, through the same doors as real ones."""

    def __init__(self, users: dict[str, User], employers: list[Organisation]) -> None:
        self.users = users
        self.pool = [self._expert(number, employers) for number in range(EXPERTS)]

    def _expert(self, number: int, employers: list[Organisation]) -> Expert:
        trade = cast.TRADES[number % len(cast.TRADES)]
        employer = f"示例外地研究院{number + 1}"
        if number % _SAME_EMPLOYER == 0 and number:
            employer = employers[number % len(employers)].name
        expert = services.add_expert(
            actor=self.users["pingshen"],
            # the first one is the account of the demo
            user=self.users["zhuanjia"] if number == 0 else None,
            name=f"演示专家{number + 1}",
            title="教授",
            employer_name=employer,
            university=cast.SCHOOLS[number % len(cast.SCHOOLS)]
            if number % _SAME_SCHOOL == 0 and number
            else "",
            fields=trade,
            mobile=f"199{number:08d}",
            chains=IndustryChain.objects.order_by("code")[number % 5 :: 5],
        )
        if number % _TIED == 0 and number:
            services.declare_tie(
                expert, actor=self.users["pingshen"], kind="co_project", title=f"{trade}关键技术攻关与产业化"
            )
        return expert

    def secretary(self, case: GreenChannelCase) -> User:
        """The panel's secretary of the case's lead bureau."""
        return self.users["pingshen" if case.lead_organisation.code == "kjj" else "pingshen2"]

    def invite(self, case: GreenChannelCase, *, account: str = "") -> None:
        """Form the panel; five experts without conflict accept, one with a conflict is refused and stays on record.

        account: how far the expert with the account of the demo has come: "invited", "accepted" or "scored".
        """
        actor = self.secretary(case)
        panel = services.form_panel(case, actor=actor)
        found = services.candidates(panel)
        fit = [one.expert for one in found if not one.refusal and one.expert.user_id is None][:5]
        refused = [one.expert for one in found if one.refusal][:1]
        own = self.pool[:1] if account else []
        for seat in services.invite(panel, [*own, *fit[len(own) :], *refused], actor=actor):
            if not seat.reason and (seat.expert.user_id is None or account != "invited"):
                services.accept_seat(seat, actor=seat.expert.user or actor)
        if account == "scored":
            self.score(case, but=2)

    def score(self, case: GreenChannelCase, *, but: int = 0) -> None:
        """The sheets of all but the last ones: one's own by whoever has an account, the others copied in."""
        panel = case.panels.get(state="open")
        seats = list(panel.seats.filter(state="accepted").select_related("expert__user"))
        for place, seat in enumerate(seats[: len(seats) - but]):
            points = {code: given - place for code, given in _SCORES.items()}
            services.score(
                seat, actor=seat.expert.user or self.secretary(case), points=points, comments={}, agrees=True
            )

    def leave(self, case: GreenChannelCase) -> None:
        """One of the experts who sit stays away after all."""
        seat = case.panels.get(state="open").seats.filter(state="accepted", expert__user=None).last()
        services.recuse_seat(seat, actor=self.secretary(case), reason="示例：与申报人近期合作申请项目")

    def call(self, cases: list[GreenChannelCase], *, days: int = 0) -> Meeting:
        """A meeting so many working days ahead with `cases` on its agenda."""
        actor = self.users["huiyi"]
        meeting = services.call_meeting(
            actor=actor, organisation=Organisation.objects.get(code="zzb"), title="顶尖人才直通车联席会议",
            held_on=calendar.due_after(calendar.today(), days) if days else calendar.today(), place="市委一号会议室", chair="演示主持人",
        )  # fmt: skip
        services.list_cases(meeting, cases, actor=actor)
        return meeting

    def hold(self, *cases: GreenChannelCase, fates: tuple[str, ...] = ("approved",)) -> Meeting:
        """A meeting over `cases`, each with its fate, that goes into the minutes.

        "approved" carries conditions and money, "secret" is approved by secret ballot and with one member staying
        away, "rejected" is not carried, "postponed" returns to the pool.
        """
        actor, meeting = self.users["huiyi"], self.call(list(cases))
        for seat in list(meeting.attendances.select_related("organisation"))[:7]:
            services.attend(
                seat, actor=actor, present=True, delegate=f"{seat.organisation.label}代表",
                user=self.users[_DELEGATES[seat.organisation.code]],
            )  # fmt: skip
        for item, fate in zip(meeting.items.all(), fates, strict=True):
            self._settle(item, fate)
        return end_meeting(meeting, actor=actor)

    def _settle(self, item: AgendaItem, fate: str) -> None:
        actor = self.users["huiyi"]
        if fate == "postponed":
            services.postpone(item, actor=actor, reason="示例：用人单位配套条件需进一步落实。")
            return
        if fate == "secret":
            away = item.meeting.attendances.get(organisation__code="rsj")
            services.recuse_member(item, away, actor=actor, reason="示例：参会人与人选有合作关系")
        if fate != "rejected":
            services.set_conditions(item, actor=actor, conditions="项目须在一年内落地。")
            services.grant_support(
                item, actor=actor, name="项目启动资金", basis="一事一议", amount=Decimal(3_000_000),
                owner=Organisation.objects.get(code="czj"),
            )  # fmt: skip
        services.open_vote(item, actor=actor, secret=fate == "secret")
        against = "against" if fate == "rejected" else "abstain"
        ballots = item.ballots.select_related("attendance__user").order_by("attendance__organisation__code")
        for place, ballot in enumerate(ballots):
            choice = against if place < (3 if fate == "rejected" else 1) else "agree"
            services.cast(item, actor=ballot.attendance.user, choice=choice)
        services.close_vote(item, actor=actor)
