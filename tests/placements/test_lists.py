"""How often a list of placements asks the database: as often with many rows as with few."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from talent.core.services import materials
from talent.placements.models import QuarterlyReport, Rating, RecordedRelation, ServiceDay, SubsidyClaim
from tests.placements import world as worlds

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = pytest.mark.filterwarnings(PROFILE)
TODAY = date(2027, 5, 20)
# Page → who opens it, and the most statements: session, account, posts and menu are among them.
LISTS = {
    "unit:placements": ("hr", 22),
    "unit:placement_days": ("hr", 10),
    "unit:placement_reports": ("hr", 10),
    "desk:placements": ("county", 20),
    "desk:placement_relations": ("county", 11),
    "my:placement_relations": ("talent", 10),
}


def grow(world, number: int) -> None:
    """More days to confirm, reports due, rated years with claims, and recorded facts."""
    place = world.place(world.case)
    hr, county = world.people["hr"], world.people["county"]
    scan = worlds.factories.pdf()
    version = materials.store_upload(scan, owner=world.firm, type_code="P09", title="凭证", actor=hr)
    for count in range(number):
        day = TODAY - timedelta(days=2 + count)
        ServiceDay.objects.create(placement=place, person=place.person, day=day, text="试验")
        QuarterlyReport.objects.create(
            placement=place, year=2000 + count, number=1, starts_on=date(2026, 1, 1), ends_on=day, due_on=day
        )
        rating = Rating.objects.create(
            placement=place,
            number=10 + count,
            starts_on=day,
            ends_on=day,
            state="final",
            result="qualified",
            given_by=county,
            given_at=timezone.now(),
        )
        if count % 2:
            SubsidyClaim.objects.create(
                placement=place, person=place.person, claimant=place.firm, code="firm_pay", rating=rating,
                period=rating.number, pay_paid=1, evidence=version, holder="示例", bank="示例", account="62220000",
                claimed_by=hr,
            )  # fmt: skip
        RecordedRelation.objects.create(
            firm=world.firm, code="person_shares", person=place.person, fact="持股", source="登记机关", recorded_by=county
        )  # fmt: skip


def asked(world, who: str, name: str) -> tuple[int, str]:
    browser = world.browser(who)
    browser.get("/hall/")
    with CaptureQueriesContext(connection) as context:
        answer = browser.get(reverse(name))
    assert answer.status_code == 200
    return len(context), "\n".join(one["sql"][:160] for one in context.captured_queries)


def test_a_list_asks_as_often_with_many_rows_as_with_few(world):
    world.at(TODAY)
    grow(world, 2)
    few = {name: asked(world, who, name) for name, (who, _most) in LISTS.items()}
    ServiceDay.objects.all().delete()
    QuarterlyReport.objects.filter(year__lt=2020).delete()
    SubsidyClaim.objects.all().delete()
    Rating.objects.all().delete()
    grow(world, 20)
    for name, (who, most) in LISTS.items():
        number, statements = asked(world, who, name)
        assert number == few[name][0], f"{name}: {few[name][0]} → {number}\n{statements}"
        assert number <= most, f"{name}: {number}\n{statements}"
