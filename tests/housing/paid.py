"""A housing award that is being paid, made without its way through the steps; and the people around it."""

from datetime import date
from decimal import Decimal

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from housing import services
from housing.models import HousingCase
from housing.services import money
from talent.core import roles
from talent.core.models import Award, Case, Education, Instalment, TalentProfile
from talent.core.services import appointments, calendar, cases, funds
from tests import factories
from tests.access.money import answer as money_answer

OFFICERS = {
    "county": ("县受理", roles.INTAKE, "370811-rsj"),
    "county2": ("县受理乙", roles.INTAKE, "370811-rsj"),
    "county_head": ("县负责人", roles.BUREAU_HEAD, "370811-rsj"),
    "other_county": ("外县受理", roles.INTAKE, "370812-rsj"),
    "city1": ("市核定", roles.CHECKER, "rsj"),
    "city2": ("市复核", roles.CHECKER, "rsj"),
    "city_head": ("市审定", roles.DECIDER, "rsj"),
    "finance": ("市财政", roles.FINANCE, "czj"),
}


class Paid:
    """One county, one employer with HR, and as many paid people as asked for."""

    def __init__(self) -> None:
        self.people = {}
        for name, (person, role, code) in OFFICERS.items():
            self.people[name] = factories.account(name, person)
            factories.appoint(self.people[name], role, factories.bureau(code))
        self.employer = factories.employer("示例石墨烯有限公司")
        self.people["hr"] = factories.account("hr", "人事甲")
        factories.appoint(self.people["hr"], roles.HR, self.employer)
        self.browsers: dict[str, Client] = {}
        self._serial = 0

    def line(self, share: str, amount: int, year: int | None = None):
        made = funds.open_line(
            year or calendar.today().year, "housing", self.employer.region, share, organisation=factories.bureau("czj"),
            actor=self.people["finance"],
        )  # fmt: skip
        return funds.allocate(made, Decimal(amount), actor=self.people["finance"], reason="年初预算")

    def award(self, instrument: str = "rent", level: str = "F2", *, who: str = "", **facts) -> Award:
        """Granted today: rent 850 元 a month for 36 months, or a home of 90万元."""
        self._serial += 1
        who = who or f"talent{self._serial}"
        if who not in self.people:
            self.people[who] = factories.account(who, f"申领{who}")
            person = factories.person(self.people[who], factories.identity_number(1990))
            person.bank_name, person.bank_account = "示例银行济宁分行", f"62220000123456{self._serial:05d}"
            person.save()
            Education.objects.create(
                profile=person,
                level="doctor",
                school="示例大学",
                graduated_on=date(2023, 6, 30),
                full_time=True,
            )
        user = self.people[who]
        case = services.begin(
            actor=user,
            applicant=TalentProfile.objects.get(user=user),
            instrument=instrument,
            employer=self.employer,
            level_code=level,
        )
        given = {
            "arrived_on": date(2024, 1, 8), "full_time": True, "contract_from": date(2024, 1, 8), "contract_years": 5,
            "insured_months": 24, "insured_now": True, "marriage": "single", "household_homes": 0, "never_traded": True,
            "benefits_stated": True, "rent": Decimal(850), "registered_lease": True, "price": Decimal(900_000),
            "home_unit_no": f"37081100{self._serial:020d}", "bought_on": date(2025, 6, 1), "price_paid_up": True, "co_owner": "none",
        } | facts  # fmt: skip
        HousingCase.objects.filter(pk=case.pk).update(**given)
        case.refresh_from_db()
        cases.add_party(case, self.employer, roles.Capacity.EMPLOYER)
        cases.add_party(case, factories.bureau("rsj"), roles.Capacity.LEAD)
        answer = services.assess(case, day=calendar.today())
        assert answer.amount, answer.failed
        HousingCase.objects.filter(pk=case.pk).update(
            decision="approve", assessment=answer.plain(), amount_each=answer.amount.each, handed_in=True,
            amount_months=answer.amount.months, amount_total=answer.amount.total, granted_on=calendar.today(),
            calculated_by=self.people["city1"], verified_by=self.people["city2"], status=Case.Status.COMPLETED, closed_at=timezone.now(),
            submitted_at=timezone.now(),
        )  # fmt: skip
        case.refresh_from_db()
        standing = appointments.standing(self.people["city_head"], roles.DECIDER, factories.bureau("rsj"))
        money.award(
            case, answer, services.figures_of(case.edition), actor=self.people["city_head"], standing=standing
        )
        return case.awards.get()

    def due(self, award: Award, seq: int = 1) -> Instalment:
        """That instalment's day has come."""
        row = award.instalments.get(seq=seq)
        Instalment.objects.filter(pk=row.pk).update(due_on=calendar.today())
        row.refresh_from_db()
        return funds.mark_due(row)

    def pay(self, award: Award, seq: int = 1) -> None:
        """That instalment rechecked, batched, signed, sent and answered by the bank."""
        row = self.due(award, seq)
        result = funds.RecheckResult((funds.Finding("in_post", "在岗", True, "在岗。", "示例条款"),))
        funds.recheck(row, result, actor=self.people["county"])
        office = award.paying_organisation
        for name, role in (
            ("payer", roles.FINANCE),
            ("signer", roles.BUREAU_HEAD),
            ("signer2", roles.FINANCE),
        ):
            if name not in self.people:
                self.people[name] = factories.account(name, name)
                factories.appoint(self.people[name], role, office)
        batch = funds.prepare(office, [row], actor=self.people["payer"])
        for name in ("signer", "signer2"):
            batch.refresh_from_db()
            if batch.state == batch.State.SIGNING:
                batch = funds.sign(batch, actor=self.people[name])
        funds.send(batch, actor=self.people["payer"])
        funds.take_in(batch, money_answer(batch), actor=self.people["payer"])

    def applicant(self, award: Award) -> str:
        return award.case.applicant.user.username

    # --- pages -----------------------------------------------------------------------------------

    def browser(self, who: str) -> Client:
        if who not in self.browsers:
            self.browsers[who] = Client()
            self.browsers[who].force_login(self.people[who], "django.contrib.auth.backends.ModelBackend")
        return self.browsers[who]

    def get(self, who: str, name: str, *args, expect: int = 200, **query) -> str:
        response = self.browser(who).get(reverse(name, args=args), query)
        assert response.status_code == expect, response.content.decode()[:800]
        return response.content.decode()

    def post(self, who: str, name: str, *args, expect: int = 302, **data) -> str:
        response = self.browser(who).post(reverse(name, args=args), data)
        assert response.status_code == expect, response.content.decode()[:3000]
        return response.content.decode()
