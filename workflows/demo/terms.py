"""What became of the placements of the demo while their terms ran: days, reports, ratings, claims, changes, ends."""

from datetime import date, timedelta
from decimal import Decimal

from talent.core.services import calendar
from talent.placements import rules
from talent.placements.models import Placement, PlacementCase, Rating, SignedCopy, SubsidyClaim
from talent.placements.services import (
    applying,
    changing,
    claims,
    countersigning,
    rating,
    reporting,
    serving,
    supply,
    watching,
)
from workflows.base import acts
from workflows.flows.placements import PlacementFlow

Side = SignedCopy.Side
DAY = timedelta(days=1)
# An entry older than a week says why.
LATE = 7
WORK = ("参加试验方案讨论", "指导中试线调试", "培训研发人员", "分析试验数据", "走访生产车间", "撰写技术报告")


class Terms:
    """The part of the stage on which terms run; `PlacementStage` brings a case to its letter of appointment."""

    def unfold(self, case: PlacementCase, fate: str) -> None:
        """Let `fate` happen to a place whose letter has been issued; what has not come so far stays as it is."""
        if case.step != "running":
            return
        place = Placement.objects.select_related("firm", "university", "person", "need", "case__edition").get(
            case=case
        )
        if fate.startswith("rated_"):
            self.term_rated(place, fate.removeprefix("rated_"))
        else:
            getattr(self, f"term_{fate}")(place)

    # --- what everybody does
    def report_all(self, place: Placement, *, leave: int = 1) -> None:
        """Hand in the reports of the periods that are over, but the last `leave`."""
        hr = self.cast.hr[place.firm_id]
        over = [one for one in place.reports.order_by("starts_on") if one.ends_on < self.today - 5 * DAY]
        for count, report in enumerate(over[: len(over) - leave]):
            self.on(report.ends_on + 5 * DAY)
            text = "" if count % 2 else "示例：完成本期任务，形成试验报告。"
            reporting.submit(report, actor=hr, text=text, unchanged=bool(count % 2), today=calendar.today())

    def work(self, place: Placement, number: int, *, until: date | None = None, unconfirmed: int = 2) -> None:
        """Days of service spread over the term, entered within the week; the firm confirms all but the last ones."""
        rest = rules.Rulebook(place.case.edition.data).kind(place.kind).rest_days_only
        logged = []
        for day in self._days(place, number, until or self.today - 2 * DAY, rest=rest):
            self.on(day + DAY)
            mode = "remote" if len(logged) % 4 == 3 else "on_site"
            late = "示例：节后补记" if (calendar.today() - day).days > LATE else ""
            logged.append(
                serving.log(
                    place, actor=place.person.user, day=day, mode=mode, text=WORK[len(logged) % len(WORK)], late_reason=late
                )
            )  # fmt: skip
        if logged[: len(logged) - unconfirmed]:
            serving.confirm_many(logged[: len(logged) - unconfirmed], actor=self.cast.hr[place.firm_id])

    def _days(self, place: Placement, number: int, until: date, *, rest: bool) -> list[date]:
        """At most `number` days of the term before `until`, spread evenly, that may count as service."""
        working, term = calendar.current(), place.term
        span = range((min(until, place.ends_on) - place.starts_on).days)
        days = [place.starts_on + count * DAY for count in span]
        fit = [day for day in days if term.covers(day) and working.is_working_day(day) is not rest]
        return fit if len(fit) <= number else [fit[count * len(fit) // number] for count in range(number)]

    def rate(self, place: Placement, result: str, *, until: str = "final") -> Rating:
        """The first year rated by firm, university and lead bureau; `until`: the state it is left in."""
        ends_on = min(rules.add_months(place.starts_on, 12) - DAY, place.ends_on)
        self.on(ends_on + 2 * DAY)
        rating.begin(place, 1, place.starts_on, ends_on)
        given = place.ratings.get(number=1)
        if until == "firm":
            return given
        given = rating.by_firm(
            given, actor=self.cast.hr[place.firm_id], result=result, text="示例：任务完成情况见佐证材料。", evidence=self.file("佐证.pdf")
        )  # fmt: skip
        self.later(1)
        if until == "university":
            return given
        given = rating.by_university(
            given, actor=self.cast.hr[place.university_id], result=result, text="示例：同意企业意见。"
        )
        self.later(1)
        if until == "lead":
            return given
        checker = self.cast.checker(place.case.lead_organisation)
        given = rating.by_lead(given, actor=checker, result=result, text="示例：经核实，评定如上。")
        if until == "final":
            self.later(7)
            rating.finalise(given)
        return Rating.objects.select_related("placement__case").get(pk=given.pk)

    # --- running, rated, claimed
    def term_running(self, place: Placement) -> None:
        self.work(place, 4 + place.pk % 5)
        self.report_all(place, leave=1 if place.pk % 3 else 0)
        if place.pk % 4 == 0:
            self.on(self.today - 15 * DAY)
            checker = self.cast.checker(place.case.lead_organisation)
            rating.visit(
                place,
                actor=checker,
                day=calendar.today(),
                text="示例：到企业走访，人员在岗，任务按计划推进。",
            )

    def term_rated(self, place: Placement, result: str) -> Rating:
        self.work(place, 6, until=place.starts_on + 360 * DAY, unconfirmed=0)
        self.report_all(place)
        return self.rate(place, result)

    def term_rating_open(self, place: Placement) -> None:
        self.work(place, 5, unconfirmed=0)
        self.rate(place, "qualified", until=("firm", "university", "lead", "given")[place.pk % 4])

    def term_objected(self, place: Placement) -> Rating:
        self.work(place, 5, unconfirmed=0)
        given = self.rate(place, "failed", until="given")
        self.later(1)
        return rating.object_to(
            given, actor=place.person.user, text="示例：到岗记录齐全，请核对门禁和试验记录。"
        )

    def term_objection_settled(self, place: Placement) -> None:
        given = self.term_objected(place)
        self.later(3)
        head = self.cast.head(place.case.lead_organisation)
        rating.settle(given, actor=head, result="qualified", finding="示例：门禁记录属实，改为合格。")

    def term_claimed(self, place: Placement) -> SubsidyClaim:
        given = self.term_rated(place, "excellent" if place.pk % 2 else "qualified")
        self.later(2)
        return claims.claim(
            given, actor=self.cast.hr[place.firm_id], code="firm_pay", pay_paid=Decimal(110_000 + 10_000 * (place.pk % 5)),
            evidence=self.file("支付凭证.pdf"), holder=place.firm.name, bank="示例银行济宁分行", account=f"6222{place.pk:012d}",
        )  # fmt: skip

    def term_claim_checked(self, place: Placement) -> SubsidyClaim:
        claim = self.term_claimed(place)
        self.later(2)
        return claims.check(
            claim, actor=self.cast.checker(place.need.county_bureau), passed=True, text="示例：凭证属实"
        )

    def term_claim_granted(self, place: Placement) -> None:
        claim = self.term_claim_checked(place)
        self.later(2)
        claims.decide(claim, actor=self.cast.head(place.case.lead_organisation), granted=True)

    # --- suspended, extended
    def _all_sign(self, proposal, *, sides: int = 2) -> None:
        users = {
            Side.FIRM: self.cast.hr[proposal.placement.firm_id], Side.UNIVERSITY: self.cast.hr[proposal.placement.university_id],
            Side.PERSON: proposal.placement.person.user,
        }  # fmt: skip
        for side in [one for one in Side if one != proposal.side][:sides]:
            countersigning.sign(proposal, actor=users[side], side=side, agreed=True)

    def suspend(self, place: Placement, starts_on: date, until: date, *, sides: int = 2) -> None:
        self.on(starts_on - 10 * DAY)
        proposal = countersigning.propose_suspension(
            place, actor=self.cast.hr[place.university_id], side=Side.UNIVERSITY, starts_on=starts_on, until=until,
            reason="teaching", text="示例：承担国家课程。",
        )  # fmt: skip
        self._all_sign(proposal, sides=sides)
        if sides == 2 and starts_on <= self.today:
            self.on(starts_on)
            watching.switch(Placement.objects.get(pk=place.pk), max(starts_on, calendar.today()))

    def term_suspended(self, place: Placement) -> None:
        self.work(place, 6, until=self.today - 45 * DAY, unconfirmed=0)
        self.suspend(place, self.today - 30 * DAY, self.today + 60 * DAY)

    def term_suspended_long(self, place: Placement) -> None:
        """Four days short of the longest suspension there may be."""
        self.work(place, 6, until=self.today - 165 * DAY, unconfirmed=0)
        self.suspend(place, self.today - 150 * DAY, self.today + 30 * DAY)

    def term_to_countersign(self, place: Placement) -> None:
        self.work(place, 6, until=self.today - 20 * DAY)
        self.suspend(place, self.today + 8 * DAY, self.today + 98 * DAY, sides=place.pk % 2)

    def _ask(self, place: Placement):
        self.work(place, 5)
        self.report_all(place, leave=0)
        self.on(self.today - 10 * DAY)
        hr = self.cast.hr[place.firm_id]
        return changing.ask_extension(
            place, actor=hr, side=Side.FIRM, months=6, reason="示例：试验尚需一个周期"
        )

    def term_extension_asked(self, place: Placement) -> None:
        self._ask(place)

    def term_extension_granted(self, place: Placement) -> None:
        asked = self._ask(place)
        self.later(2)
        changing.decide_extension(asked, actor=self.cast.checker(place.case.lead_organisation), granted=True)

    def term_extension_refused(self, place: Placement) -> None:
        asked = self._ask(place)
        self.later(2)
        changing.decide_extension(
            asked, actor=self.cast.checker(place.case.lead_organisation), granted=False, refusal="示例：本年度任务进展不足",
            remedy="示例：补交中期报告后可以再次申请",
        )  # fmt: skip

    # --- ended, taken over, renewed
    def end(self, place: Placement, last_day: date, *, agreed: bool = False) -> None:
        """Ended on `last_day`: with notice of forty days, or by all three at once."""
        self.on(last_day - (5 if agreed else 40) * DAY)
        done = countersigning.ending.settlement(place, last_day)
        proposal = countersigning.propose_end(
            place, actor=self.cast.hr[place.firm_id], side=Side.FIRM, last_day=last_day, all_agree=agreed,
            reason="agreed" if agreed else "person_left", text="示例：人员工作调整。", settled_days=done.days, settled_pay=done.pay,
        )  # fmt: skip
        if agreed or last_day < self.today:
            self._all_sign(proposal)
        if last_day < self.today:
            self.over(place)

    def over(self, place: Placement) -> PlacementCase:
        """The last day has passed."""
        place.refresh_from_db()
        self.on(place.ends_on + DAY)
        return acts.answer(PlacementCase.objects.get(pk=place.case_id), "running", actor=None)

    def term_ended_early(self, place: Placement) -> None:
        last_day = self.today - 30 * DAY
        self.work(place, 4, until=last_day - 41 * DAY, unconfirmed=0)
        self.end(place, last_day)

    def term_end_given_notice(self, place: Placement) -> None:
        self.work(place, 4, until=self.today - 20 * DAY, unconfirmed=0)
        self.end(place, self.today + 34 * DAY)

    def term_replaced(self, place: Placement) -> None:
        """Ended by agreement; somebody else takes over at once, and the need keeps both."""
        last_day = self.today - 70 * DAY
        self.work(place, 4, until=last_day - 10 * DAY, unconfirmed=0)
        self.end(place, last_day, agreed=True)
        self.on(last_day + 2 * DAY)
        person = self.cast.people(1, serial=990)[0]
        offer = supply.offer_person(
            place.university, actor=self.cast.hr[place.university_id], person=person, kinds=[place.kind],
            field=person.research_field, days_per_year=120,
        )  # fmt: skip
        offer = supply.consent_to_offer(offer, actor=person.user, agreed=True)
        case = PlacementCase.objects.get(pk=place.case_id)
        made = applying.invite(
            place.need,
            actor=self.cast.hr[place.firm_id],
            offer=offer,
            starts_on=last_day + 50 * DAY,
            replaces=case,
        )
        PlacementFlow.start_for(made)
        self.bring(PlacementCase.objects.get(pk=made.pk), "running")

    def term_nearly_over(self, place: Placement) -> None:
        self.work(place, 8)
        self.report_all(place, leave=0)
        self.on(self.today)
        for warned, days_before in watching.to_warn(calendar.today()):
            if warned.pk == place.pk:
                watching.warn(warned, days_before)

    def term_at_the_limit(self, place: Placement) -> None:
        """Two days short of what a year may hold."""
        self.work(place, 58)

    def term_over(self, place: Placement) -> PlacementCase:
        self.work(place, 6, unconfirmed=0)
        self.report_all(place, leave=0)
        return self.over(place)

    def _evaluate(self, case: PlacementCase, outcome: str, **facts) -> None:
        self.later(6)
        checker = self.cast.checker(case.lead_organisation).username
        self.step(case, "evaluate", checker, outcome=outcome, opinion="示例：已核对报告和在岗记录。", **facts)

    def term_evaluated(self, place: Placement) -> None:
        self._evaluate(self.term_over(place), "reached", reason="示例：形成稳定工艺。")

    def term_exempted(self, place: Placement) -> None:
        """Diligent, but the target was missed."""
        self.work(place, 36, unconfirmed=0)
        self.report_all(place, leave=0)
        self._evaluate(
            self.over(place), "exempt", reason="示例：技术路线受阻，过程勤勉尽责。", stated=["honest"]
        )

    def term_renewed(self, place: Placement) -> None:
        self.work(place, 6, unconfirmed=0)
        self.on(place.ends_on - 45 * DAY)
        case = PlacementCase.objects.get(pk=place.case_id)
        made = applying.renew(
            case, actor=self.cast.hr[place.firm_id], months=12, uploads={"P10": self.file("续聘申请.pdf")}
        )
        PlacementFlow.start_for(made)
        self.bring(PlacementCase.objects.get(pk=made.pk), "running")
        self.over(place)
