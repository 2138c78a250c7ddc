"""Leads out of a workbook: every wrong cell is named, and nothing is imported until none is left.

The three sheets of the template are leads, results and contacts; the latter two point to a lead by name and office.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import identifiers
from talent.core.models import (
    IndustryChain,
    LeadAchievement,
    LeadContact,
    Organisation,
    Region,
    TalentLead,
    TalentProfile,
    User,
)

from .. import audit, policy, sheets
from ..errors import ActRefused, NotAllowed
from . import leads, rights

LEADS, RESULTS, CONTACTS = "线索", "成果", "联系记录"


@dataclass
class Imported:
    """What a workbook holds: how many rows of each sheet, and everything wrong with them."""

    leads: int = 0
    achievements: int = 0
    contacts: int = 0
    errors: list[sheets.RowError] = field(default_factory=list)
    saved: bool = False


class _Known:
    """What cells refer to, read once."""

    def __init__(self) -> None:
        self.chains = {chain.code: chain for chain in IndustryChain.objects.filter(active=True)}
        self.regions = {region.name: region for region in Region.objects.exclude(kind=Region.Kind.CITY)}
        self.levels = {level.code for level in policy.talent_levels()}
        self.employers = {one.code: one for one in Organisation.objects.confirmed().employers()}


def _found(attribute: str, what: str) -> Callable[[_Known, str], Any]:
    def read(known: _Known, text: str) -> Any:
        found = getattr(known, attribute)
        if text not in found:
            raise ValueError(_("没有这个%(what)s") % {"what": what})
        return found[text] if isinstance(found, dict) else text

    return read


def _year(known: _Known, text: str) -> int:
    year = sheets.number(known, text)
    if not 1950 <= year <= timezone.localdate().year:
        raise ValueError(_("年份应在1950年至今年之间"))
    return year


def _plain(_known: _Known, text: str) -> str:
    leads.refuse_numbers(text)
    return text


COLUMNS: dict[str, tuple[sheets.Column, ...]] = {
    LEADS: (
        sheets.Column("产业链编号", "chain", "L01", True, _found("chains", "产业链编号")),
        sheets.Column("姓名", "name", "赵示例", True, most=80),
        sheets.Column("类型", "kind", "个人", read=sheets.chosen(TalentLead.Kind.choices)),
        sheets.Column("现工作单位", "organisation", "示例大学", True, most=120),
        sheets.Column("职务职称", "position", "教授", most=80),
        sheets.Column("所在地", "place", "北京市", most=60),
        sheets.Column("技术领域", "field", "石墨烯材料", True, most=80),
        sheets.Column("人才层次", "level_code", "A", read=_found("levels", "人才层次")),
        sheets.Column("对应认定标准", "criterion", "A3", most=20),
        sheets.Column("拟落地县市区", "region", "任城区", read=_found("regions", "县市区")),
        sheets.Column(
            "拟引进单位代码", "employer", "统一社会信用代码", read=_found("employers", "已核验单位")
        ),
        sheets.Column(
            "证件类型", "id_kind", "居民身份证", read=sheets.chosen(TalentProfile.IdentityKind.choices)
        ),
        sheets.Column("证件号码", "id_number", "18位身份证号码", most=30, mask="identity"),
        sheets.Column("手机号码", "mobile", "11位手机号码", most=20, mask="mobile"),
        sheets.Column("电子邮箱", "email", "name@example.com", most=120, mask="email"),
        sheets.Column("项目名称", "project_title", "石墨烯中试线", most=120),
        sheets.Column("项目概述", "project_summary", "建设中试线，形成自主知识产权。", most=2000),
        sheets.Column("开通直通车的理由", "why_direct", "填补产业空白，普通政策不能覆盖。", most=1000),
        sheets.Column(
            "引进方式", "engagement", "全职引进", read=sheets.chosen(TalentLead.Engagement.choices)
        ),
        sheets.Column("拟聘年限", "contract_years", "5", read=sheets.number),
        sheets.Column("信息来源", "source", "示例大学官网公开信息", True, most=200),
    ),
    RESULTS: (
        sheets.Column("姓名", "name", "赵示例", True),
        sheets.Column("现工作单位", "organisation", "示例大学", True),
        sheets.Column("类别", "kind", "专利", True, sheets.chosen(LeadAchievement.Kind.choices)),
        sheets.Column("名称", "title", "一种石墨烯制备方法", True, most=200),
        sheets.Column("年份", "year", "2024", read=_year),
        sheets.Column("说明", "note", "第一发明人", most=300),
        sheets.Column("来源", "source", "国家知识产权局公告", most=200),
    ),
    CONTACTS: (
        sheets.Column("姓名", "name", "赵示例", True),
        sheets.Column("现工作单位", "organisation", "示例大学", True),
        sheets.Column("日期", "on", "2026-03-05", True, sheets.day),
        sheets.Column("方式", "channel", "走访", True, most=30),
        sheets.Column("内容", "content", "介绍了直通车政策，对方有意向。", True, _plain, most=1000),
    ),
}


def template() -> bytes:
    """The empty workbook: one sheet per table, headings with 「*」 where a value is needed."""
    return sheets.template(COLUMNS)


def import_leads(content: bytes, *, actor: User, dry_run: bool) -> Imported:
    """Check a workbook whole, and unless `dry_run` or something is wrong record all of it in one transaction.

    Raises `ActRefused` for a file that is no such workbook and `NotAllowed` without the post; wrong cells are in the
    answer's `errors`.
    """
    if not any(rights.may_keep(actor, post.organisation.region) for post in rights.reading_posts(actor)):
        raise NotAllowed(_("您没有维护人才图谱的岗位授权。"))
    book = _Book(content, actor)
    if book.found.errors or dry_run:
        return book.found
    with transaction.atomic():
        book.save()
        audit.record(
            "leads_imported",
            actor=actor,
            detail={"leads": book.found.leads, "achievements": book.found.achievements, "contacts": book.found.contacts},
        )  # fmt: skip
    book.found.saved = True
    return book.found


class _Book:
    """One workbook: read, checked, and then saved."""

    def __init__(self, content: bytes, actor: User) -> None:
        self.actor, self.found = actor, Imported()
        texts = sheets.workbook(content)
        if LEADS not in texts:
            raise ActRefused(_("工作簿中没有“%(sheet)s”表，请使用模板填写。") % {"sheet": LEADS})
        known = _Known()
        self.sheets = {
            title: sheets.Sheet(title, columns, known).read(texts.get(title, []))
            for title, columns in COLUMNS.items()
        }
        self._compare()
        self.found.leads, self.found.achievements, self.found.contacts = (
            len(sheet.rows) for sheet in self.sheets.values()
        )
        self.found.errors = [error for sheet in self.sheets.values() for error in sheet.errors]
        if not self.found.errors and not self.found.leads and not self.found.achievements:
            raise ActRefused(_("工作簿中没有可导入的内容，请核对是否选错文件。"))

    def _compare(self) -> None:
        """What single cells cannot show: doubles, identity numbers by their kind, the right to the county, the lead meant."""
        sheet = self.sheets[LEADS]
        recorded = set(TalentLead.objects.values_list("chain", "name", "organisation"))
        here: set[tuple] = set()
        for line, values in sheet.rows:
            chain, key = values.get("chain"), (values.get("name"), values.get("organisation"))
            whole = (chain.pk if chain else None, *key)
            if whole in recorded or whole in here:
                why = _("该产业链已登记这条线索") if whole in recorded else _("与上面的一行重复")
                sheet.wrong(line, "name", str(key[0]), why)
            here.add(whole)
            if values.get("id_number"):
                kind = values.get("id_kind") or TalentProfile.IdentityKind.RESIDENT_ID
                try:
                    identifiers.check_identity(kind, values["id_number"], today=timezone.localdate())
                except ValueError as error:
                    sheet.wrong(line, "id_number", values["id_number"], str(error))
            if not rights.may_keep(self.actor, values.get("region")):
                region = values.get("region")
                sheet.wrong(
                    line, "region", region.name if region else "", _("您只能登记拟落地本县市区的线索")
                )
        meant = {key[1:] for key in here}
        known = leads.visible_leads(self.actor)
        for sheet in (self.sheets[RESULTS], self.sheets[CONTACTS]):
            for line, values in sheet.rows:
                key = (values.get("name"), values.get("organisation"))
                if (
                    all(key)
                    and key not in meant
                    and not known.filter(name=key[0], organisation=key[1]).exists()
                ):
                    sheet.wrong(line, "name", str(key[0]), _("“线索”表和已登记的线索中都没有这个人"))

    def save(self) -> None:
        made: dict[tuple[str, str], TalentLead] = {}
        for _line, values in self.sheets[LEADS].rows:
            lead = leads.record_lead(actor=self.actor, **values)
            made[lead.name, lead.organisation] = lead

        def lead_of(values: dict[str, Any]) -> TalentLead:
            key = (values.pop("name"), values.pop("organisation"))
            if key not in made:
                found = leads.visible_leads(self.actor).filter(name=key[0], organisation=key[1])
                made[key] = found.order_by("pk")[0]
            return made[key]

        for _line, values in self.sheets[RESULTS].rows:
            LeadAchievement.objects.create(lead=lead_of(values), **values)
        for _line, values in self.sheets[CONTACTS].rows:
            LeadContact.objects.create(lead=lead_of(values), recorded_by=self.actor, **values)
        TalentLead.objects.filter(
            pk__in=[lead.pk for lead in made.values()], state=TalentLead.State.NEW, contacts__isnull=False
        ).update(state=TalentLead.State.CONTACTED)
