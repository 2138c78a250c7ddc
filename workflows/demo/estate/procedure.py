"""The acts of a housing case up to the decision, each by whoever does it; and the states a case is left in."""

from django.utils import timezone

from housing.models import HousingCase
from talent.core import roles
from talent.core.models import User
from talent.core.services import appointments, publicity
from talent.core.services.errors import ActRefused
from talent.core.services.supplements import Missing
from workflows import tick
from workflows.base import acts

from .applicants import Applicants, Wish
from .offices import BUREAUS, Offices


class Procedure:
    """Plays one case at a time; `clock` is the stage's: `at(day)`, `later(working days)`."""

    def __init__(self, clock, offices: Offices, applicants: Applicants) -> None:
        self.clock, self.offices, self.applicants = clock, offices, applicants
        self.users = offices.users

    # --- acts -------------------------------------------------------------------------------------------

    def step(self, case: HousingCase, node: str, who: User, **facts) -> HousingCase:
        row = case.open_steps.select_related("task__process").get(node=node)
        return acts.decide(row, actor=who, facts=facts)

    def county(self, case: HousingCase, post: str) -> User:
        return self.offices.officer(case.region, post)

    def submit(self, wish: Wish, *, user: User | None = None, person=None, missing: tuple[str, ...] = ()):
        person = person or self.applicants.person(wish.level, user=user)
        case = self.applicants.begin(person, wish)
        return self.applicants.submit(case, wish, missing=missing)

    def confirm(self, case: HousingCase) -> HousingCase:
        return acts.answer(case, "employer", actor=self.offices.hr(case.employer), confirmed=True, note="")

    def take_in(self, case: HousingCase, outcome: str = "accept", **facts) -> HousingCase:
        officer = self.county(case, "shouli")
        # Whoever takes a case in has looked at every material.
        case.materials.filter(version__isnull=False).update(
            tick="ok", ticked_by=officer, ticked_at=timezone.now()
        )
        return self.step(case, "intake", officer, outcome=outcome, opinion="材料齐全。", **facts)

    def accepted(self, wish: Wish, **given) -> HousingCase:
        case = self.confirm(self.submit(wish, **given))
        self.clock.later(1)
        return self.take_in(case)

    def review(self, case: HousingCase, outcome: str = "pass", **facts) -> HousingCase:
        return self.step(
            case,
            "county_review",
            self.county(case, "shenhe"),
            outcome=outcome,
            opinion="材料与填报一致。",
            **facts,
        )

    def reviewed(self, wish: Wish, outcome: str = "pass", **given) -> HousingCase:
        """With the bureaus, or at the calculation when the edition asks none. A city unit has no county to review."""
        case = self.accepted(wish, **given)
        self.clock.later(1)
        return case if case.city_level else self.review(case, outcome)

    def check(self, case: HousingCase, *, but: int = 0, adverse: str = "") -> HousingCase:
        """Officer and head of every asked bureau answer; the last `but` stay silent, `adverse` finds a difference."""
        asked = list(case.checks.open().order_by("place"))
        for check in asked[: len(asked) - but]:
            officer, head = BUREAUS[check.subject]
            finding = "differs" if check.subject == adverse else "agrees"
            opinion = "登记信息与填报不一致。" if finding == "differs" else "与填报一致。"
            self.step(
                case,
                f"check_{check.subject}",
                self.users[officer],
                outcome=finding,
                opinion=opinion,
                version=0,
            )
            self.step(
                case, f"confirm_{check.subject}", self.users[head], outcome="confirm", opinion="", version=1
            )
        return HousingCase.objects.get(pk=case.pk)

    def checked(self, wish: Wish, **given) -> HousingCase:
        case = self.reviewed(wish, **given)
        if case.step == "calculate":
            return case
        self.clock.later(1)
        return self.check(case)

    def calculate(self, case: HousingCase, outcome: str = "approve", **facts) -> HousingCase:
        facts = {"opinion": "按标准核定。", "level_code": case.level_code} | facts
        return self.step(case, "calculate", self.users["renshe"], outcome=outcome, **facts)

    def verified(self, case: HousingCase) -> HousingCase:
        """复核, and 组织部门审核 of the levels that need it: the publicity is open, or a refusal waits for its decision."""
        case = self.step(case, "verify", self.users["renshe2"], outcome="approve", opinion="复核无误。")
        if case.step == "endorse":
            case = self.step(case, "endorse", self.users["shending"], outcome="approve", opinion="同意。")
        return case

    def published(self, wish: Wish, *, calculated: dict | None = None, **given) -> HousingCase:
        case = self.checked(wish, **given)
        self.clock.later(1)
        return self.verified(self.calculate(case, **(calculated or {})))

    def decide(self, case: HousingCase, outcome: str = "approve") -> HousingCase:
        who = "shending" if case.deciding_organisation.code == "zzb" else "anjushending"
        return self.step(case, "decide", self.users[who], outcome=outcome, opinion="同意。")

    def shown(self, wish: Wish, **given) -> HousingCase:
        """The days of the publicity have passed without an objection."""
        case = self.published(wish, **given)
        self.clock.later(6)
        return acts.answer(case, "publicity", actor=None)

    def granted(self, wish: Wish, **given) -> HousingCase:
        return self.decide(self.shown(wish, **given))

    # --- states -----------------------------------------------------------------------------------------

    def play(self, state: str, wish: Wish) -> HousingCase:
        """A case of `wish` in `state`."""
        return getattr(self, f"play_{state}")(wish)

    def play_draft(self, wish: Wish) -> HousingCase:
        return self.applicants.begin(self.applicants.person(wish.level), wish)

    def play_draft_filled(self, wish: Wish) -> HousingCase:
        case = self.play_draft(wish)
        self.applicants.fill(case, wish, missing=("M08", "M13"))
        return case

    def play_employer(self, wish: Wish) -> HousingCase:
        return self.submit(wish)

    def play_declined(self, wish: Wish) -> HousingCase:
        case = self.submit(wish)
        self.clock.later(1)
        hr = self.offices.hr(case.employer)
        return acts.answer(
            case, "employer", actor=hr, confirmed=False, note="合同年限与单位存档不一致，请核对后再提交。"
        )

    def play_intake(self, wish: Wish) -> HousingCase:
        return self.confirm(self.submit(wish))

    def play_supplementing(self, wish: Wish) -> HousingCase:
        case = self.play_intake(wish)
        self.clock.later(1)
        line = case.materials.get(code="M08")
        why = "缴纳记录缺少最近三个月"
        return self.take_in(
            case,
            "supplement",
            ticks={line.pk: ("supplement", why)},
            missing=[Missing(material=line, reason=why)],
        )

    def play_supplement_lapsed(self, wish: Wish) -> HousingCase:
        case = self.play_supplementing(wish)
        self.clock.later(12)
        tick.lapse_supplement(case.supplements.get())
        return case

    def play_promise_offered(self, wish: Wish) -> HousingCase:
        case = self.confirm(self.submit(wish, missing=("M13",)))
        self.clock.later(1)
        return self.take_in(case, "defer", deferred=list(case.materials.filter(code="M13")))

    def play_promised(self, wish: Wish) -> HousingCase:
        case = self.play_promise_offered(wish)
        return acts.answer(case, "promise", actor=case.applicant.user, accepted=True)

    def play_promise_lapsed(self, wish: Wish) -> HousingCase:
        case = self.play_promised(wish)
        self.clock.later(12)
        tick.lapse_promise(case.promises.get())
        return case

    def play_not_accepted(self, wish: Wish) -> HousingCase:
        case = self.play_intake(wish)
        self.clock.later(1)
        return self.take_in(case, "refuse", ground="employment", fact="申请人与用人单位的劳动合同已经解除。")

    play_county_review = accepted

    def play_supplement_in_county(self, wish: Wish) -> HousingCase:
        case = self.accepted(wish)
        self.clock.later(1)
        line = case.materials.get(code="M13")
        why = "查询结果未包含配偶"
        return self.review(
            case,
            "supplement",
            ticks={line.pk: ("supplement", why)},
            missing=[Missing(material=line, reason=why)],
        )

    def play_checking(self, wish: Wish) -> HousingCase:
        case = self.reviewed(wish)
        return self.check(case, but=3)

    def play_checking_late(self, wish: Wish) -> HousingCase:
        """One bureau stays silent beyond its limit; it is recorded and reported, and the case waits."""
        case = self.check(self.reviewed(wish), but=1)
        self.clock.later(7)
        tick.escalate_overdue(case)
        return case

    def play_adverse(self, wish: Wish) -> HousingCase:
        return self.check(self.reviewed(wish), adverse="estate")

    play_calculate = checked

    def play_returned(self, wish: Wish) -> HousingCase:
        case = self.checked(wish)
        self.clock.later(1)
        return self.calculate(case, "return", opinion="住房情况请县市区重新核对。")

    def play_verify(self, wish: Wish) -> HousingCase:
        return self.calculate(self.checked(wish))

    def play_endorse(self, wish: Wish) -> HousingCase:
        case = self.play_verify(wish)
        return self.step(case, "verify", self.users["renshe2"], outcome="approve", opinion="复核无误。")

    play_publicity = published

    def play_objected(self, wish: Wish) -> HousingCase:
        case = self.published(wish)
        self.clock.later(2)
        publicity.object_to(case.publicities.get(), "示例异议：请核实申请人的住房情况。", anonymous=True)
        return case

    def play_upheld(self, wish: Wish) -> HousingCase:
        """An objection was right: the case is back at the calculation."""
        case = self.play_objected(wish)
        objection = case.publicities.get().objections.get()
        officer = self.county(case, "shouli")
        publicity.settle(
            objection, upheld=True, finding="经核实，家庭名下有一套住房。", actor=officer,
            standing=appointments.standing_on(officer, case, roles.Act.PUBLISH),
        )  # fmt: skip
        self.clock.later(5)
        return acts.answer(case, "publicity", actor=None)

    play_decide = shown
    play_granted = granted

    def play_budget_short(self, wish: Wish) -> HousingCase:
        """The decision cannot be made: the county's line has nothing left."""
        case = self.shown(wish)
        try:
            self.decide(case)
        except ActRefused as refused:
            if refused.code != "budget":
                raise
        return HousingCase.objects.get(pk=case.pk)

    def refused(self, wish: Wish, *, ground: str, fact: str, **given) -> HousingCase:
        case = self.checked(wish, **given)
        self.clock.later(1)
        case = self.verified(self.calculate(case, "refuse", ground=ground, fact=fact))
        self.clock.later(1)
        return self.decide(case)

    def play_refused(self, wish: Wish) -> HousingCase:
        wish.facts["insured_months"] = 3
        return self.refused(wish, ground="insurance", fact="截至受理之日累计参保 3 个月，要求不少于 6 个月。")

    def play_withdrawn(self, wish: Wish) -> HousingCase:
        case = self.accepted(wish)
        self.clock.later(1)
        return acts.withdraw(case, actor=case.applicant.user, reason="改为申请租房补贴")

    def play_stopped(self, wish: Wish) -> HousingCase:
        case = self.accepted(wish)
        self.clock.later(2)
        return acts.stop(
            case,
            actor=self.county(case, "shouli"),
            reason="用人单位已注销。",
            clause="济政发〔2025〕8号第9项",
        )
