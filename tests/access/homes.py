"""What the access tests need of 人才安居 beside its cases."""

import hashlib
import io
from typing import Any

from openpyxl import Workbook

from housing.models import ExchangeList
from housing.services import exchange as lists
from housing.services import rosters
from talent.core.models import User
from talent.core.services import policy, sheets
from tests import factories

LISTED = {
    "姓名": "钱示例", "手机号码": "19900000001", "申请事项": "购房补贴", "人才层次": "F1", "来本地工作日期": "2024-01-08",
    "是否全职": "是", "合同起始日期": "2024-01-08", "合同年限": "5", "累计参保月数": "24", "目前是否参保": "是",
}  # fmt: skip


def furnish(side: Any, *, hr: User) -> dict[str, Any]:
    """Of each county: a list of people that was checked and not begun, and an exchange list of its lead bureau."""
    book = Workbook()
    book.active.title = rosters.SHEET
    row = LISTED | {"证件号码": factories.identity_number(1990)}
    book.active.append(list(row))
    book.active.append(list(row.values()))
    content = io.BytesIO()
    book.save(content)
    roster, _sheet = rosters.take_in(content.getvalue(), actor=hr, employer=side.employer)
    exchange = ExchangeList(
        number=f"JHQD2026-000{side.key}", subject="estate", edition=policy.edition_for("housing"), organisation=side.bureau,
        columns=["name", "id_number", "household_homes"], made_by=hr,
    )  # fmt: skip
    exchange.sha256 = hashlib.sha256(sheets.as_csv([lists.heads(exchange)])).hexdigest()
    exchange.save()
    return {"roster": roster, "exchange": exchange}
