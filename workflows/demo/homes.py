"""人才公寓 of the demo: stock, people on the list, people who choose and people who live there; and one exchange list."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from housing.models import FlatEntry, Tenancy
from housing.services import exchange, flats
from talent.core import identifiers
from talent.core.models import Organisation, User
from talent.core.services import people

from . import cast

# What became of each person, in the order of the list.
STORIES = (
    "renewing", "living", "living", "leaving", "returned", "chosen", "choosing", "choosing",
    "waiting", "waiting", "waiting", "asked", "asked", "refused",
)  # fmt: skip
IN_THE_WINDOW = sum(one not in ("waiting", "asked", "refused") for one in STORIES)
FACTS = {"full_time": True, "household_homes": 0, "days_in_city": 300, "months_since_trade": 12_000}


def build(users: dict[str, User], employers: list[Organisation], say: Callable[[str], None]) -> None:
    """After the cases of housing: their checks are what the exchange list asks about."""
    say("人才安居：人才公寓和核查交换清单……")
    officer, bureau = users["zhujian"], Organisation.objects.get(code="zjj")
    region, today = employers[0].region, timezone.localdate()
    stock = [
        flats.add_flat(
            bureau, actor=officer, region=region, building=f"示例苑{1 + place // 8}号楼", unit=f"{1 + place % 8}01",
            area=Decimal(60 + 10 * (place % 4)), rent=Decimal(1200 + 150 * (place % 4)),
        )
        for place in range(16)
    ]  # fmt: skip
    flats.change_flat(stock[-1], actor=officer, state="repair", rent=Decimal(1200), note="更换门窗")
    password = make_password(cast.PASSWORD)
    entries = [
        _entry(_person(place, users, password), story, employers[0], officer)
        for place, story in enumerate(STORIES)
    ]
    flats.open_window(bureau, actor=officer, number=IN_THE_WINDOW)
    for place, (entry, story) in enumerate(zip(entries, STORIES, strict=True)):
        if story in ("renewing", "living", "leaving", "returned", "chosen"):
            tenancy = flats.choose(entry, stock[place], actor=entry.person.user)
            _live(tenancy, story, officer, today)
    exchange.make_list(Organisation.objects.get(code="mzj"), "civil", actor=users["minzheng"])


def _person(place: int, users: dict[str, User], password: str):
    """The first is the demo's own tenant; the others have accounts nobody signs in to."""
    user = users["zuke"] if place == 0 else None
    if user is None:
        user = User.objects.create(
            username=f"gongyu{place}", name=cast.name_of(900 + place), password=password
        )
    number = identifiers.make_resident_id(date(1996, 7, 1) + timedelta(days=place), 41)
    return people.create_profile(actor=user, user=user, name=user.name, id_number=number)


def _entry(person, story: str, employer: Organisation, officer: User) -> FlatEntry:
    entry = flats.apply(actor=person.user, person=person, employer=employer, level_code="F2", facts=FACTS)
    if story == "refused":
        return flats.refuse(entry, actor=officer, reason="已在本市其他单位享受人才公寓。")
    if story != "asked":
        return flats.admit(entry, actor=officer, opinion="情况属实。")
    return entry


def _live(tenancy: Tenancy, story: str, officer: User, today: date) -> None:
    if story == "chosen":
        return
    ago = {"renewing": 330, "living": 120, "leaving": 200, "returned": 260}[story]
    tenancy = flats.hand_over(tenancy, actor=officer, on=today - timedelta(days=ago))
    tenant = tenancy.person.user
    if story == "renewing":
        flats.add_co_tenant(
            tenancy, actor=tenant, name="李示例", relation="spouse", id_kind="resident_id",
            id_number=identifiers.make_resident_id(date(1996, 9, 1), 43),
        )  # fmt: skip
        flats.ask_renewal(tenancy, actor=tenant)
    elif story == "leaving":
        flats.give_notice(
            tenancy, actor=tenant, leave_on=today + timedelta(days=60), reason="已购买自住住房。"
        )
    elif story == "returned":
        flats.take_back(tenancy, actor=officer, on=today - timedelta(days=5))
