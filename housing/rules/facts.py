"""The facts a condition may ask for: how each is called, measured and said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

# Months since something that never happened (a household that never traded a home).
NEVER = 12_000


@dataclass(frozen=True)
class Fact:
    """kind: number, yes, choice, money or set; `unit` follows a number; `choices` name the values of a choice."""

    kind: str
    label: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    def said(self, value: Any) -> str:
        """The value in words; a fact nobody stated yet is 尚未填写."""
        if value is None:
            return "尚未填写"
        if self.kind == "yes":
            return "是" if value else "否"
        if self.kind == "choice":
            return dict(self.choices).get(value, str(value))
        if self.kind == "money":
            return yuan(value)
        if self.unit == "个月" and value >= NEVER:
            return "从未发生"
        return f"{value} {self.unit}".strip()


CO_OWNERS = (("none", "本人单独所有"), ("spouse", "与配偶共有"), ("other", "与其他人共有"))
FACTS: dict[str, Fact] = {
    "age": Fact("number", "申请时年龄", "周岁"),
    "full_time": Fact("yes", "全职在本地工作"),
    "full_time_degree": Fact("yes", "全日制学历或等同全日制"),
    "contract_years": Fact("number", "劳动（聘用）合同年限", "年"),
    "venture_months": Fact("number", "本人创办企业的经营时间", "个月"),
    "insured_months": Fact("number", "在本地累计缴纳社会保险", "个月"),
    "insured_now": Fact("yes", "目前正常缴纳社会保险"),
    "project_entrant": Fact("yes", "通过本地申报入选重大人才工程"),
    "household_homes": Fact("number", "家庭在本地的住房", "套"),
    "months_since_trade": Fact("number", "距家庭最近一次住房交易", "个月"),
    "bought_after_arrival": Fact("yes", "住房在来本地工作后购买"),
    "price_paid_up": Fact("yes", "购房款已结清"),
    "co_owner": Fact("choice", "住房共有情况", choices=CO_OWNERS),
    "price": Fact("money", "购房合同价款"),
    "registered_lease": Fact("yes", "租赁合同已备案"),
    "rent": Fact("money", "每月租金"),
    "days_in_city": Fact("number", "每年在本地工作和居住", "天"),
    "months_since_graduation": Fact("number", "毕业时间距今", "个月"),
    "months_since_arrival": Fact("number", "来本地工作时间距今", "个月"),
    "household_registered": Fact("yes", "户口已迁入本地"),
    "first_time": Fact("yes", "首次来本地就业创业"),
    "benefits": Fact("set", "正在享受的其他住房待遇"),
}
# What is computed on the day from a date, and from which.
_FROM_DATES = {
    "months_since_trade": "last_trade_on",
    "months_since_graduation": "graduated_on",
    "months_since_arrival": "arrived_on",
    "venture_months": "venture_since",
}


def derived(facts: Mapping[str, Any], day: date) -> dict[str, Any]:
    """`facts` with what follows from dates on `day`: age from `birth_date`, months from the dates of `_FROM_DATES`.

    A fact given directly is kept. `never_traded` says that there is no date of a trade because there was none.
    """
    known = dict(facts)
    if known.get("age") is None and known.get("birth_date"):
        born = known["birth_date"]
        known["age"] = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    for name, source in _FROM_DATES.items():
        if known.get(name) is None and known.get(source):
            known[name] = months_between(known[source], day)
    if known.get("months_since_trade") is None and known.get("never_traded"):
        known["months_since_trade"] = NEVER
    return known


def months_between(start: date, end: date) -> int:
    """Full calendar months from `start` to `end`; 0 when `end` is earlier."""
    return max(0, (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day))


def yuan(amount: Decimal | int) -> str:
    """An amount as pages and letters write it: 1,234.50 元."""
    return f"{Decimal(amount):,.2f} 元"
