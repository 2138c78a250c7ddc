"""人才安居 beside its cases, in the town: lists of an employer and of a bureau, and flats."""

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from openpyxl import Workbook

from housing.services import exchange, flats, rosters
from talent.core import identifiers, roles
from talent.core.models import Check, Organisation, User
from talent.core.services import people
from workflows.demo import cast
from workflows.flows.housing import HousingFlow

ROW = {
    "手机号码": "19900000001", "申请事项": "购房补贴", "人才层次": "F1", "来本地工作日期": "2024-01-08", "是否全职": "是",
    "合同起始日期": "2024-01-08", "合同年限": "5", "累计参保月数": "24", "目前是否参保": "是",
}  # fmt: skip


FACTS = {"full_time": True, "household_homes": 0, "days_in_city": 300, "months_since_trade": 12_000}


def workbook(*people: dict[str, str]) -> bytes:
    book = Workbook()
    book.active.title = rosters.SHEET
    book.active.append(list(people[0]))
    for one in people:
        book.active.append(list(one.values()))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def build(town: Any) -> dict[str, Any]:
    """name → what a page of it shows."""
    hr, employer = town.users["danwei"], town.employers[0]
    made = {}
    for place, name in enumerate(("checked_roster", "done_roster")):
        people = [
            {
                "姓名": f"钱示例{serial}",
                "证件号码": identifiers.make_resident_id(_born(place), serial + 1),
                **ROW,
            }
            for serial in range(3)
        ]
        made[name], _sheet = rosters.take_in(workbook(*people), actor=hr, employer=employer)
    done = rosters.start(made["done_roster"], actor=hr)
    made["done_roster"] = rosters.advance(done, begin=HousingFlow.start_for, actor=hr)
    officer = town.users["fangguan"] = User.objects.create_user(
        username="fangguan", password=cast.PASSWORD, name="房管人员"
    )
    bureau = Organisation.objects.get(code="zjj")
    town.appoint("fangguan", roles.CHECKER, bureau)
    for line in done.lines.select_related("case"):
        Check.objects.create(
            case_id=line.case_id, place=1, subject="housing", organisation=bureau, counts=True, asked_by=hr,
            due_on=timezone.localdate(),
        )  # fmt: skip
    made["exchange"] = exchange.make_list(bureau, "housing", actor=officer)
    return made | _flats(town, bureau, officer)


def _flats(town: Any, bureau: Organisation, officer: User) -> dict[str, Any]:
    """Somebody whose application is looked at, somebody who chooses, somebody who lives there and asks to go on."""
    region = town.employers[0].region
    stock = [
        flats.add_flat(
            bureau,
            actor=officer,
            region=region,
            building="示例苑1号楼",
            unit=str(unit),
            area=Decimal(80),
            rent=Decimal(1500),
        )
        for unit in range(101, 107)
    ]
    entries = {}
    for place, name in enumerate(("zuke", "xuanfang", "lunhou", "shenqing")):
        user = town.users.setdefault(name, User(username=name, name=f"{'租选轮申'[place]}示例"))
        user.save()
        person = people.create_profile(
            actor=user,
            user=user,
            name=user.name,
            id_number=identifiers.make_resident_id(date(1996, 7, 1), place + 1),
        )
        entries[name] = flats.apply(
            actor=user, person=person, employer=town.employers[0], level_code="F2", facts=FACTS
        )
        if name != "shenqing":
            flats.admit(entries[name], actor=officer, opinion="情况属实。")
    flats.open_window(bureau, actor=officer, number=2)
    tenancy = flats.choose(entries["zuke"], stock[0], actor=town.users["zuke"])
    started = timezone.localdate() - timedelta(days=330)
    tenancy = flats.hand_over(tenancy, actor=officer, on=started)
    flats.add_co_tenant(
        tenancy, actor=town.users["zuke"], name="李示例", relation="spouse", id_kind="resident_id",
        id_number=identifiers.make_resident_id(date(1996, 7, 2), 9),
    )  # fmt: skip
    flats.ask_renewal(tenancy, actor=town.users["zuke"])
    return {"flat": stock[0], "housed": entries["zuke"], "asked": entries["shenqing"]}


def _born(place: int) -> date:
    return date(1991 + place, 5, 1)
