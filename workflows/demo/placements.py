"""校聘企用 in the demo: 300 needs and more than 150 placements in every state, through the process's own acts at past dates."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from talent.core.models import BudgetLine, Organisation, Region, TalentProfile, User
from talent.core.services import appointments, calendar, funds, policy
from talent.placements import rules
from talent.placements.models import Need, PlacementCase, SignedCopy
from talent.placements.services import (
    agreeing,
    applying,
    needs,
    supply,
)
from workflows.base import acts
from workflows.flows.placements import PlacementFlow

from . import cast
from .placement_cast import ACCOUNTS, Cast
from .stage import Stage
from .terms import Terms

__all__ = ["ACCOUNTS", "build"]
Side = SignedCopy.Side
NEEDS = 300
# How long a placement takes from its need to its letter, in calendar days: the term begins afterwards.
LEAD_DAYS = 48
# (what becomes of it, how many, kind or "", begun how many days ago). The first of each belong to the demo's firm.
PLAN = (
    ("confirm_firm", 6, "", -20), ("confirm_person", 4, "", -20), ("declined", 3, "", -15),
    ("consent", 6, "", -15), ("consent_refused", 2, "", 10), ("joint_review", 6, "", -12), ("conclude", 4, "", -10),
    ("refused", 3, "", 10), ("publicity", 6, "", -8), ("agreement", 5, "", 0), ("appoint", 4, "", 0),
    ("running", 34, "", 150), ("running", 16, "tech_deputy", 300), ("rated_excellent", 6, "tech_deputy", 400),
    ("rated_qualified", 8, "tech_deputy", 410), ("rated_basic", 3, "tech_deputy", 405), ("rated_failed", 3, "tech_deputy", 405),
    ("rating_open", 4, "tech_deputy", 380), ("objected", 1, "tech_deputy", 390), ("objection_settled", 1, "tech_deputy", 400),
    ("claimed", 3, "tech_deputy", 410), ("claim_checked", 2, "tech_deputy", 410), ("claim_granted", 4, "tech_deputy", 410),
    ("suspended", 4, "", 120), ("suspended_long", 1, "", 260), ("to_countersign", 3, "", 100), ("extension_asked", 3, "", 200),
    ("extension_granted", 2, "", 220), ("extension_refused", 1, "", 220), ("ended_early", 4, "", 200),
    ("end_given_notice", 2, "", 150), ("replaced", 1, "tech_deputy", 260), ("nearly_over", 4, "weekend_engineer", 345),
    ("at_the_limit", 2, "weekend_engineer", 300), ("over", 6, "weekend_engineer", 390), ("evaluated", 5, "weekend_engineer", 420),
    ("exempted", 2, "weekend_engineer", 410), ("renewed", 2, "weekend_engineer", 395),
)  # fmt: skip
KINDS = ("tech_deputy", "weekend_engineer", "tech_deputy", "rd_director", "weekend_engineer")
TERMS = {"tech_deputy": (24, 90), "rd_director": (24, 120), "weekend_engineer": (12, 40)}
PAY = {"tech_deputy": 120_000, "rd_director": 180_000, "weekend_engineer": 40_000}
POSTS = {"tech_deputy": 3, "rd_director": 1, "weekend_engineer": 5}
CLAUSES = {
    "duties": "按任职计划书完成各季度任务。", "pay": "按季支付，企业代扣个人所得税。", "insurance": "社会保险关系保留在派出单位。",
    "ip": "职务成果双方共有，转化收益按约定分配。", "confidential": "任职期间及期满后两年内保密。",
    "termination": "提前三十日书面告知。", "disputes": "协商不成的，向企业所在地人民法院起诉。",
}  # fmt: skip


class PlacementStage(Terms, Stage):
    """Firms, universities and bureaus at work; `Terms` adds what happens while a term runs."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.users, stage.people, stage.employers)
        self.cast = Cast(self.users, self.employers, self.chance)
        self.taken: Counter[tuple[int, str]] = Counter()
        self.floor = policy.edition_for("placements").effective_from + timedelta(days=3)
        self.needs_made = 0
        self.today = calendar.today()

    def file(self, name: str = "材料.pdf") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, self.pdf, content_type="application/pdf")

    # --- needs
    def need(self, firm_place: int, kind: str, *, until: str = "published", posts: int = 1) -> Need:
        """A need of the firm, brought as far as `until` says."""
        firm = self.cast.firms[firm_place]
        term, days = TERMS[kind]
        trade = cast.TRADES[firm_place % len(cast.TRADES)]
        title = rules.Rulebook(policy.edition_for("placements").data).kind(kind).title
        need = needs.post(
            actor=self.cast.hr[firm.pk], firm=firm, kind=kind, title=f"{trade}{title}", field=trade,
            problem=f"示例：{trade}关键工序合格率不高，需要攻关。", expected_result="示例：形成稳定工艺，建成中试线。",
            days_per_year=days, pay_per_year=Decimal(PAY[kind]), term_months=term, posts=posts, chain=firm.chain,
        )  # fmt: skip
        self.needs_made += 1
        if until == "withdrawn":
            return needs.withdraw(need, actor=need.posted_by, reason="示例：岗位调整")
        if until in ("checking", "returned"):
            if until == "returned":
                checker = self.cast.checker(need.county_bureau)
                needs.send_back(need, actor=checker, reason="示例：任务不够具体，请补充")
            return need
        self.later(1)
        need = needs.check(
            need, actor=self.cast.checker(need.county_bureau), firm_class="scale",
            conditions=dict.fromkeys(("registered", "research", "no_breach"), True),
        )  # fmt: skip
        if until == "checked":
            return need
        self.later(1)
        need = needs.publish(need, actor=self.cast.checker(need.lead_bureau))
        if until == "closed":
            needs.close(need, actor=need.posted_by, reason="示例：已有合适人选")
        return need

    def other_needs(self) -> None:
        """Needs nobody has been found for yet, or that ended without a person."""
        states = (
            "published",
            "closed",
            "published",
            "checking",
            "returned",
            "closed",
            "checked",
            "withdrawn",
        )
        ago = {"checking": 2, "checked": 3, "published": 40, "returned": 60, "closed": 200, "withdrawn": 90}
        for serial in range(NEEDS - self.needs_made):
            state = states[serial % len(states)]
            self.on(self.today - timedelta(days=ago[state] + serial % 9))
            self.need(
                serial % len(self.cast.firms), KINDS[serial % len(KINDS)], until=state, posts=1 + serial % 2
            )
        self.back()

    def offers(self, people: list[TalentProfile]) -> None:
        """What universities are strong in, and people they offer."""
        self.on(self.today - timedelta(days=60))
        for place, university in enumerate(self.cast.universities):
            trade = cast.TRADES[place % len(cast.TRADES)]
            supply.publish_strength(
                university, actor=self.cast.hr[university.pk], kind="discipline" if place % 2 else "result",
                title=f"{trade}示例学科" if place % 2 else f"{trade}示例成果", field=trade, summary="示例：省级重点。",
            )  # fmt: skip
        for place, person in enumerate(people):
            university = self.cast.universities[place % len(self.cast.universities)]
            offer = supply.offer_person(
                university, actor=self.cast.hr[university.pk], person=person, kinds=["tech_deputy", "weekend_engineer"],
                field=person.research_field, days_per_year=90 + place, summary="示例：能解决工艺问题。",
            )  # fmt: skip
            if place % 5:
                supply.consent_to_offer(offer, actor=person.user, agreed=True)
        self.back()

    # --- from the application to the letter
    def firm_for(self, kind: str, first: bool) -> int:
        """The next firm with a free post of this kind; the demo's own firm comes first."""
        order = sorted(range(len(self.cast.firms)), key=lambda place: (self.taken[place, kind], place))
        if first and self.taken[0, kind] < POSTS[kind]:
            order.insert(0, 0)
        place = next(place for place in order if self.taken[place, kind] < POSTS[kind])
        self.taken[place, kind] += 1
        return place

    def begin(
        self, person: TalentProfile, kind: str, starts_on: date, serial: int, *, invited: bool
    ) -> PlacementCase:
        """A published need and an application or an invitation."""
        self.on(starts_on - timedelta(days=LEAD_DAYS))
        need = self.need(self.firm_for(kind, serial % 4 == 0), kind)
        university = self.cast.universities[0 if serial % 6 == 0 else serial % len(self.cast.universities)]
        self.later(2)
        facts = {"starts_on": starts_on, "plan": "第一季度摸底，以后逐季攻关。", "degree": "doctor"}
        if invited:
            offer = supply.offer_person(
                university, actor=self.cast.hr[university.pk], person=person, kinds=[kind], field=person.research_field,
                days_per_year=150,
            )  # fmt: skip
            offer = supply.consent_to_offer(offer, actor=person.user, agreed=True)
            case = applying.invite(need, actor=need.posted_by, offer=offer, starts_on=starts_on)
        else:
            case = applying.apply(need, actor=person.user, university=university, **facts)
            self.upload(case.materials.get(code="P03"), person.user)
        PlacementFlow.start_for(case)
        return PlacementCase.objects.get(pk=case.pk)

    def _confirm(self, case: PlacementCase) -> PlacementCase:
        if not case.invited:
            hr = self.cast.hr[case.employer_id]
            return acts.answer(case, "confirm_firm", actor=hr, agreed=True, side=Side.FIRM)
        self.upload(case.materials.get(code="P03"), case.applicant.user)
        return acts.answer(
            case, "confirm_person", actor=case.applicant.user, agreed=True, side=Side.PERSON, degree="doctor",
            plan="第一季度摸底，以后逐季攻关。", declared=[],
        )  # fmt: skip

    def _review(self, case: PlacementCase, *, adverse: bool = False) -> PlacementCase:
        officers = {
            "personnel": ("renshe", "renshezhang"), "education": ("jiaoyu", "jiaoyuzhang"), "organisation": ("zuzhi", "zuzhizhang"),
        }  # fmt: skip
        for subject, (officer, head) in officers.items():
            finding = "doubts" if adverse and subject == "organisation" else "fits"
            case = self.step(
                case, f"check_{subject}", officer, outcome=finding, opinion="示例意见：已经核对。"
            )
            case = self.step(case, f"confirm_{subject}", head, outcome="confirm", opinion="")
        return case

    def _sign(self, case: PlacementCase, *, sides: int = 3) -> PlacementCase:
        agreeing.draft(case, actor=self.cast.hr[case.employer_id], clauses=CLAUSES)
        digest = agreeing.current(case).digest
        signers = (
            (Side.PERSON, case.applicant.user), (Side.FIRM, self.cast.hr[case.employer_id]),
            (Side.UNIVERSITY, self.cast.hr[case.university_id]),
        )  # fmt: skip
        for side, user in signers[:sides]:
            if agreeing.sign(case, actor=user, side=side, digest=digest, upload=self.file("签署件.pdf")):
                case = acts.answer(case, "agreement", actor=user)
        return case

    def bring(self, case: PlacementCase, until: str) -> PlacementCase:
        """Through the steps of the procedure; stops at the node `until`, and at the letter for everything later."""
        hr, dean = self.cast.hr[case.employer_id], self.cast.hr[case.university_id]
        if until in ("confirm_firm", "confirm_person"):
            return case
        self.later(2)
        if until == "declined":
            who, side = (case.applicant.user, Side.PERSON) if case.invited else (hr, Side.FIRM)
            reason = "示例：时间安排冲突"
            return acts.answer(case, f"confirm_{side}", actor=who, agreed=False, side=side, reason=reason)
        case = self._confirm(case)
        if until == "consent":
            return case
        self.later(1)
        if until == "consent_refused":
            return acts.answer(case, "consent", actor=dean, agreed=False, reason="示例：本学期教学任务重")
        case = acts.answer(
            case,
            "consent",
            actor=dean,
            agreed=True,
            terms="同意兼职。",
            declared=[],
            no_teaching_conflict=True,
        )
        if until == "joint_review":
            return case
        self.later(2)
        case = self._review(case, adverse=until == "refused")
        if until == "conclude":
            return case
        self.later(1)
        gatherer = self.cast.gatherer(case.lead_organisation).username
        if until == "refused":
            return self.step(
                case, "conclude", gatherer, outcome="refuse", opinion="", ground="review_negative", fact="示例：组织部门认为不宜任职。"
            )  # fmt: skip
        case = self.step(case, "conclude", gatherer, outcome="pass", opinion="各部门均无异议。")
        if until == "publicity":
            return case
        self.later(6)
        case = acts.answer(case, "publicity", actor=None)
        if until == "agreement":
            return self._sign(case, sides=case.pk % 3) if case.pk % 2 else case
        self.later(1)
        case = self._sign(case)
        if until == "appoint":
            return case
        self.later(1)
        return self.step(
            case, "appoint", self.cast.head(case.lead_organisation).username, outcome="issue", opinion=""
        )

    def on(self, day: date) -> None:
        """Travel to `day`, never before the policy was in force and never beyond today."""
        self.at(max(day, self.floor))


def open_budgets(payer: User, year: int) -> None:
    """The year's money of the city for every county."""
    for region in Region.objects.exclude(kind=Region.Kind.CITY).order_by("order", "code"):
        line = funds.open_line(
            year, "placement", region, BudgetLine.Share.CITY, actor=payer, organisation=Organisation.objects.get(code="czj")
        )  # fmt: skip
        funds.allocate(line, Decimal(2_000_000), actor=payer, reason="示例：年初预算")


def build(stage: Stage, say: Callable[[str], None]) -> int:
    """Needs, placements and what became of them. Returns the number of cases. Inside the demo's one transaction."""
    with appointments.remembered({}):
        return _play(PlacementStage(stage), say)


def _play(scene: PlacementStage, say: Callable[[str], None]) -> int:
    open_budgets(scene.users["caizheng"], scene.today.year)
    total = sum(count for _fate, count, _kind, _ago in PLAN)
    people = iter(scene.cast.people(total + 40))
    number = 0
    try:
        for fate, count, wanted, ago in PLAN:
            say(f"校聘企用：{number}/{total}")
            for copy in range(count):
                kind = wanted or KINDS[number % len(KINDS)]
                floor = scene.floor + timedelta(days=LEAD_DAYS)
                starts_on = max(scene.today - timedelta(days=ago + copy), floor)
                invited = fate == "confirm_person" or (number % 3 == 2 and fate != "confirm_firm")
                case = scene.begin(next(people), kind, starts_on, number, invited=invited)
                case = scene.bring(case, fate)
                scene.unfold(case, fate)
                scene.back()
                number += 1
        scene.offers([next(people) for _serial in range(30)])
        scene.other_needs()
    finally:
        scene.back()
    return number
