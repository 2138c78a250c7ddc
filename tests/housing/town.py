"""The people of a housing case, and what they do on the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import time_machine

from housing.models import HousingCase
from talent.core import roles
from talent.core.models import BudgetLine, Organisation
from talent.core.services import funds
from tests import factories
from tests.steps import START, World, formset
from workflows import tick
from workflows.base import acts

OFFICERS = {
    "county": ("县受理", roles.INTAKE, "370811-rsj"),
    "county_checker": ("县审核", roles.CHECKER, "370811-rsj"),
    "other_county": ("外县受理", roles.INTAKE, "370812-rsj"),
    "city_intake": ("市受理", roles.INTAKE, "rsj"),
    "city1": ("市核定", roles.CHECKER, "rsj"),
    "city2": ("市复核", roles.CHECKER, "rsj"),
    "city_head": ("市审定", roles.DECIDER, "rsj"),
    "org_head": ("组织审定", roles.DECIDER, "zzb"),
    "finance": ("市财政", roles.FINANCE, "czj"),
}
BUREAUS = {"insurance": "rsj", "housing": "zjj", "estate": "zrzy", "tax": "swj", "civil": "mzj"}
WORK = {
    "arrived_on": "2024-01-08", "full_time": "true", "contract_from": "2024-01-08", "contract_years": 5,
    "insured_months": 24, "insured_now": "true", "project_entrant": "",
}  # fmt: skip
HOUSEHOLD = {
    "marriage": "single", "household_homes": 0, "never_traded": "on", "rent_received": "0", "rent_months_drawn": 0,
    "settling_received": "0", "spouse_id_kind": "resident_id",
}  # fmt: skip
HOMES = {
    "purchase": {
        "home_unit_no": "370811001001GB00001F00010001", "sale_contract_no": "示例0001", "bought_on": "2025-06-01",
        "price": "900000.00", "price_paid_up": "true", "co_owner": "none",
    },
    "rent": {
        "registered_lease": "true", "lease_no": "租0001", "lease_from": "2025-06-01", "lease_to": "2027-05-31",
        "rent": "850.00",
    },
}  # fmt: skip


class Town(World):
    """Applicants, an employer of a county and one of the city, county, city and 组织部."""

    officers = OFFICERS
    born = 1990

    def __init__(self, traveller: Any) -> None:
        super().__init__(traveller)
        self.numbers: dict[str, str] = {}
        for subject, code in BUREAUS.items():
            for name, role in ((f"{subject}_officer", roles.CHECKER), (f"{subject}_head", roles.BUREAU_HEAD)):
                self.people[name] = factories.account(name, f"{subject}核查")
                factories.appoint(self.people[name], role, factories.bureau(code))
        city = Organisation.objects.get(code="rsj").region
        self.city_employer = factories.employer("示例市属研究院")
        Organisation.objects.filter(pk=self.city_employer.pk).update(region=city)
        self.city_employer.refresh_from_db()
        self.people["city_hr"] = factories.account("city_hr", "人事市属")
        factories.appoint(self.people["city_hr"], roles.HR, self.city_employer)

    def applicant(self, who: str, name: str) -> None:
        """Somebody else with an account, of the same age."""
        self.people[who] = factories.account(who, name)
        self.numbers[who] = factories.identity_number(self.born)
        factories.person(self.people[who], self.numbers[who])

    # --- the applicant ----------------------------------------------------------------------------------

    def begin(
        self, instrument: str = "purchase", level: str = "F1", *, who: str = "talent", employer: Any = None,
        expect: int = 302,
    ) -> HousingCase:  # fmt: skip
        self.post(
            who, "my:begin", "housing", expect=expect,
            data={"instrument": instrument, "level_code": level, "employer": (employer or self.employer).pk},
        )  # fmt: skip
        return HousingCase.objects.order_by("-pk").first()

    def fill_housing(
        self, case: HousingCase, *, who: str = "talent", missing: tuple[str, ...] = (), work: dict | None = None,
        household: dict | None = None, home: dict | None = None, account: str = "1000000000000008",
        by_page: bool = False,
    ) -> None:  # fmt: skip
        """Every part, and every material but the `missing` ones: each uploaded on its page, or one file for all."""
        parts = {
            "person": {
                "name": case.applicant.name, "nationality": "中国", "id_kind": "resident_id", "research_field": "材料",
                "mobile": "19900000001",
            },
            "history": formset(
                "education", {"level": "doctor", "school": "示例大学", "graduated_on": "2023-06-30", "full_time": "on"}
            )
            | formset("employment", {"employer_name": "示例单位", "position": "工程师", "started_on": "2024-01-08"}),
            "work": WORK | (work or {}),
            "household": HOUSEHOLD | (household or {}),
            "home": HOMES[case.instrument] | (home or {}),
            "account": {"bank_name": "示例银行济宁分行", "bank_account": account},
        }  # fmt: skip
        for code, data in parts.items():
            self.post(who, "my:part", case.number, code, data=data)
        codes = list(case.materials.exclude(code__in=missing).values_list("code", flat=True))
        for code in codes if by_page else codes[:1]:
            self.upload(case, code, who=who)
        # What is on the others makes no difference to anybody here.
        shown = case.materials.get(code=codes[0]).version
        case.materials.filter(code__in=codes, version__isnull=True).update(version=shown)

    def handed_in(self, instrument: str = "purchase", level: str = "F1", **given: Any) -> HousingCase:
        """Filled and submitted; the employer is asked."""
        who, employer = given.pop("who", "talent"), given.pop("employer", None)
        case = self.begin(instrument, level, who=who, employer=employer)
        self.fill_housing(case, who=who, **given)
        return self.submit(case, who=who)

    def budget(self, **shares: int) -> list[BudgetLine]:
        """This year's lines of the employer's county: share → 元 allocated."""
        made = []
        for share, amount in shares.items():
            line = funds.open_line(
                self.today.year, "housing", self.employer.region, share, organisation=factories.bureau("czj"),
                actor=self.people["finance"],
            )  # fmt: skip
            made.append(
                funds.allocate(line, Decimal(amount), actor=self.people["finance"], reason="年初预算")
            )
        return made

    # --- employer and officers --------------------------------------------------------------------------

    def confirm(
        self, case: HousingCase, *, who: str = "hr", note: str = "", answer: str = "yes"
    ) -> HousingCase:
        self.post(who, "unit:answer", case.number, data={"confirmed": answer, "note": note})
        return self.fresh(case)

    def accept(self, case: HousingCase, *, who: str = "county", **given: Any) -> HousingCase:
        return self.take_in(case, who=who, **given)

    def review(self, case: HousingCase, outcome: str = "pass", *, who: str = "county_checker", **given: Any):
        fields = {"opinion": "材料与填报一致。", **self.ticks(case, given.pop("supplement", None)), **given}
        return self.decide(who, case, "county_review", outcome, **fields)

    def calculate(self, case: HousingCase, outcome: str = "approve", *, who: str = "city1", **given: Any):
        shown = self.get(who, "desk:decide", case.number, "calculate").context["form"]
        kept = {
            name: field.initial for name, field in shown.fields.items() if field.initial not in (None, "")
        }
        return self.decide(who, case, "calculate", outcome, **{**kept, "opinion": "按标准核定。", **given})

    def verify(self, case: HousingCase, outcome: str = "approve", *, who: str = "city2", **given: Any):
        return self.decide(who, case, "verify", outcome, **{"opinion": "复核。", **given})

    def rule(self, case: HousingCase, outcome: str = "approve", *, who: str = "city_head", **given: Any):
        return self.decide(who, case, "decide", outcome, **{"opinion": "同意。", **given})

    def publicity_over(self, case: HousingCase) -> HousingCase:
        """Six working days later the calendar goes on."""
        self.later(6)
        tick.run()
        return self.fresh(case)

    def check(self, case: HousingCase, subject: str, finding: str = "agrees", text: str = "与填报一致。"):
        """A bureau answers: its officer finds, its head confirms."""
        for who, node, outcome in (
            (f"{subject}_officer", f"check_{subject}", finding),
            (f"{subject}_head", f"confirm_{subject}", "confirm"),
        ):
            shown = self.get(who, "desk:decide", case.number, node).context["form"]
            version = shown.fields["version"].initial
            self.decide(who, case, node, outcome, opinion=text, version=version)
        return self.fresh(case)

    def all_check(self, case: HousingCase, **findings: str) -> HousingCase:
        """Every bureau answers; `findings` are those that do not agree."""
        for subject in BUREAUS:
            self.check(case, subject, findings.get(subject, "agrees"))
        return self.fresh(case)

    def at_checks(self, instrument: str = "purchase", level: str = "F1", **given: Any) -> HousingCase:
        return self.review(self.accept(self.confirm(self.handed_in(instrument, level, **given))))

    def at_calculate(self, *given_as: str, checked: bool = False, **given: Any) -> HousingCase:
        """All bureaus have answered: on their pages, or without anybody looking."""
        case = self.at_checks(*given_as, **given)
        return self.all_check(case) if checked else self.skip_checks(case)

    def skip_checks(self, case: HousingCase) -> HousingCase:
        """The bureaus answer through the same acts, without their pages."""
        for subject in BUREAUS:
            for who, node, facts in (
                (f"{subject}_officer", f"check_{subject}", {"outcome": "agrees", "version": 0}),
                (f"{subject}_head", f"confirm_{subject}", {"outcome": "confirm", "version": 1}),
            ):
                step = case.open_steps.select_related("task__process").get(node=node)
                acts.decide(step, actor=self.people[who], facts=facts | {"opinion": "与填报一致。"})
        return self.fresh(case)

    def fresh(self, case: HousingCase) -> HousingCase:
        return HousingCase.objects.get(pk=case.pk)


@contextmanager
def live(start: Any = START) -> Iterator[Town]:
    with time_machine.travel(start, tick=True) as traveller:
        yield Town(traveller)
