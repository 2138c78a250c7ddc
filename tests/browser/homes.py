"""人才安居 beside its cases, in the town: lists of an employer and of a bureau."""

import io
from datetime import date
from typing import Any

from django.utils import timezone
from openpyxl import Workbook

from housing.services import exchange, rosters
from talent.core import identifiers, roles
from talent.core.models import Check, Organisation, User
from workflows.demo import cast
from workflows.flows.housing import HousingFlow

ROW = {
    "手机号码": "19900000001", "申请事项": "购房补贴", "人才层次": "F1", "来本地工作日期": "2024-01-08", "是否全职": "是",
    "合同起始日期": "2024-01-08", "合同年限": "5", "累计参保月数": "24", "目前是否参保": "是",
}  # fmt: skip


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
    return made


def _born(place: int) -> date:
    return date(1991 + place, 5, 1)
