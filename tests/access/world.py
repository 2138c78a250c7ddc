"""Two counties side by side, everybody who could knock at a door, and a case at every step in each county.

The acts are those of the flow and the services; nothing is written past them. A `Side` is one county with its
employer, its recommender, its lead bureau and its cases, so that every actor has an own case and a foreign one.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from talent.core import roles
from talent.core.models import (
    Appointment,
    CaseMaterial,
    Consent,
    Deputy,
    Document,
    DocumentVersion,
    DossierSection,
    IndustryChain,
    Organisation,
    SavedPhrase,
    SecondFactor,
    TalentProfile,
    User,
)
from talent.core.services import (
    appointments,
    atlas,
    audit,
    cases,
    extensions,
    letters,
    materials,
    messages,
    organisations,
    people,
    publicity,
)
from talent.core.services.supplements import Missing
from talent.green_channel import services as green_channel
from talent.green_channel.models import Achievement, GreenChannelCase, Need
from tests import factories, teaming
from tests.access import after, homes, money, placements, room
from workflows.base import acts
from workflows.flows.green_channel import GreenChannelFlow

BACKEND = "django.contrib.auth.backends.ModelBackend"
STAGES = (
    "draft",
    "returned",
    "intake",
    "supplement",
    "promise",
    "lapsed",
    "review",
    "panel",
    "meeting",
    "checks",
    "decide",
    "publicity",
    "recognised",
)

# who → (name, role, organisation); the two counties' own people are added by `Side`.
CITY = {
    "intake": ("受理甲", roles.INTAKE, "zzb"),
    "intake2": ("受理乙", roles.INTAKE, "zzb"),
    "decider": ("审定甲", roles.DECIDER, "zzb"),
    "meeting_secretary": ("会议秘书甲", roles.MEETING_SECRETARY, "zzb"),
    "auditor": ("审计甲", roles.AUDITOR, "zzb"),
    "supervisor": ("督办甲", roles.SUPERVISOR, "zzb"),
    "system_admin": ("系统甲", roles.SYSTEM_ADMIN, "dsj"),
    "security_admin": ("安全甲", roles.SECURITY_ADMIN, "dsj"),
    "audit_admin": ("审管甲", roles.AUDIT_ADMIN, "dsj"),
}
COUNTIES = {
    "a": {"region": "370811", "bureau": "kjj", "employer": "示例石墨烯有限公司"},
    "b": {"region": "370812", "bureau": "gxj", "employer": "示例农机有限公司"},
}
ACTORS = (
    "visitor", "disabled", "superuser", "expired",
    "applicant", "other_applicant", "hr", "other_hr", "recommender", "other_recommender",
    "intake", "deputy", "checker", "other_checker", "head", "other_head", "decider", "auditor", "supervisor",
    "registrar", "other_registrar", "finance", "other_finance", "system_admin", "security_admin", "audit_admin",
    "panel_secretary", "other_panel_secretary", "meeting_secretary", "expert", "other_expert",
)  # fmt: skip


@dataclass
class Side:
    """One county: its organisations and one case per stage."""

    key: str
    employer: Organisation
    bureau: Organisation
    recommender: Organisation
    region: str
    cases: dict[str, GreenChannelCase] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)


class World:
    """`people` by actor name, `sides` by "a" and "b". `texts` is planted wherever an officer or citizen writes."""

    stages = STAGES

    def __init__(self, texts: dict[str, str] | None = None) -> None:
        self.texts = texts or {}
        self.people: dict[str, User] = {}
        self.kept: dict[str, DocumentVersion] = {}
        self.sides: dict[str, Side] = {}
        self.sessions: dict[str, str] = {}
        self.window = Client(raise_request_exception=False)
        for name, (person, role, code) in CITY.items():
            self.hire(name, person, role, factories.bureau(code))
        for key, county in COUNTIES.items():
            self._found(key, county)
        self.people["steward"] = self.hire("steward", "专员甲", roles.STEWARD, factories.bureau("zzb"))
        self._nobodies()
        for side in self.sides.values():
            room.furnish(self, side)
            for stage in self.stages:
                self._stage(side, stage)
            if self.stages:
                self._surroundings(side)
            if "lapsed" in self.stages:
                money.spend(self, side)
        if self.texts:
            self._plant()
        SavedPhrase.objects.create(text="材料齐全。")
        SecondFactor.objects.create(
            user=self.people["checker"], secret="JBSWY3DPEHPK3PXP", confirmed_at=timezone.now()
        )
        audit.seal()
        self._sign_in()

    def text(self, name: str, otherwise: str) -> str:
        """What is written in a place: the planted word, else something plain."""
        return self.texts.get(name, otherwise)

    # --- people ---------------------------------------------------------------------------------

    def hire(self, name: str, person: str, role: roles.Role, organisation: Organisation) -> User:
        self.people[name] = factories.account(name, person)
        factories.appoint(self.people[name], role, organisation)
        return self.people[name]

    def _found(self, key: str, county: dict[str, str]) -> None:
        prefix = "" if key == "a" else "other_"
        side = Side(
            key,
            factories.employer(county["employer"], county["region"]),
            factories.bureau(county["bureau"]),
            factories.bureau(f"{county['region']}-zzb"),
            county["region"],
        )
        self.sides[key] = side
        self.hire(f"{prefix}hr", f"人事{key}", roles.HR, side.employer)
        self.hire(f"{prefix}hr2", f"人事{key}二", roles.HR, side.employer)
        self.hire(f"{prefix}recommender", f"推荐{key}", roles.RECOMMENDER, side.recommender)
        self.hire(f"{prefix}checker", f"审查{key}", roles.CHECKER, side.bureau)
        self.hire(f"{prefix}head", f"科长{key}", roles.BUREAU_HEAD, side.bureau)
        registry = factories.bureau(f"{county['region']}-rsj")
        self.hire(f"{prefix}registrar", f"核验{key}", roles.REGISTRAR, registry)
        money.hire(self, side)

    def _nobodies(self) -> None:
        """People with an account and no post in force: superuser, expired, disabled; and a deputy, who has one."""
        zzb, today = factories.bureau("zzb"), timezone.localdate()
        self.people["superuser"] = User.objects.create_superuser(
            username="superuser", password="Story-test-2026", name="超级用户"
        )
        self.people["expired"] = factories.account("expired", "受理丙")
        appointments.appoint(
            self.people["expired"], roles.INTAKE, zzb, actor=None, reason="测试任命", system=True,
            starts_on=today - timedelta(days=30), ends_on=today - timedelta(days=1),
        )  # fmt: skip
        self.hire("disabled", "受理丁", roles.INTAKE, zzb)
        # The colleague himself has no post in the organisation, so his right is the deputyship alone.
        self.people["deputy"] = factories.account("deputy", "代理甲")
        post = Appointment.objects.get(user=self.people["intake"])
        appointments.name_deputy(
            post, self.people["deputy"], actor=self.people["security_admin"], starts_on=today,
            ends_on=today + timedelta(days=60), reason="测试代理",
        )  # fmt: skip

    def _talent(self, side: Side, stage: str) -> TalentProfile:
        """The person of one case; the one of the `review` case is the actor "applicant" of the county."""
        name = f"{side.key}_{stage}"
        self.people[name] = factories.account(name, f"申报{name.replace('_', '')}")
        number = self.texts.get(f"id_number_{side.key}_{stage}") or factories.identity_number()
        person = factories.person(self.people[name], number)
        if "bank_account" in self.texts:
            person.bank_account = self.texts["bank_account"]
            person.mobile = self.texts["mobile"]
            # With an address, so that what is told is mailed too.
            User.objects.filter(pk=person.user_id).update(email=f"{name}@example.org")
            person.save()
        return person

    # --- cases ----------------------------------------------------------------------------------

    def _recommended(self, side: Side, stage: str) -> GreenChannelCase:
        person = self._talent(side, stage)
        prefix = "" if side.key == "a" else "other_"
        case = green_channel.recommend(
            actor=self.people[f"{prefix}recommender"], recommender=side.recommender, employer=side.employer,
            candidate=person, chain=IndustryChain.objects.filter(lead_bureau_code=side.bureau.code).first(),
            field="石墨烯材料", level_code="A" if stage in ("panel", "meeting") else "B", kind="person", project_title="示例项目", project_summary="示例概述。",
            why_direct="普通政策不能覆盖。", engagement="full_time", contract_years=5,
        )  # fmt: skip
        GreenChannelFlow.start_for(case)
        return case

    def _submitted(self, side: Side, stage: str, missing: tuple[str, ...] = ()) -> GreenChannelCase:
        case = self._recommended(side, stage)
        actor = case.applicant.user
        case.technology_route = case.ip_ownership = case.expected_benefit = "示例。"
        case.investment = 12_000_000
        case.former_employer_settled = case.non_compete_free = case.ip_undisputed = True
        case.save()
        person = case.applicant
        person.educations.create(level="doctor", school="示例大学", graduated_on="2008-06-30")
        person.employments.create(employer_name="示例研究院", position="研究员", started_on="2008-09-01")
        Achievement.objects.create(case=case, kind="patent", title="示例发明专利", year=2023)
        need = Need(case=case, domain="living", item="子女入学", concerns_family=True)
        need.detail = self.text("needs_detail", "小学三年级")
        need.save()
        for code in ("person", "history", "achievements", "project", "team", "declaration", "needs"):
            DossierSection.objects.create(case_id=case.pk, code=code, complete=True)
        for line in case.materials.exclude(code__in=missing):
            self._file(line, actor)
        return acts.answer(GreenChannelCase.objects.get(pk=case.pk), "confirm", actor=actor)

    def _file(self, line: CaseMaterial, actor: User) -> None:
        """The first file of a kind goes through the vault's door, the others are the same checked bytes."""
        person, kept = TalentProfile.objects.get(user=actor), self.kept.get("any")
        if kept is None:
            version = self.kept["any"] = materials.store_upload(
                factories.pdf(), owner=person, type_code=line.code, title=line.name, actor=actor
            )
        else:
            document = Document.objects.create(profile=person, type_code=line.code, title=line.name)
            version = materials.copy(kept, document=document, actor=actor)
        materials.attach(line, version, actor=actor)

    def step(self, case: GreenChannelCase, node: str, who: str, **facts: Any) -> GreenChannelCase:
        row = case.open_steps.select_related("task__process").get(node=node)
        return acts.decide(row, actor=self.people[who], facts=facts)

    def _ticks(self, case: GreenChannelCase) -> dict[int, tuple[str, str]]:
        return {line.pk: ("ok", "") for line in case.materials.all() if line.version_id}

    def _taken_in(self, side: Side, stage: str) -> GreenChannelCase:
        case = self._submitted(side, stage)
        return self.step(
            case, "intake", "intake", outcome="accept", opinion=self.text("intake_opinion", "材料齐全。"),
            ticks=self._ticks(case),
        )  # fmt: skip

    def _dispatched(self, side: Side, stage: str, **bureaus: Organisation) -> GreenChannelCase:
        """`bureaus`: who is asked for a check, by subject; nobody when left out."""
        return self.step(
            self._taken_in(side, stage), "dispatch", "intake", outcome="dispatch", lead=side.bureau,
            steward=self.people["steward"], change_reason=self.text("lead_reason", "按产业链分办。"),
            named=bureaus, check_reason=self.text("check_reason", "近期已经核查。"),
        )  # fmt: skip

    def _passed(self, side: Side, case: GreenChannelCase) -> GreenChannelCase:
        checker = "checker" if side.key == "a" else "other_checker"
        return self.step(
            case, "form_review", checker, outcome="pass", opinion=self.text("review_opinion", "材料相符。"),
            ticks=self._ticks(case),
        )  # fmt: skip

    def _make_panel(self, side: Side) -> GreenChannelCase:
        return room.make_panel(self, side, self._passed(side, self._dispatched(side, "panel")))

    def _make_meeting(self, side: Side) -> GreenChannelCase:
        return room.make_meeting(self, side, self._passed(side, self._dispatched(side, "meeting")))

    def _to_decide(self, side: Side, stage: str) -> GreenChannelCase:
        case = self._passed(side, self._dispatched(side, stage))
        return self.step(
            case, "draft_decision", "intake2", outcome="approve", level_code="B",
            opinion=self.text("draft_opinion", "提请审定。"), reason=self.text("draft", "达到层次标准。"),
        )  # fmt: skip

    def _stage(self, side: Side, stage: str) -> None:
        side.cases[stage] = getattr(self, f"_make_{stage}")(side)
        side.cases[stage].refresh_from_db()

    def _make_draft(self, side: Side) -> GreenChannelCase:
        case = self._recommended(side, "draft")
        materials.give_consent(
            case.applicant, Consent.Purpose.REUSE, text_version="1", actor=case.applicant.user
        )
        return case

    def _make_returned(self, side: Side) -> GreenChannelCase:
        case = self._submitted(side, "returned")
        return self.step(case, "intake", "intake", outcome="return", opinion="请补充理由。")

    def _make_intake(self, side: Side) -> GreenChannelCase:
        """Taken by the intake officer and not decided; the applicant has urged, and leads a team somebody wants to join."""
        case = self._submitted(side, "intake")
        acts.claim(
            case.open_steps.select_related("task__process", "organisation").get(),
            actor=self.people["intake"],
        )
        side.things["urge"] = cases.urge(case, actor=case.applicant.user, note="请尽快办理。")
        member = factories.account(f"{side.key}_member", f"成员{side.key}")
        side.things["member"] = teaming.ask_in(
            case, member, number=self.texts.get(f"id_number_{side.key}_member") or factories.identity_number()
        )
        side.things["team_change"] = side.things["member"].changes.get()
        return case

    def _make_supplement(self, side: Side) -> GreenChannelCase:
        case = self._submitted(side, "supplement")
        line = case.materials.get(code="G05")
        return self.step(
            case, "intake", "intake", outcome="supplement", ticks={line.pk: ("supplement", "缺少附表")},
            missing=[Missing(material=line, reason="缺少附表")],
        )  # fmt: skip

    def _make_promise(self, side: Side, stage: str = "promise") -> GreenChannelCase:
        case = self._submitted(side, stage, missing=("G07", "G09"))
        return self.step(
            case, "intake", "intake", outcome="defer", ticks=self._ticks(case),
            deferred=list(case.materials.filter(code__in=("G07", "G09"))),
        )  # fmt: skip

    def _make_lapsed(self, side: Side) -> GreenChannelCase:
        """A broken promise with its credit mark."""
        case = self._make_promise(side, "lapsed")
        case = acts.answer(case, "promise", actor=case.applicant.user, accepted=True)
        cases.add_party(case, side.bureau, roles.Capacity.LEAD)
        acts.end_process(case)
        green_channel.lapse_promise(case.promises.get())
        side.things["mark"] = case.applicant.credit_marks.get()
        return case

    def _make_review(self, side: Side) -> GreenChannelCase:
        return self._dispatched(side, "review")

    def _make_checks(self, side: Side) -> GreenChannelCase:
        """The lead bureau is asked too and has answered; another bureau is silent."""
        prefix = "" if side.key == "a" else "other_"
        named = {"ip": side.bureau, "finance": factories.bureau("czj")}
        case = self._passed(side, self._dispatched(side, "checks", **named))
        case = self.step(
            case, "check_ip", f"{prefix}checker", outcome="disputed", version=0,
            opinion=self.text("finding", "存在权属争议。"),
        )  # fmt: skip
        return self.step(
            case, "confirm_ip", f"{prefix}head", outcome="confirm", version=1,
            opinion=self.text("finding_confirmed", "情况属实。"),
        )  # fmt: skip

    def _make_recognised(self, side: Side) -> GreenChannelCase:
        return after.make_recognised(self, side, self._passed(side, self._dispatched(side, "recognised")))

    def _make_decide(self, side: Side) -> GreenChannelCase:
        return self._to_decide(side, "decide")

    def _make_publicity(self, side: Side) -> GreenChannelCase:
        """Approved, on display, and somebody objects by name."""
        case = self._to_decide(side, "publicity")
        case = self.step(
            case,
            "decide",
            "decider",
            outcome="approve",
            opinion=self.text("decision_opinion", "同意。"),
        )
        side.things["publicity"] = shown = case.publicities.get()
        side.things["objection"] = publicity.object_to(
            shown,
            self.text("objection", "项目名称与既有项目相同，请核实。"),
            anonymous=False,
            name=self.text("objector", "异议人"),
            contact=self.text("objector_contact", "0537-1111111"),
        )
        return case

    # --- what lies around ---------------------------------------------------------------------------

    def _surroundings(self, side: Side) -> None:
        prefix = "" if side.key == "a" else "other_"
        hr = self.people[f"{prefix}hr"]
        invitation, token = organisations.invite(side.employer, roles.HR, "受邀人", actor=hr)
        side.things |= {"invitation": invitation, "token": token}
        side.things["colleague"] = Appointment.objects.get(user=self.people[f"{prefix}hr2"])
        pending = factories.employer(f"待核验{side.key}有限公司", side.region)
        Organisation.objects.filter(pk=pending.pk).update(status=Organisation.Status.PENDING)
        side.things["pending"] = pending
        checker = self.people[f"{prefix}checker"]
        side.things["extension"] = extensions.ask(
            side.cases["decide"], days=3, reason="需要核实材料。", actor=checker
        )
        self._atlas(side)
        side.things |= placements.furnish(self, side, hr=hr) | homes.furnish(side, hr=hr)
        letter = side.cases["review"].letters.order_by("pk").first()
        side.things["letter"] = letters.render(letter)
        self.people[f"{prefix}applicant"] = self.people[f"{side.key}_review"]

    def _atlas(self, side: Side) -> None:
        """A lead meant for the county, and what one of its chains has."""
        chain = IndustryChain.objects.filter(lead_bureau_code=side.bureau.code).first()
        side.things["lead"] = atlas.record_lead(
            actor=self.people["intake"], chain=chain, name=f"线索{side.key}", organisation="示例大学", field="石墨烯",
            region=side.employer.region, id_number=self.text("lead_identity", factories.identity_number()),
            mobile=self.text("lead_mobile", "19900000009"), source="示例大学官网",
        )  # fmt: skip
        side.things["element"] = atlas.record(
            chain, actor=self.people["intake"], kind="platform", name=f"示例平台{side.key}", source="示例批复"
        )

    def _plant(self) -> None:
        """What officers write beside their decisions: a note, a 督办 with its reply, a look at a number."""
        for side in self.sides.values():
            case = side.cases["review"]
            messages.note(case, self.texts["note"], actor=self.people["intake"])
            urge = cases.supervise(case, actor=self.people["supervisor"], note=self.texts["supervise"])
            cases.reply_to_urge(urge, actor=self.people["intake"], reply=self.texts["supervise_reply"])
            people.reveal(
                case.applicant,
                "mobile",
                actor=self.people["intake"],
                reason=self.texts["reveal_reason"],
                case=case,
            )

    def _sign_in(self) -> None:
        """A live session per person; the disabled one loses the account afterwards."""
        for name, user in self.people.items():
            browser = self.browser("visitor")
            browser.force_login(user, BACKEND)
            browser.post("/preferences/", {})
            self.sessions[name] = browser.cookies["sessionid"].value
        User.objects.filter(pk=self.people["disabled"].pk).update(is_active=False)

    def browser(self, who: str) -> Client:
        """The browser with nothing but the session of `who` in it; it reports an error page instead of raising.

        One for all, because every new one sets up the middleware anew, which takes longer than the page.
        """
        self.window.cookies.clear()
        if who in self.sessions:
            self.window.cookies["sessionid"] = self.sessions[who]
        return self.window

    @property
    def deputyship(self) -> Deputy:
        return Deputy.objects.get()
