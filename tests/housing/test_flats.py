"""人才公寓: the list in its order, one flat for one person, flat and cash apart, and what the calendar does."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from housing.models import Flat, FlatEntry, Support, Tenancy
from housing.services import flats, support
from housing.services.flats import letting, watching
from talent.core import roles
from talent.core.models import Message, Region, TalentProfile
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from tests import factories
from tests.flows.racing import at_once
from tests.housing import town
from tests.steps import SHANGHAI

HANDS = 16
FACTS = {"full_time": True, "household_homes": 0, "days_in_city": 300, "months_since_trade": 12_000}


class Office:
    """The bureau that lets, an employer, and flats."""

    def __init__(self) -> None:
        self.bureau = factories.bureau("zjj")
        self.officer = factories.account("letter", "房管人员")
        factories.appoint(self.officer, roles.CHECKER, self.bureau)
        self.employer = factories.employer("示例石墨烯有限公司")

    def flat(self, unit: str = "101", area: int = 80, rent: int = 1500) -> Flat:
        return flats.add_flat(
            self.bureau, actor=self.officer, region=Region.objects.get(code="370811"), building="示例苑1号楼", unit=unit,
            area=Decimal(area), rent=Decimal(rent),
        )  # fmt: skip

    def person(self, name: str) -> TalentProfile:
        return factories.person(factories.account(name, name), factories.identity_number(1995))

    def entry(self, name: str, level: str = "F2", **facts) -> FlatEntry:
        person = self.person(name)
        return flats.apply(
            actor=person.user, person=person, employer=self.employer, level_code=level, facts=FACTS | facts
        )

    def choosing(self, *names: str, level: str = "F2") -> list[FlatEntry]:
        for name in names:
            flats.admit(self.entry(name, level), actor=self.officer, opinion="情况属实。")
        return flats.open_window(self.bureau, actor=self.officer, number=len(names))

    def tenancy(self, name: str = "tenant", level: str = "F2") -> Tenancy:
        (entry,) = self.choosing(name, level=level)
        flat = flats.choices(entry).first() or self.flat(unit=name)
        chosen = flats.choose(entry, flat, actor=entry.person.user)
        return flats.hand_over(chosen, actor=self.officer, on=today())


def today() -> date:
    from talent.core.services import calendar

    return calendar.today()


@pytest.fixture
def travel():
    with time_machine.travel(datetime(2026, 3, 2, 10, tzinfo=SHANGHAI), tick=True) as traveller:
        yield lambda days: traveller.shift(timedelta(days=days))


@pytest.fixture
def office(loaded, travel):
    return Office()


# --- the list --------------------------------------------------------------------------------------------


def test_the_list_is_by_level_and_then_by_the_time_of_application(office):
    entries = {
        name: office.entry(name, level) for name, level in (("b", "F3"), ("a", "F2"), ("c", "F2"), ("d", "B"))
    }
    for entry in entries.values():
        flats.admit(entry, actor=office.officer, opinion="情况属实。")
    assert [entry.person.name for entry in flats.waiting(office.bureau)] == ["d", "a", "c", "b"]
    entries["b"].refresh_from_db()
    assert flats.position(entries["b"]) == 4
    chosen = flats.open_window(office.bureau, actor=office.officer, number=2)
    assert [(entry.person.name, entry.choose_until) for entry in chosen] == [
        ("d", date(2026, 3, 9)),
        ("a", date(2026, 3, 9)),
    ]


def test_a_condition_that_fails_is_named_with_what_would_change_it_and_a_second_place_is_refused(office):
    with pytest.raises(ActRefused, match="达到规定天数"):
        office.entry("away", days_in_city=100)
    entry = office.entry("here")
    with pytest.raises(Conflict, match="已经在轮候"):
        flats.apply(
            actor=entry.person.user,
            person=entry.person,
            employer=office.employer,
            level_code="F2",
            facts=FACTS,
        )
    with pytest.raises(NotAllowed):
        flats.admit(entry, actor=entry.person.user, opinion="同意本人")


def test_only_flats_of_the_size_of_the_level_may_be_chosen_and_only_in_ones_days(office, travel):
    small, large = office.flat("101", 100), office.flat("102", 150)
    (entry,) = office.choosing("expert", level="C")
    assert list(flats.choices(entry)) == [small]
    with pytest.raises(ActRefused, match="面积"):
        flats.choose(entry, large, actor=entry.person.user)
    travel(8)
    with pytest.raises(ActRefused, match="选房期已于"):
        flats.choose(entry, small, actor=entry.person.user)


# --- the tenancy -----------------------------------------------------------------------------------------


def test_from_the_choice_over_renewal_to_the_return(office, travel):
    office.flat(rent=1500)
    tenancy = office.tenancy()
    assert (tenancy.rent, tenancy.starts_on, tenancy.ends_on, tenancy.latest_end) == (
        Decimal("450.00"), date(2026, 3, 2), date(2027, 3, 1), date(2029, 3, 1),
    )  # fmt: skip
    tenant = tenancy.person.user
    with pytest.raises(ActRefused, match="起可以申请续租"):
        flats.ask_renewal(tenancy, actor=tenant)
    travel(320)
    renewal = flats.ask_renewal(tenancy, actor=tenant)
    met = dict.fromkeys(flats.ITEMS, True)
    with pytest.raises(ActRefused, match="租金已按期缴纳"):
        flats.decide_renewal(
            renewal, actor=office.officer, granted=True, met=met | {"rent_paid": False}, opinion="同意续租"
        )
    flats.decide_renewal(renewal, actor=office.officer, granted=True, met=met, opinion="同意续租")
    tenancy.refresh_from_db()
    assert tenancy.ends_on == date(2028, 3, 1)
    with pytest.raises(ActRefused, match="提前30天"):
        flats.give_notice(tenancy, actor=tenant, leave_on=today() + timedelta(days=3), reason="购买住房")
    flats.give_notice(tenancy, actor=tenant, leave_on=today() + timedelta(days=30), reason="购买住房")
    with pytest.raises(ActRefused):
        flats.change_flat(tenancy.flat, actor=office.officer, state="free", rent=Decimal(1500))
    tenancy = flats.take_back(tenancy, actor=office.officer, on=today(), repair=True)
    assert (tenancy.state, Flat.objects.get().state) == ("ended", "repair")
    assert support.open_tenancy(tenancy.person) is None


def test_the_longest_term_of_a_level_ends_renewals(office):
    office.flat()
    tenancy = office.tenancy(level="F1")
    Tenancy.objects.filter(pk=tenancy.pk).update(ends_on=tenancy.latest_end)
    tenancy.refresh_from_db()
    assert flats.renewal_window(tenancy) is None
    with pytest.raises(ActRefused, match="最长租期"):
        flats.ask_renewal(tenancy, actor=tenancy.person.user)


def test_a_co_tenant_is_sealed_and_registered_once(office):
    office.flat()
    tenancy, number = office.tenancy(), factories.identity_number(1991)
    add = partial(
        flats.add_co_tenant, tenancy, actor=tenancy.person.user, name="李示例", relation="spouse",
        id_kind="resident_id", id_number=number,
    )  # fmt: skip
    made = add()
    assert number not in str(made.id_number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number FROM housing_cotenant")
        assert number not in str(cursor.fetchall())
    with pytest.raises(Conflict, match="已登记"):
        add()


# --- what the calendar does ------------------------------------------------------------------------------


def run(day: date) -> int:
    done = 0
    for _title, rows, act in flats.DUE:
        done += sum(act(row, day) is not False for row in rows(day))
    return done


def test_missed_windows_keep_the_place_once_and_then_lose_it_however_late_and_often_it_is_asked(
    office, travel
):
    (entry,) = office.choosing("slow")
    travel(20)
    assert (run(today()), run(today())) == (1, 0)
    entry.refresh_from_db()
    assert (entry.state, entry.missed) == ("waiting", 1)
    flats.open_window(office.bureau, actor=office.officer, number=1)
    travel(20)
    assert (run(today()), run(today())) == (1, 0)
    entry.refresh_from_db()
    assert (entry.state, entry.missed) == ("lapsed", 2)


def test_who_does_not_move_in_loses_the_flat_and_ends_are_told_once(office, travel):
    office.flat()
    (entry,) = office.choosing("absent")
    flats.choose(entry, Flat.objects.get(), actor=entry.person.user)
    travel(16)
    assert run(today()) == 1
    assert (Flat.objects.get().state, Support.objects.filter(ended_at__isnull=True).count()) == ("free", 0)
    tenancy = office.tenancy("present")
    travel(310)
    assert (run(today()), run(today())) == (1, 0)
    travel(60)
    assert (run(today()), run(today())) == (1, 0)
    kinds = list(
        Message.objects.filter(kind__in=("flat_term_ends", "flat_overdue")).values_list("kind", flat=True)
    )
    assert sorted(kinds) == ["flat_overdue", "flat_term_ends"]
    assert watching.warn(tenancy, today()) is False


# --- on the pages ----------------------------------------------------------------------------------------


def test_from_the_application_to_the_return_on_the_pages(loaded):
    with town.live() as world:
        officer = "housing_officer"

        def my(act: str, expect: int = 302, **data):
            return world.post("talent", "my:flats", data={"act": act, **data}, expect=expect)

        def desk(name: str, *args, **data):
            return world.post(officer, f"desk:{name}", *args, data=data)

        flat = {
            "region": world.employer.region_id,
            "building": "示例苑1号楼",
            "unit": "101",
            "area": "80",
            "rent": "1500",
        }
        desk("flats", **flat)
        again = world.post(officer, "desk:flats", data=flat, expect=200).content.decode()
        assert "已登记房号" in again
        asked = {
            "level_code": "F2",
            "employer": world.employer.pk,
            "full_time": "yes",
            "household_homes": "0",
        }
        assert "达到规定天数" in my("apply", 200, **asked, days_in_city="100").content.decode()
        my("apply", **asked, days_in_city="300")
        entry = FlatEntry.objects.get()
        world.get("city1", "desk:flats", expect=403)
        world.get("hr", "desk:flats", expect=403)
        page = world.get(officer, "desk:flat_entry", entry.number).content.decode()
        assert world.number not in page
        desk("flat_entry", entry.number, act="admit", opinion="情况属实。")
        assert "第 1 位" in world.get("talent", "my:flats").content.decode()
        desk("flat_list", number="5")
        assert "450.00" in world.get("talent", "my:flats").content.decode()
        my("choose", flat=Flat.objects.get().row_key)
        desk("tenancy", entry.number, act="hand_over", on=world.today.isoformat())
        my(
            "co_tenant",
            name="李示例",
            relation="child",
            id_kind="resident_id",
            id_number=factories.identity_number(2015),
        )
        assert "起可以申请" in world.get("talent", "my:flats").content.decode()
        my("notice", 200, leave_on=world.today.isoformat(), reason="购买住房")
        my("notice", leave_on=(world.today + timedelta(days=40)).isoformat(), reason="购买住房")
        assert entry.number in world.get(officer, "desk:tenancies").content.decode()
        desk("tenancy", entry.number, act="return", on=world.today.isoformat())
        assert (Tenancy.objects.get().state, Flat.objects.get().state) == ("ended", "free")
        world.get(officer, "desk:flat", Flat.objects.get().row_key)


# --- flat or cash, and the last flat ---------------------------------------------------------------------


@pytest.mark.database
def test_the_database_holds_flat_and_cash_apart(office):
    from housing.services import begin

    office.flat()
    tenancy = office.tenancy()
    case = begin(
        actor=tenancy.person.user,
        applicant=tenancy.person,
        instrument="rent",
        employer=office.employer,
        level_code="F2",
    )
    with pytest.raises(Conflict, match="须先退房"):
        support.begin(tenancy.person, case=case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Support.objects.create(person=tenancy.person, kind="rent", case=case)
    assert "talent_flat" in support.recorded_benefits(tenancy.person)
    flats.take_back(tenancy, actor=office.officer, on=today())
    assert support.begin(tenancy.person, case=case).kind == "rent"


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
class TestTheLastFlat:
    @pytest.fixture
    def entries(self, office):
        office.flat()
        return office.choosing(*(f"hand{place}" for place in range(HANDS)))

    def race(self, entries) -> list:
        flat = Flat.objects.get()
        return at_once(*(partial(flats.choose, entry, flat, actor=entry.person.user) for entry in entries))

    def test_sixteen_choose_it_and_one_has_it(self, entries):
        outcomes = self.race(entries)
        refused = [one for one in outcomes if isinstance(one, Exception)]
        assert (len(refused), Tenancy.objects.count()) == (HANDS - 1, 1)
        assert all(isinstance(one, Conflict) and "已被他人选定" in str(one) for one in refused), refused
        assert FlatEntry.objects.filter(state="housed").count() == 1

    def test_without_the_question_whether_it_is_free_the_database_still_gives_it_to_one(
        self, entries, monkeypatch
    ):
        monkeypatch.setattr(letting, "_take", lambda flat: True)
        outcomes = self.race(entries)
        assert sum(isinstance(one, Conflict) for one in outcomes) == HANDS - 1
        assert Tenancy.objects.count() == 1

    def test_without_question_and_constraint_sixteen_would_have_it(self, entries, monkeypatch):
        monkeypatch.setattr(letting, "_take", lambda flat: True)
        kept = Tenancy._meta.constraints
        one = next(row for row in kept if row.name == "one_open_tenancy_per_flat")
        Tenancy._meta.constraints = [row for row in kept if row is not one]
        with connection.schema_editor() as editor:
            editor.remove_constraint(Tenancy, one)
        try:
            self.race(entries)
            assert Tenancy.objects.count() == HANDS
        finally:
            Support.objects.all().delete()
            Tenancy.objects.all().delete()
            Tenancy._meta.constraints = kept
            with connection.schema_editor() as editor:
                editor.add_constraint(Tenancy, one)
