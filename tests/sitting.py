"""Experts around a case and members around a table: the world of `steps` with the panel's and the meeting's people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import time_machine

from talent.core import roles
from talent.core.models import Document, DossierSection
from talent.core.services import materials
from talent.green_channel import services
from talent.green_channel.models import (
    Achievement,
    AgendaItem,
    Expert,
    GreenChannelCase,
    Meeting,
    Need,
    Panel,
    PanelSeat,
)
from tests import factories, steps
from workflows.base import acts
from workflows.flows.green_channel import GreenChannelFlow

MEMBERS = ("zzb", "kjj", "gxj", "rsj", "czj", "zjj", "jyj", "wjw")
DIMENSIONS = ("technology", "chain", "feasibility", "team", "landing", "risk")


class Sitting(steps.World):
    """`steps.World` with a panel's secretary, experts with accounts, a meeting's secretaries and a delegate per member."""

    def __init__(self, traveller: Any) -> None:
        super().__init__(traveller)
        self._hire("panel", "评审秘书甲", roles.PANEL_SECRETARY, "kjj")
        self._hire("meeting", "会议秘书甲", roles.MEETING_SECRETARY, "zzb")
        self._hire("meeting2", "会议秘书乙", roles.MEETING_SECRETARY, "zzb")
        for code in MEMBERS:
            self._hire(f"delegate_{code}", f"代表{code}", roles.CHECKER, code)
        self.experts: list[Expert] = []
        for place in range(7):
            self.expert(f"专家{place}")

    def _hire(self, name: str, person: str, role: roles.Role, code: str) -> None:
        self.people[name] = factories.account(name, person)
        factories.appoint(self.people[name], role, factories.bureau(code))

    def expert(self, name: str, *, account: bool = True, **facts: Any) -> Expert:
        """One more expert of the pool, with the account `expert<n>`."""
        who = f"expert{len(self.experts)}"
        if account:
            self._hire(who, name, roles.EXPERT, "kjj")
        given = {
            "employer_name": f"{name}的外地研究院",
            "fields": "石墨烯材料",
            "chains": [self.chain],
        } | facts
        made = services.add_expert(
            actor=self.people["panel"], name=name, user=self.people[who] if account else None, **given
        )
        self.experts.append(made)
        return made

    # --- the way there, by the acts themselves: the pages before are tested elsewhere -------------

    def submitted(self, *, missing: tuple[str, ...] = (), who: str = "recommender") -> GreenChannelCase:
        """Recommended, filled and handed in. Every material is the same checked file."""
        case = services.recommend(
            actor=self.people[who], recommender=factories.bureau("370811-zzb"), employer=self.employer,
            candidate=self.profile, chain=self.chain, field="石墨烯材料", level_code="A", kind="person",
            why_direct="普通政策不能覆盖。", engagement="full_time", contract_years=5, **steps.PROJECT,
        )  # fmt: skip
        GreenChannelFlow.recommended.run(case=case)
        actor = self.people["talent"]
        case.technology_route = case.ip_ownership = case.expected_benefit = "示例。"
        case.investment = 12_000_000
        case.former_employer_settled = case.non_compete_free = case.ip_undisputed = True
        case.save()
        if not self.profile.educations.exists():
            self.profile.educations.create(level="doctor", school="示例大学", graduated_on="2008-06-30")
            self.profile.employments.create(
                employer_name="示例研究院", position="研究员", started_on="2008-09-01"
            )
        Achievement.objects.create(case=case, kind="patent", title="示例发明专利", year=2023)
        need = Need(case=case, domain="living", item="子女入学", concerns_family=True)
        need.detail = "小学三年级"
        need.save()
        for code in steps.DOSSIER:
            DossierSection.objects.create(case_id=case.pk, code=code, complete=True)
        kept = materials.store_upload(
            factories.pdf(), owner=self.profile, type_code="G01", title="推荐书", actor=actor
        )
        for line in case.materials.exclude(code__in=missing):
            document = Document.objects.create(profile=self.profile, type_code=line.code, title=line.name)
            version = materials.copy(kept, document=document, actor=actor)
            materials.attach(line, version, actor=actor)
        return acts.answer(self.fresh(case), "confirm", actor=actor)

    def act(
        self, who: str, case: GreenChannelCase, node: str, outcome: str, **facts: Any
    ) -> GreenChannelCase:
        """Decide a step by its act."""
        step = case.open_steps.select_related("task__process", "organisation").get(node=node)
        acts.decide(step, actor=self.people[who], facts={"outcome": outcome, "opinion": "同意。", **facts})
        return self.fresh(case)

    def at_panel(self) -> GreenChannelCase:
        case = self.submitted()
        ticks = {line.pk: ("ok", "") for line in case.materials.all()}
        case = self.act("intake", case, "intake", "accept", ticks=ticks)
        case = self.act(
            "intake",
            case,
            "dispatch",
            "dispatch",
            lead=factories.bureau("kjj"),
            steward=self.people["steward"],
            # the checks by other bureaus are tested elsewhere
            named={},
            check_reason="近期已经核查。",
        )
        return self.act("checker", case, "form_review", "pass", ticks=ticks)

    # --- the panel ------------------------------------------------------------------------------

    def form_panel(self, case: GreenChannelCase) -> Panel:
        self.post("panel", "desk:form_panel", case.number)
        return case.panels.get()

    def seat(self, panel: Panel, place: int) -> PanelSeat:
        return panel.seats.get(expert=self.experts[place])

    def invite(self, panel: Panel, *places: int) -> None:
        sent = {"expert": [self.experts[place].pk for place in places]}
        self.post("panel", "desk:invite_experts", panel.case.number, data=sent)

    def answer(
        self, panel: Panel, place: int, answer: str = "accept", *, expect: int = 302, reason: str = ""
    ) -> None:
        key = self.seat(panel, place).row_key
        self.post(
            f"expert{place}", "expert:answer", key, data={"answer": answer, "reason": reason}, expect=expect
        )

    def sheet(self, points: int = 90, *, agrees: str = "yes", **more: Any) -> dict[str, Any]:
        """The filled form of a sheet."""
        sent: dict[str, Any] = {"agrees": agrees, "comment": "", **more}
        for code in DIMENSIONS:
            sent |= {f"points_{code}": points, f"comment_{code}": ""}
        return sent

    def score(self, panel: Panel, place: int, points: int = 90, *, expect: int = 302, **more: Any) -> None:
        key = self.seat(panel, place).row_key
        self.post(f"expert{place}", "expert:seat", key, data=self.sheet(points, **more), expect=expect)

    def seated(self, number: int = 5) -> Panel:
        """A panel whose experts have accepted."""
        panel = services.form_panel(self.at_panel(), actor=self.people["panel"])
        for place, seat in enumerate(
            services.invite(panel, self.experts[:number], actor=self.people["panel"])
        ):
            services.accept_seat(seat, actor=self.people[f"expert{place}"])
        return panel

    def scored(self, points: int = 90) -> Panel:
        """A panel of five whose sheets are all in."""
        panel = self.seated()
        for place in range(5):
            services.score(
                self.seat(panel, place), actor=self.people[f"expert{place}"], agrees=True, comments={},
                points=dict.fromkeys(DIMENSIONS, points),
            )  # fmt: skip
        return panel

    def conclude(self, panel: Panel, *, expect: int = 302) -> str:
        """The secretary ends the panel on the page of the step; the state it ended in."""
        sent = {"outcome": "conclude", "opinion": "同意推荐。"}
        self.post("panel", "desk:decide", panel.case.number, "panel", data=sent, expect=expect)
        panel.refresh_from_db()
        return panel.state

    # --- the meeting ----------------------------------------------------------------------------

    def at_meeting(self) -> GreenChannelCase:
        return self.act("panel", self.scored().case, "panel", "conclude")

    def call(self, *ready: GreenChannelCase) -> Meeting:
        sent = {
            "organisation": factories.bureau("zzb").pk, "title": "顶尖人才直通车联席会议", "held_on": self.today.isoformat(),
            "place": "市委一号会议室", "chair": "主持甲",
        }  # fmt: skip
        self.post("meeting", "desk:meetings", data=sent)
        meeting = Meeting.objects.order_by("-pk")[0]
        if ready:
            self.post(
                "meeting",
                "desk:meeting_agenda",
                meeting.number,
                data={"case": [case.number for case in ready]},
            )
        return meeting

    def sign_in(self, meeting: Meeting, *codes: str, accounts: bool = True) -> None:
        for code in codes:
            sent = {"organisation": code, "present": "on", "delegate": f"代表{code}"}
            if accounts:
                sent["user"] = self.people[f"delegate_{code}"].pk
            self.post("meeting", "desk:meeting_attendance", meeting.number, data=sent)

    def on_item(
        self, item: AgendaItem, act: str, *, who: str = "meeting", expect: int = 302, **sent: Any
    ) -> AgendaItem:
        self.post(
            who,
            "desk:meeting_item",
            item.meeting.number,
            item.row_key,
            data={"act": act, **sent},
            expect=expect,
        )
        item.refresh_from_db()
        return item

    def vote(self, item: AgendaItem, code: str, choice: str = "agree", *, expect: int = 302) -> None:
        self.post(
            f"delegate_{code}", "desk:meeting_vote", item.meeting.number, item.row_key, data={"choice": choice},
            expect=expect,
        )  # fmt: skip

    def in_session(self, *codes: str) -> AgendaItem:
        """A meeting with one item and its members in the room, before the vote."""
        meeting = self.call(self.at_meeting())
        self.sign_in(meeting, *(codes or MEMBERS))
        return meeting.items.get()

    def close(self, meeting: Meeting, who: str = "meeting", *, expect: int = 302) -> Meeting:
        self.post(who, "desk:meeting_close", meeting.number, expect=expect)
        meeting.refresh_from_db()
        return meeting


@contextmanager
def sit(start: datetime = steps.START) -> Iterator[Sitting]:
    """A world with experts and members whose clock begins at `start`."""
    with time_machine.travel(start, tick=True) as traveller:
        yield Sitting(traveller)
