"""How a case is brought into a state: people, clock and acts of the trunk, through the flow's own doors."""

import io
import random
from datetime import datetime, time, timedelta
from functools import cached_property

import pikepdf
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from talent.core import roles
from talent.core.models import (
    CaseMaterial,
    Document,
    DocumentVersion,
    DossierSection,
    IndustryChain,
    Organisation,
    TalentProfile,
    User,
)
from talent.core.services import appointments, calendar, materials, policy, publicity
from talent.core.services.supplements import Missing
from talent.green_channel import services as green_channel
from talent.green_channel.models import Achievement, GreenChannelCase, Need
from workflows import tick
from workflows.base import acts
from workflows.flows.green_channel import GreenChannelFlow

from .bureaus import Bureaus
from .sitting import Sitting

SEED = 20250727


def _pdf() -> bytes:
    """A one-page PDF, enough to be a document."""
    buffer = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.save(buffer)
    return buffer.getvalue()


class Stage(Bureaus):
    """The people and the clock of the demo."""

    def __init__(
        self,
        users: dict[str, User],
        people: list[TalentProfile],
        employers: list[Organisation],
    ) -> None:
        self.users, self.people, self.employers = users, people, employers
        self.first_day = policy.edition_for("green_channel").effective_from
        # Which of several cases of one state is being played: they come to different points of it.
        self.place = 0
        self.chance = random.Random(SEED)  # noqa: S311 a fixed seed makes the same demo everywhere
        self.pdf = _pdf()
        self.stored: dict[str, DocumentVersion] = {}
        self.chains = list(IndustryChain.objects.order_by("code"))
        self.traveller: time_machine.travel | None = None

    # --- time
    def at(self, day, hour: int = 10) -> None:
        """Travel to a working hour of `day`, or of the next working day; nothing was before the policy was in force."""
        current, day = calendar.current(), max(day, self.first_day)
        if not current.is_working_day(day):
            day = current.next_working_day(day)
        moment = timezone.make_aware(datetime.combine(day, time(hour, self.chance.randrange(60))))
        now = timezone.now() if self.traveller is None else self.real_now
        self.real_now = now
        self.back()
        self.traveller = time_machine.travel(min(moment, now), tick=True)
        self.traveller.start()

    def back(self) -> None:
        if self.traveller is not None:
            self.traveller.stop()
            self.traveller = None

    def later(self, days: int) -> None:
        self.at(calendar.due_after(calendar.today(), days))

    # --- the acts of the trunk
    def recommend(
        self, person: TalentProfile, employer: Organisation, *, level: str = ""
    ) -> GreenChannelCase:
        actor = self.users["tuijian"]
        recommender = Organisation.objects.get(code="370811-zzb")
        if employer == self.employers[0]:
            actor, recommender = self.users["danwei"], employer
        case = green_channel.recommend(
            actor=actor, recommender=recommender, employer=employer, candidate=person,
            chain=self.chance.choice(self.chains), field=person.research_field, level_code=level or self.chance.choice("AABBBC"),
            kind="person", project_title=f"{person.research_field}关键技术攻关与产业化",
            project_summary="示例项目：突破关键技术，建设中试线，形成自主知识产权。", why_direct="示例理由：项目紧迫，普通政策不能覆盖。",
            engagement="full_time", contract_years=5,
        )  # fmt: skip
        GreenChannelFlow.start_for(case)
        return case

    def fill(self, case: GreenChannelCase, *, missing: tuple[str, ...] = ()) -> None:
        """Complete the dossier; the materials in `missing` are left out."""
        actor = case.applicant.user
        case.technology_route, case.ip_ownership = "示例技术路线。", "示例：知识产权归用人单位和团队共有。"
        case.investment, case.expected_benefit = 12_000_000, "示例：三年形成产值。"
        case.former_employer_settled = case.non_compete_free = case.ip_undisputed = True
        case.save()
        Achievement.objects.create(
            case=case, kind="patent", title="示例发明专利", year=2023, note="第一发明人"
        )
        Achievement.objects.create(
            case=case, kind="project", title="示例重点研发项目", year=2022, note="负责人"
        )
        need = Need(case=case, domain="living", item="子女入学", concerns_family=True)
        need.detail = "示例需求"
        need.save()
        for code in ("person", "history", "achievements", "project", "team", "declaration", "needs"):
            DossierSection.objects.get_or_create(case_id=case.pk, code=code, defaults={"complete": True})
        for line in case.materials.exclude(code__in=missing):
            self.upload(line, actor)

    def upload(self, line: CaseMaterial, actor: User) -> None:
        """The first file of a kind goes through the vault's own door; the others are the same checked bytes."""
        person = TalentProfile.objects.get(user=actor)
        kept = self.stored.get(line.code)
        if kept is None:
            upload = SimpleUploadedFile(f"{line.name}.pdf", self.pdf, content_type="application/pdf")
            version = self.stored[line.code] = materials.store_upload(
                upload, owner=person, type_code=line.code, title=line.name, actor=actor
            )
        else:
            document = Document.objects.create(profile=person, type_code=line.code, title=line.name)
            version = materials.copy(kept, document=document, actor=actor)
        materials.attach(line, version, actor=actor)

    def staff(self, employer: Organisation) -> User:
        """Whoever acts for an employer; an account without a password where nobody did so far."""
        found = appointments.holders(roles.HR, employer)
        if found:
            return found[0]
        person = User.objects.create(username=f"danwei-{employer.pk}", name=f"演示人事{employer.pk}")
        appointments.appoint(
            person, roles.HR, employer, actor=None, reason="演示数据", system=True,
            starts_on=self.first_day - timedelta(days=1),
        )  # fmt: skip
        return person

    def give(self, case: GreenChannelCase, username: str) -> None:
        """Let the person of `case` sign in with an account of the login page."""
        TalentProfile.objects.filter(pk=case.applicant_id).update(user=self.users[username])
        case.applicant.refresh_from_db()

    def step(self, case: GreenChannelCase, node: str, who: str, **facts) -> GreenChannelCase:
        row = case.open_steps.select_related("task__process").get(node=node)
        return acts.decide(row, actor=self.users[who], facts=facts)

    def ticks(self, case: GreenChannelCase) -> dict[int, tuple[str, str]]:
        return {line.pk: ("ok", "") for line in case.materials.all() if line.version_id}

    def submit(self, case: GreenChannelCase, **kwargs) -> GreenChannelCase:
        self.fill(case, **kwargs)
        return acts.answer(GreenChannelCase.objects.get(pk=case.pk), "confirm", actor=case.applicant.user)

    def take_in(self, case: GreenChannelCase, outcome: str = "accept", **facts) -> GreenChannelCase:
        return self.step(case, "intake", "shouli", outcome=outcome, opinion="材料齐全。", **facts)

    def to_form_review(self, case: GreenChannelCase) -> GreenChannelCase:
        case = self.take_in(case, ticks=self.ticks(case))
        self.later(1)
        choice = green_channel.propose_dispatch(case)
        return self.step(
            case, "dispatch", "shouli", outcome="dispatch", lead=choice.bureau, steward=choice.steward
        )

    def lead(self, case: GreenChannelCase) -> str:
        """The checker of the lead bureau."""
        return "keji" if case.lead_organisation.code == "kjj" else "gongxin"

    def to_checks(self, case: GreenChannelCase) -> GreenChannelCase:
        case = self.to_form_review(case)
        self.later(2)
        return self.step(
            case,
            "form_review",
            self.lead(case),
            outcome="pass",
            opinion="形式审查合格。",
            ticks=self.ticks(case),
        )

    def to_draft(self, case: GreenChannelCase, *, until: str = "") -> GreenChannelCase:
        """On to the draft of the decision, or to experts or meeting; one that a meeting let go is there already."""
        if case.step == "draft_decision":
            return case
        case = self.to_conclusion(case)
        case = self.step(
            case, "conclude_checks", self.lead(case), outcome="recommend", opinion="各部门均无异议。"
        )
        if until != "panel" and case.step == "panel":
            case = self.through_panel(case)
        if until not in ("panel", "meeting") and case.step == "meeting":
            self.later(1)
            self.sitting.hold(case)
        return GreenChannelCase.objects.get(pk=case.pk)

    @cached_property
    def sitting(self) -> Sitting:
        """Experts and meeting, made when the first case comes to them."""
        return Sitting(self.users, self.employers)

    def through_panel(self, case: GreenChannelCase) -> GreenChannelCase:
        """Experts look at the case and agree."""
        self.sitting.invite(case)
        self.later(4)
        self.sitting.score(case)
        who = "pingshen" if case.lead_organisation.code == "kjj" else "pingshen2"
        return self.step(case, "panel", who, outcome="conclude", opinion="项目技术领先，建议支持。")

    def to_decide(self, case: GreenChannelCase, outcome: str = "approve", **facts) -> GreenChannelCase:
        case = self.to_draft(case)
        self.later(1)
        facts = facts or {"level_code": case.level_code, "reason": "符合认定标准，项目契合重点产业链。"}
        return self.step(case, "draft_decision", "shouli2", outcome=outcome, opinion="提请审定。", **facts)

    def to_publicity(self, case: GreenChannelCase) -> GreenChannelCase:
        case = self.to_decide(case)
        self.later(1)
        return self.step(case, "decide", "shending", outcome="approve", opinion="同意。")

    def play(self, state: str, case: GreenChannelCase) -> None:
        """Bring a recommended case into `state`."""
        if state == "recommended":
            return
        if state == "draft_half":
            DossierSection.objects.create(case_id=case.pk, code="declaration", complete=True)
            return
        if state == "withdrawn":
            case = self.submit(case)
            acts.withdraw(case, actor=case.applicant.user, reason="个人原因")
            return
        promising = state.startswith("promise")
        case = self.submit(case, missing=("G07", "G09") if promising else ())
        self.later(1)
        getattr(self, f"play_{state}")(case)

    def play_submitted(self, case) -> None:
        """Waits for intake."""

    play_submitted_late = play_submitted

    def ask(self, case) -> GreenChannelCase:
        line = case.materials.get(code="G05")
        return self.take_in(
            case, "supplement", ticks={line.pk: ("supplement", "缺少投资测算附表")},
            missing=[Missing(material=line, reason="缺少投资测算附表")],
        )  # fmt: skip

    def play_supplementing(self, case) -> None:
        self.ask(case)

    def play_supplement_lapsed(self, case) -> None:
        case = self.ask(case)
        self.later(12)
        tick.lapse_supplement(case.supplements.get())

    def offer(self, case) -> GreenChannelCase:
        return self.take_in(
            case,
            "defer",
            deferred=list(case.materials.filter(code__in=("G07", "G09"))),
            ticks=self.ticks(case),
        )

    def play_promise_offered(self, case) -> None:
        self.offer(case)

    def play_promise_pending(self, case) -> GreenChannelCase:
        case = self.offer(case)
        return acts.answer(case, "promise", actor=case.applicant.user, accepted=True)

    def play_promise_lapsed(self, case) -> None:
        case = self.play_promise_pending(case)
        self.later(12)
        tick.lapse_promise(case.promises.get())

    def play_returned(self, case) -> None:
        self.step(case, "intake", "shouli", outcome="return", opinion="请补充说明普通政策不能覆盖的理由。")

    def play_not_accepted(self, case) -> None:
        self.take_in(
            case, "refuse", ground="not_eligible", fact="申报内容为常规技术改造，未涉及产业制高点或空白。"
        )

    def play_dispatch(self, case) -> None:
        self.take_in(case, ticks=self.ticks(case))

    def play_form_review(self, case) -> None:
        self.to_form_review(case)

    play_form_review_late = play_form_review

    def play_panel(self, case) -> None:
        """With the experts: without a panel, invited, sitting, half of the sheets in, one who stays away."""
        case = self.to_draft(case, until="panel")
        if self.place:
            self.sitting.invite(case, account=("", "invited", "accepted", "scored", "accepted")[self.place])
        if self.place == 4:
            self.sitting.leave(case)

    def play_meeting(self, case) -> None:
        self.to_draft(case, until="meeting")

    def play_draft_decision(self, case) -> None:
        self.to_draft(case)

    def play_decide(self, case) -> None:
        self.to_decide(case)

    def play_publicity(self, case) -> None:
        self.to_publicity(case)

    def play_objected(self, case) -> None:
        case = self.to_publicity(case)
        publicity.object_to(case.publicities.get(), "示例异议：请核实项目与既有项目的关系。", anonymous=True)

    def play_recognise(self, case) -> GreenChannelCase:
        case = self.to_publicity(case)
        self.later(6)
        return acts.answer(case, "publicity", actor=None)

    def play_recognised(self, case) -> None:
        case = self.play_recognise(case)
        self.later(1)
        self.step(case, "recognise", "shouli", outcome="issue")

    def play_exempt(self, case) -> None:
        """Not published, for secrecy: drafted with the reason, approved by another person."""
        case = self.to_decide(
            case, level_code=case.level_code, reason="符合认定标准，项目契合重点产业链。",
            exempt_reason="示例：项目涉及国家秘密，不宜公示。",
        )  # fmt: skip
        self.later(1)
        case = self.step(case, "decide", "shending", outcome="approve", opinion="同意，不予公示。")
        self.later(1)
        self.step(case, "recognise", "shouli", outcome="issue")

    def play_refused(self, case) -> None:
        case = self.to_decide(
            case, "refuse", ground="below_standard", fact="代表性成果未达到拟申报层次的认定标准。"
        )
        self.later(1)
        self.step(case, "decide", "shending", outcome="approve", opinion="同意拟办意见。")

    def play_stopped(self, case) -> None:
        case = self.to_form_review(case)
        acts.stop(
            case, actor=self.users["shouli"], reason="申报单位已注销。", clause="济政发〔2025〕8号第7项"
        )
