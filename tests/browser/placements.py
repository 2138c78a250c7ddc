"""The placements of the town: one in each state worth seeing, and enough people at one firm to act on many at once."""

from datetime import timedelta

from django.utils import timezone

from talent.placements.models import Need, Placement, PlacementCase, QuarterlyReport, ServiceDay
from talent.placements.services import applying, relations
from workflows.demo.placements import PlacementStage
from workflows.demo.stage import Stage

# State → kind and begun how many days ago. The first is the post of the demo's own person at the demo's own firm.
STATES = {
    "running": ("tech_deputy", 150),
    "confirm_person": ("tech_deputy", -20),
    "agreement": ("weekend_engineer", 0),
    "to_countersign": ("weekend_engineer", 100),
    "extension_asked": ("weekend_engineer", 200),
    "rated_qualified": ("tech_deputy", 405),
    "objected": ("tech_deputy", 390),
    "claimed": ("tech_deputy", 410),
    "claim_checked": ("tech_deputy", 410),
}
CROWD, DAYS = 20, 30


class Places:
    """Cases by state, needs by status, and the people of `crowd_hr`, whose firm has twenty of them at work."""

    def __init__(self, stage: Stage) -> None:
        self.scene = PlacementStage(stage)
        self.cases: dict[str, PlacementCase] = {}
        self.needs: dict[str, Need] = {}
        people = iter(self.scene.cast.people(len(STATES) + CROWD))
        try:
            for serial, (state, (kind, ago)) in enumerate(STATES.items()):
                # Even serials of the first firm and of the first university alike.
                self.cases[state] = self._play(next(people), state, kind, ago, serial)
            for status in ("checking", "checked", "published"):
                self.scene.on(self.scene.today - timedelta(days=3))
                self.needs[status] = self.scene.need(0, "weekend_engineer", until=status)
        finally:
            self.scene.back()
        place = Placement.objects.get(case=self.cases["running"])
        relations.record(
            place.firm, actor=self.scene.users["xiankeji"], code="person_shares", person=self.cases["claimed"].applicant,
            fact="持股百分之五", source="登记机关查询",
        )  # fmt: skip
        self._crowd(place, people)

    def _play(self, person, state: str, kind: str, ago: int, serial: int) -> PlacementCase:
        start = max(self.scene.today - timedelta(days=ago), self.scene.floor + timedelta(days=50))
        first = 0 if serial == 0 else serial
        case = self.scene.begin(person, kind, start, first, invited=state == "confirm_person")
        case = self.scene.bring(case, state)
        self.scene.unfold(case, state)
        self.scene.back()
        return PlacementCase.objects.get(pk=case.pk)

    def _crowd(self, model: Placement, people) -> None:
        """Twenty people at one more firm, each with a report due; the last has thirty days to confirm."""
        firm = self.scene.cast.firms[30]
        self.crowd_hr = self.scene.cast.hr[firm.pk]
        today = timezone.localdate()
        self.scene.on(today - timedelta(days=20))
        need = self.scene.need(30, "tech_deputy", posts=CROWD)
        self.scene.back()
        asked = [
            applying.apply(
                need, actor=person.user, university=model.university, starts_on=today, plan="逐季攻关。", degree="doctor"
            )
            for person in list(people)[:CROWD]
        ]  # fmt: skip
        for case in asked:
            place = Placement.objects.create(
                case=case, need=need, person=case.applicant, firm=firm, university=model.university, kind=need.kind, state="active",
                starts_on=model.starts_on, months=model.months, ends_on=model.ends_on, days_per_year=90,
                pay_per_year=model.pay_per_year,
            )  # fmt: skip
            QuarterlyReport.objects.create(
                placement=place, year=today.year, number=1, starts_on=today - timedelta(days=100),
                ends_on=today - timedelta(days=9), due_on=today + timedelta(days=6),
            )  # fmt: skip
        self.crowd_place = place
        ServiceDay.objects.bulk_create(
            ServiceDay(
                placement=place, person=place.person, day=today - timedelta(days=count), text="指导试验"
            )
            for count in range(1, DAYS + 1)
        )

    def number(self, state: str) -> str:
        return self.cases[state].number

    def person(self, state: str) -> str:
        return self.cases[state].applicant.user.username

    def firm_hr(self, state: str) -> str:
        return self.scene.cast.hr[self.cases[state].employer_id].username

    def university_hr(self, state: str) -> str:
        return self.scene.cast.hr[self.cases[state].university_id].username

    def lead_checker(self, state: str) -> str:
        return self.scene.cast.checker(self.cases[state].lead_organisation).username

    def county_checker(self, state: str) -> str:
        return self.scene.cast.checker(self.cases[state].need.county_bureau).username

    def head(self, state: str) -> str:
        return self.scene.cast.head(self.cases[state].lead_organisation).username
