"""Who looks at the cases of the highest level: forty experts with planted conflicts, and the members of the meeting."""

from talent.core.models import IndustryChain, Organisation, User
from talent.core.services import calendar
from talent.green_channel import services
from talent.green_channel.models import Expert, GreenChannelCase, Meeting
from workflows.desk.meetings import end_meeting

from . import cast

EXPERTS = 40
# Every so many experts works where an applicant may go, teaches where he may come from, or is tied to a project.
_SAME_EMPLOYER, _SAME_SCHOOL, _TIED = 8, 7, 9
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

    def invite(self, case: GreenChannelCase) -> None:
        """Form the panel; five experts without conflict accept, one with a conflict is refused and stays on record."""
        actor = self.secretary(case)
        panel = services.form_panel(case, actor=actor)
        found = services.candidates(panel)
        fit = [one.expert for one in found if not one.refusal and one.expert.user_id is None][:5]
        refused = [one.expert for one in found if one.refusal][:1]
        for seat in services.invite(panel, [*fit, *refused], actor=actor):
            if not seat.reason:
                services.accept_seat(seat, actor=actor)

    def score(self, case: GreenChannelCase) -> None:
        """The sheets, copied in by the secretary."""
        actor, panel = self.secretary(case), case.panels.get(state="open")
        for place, seat in enumerate(panel.seats.filter(state="accepted").select_related("expert")):
            points = {code: given - place for code, given in _SCORES.items()}
            services.score(seat, actor=actor, points=points, comments={}, agrees=True)

    def call(self, cases: list[GreenChannelCase], *, days: int = 0) -> Meeting:
        """A meeting so many working days ahead with `cases` on its agenda."""
        actor = self.users["huiyi"]
        meeting = services.call_meeting(
            actor=actor, organisation=Organisation.objects.get(code="zzb"), title="顶尖人才直通车联席会议",
            held_on=calendar.due_after(calendar.today(), days) if days else calendar.today(), place="市委一号会议室", chair="演示主持人",
        )  # fmt: skip
        services.list_cases(meeting, cases, actor=actor)
        return meeting

    def hold(self, case: GreenChannelCase) -> None:
        """A meeting that agrees, with conditions and money, and goes into the minutes."""
        actor, meeting = self.users["huiyi"], self.call([case])
        for seat in list(meeting.attendances.select_related("organisation"))[:7]:
            services.attend(seat, actor=actor, present=True, delegate=f"{seat.organisation.label}代表")
        item = meeting.items.get()
        services.set_conditions(item, actor=actor, conditions="项目须在一年内落地。")
        services.grant_support(
            item, actor=actor, name="项目启动资金", basis="一事一议", amount=3_000_000,
            owner=Organisation.objects.get(code="czj"),
        )  # fmt: skip
        services.open_vote(item, actor=actor, secret=False)
        for place, ballot in enumerate(item.ballots.select_related("attendance")):
            services.cast(
                item, actor=actor, choice="agree" if place else "abstain", attendance=ballot.attendance
            )
        services.close_vote(item, actor=actor)
        end_meeting(meeting, actor=actor)
