"""Two editions of a policy side by side, in words an officer reads: no key of the file is shown as it stands there."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talent.core import roles
from talent.core.models import PolicyEdition
from talent.core.services import policy

_TABLES = {
    "edition": gettext_lazy("版本"), "guide": gettext_lazy("办事指南"), "limit": gettext_lazy("期限"),
    "reminders": gettext_lazy("提醒"), "step": gettext_lazy("环节"), "material": gettext_lazy("材料"),
    "recommender": gettext_lazy("推荐单位"), "condition": gettext_lazy("受理条件"),
    "refusal_ground": gettext_lazy("不予办理的情形"), "dispatch": gettext_lazy("分办"),
    "question": gettext_lazy("常见问题"), "publicity": gettext_lazy("公示"), "need": gettext_lazy("服务事项"),
    "promise_text": gettext_lazy("承诺书"), "phrase": gettext_lazy("常用意见"), "remedy": gettext_lazy("救济渠道"),
}  # fmt: skip
_LIMITS = {
    "legal_days": gettext_lazy("法定期限"), "extension_days": gettext_lazy("可延长期限"),
    "promised_days": gettext_lazy("承诺期限"), "supplement_days": gettext_lazy("补正期限"),
    "promise_days": gettext_lazy("容缺补齐期限"), "publicity_days": gettext_lazy("公示期"),
    "objection_check_days": gettext_lazy("异议核查期限"), "draft_days": gettext_lazy("草稿保留天数"),
    "near_due_days": gettext_lazy("临期提醒天数"),
}  # fmt: skip
_KEYS = {
    "days": gettext_lazy("天数"), "limit": gettext_lazy("期限（工作日）"), "warn": gettext_lazy("提前提醒（工作日）"),
    "title": gettext_lazy("名称"), "public_title": gettext_lazy("公开名称"), "name": gettext_lazy("名称"),
    "text": gettext_lazy("内容"), "body": gettext_lazy("内容"), "clause": gettext_lazy("条款"),
    "source": gettext_lazy("来源"), "mark": gettext_lazy("标记"), "required": gettext_lazy("是否必要"),
    "deferrable": gettext_lazy("可否容缺"), "needed_before": gettext_lazy("最迟在此环节前交齐"),
    "note": gettext_lazy("说明"), "active": gettext_lazy("是否启用"), "counts": gettext_lazy("是否计入期限"),
    "role": gettext_lazy("办理岗位"), "effective_from": gettext_lazy("施行日期"), "code": gettext_lazy("编号"),
    "advice": gettext_lazy("建议"), "answer": gettext_lazy("答复"), "document_no": gettext_lazy("文号"),
    "effective_to": gettext_lazy("废止日期"), "replaces": gettext_lazy("替代的版本"), "version": gettext_lazy("文本版本"),
    "formats": gettext_lazy("格式"), "copies": gettext_lazy("份数"), "who": gettext_lazy("由谁提供"),
    "origin": gettext_lazy("出具单位"), "confirmed": gettext_lazy("是否已确认"), "ask": gettext_lazy("问题"),
    "fields": gettext_lazy("公示内容"), "item": gettext_lazy("事项"), "audience": gettext_lazy("服务对象"),
    "fee": gettext_lazy("收费"), "visits": gettext_lazy("到现场次数"), "hours": gettext_lazy("办理时间"),
    "place": gettext_lazy("办理地点"), "phone": gettext_lazy("电话"), "minutes": gettext_lazy("填写分钟数"),
    "complaint": gettext_lazy("投诉渠道"), "summary": gettext_lazy("简介"),
    "supplement_reminders": gettext_lazy("补正提醒"), "promise_reminders": gettext_lazy("容缺提醒"),
}  # fmt: skip
_LONGEST_NAME = 20


def difference_rows(old: PolicyEdition, new: PolicyEdition) -> list[dict[str, str]]:
    """What `new` says otherwise than `old`: rows of label, before and after for the comparing table."""
    names = _names(old.data) | _names(new.data)
    return [
        {
            "label": _label(key, names),
            "before": _value(key, before, names),
            "after": _value(key, after, names),
        }
        for key, before, after in policy.edition_difference(old, new)
    ]


def _names(data: dict[str, Any]) -> dict[tuple[str, str], str]:
    """How each row of each table is called: (table, code) → its name, title or the beginning of its text."""
    found = {}
    for table, rows in data.items():
        for row in rows if isinstance(rows, list) else ():
            words = next((row[key] for key in ("name", "title", "text") if row.get(key)), "")
            if row.get("code") and words:
                found[table, row["code"]] = words[:_LONGEST_NAME]
    return found | {("limit", code): str(name) for code, name in _LIMITS.items()}


def _label(key: str, names: dict[tuple[str, str], str]) -> str:
    """`limit[legal_days].days` as people say it: 「期限 法定期限 天数」. What has no name is called by its table."""
    table, _dot, last = key.partition(".")
    table, _bracket, code = table.partition("[")
    words = (_TABLES.get(table, ""), names.get((table, code.rstrip("]")), ""), _KEYS.get(last, ""))
    return " ".join(str(word) for word in words if word) or str(_("其他内容"))


def _value(key: str, value: Any, names: dict[tuple[str, str], str]) -> str:
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, list):
        return "、".join(map(str, value))
    if key.endswith(".role") and value in roles.BY_CODENAME:
        return roles.BY_CODENAME[value].title
    if key.endswith(".needed_before"):
        return names.get(("step", value), "")
    return "" if value is None else str(value)
