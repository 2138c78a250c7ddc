"""What the access tests need of 人才安居 beside its cases, and who is let in there."""

import io
from typing import Any

from openpyxl import Workbook

from housing.services import rosters
from talent.core.models import User
from tests import factories
from tests.access.matrix import Done, Rule

HRS = ("hr", "other_hr")
EMPLOYERS = ("hr@a", "other_hr@b")
LISTED = {
    "姓名": "钱示例", "手机号码": "19900000001", "申请事项": "购房补贴", "人才层次": "F1", "来本地工作日期": "2024-01-08",
    "是否全职": "是", "合同起始日期": "2024-01-08", "合同年限": "5", "累计参保月数": "24", "目前是否参保": "是",
}  # fmt: skip


def furnish(side: Any, *, hr: User) -> dict[str, Any]:
    """Of each county: a list of people that was checked and not begun."""
    book = Workbook()
    book.active.title = rosters.SHEET
    row = LISTED | {"证件号码": factories.identity_number(1990)}
    book.active.append(list(row))
    book.active.append(list(row.values()))
    content = io.BytesIO()
    book.save(content)
    roster, _sheet = rosters.take_in(content.getvalue(), actor=hr, employer=side.employer)
    return {"roster": roster}


def let(*who: str, answer: Any = 200) -> dict[str, Any]:
    return dict.fromkeys(who, answer)


def of(thing: str, field: str):
    """Arguments of a URL: one field of a thing of the county."""
    return lambda world, side: (getattr(side.things[thing], field),)


EXPECTED = {
    "unit:rosters": Rule(get=let(*HRS), post=let(*HRS)),
    "unit:roster_template": Rule(get=let(*HRS)),
    "unit:roster": Rule(
        get=let(*HRS, answer=404) | let(*EMPLOYERS), post=let(*HRS, answer=404) | let(*EMPLOYERS, answer=Done(302)),
        sided=True, args=of("roster", "number"), body=lambda world, side: {"act": "drop"},
    ),
    # Nobody on the list has a case yet, so there is nobody to invite.
    "unit:roster_links": Rule(
        get=None, post=let(*HRS, answer=404) | let(*EMPLOYERS, answer=302), sided=True, args=of("roster", "number")
    ),
}  # fmt: skip
