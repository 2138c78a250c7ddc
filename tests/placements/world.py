"""Two firms, a university, its people and the bureaus of a placement; every act is a request to the real address."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from talent.core import identifiers, roles
from talent.core.models import Organisation, Region, TalentProfile
from talent.core.services import calendar, people
from talent.placements.models import (
    Need,
    Placement,
    PlacementCase,
    Rating,
    ServiceDay,
    SubsidyClaim,
)
from talent.placements.services import agreeing
from tests import factories, steps
from workflows.base import acts
from workflows.flows.placements import PROCESS

START = steps.START
OFFICERS = {
    "county": ("县科技审查", roles.CHECKER, "370811-kjj"),
    "county_gxj": ("县工信审查", roles.CHECKER, "370811-gxj"),
    "lead": ("科技审查", roles.CHECKER, "kjj"),
    "lead2": ("科技审查乙", roles.CHECKER, "kjj"),
    "gather": ("科技受理", roles.INTAKE, "kjj"),
    "rsj": ("人社审查", roles.CHECKER, "rsj"),
    "rsj_head": ("人社科长", roles.BUREAU_HEAD, "rsj"),
    "jyj": ("教育审查", roles.CHECKER, "jyj"),
    "jyj_head": ("教育科长", roles.BUREAU_HEAD, "jyj"),
    "zzb": ("组织审查", roles.CHECKER, "zzb"),
    "zzb_head": ("组织科长", roles.BUREAU_HEAD, "zzb"),
    "head": ("科技科长", roles.BUREAU_HEAD, "kjj"),
    "gxj": ("工信审查", roles.CHECKER, "gxj"),
    "stranger": ("外县审查", roles.CHECKER, "370812-kjj"),
}
REVIEWERS = {"personnel": "rsj", "education": "jyj", "organisation": "zzb"}
NEED = {
    "kind": "tech_deputy",
    "title": "石墨烯研发副总",
    "field": "石墨烯材料",
    "problem": "薄膜均匀性不足。",
    "expected_result": "建成中试线。",
    "term_months": 24,
    "days_per_year": 90,
    "pay_per_year": "120000.00",
    "posts": 1,
}
CLAUSES = {
    "duties": "每季度完成一项试验。",
    "pay": "按季支付，企业代扣个人所得税。",
    "insurance": "社会保险关系保留在派出单位。",
    "ip": "职务成果双方共有，转化收益各半。",
    "confidential": "任职期间及期满后两年内保密。",
    "termination": "提前三十日书面告知。",
    "disputes": "协商不成的，向企业所在地人民法院起诉。",
}
OF_PERSON = {"degree": "doctor", "plan": "第一季度摸底，第二季度试验。", "truthful": "on"}


ROW = {
    "岗位种类": "科技副总", "岗位名称": "第一岗位", "技术领域": "石墨烯材料", "要解决的问题": "均匀性不足",
    "预期成果": "中试线", "聘期（月）": 24, "每年在岗天数": 90, "年报酬（元）": 120000,
}  # fmt: skip


def sheet(rows: list[dict[str, Any]]) -> SimpleUploadedFile:
    """An uploaded table with the headings of the first row."""
    book, buffer = Workbook(), io.BytesIO()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(buffer)
    return SimpleUploadedFile("需求.xlsx", buffer.getvalue())


class World(steps.World):
    """The people of a placement, their browsers and the clock."""

    def __init__(self, traveller: Any) -> None:
        self.traveller, self.people, self.browsers, self.said = traveller, {}, {}, ""
        for name, (title, role, code) in OFFICERS.items():
            self.people[name] = factories.account(name, title)
            factories.appoint(self.people[name], role, factories.bureau(code))
        self.firm = factories.employer("示例石墨烯有限公司")
        self.other_firm = factories.employer("示例农机有限公司")
        self.university = self._university("示例理工大学", 9001)
        for name, organisation in (
            ("hr", self.firm), ("other_hr", self.other_firm), ("dean", self.university),
        ):  # fmt: skip
            self.people[name] = factories.account(name, f"人事{name}")
            factories.appoint(self.people[name], roles.HR, organisation)
        self.talents: dict[str, TalentProfile] = {}
        for name in ("talent", "talent2", "talent3"):
            self.people[name] = factories.account(name, f"赵{name}")
            self.talents[name] = people.create_profile(
                actor=self.people[name], user=self.people[name], name=f"赵{name}",
                id_number=factories.identity_number(), mobile="19900000001", birth_date=date(1985, 6, 1),
            )  # fmt: skip

    def _university(self, name: str, serial: int) -> Organisation:
        return Organisation.objects.create(
            code=identifiers.make_credit_code(serial), name=name, kind=Organisation.Kind.UNIVERSITY,
            region=Region.objects.get(code="370811"), status=Organisation.Status.CONFIRMED,
        )  # fmt: skip

    # --- needs ----------------------------------------------------------------------------------

    def need(self, who: str = "hr", *, expect: int = 302, **changes: Any) -> Need:
        firm = {"hr": self.firm, "other_hr": self.other_firm}[who]
        self.post(who, "unit:placement_need_new", data={"firm": firm.pk, **NEED, **changes}, expect=expect)
        return Need.objects.order_by("-pk").first()

    def check(self, need: Need, *, who: str = "county", expect: int = 302, **changes: Any) -> Need:
        data = {
            "check": "1", "firm_class": "general", "condition_registered": "yes", "condition_research": "yes",
            "condition_no_breach": "yes", **changes,
        }  # fmt: skip
        self.post(who, "desk:placement_need", need.number, data=data, expect=expect)
        return Need.objects.get(pk=need.pk)

    def publish(self, need: Need, *, who: str = "lead", expect: int = 302) -> Need:
        self.post(who, "desk:placement_need", need.number, data={"publish": "1"}, expect=expect)
        return Need.objects.get(pk=need.pk)

    def published(self, who: str = "hr", **changes: Any) -> Need:
        need = self.need(who, **changes)
        industry = need.lead_bureau.code == "gxj"
        need = self.check(need, who="county_gxj" if industry else "county")
        return self.publish(need, who="gxj" if industry else "lead")

    def offer(self, who: str) -> None:
        """The university offers a person, who agrees."""
        data = {"account": who, "kinds": ["tech_deputy"], "field": "石墨烯薄膜", "days_per_year": 120}
        self.post("dean", "unit:placement_supply", data={"offer": "1", **data})
        offer = self.university.offers.get(person=self.talents[who])
        self.post(who, "my:placement_offer", offer.pk, data={"answer": "yes"})

    # --- the case -------------------------------------------------------------------------------

    def apply(
        self, need: Need, who: str = "talent", *, expect: int = 302, starts_on: str = "2026-05-01", **changes: Any
    ) -> PlacementCase | None:  # fmt: skip
        page = self.get(who, "my:placement_apply", need.number)
        data = {
            "submission_key": page.context["submission_key"], "university": self.university.pk,
            "starts_on": starts_on, "proof": factories.pdf(), **OF_PERSON, **changes,
        }  # fmt: skip
        self.post(who, "my:placement_apply", need.number, data=data, expect=expect)
        return PlacementCase.objects.filter(applicant=self.talents[who], need=need).order_by("-pk").first()

    def act(
        self, who: str, case: PlacementCase, act: str, *, expect: int = 302, **data: Any
    ) -> PlacementCase:
        """An act of one of the three sides on its own page."""
        side = "my" if who.startswith("talent") else "unit"
        self.post(who, f"{side}:placement_act", case.number, act, data=data, expect=expect)
        return self.fresh(case)

    def confirm(self, case: PlacementCase, who: str = "hr", *, expect: int = 302) -> PlacementCase:
        return self.act(who, case, "confirm-firm", answer="yes", expect=expect)

    def consent(self, case: PlacementCase, *, expect: int = 302, **changes: Any) -> PlacementCase:
        data = {"answer": "yes", "no_teaching_conflict": "on", "terms": "同意兼职。", **changes}
        return self.act("dean", case, "consent", expect=expect, **data)

    def review(self, case: PlacementCase, **findings: str) -> PlacementCase:
        """Every bureau answers and its head confirms: that it fits, or what `findings` say of a subject."""
        for subject, who in REVIEWERS.items():
            finding = findings.get(subject, "fits")
            self.decide(who, case, f"check_{subject}", finding, opinion="已经核对。", version=0)
            self.decide(f"{who}_head", case, f"confirm_{subject}", "confirm", version=1)
        return self.fresh(case)

    def conclude(self, case: PlacementCase, outcome: str = "pass", **fields: Any) -> PlacementCase:
        return self.decide("gather", case, "conclude", outcome, **fields)

    def end_publicity(self, case: PlacementCase) -> PlacementCase:
        self.at(steps.day_after(case.publicities.get(state="open").ends_on))
        acts.answer(case, "publicity", actor=None)
        return self.fresh(case)

    def tick(self) -> None:
        """What the calendar does for placements, without drawing every letter first."""
        today = calendar.today()
        for due in PROCESS.due:
            for row in due.rows(today):
                due.act(row, today)

    def draft(self, case: PlacementCase, *, expect: int = 302, **changes: Any) -> PlacementCase:
        return self.act("hr", case, "draft", expect=expect, **CLAUSES | changes)

    def sign(self, case: PlacementCase, who: str, *, expect: int = 302, digest: str = "") -> PlacementCase:
        digest = digest or agreeing.current(case).digest
        return self.act(who, case, "sign", digest=digest, copy=factories.pdf(), expect=expect)

    def appoint(self, case: PlacementCase, *, who: str = "head", expect: int = 302) -> PlacementCase:
        return self.decide(who, case, "appoint", "issue", expect=expect)

    # --- the way to a step ------------------------------------------------------------------------

    def at_consent(self, who: str = "talent", **need: Any) -> PlacementCase:
        return self.confirm(self.apply(self.published(**need), who))

    def at_agreement(self, who: str = "talent", **need: Any) -> PlacementCase:
        return self.end_publicity(self.conclude(self.review(self.consent(self.at_consent(who, **need)))))

    def at_appoint(self, who: str = "talent", **need: Any) -> PlacementCase:
        case = self.draft(self.at_agreement(who, **need))
        for side in ("dean", who, "hr"):
            case = self.sign(case, side)
        return case

    def running(self, who: str = "talent", **need: Any) -> PlacementCase:
        """Appointed, and the first day of the term has come."""
        case = self.appoint(self.at_appoint(who, **need))
        self.at(case.starts_on)
        return case

    # --- the running term -------------------------------------------------------------------------

    def serve(self, case: PlacementCase, number: int) -> None:
        """The first `number` working days of the term, entered by the person and confirmed by the firm."""
        place = self.place(case)
        day = place.starts_on
        for _serial in range(number):
            day = calendar.current().next_working_day(day)
            ServiceDay.objects.create(
                placement=place, person=place.person, day=day, text="试验", state="confirmed", answered_by=self.people["hr"]
            )  # fmt: skip

    def rated(self, case: PlacementCase, result: str, *, day: date) -> Rating:
        """The year that is over on `day` is rated alike by all three, and the time to object has passed."""
        self.at(day)
        self.tick()
        given = {"result": result, "text": "经核实，情况属实。"}
        self.act("hr", case, "rate-firm", **given, evidence=factories.pdf())
        self.act("dean", case, "rate-university", **given)
        data = {"rating": "1", **{f"rating-{name}": value for name, value in given.items()}}
        self.post("lead", "desk:placement", case.number, data=data)
        rating = self.place(case).ratings.order_by("-number").first()
        self.at(steps.day_after(rating.object_until))
        self.tick()
        return Rating.objects.get(pk=rating.pk)

    def claim(
        self, case: PlacementCase, who: str = "hr", *, what: str = "firm_pay-1", expect: int = 302, **changes: Any
    ) -> SubsidyClaim | None:  # fmt: skip
        data = {
            "what": what, "pay_paid": "120000", "evidence": factories.pdf(), "holder": "示例石墨烯有限公司",
            "bank": "示例银行济宁分行", "account": "6222000012345678", "truthful": "on", **changes,
        }  # fmt: skip
        self.act(who, case, "claim", expect=expect, **data)
        return SubsidyClaim.objects.filter(placement__case=case).order_by("-pk").first()

    def check_claim(
        self, claim: SubsidyClaim, who: str = "county", *, expect: int = 302, **changes: Any
    ) -> SubsidyClaim:
        data = {
            "check": "1",
            "check-passed": "yes",
            **{f"check-{name}": one for name, one in changes.items()},
        }
        return self._claim_act(claim, who, data, expect)

    def decide_claim(
        self, claim: SubsidyClaim, who: str = "head", *, expect: int = 302, **changes: Any
    ) -> SubsidyClaim:
        data = {
            "decide": "1",
            "decide-granted": "yes",
            **{f"decide-{name}": one for name, one in changes.items()},
        }
        return self._claim_act(claim, who, data, expect)

    def _claim_act(self, claim: SubsidyClaim, who: str, data: dict[str, str], expect: int) -> SubsidyClaim:
        number = claim.placement.case.number
        self.post(who, "desk:placement_claim", number, claim.code, claim.period, data=data, expect=expect)
        return SubsidyClaim.objects.get(pk=claim.pk)

    def fresh(self, case: PlacementCase) -> PlacementCase:
        return PlacementCase.objects.get(pk=case.pk)

    def place(self, case: PlacementCase) -> Placement:
        return Placement.objects.get(case=case)


@contextmanager
def play(start: datetime = START) -> Iterator[World]:
    with time_machine.travel(start, tick=True) as traveller:
        yield World(traveller)
