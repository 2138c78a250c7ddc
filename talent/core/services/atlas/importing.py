"""Leads out of a workbook: every wrong cell is named, and nothing is imported until none is left.

The three sheets of the template are leads, results and contacts; the latter two point to a lead by name and office.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

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

from .. import audit, policy
from ..errors import ActRefused, NotAllowed
from . import leads, rights

MOST_BYTES = 5 * 1024 * 1024
# What the file may grow to when unpacked, and the rows of one sheet: a small file can hide a large one.
MOST_UNPACKED = 60 * 1024 * 1024
MOST_ROWS = 5000
# What openpyxl and zipfile raise for damaged parts.
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError,
    SyntaxError, RuntimeError, EOFError, OSError, OverflowError,
)  # fmt: skip
LEADS, RESULTS, CONTACTS = "线索", "成果", "联系记录"


@dataclass(frozen=True)
class Column:
    """A column of the template. `read` turns the cell's text into the value and raises `ValueError` with the cause."""

    title: str
    name: str
    example: str
    required: bool = False
    read: Callable[["_Known", str], Any] | None = None
    most: int = 0
    mask: str = ""


@dataclass(frozen=True)
class RowError:
    """One wrong cell: where it stands, what stands there (a person's number masked), why, and what would be right."""

    sheet: str
    row: int
    column: str
    value: str
    cause: str
    example: str


@dataclass
class Imported:
    """What a workbook holds: how many rows of each sheet, and everything wrong with them."""

    leads: int = 0
    achievements: int = 0
    contacts: int = 0
    errors: list[RowError] = field(default_factory=list)
    saved: bool = False


class _Known:
    """What cells refer to, read once."""

    def __init__(self) -> None:
        self.chains = {chain.code: chain for chain in IndustryChain.objects.filter(active=True)}
        self.regions = {region.name: region for region in Region.objects.exclude(kind=Region.Kind.CITY)}
        self.levels = {level.code for level in policy.talent_levels()}
        self.employers = {one.code: one for one in Organisation.objects.confirmed().employers()}


def _chosen(choices: Iterable[tuple[str, Any]]) -> Callable[[_Known, str], str]:
    """Reads the Chinese label of a choice."""
    labels = {str(label): code for code, label in choices}

    def read(_known: _Known, text: str) -> str:
        if text not in labels:
            raise ValueError(_("应为：%(labels)s") % {"labels": "、".join(labels)})
        return labels[text]

    return read


def _found(attribute: str, what: str) -> Callable[[_Known, str], Any]:
    def read(known: _Known, text: str) -> Any:
        found = getattr(known, attribute)
        if text not in found:
            raise ValueError(_("没有这个%(what)s") % {"what": what})
        return found[text] if isinstance(found, dict) else text

    return read


def _number(_known: _Known, text: str) -> int:
    if not text.isdecimal():
        raise ValueError(_("应为整数"))
    return int(text)


def _year(known: _Known, text: str) -> int:
    year = _number(known, text)
    if not 1950 <= year <= timezone.localdate().year:
        raise ValueError(_("年份应在1950年至今年之间"))
    return year


def _day(_known: _Known, text: str) -> date:
    try:
        day = date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ValueError(_("日期应为年-月-日")) from None
    if day > timezone.localdate():
        raise ValueError(_("日期不能晚于今天"))
    return day


def _plain(_known: _Known, text: str) -> str:
    leads.refuse_numbers(text)
    return text


COLUMNS: dict[str, tuple[Column, ...]] = {
    LEADS: (
        Column("产业链编号", "chain", "L01", True, _found("chains", "产业链编号")),
        Column("姓名", "name", "赵示例", True, most=80),
        Column("类型", "kind", "个人", read=_chosen(TalentLead.Kind.choices)),
        Column("现工作单位", "organisation", "示例大学", True, most=120),
        Column("职务职称", "position", "教授", most=80),
        Column("所在地", "place", "北京市", most=60),
        Column("技术领域", "field", "石墨烯材料", True, most=80),
        Column("人才层次", "level_code", "A", read=_found("levels", "人才层次")),
        Column("对应认定标准", "criterion", "A3", most=20),
        Column("拟落地县市区", "region", "任城区", read=_found("regions", "县市区")),
        Column("拟引进单位代码", "employer", "统一社会信用代码", read=_found("employers", "已核验单位")),
        Column("证件类型", "id_kind", "居民身份证", read=_chosen(TalentProfile.IdentityKind.choices)),
        Column("证件号码", "id_number", "18位身份证号码", most=30, mask="identity"),
        Column("手机号码", "mobile", "11位手机号码", most=20, mask="mobile"),
        Column("电子邮箱", "email", "name@example.com", most=120, mask="email"),
        Column("项目名称", "project_title", "石墨烯中试线", most=120),
        Column("项目概述", "project_summary", "建设中试线，形成自主知识产权。", most=2000),
        Column("开通直通车的理由", "why_direct", "填补产业空白，普通政策不能覆盖。", most=1000),
        Column("引进方式", "engagement", "全职引进", read=_chosen(TalentLead.Engagement.choices)),
        Column("拟聘年限", "contract_years", "5", read=_number),
        Column("信息来源", "source", "示例大学官网公开信息", True, most=200),
    ),
    RESULTS: (
        Column("姓名", "name", "赵示例", True),
        Column("现工作单位", "organisation", "示例大学", True),
        Column("类别", "kind", "专利", True, _chosen(LeadAchievement.Kind.choices)),
        Column("名称", "title", "一种石墨烯制备方法", True, most=200),
        Column("年份", "year", "2024", read=_year),
        Column("说明", "note", "第一发明人", most=300),
        Column("来源", "source", "国家知识产权局公告", most=200),
    ),
    CONTACTS: (
        Column("姓名", "name", "赵示例", True),
        Column("现工作单位", "organisation", "示例大学", True),
        Column("日期", "on", "2026-03-05", True, _day),
        Column("方式", "channel", "走访", True, most=30),
        Column("内容", "content", "介绍了直通车政策，对方有意向。", True, _plain, most=1000),
    ),
}


def template() -> bytes:
    """The empty workbook: one sheet per table, headings with 「*」 where a value is needed, one row of examples."""
    book = Workbook()
    book.remove(book.active)
    for title, columns in COLUMNS.items():
        sheet = book.create_sheet(title)
        sheet.append([f"{column.title}{'*' if column.required else ''}" for column in columns])
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = max(12, len(column.title) * 2.4)
            for row in sheet.iter_rows(min_col=place, max_col=place, min_row=1, max_row=200):
                row[0].number_format = "@"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


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
        self.actor, self.known, self.found = actor, _Known(), Imported()
        sheets = _sheets(content)
        if LEADS not in sheets:
            raise ActRefused(_("工作簿中没有“%(sheet)s”表，请使用模板填写。") % {"sheet": LEADS})
        self.rows = {title: self._read(title, sheets.get(title, [])) for title in COLUMNS}
        self._compare()
        self.found.leads, self.found.achievements, self.found.contacts = map(len, self.rows.values())
        if not self.found.errors and not self.found.leads and not self.found.achievements:
            raise ActRefused(_("工作簿中没有可导入的内容，请核对是否选错文件。"))

    def _wrong(self, sheet: str, row: int, column: Column, value: str, cause: str) -> None:
        shown = identifiers.mask(column.mask, value) if column.mask else value[:60]
        self.found.errors.append(RowError(sheet, row, column.title, shown, cause, column.example))

    def _read(self, sheet: str, rows: list[list[str]]) -> list[tuple[int, dict[str, Any]]]:
        """The rows of a sheet as (line, values); every wrong cell is noted."""
        if not rows:
            return []
        heads = [head.rstrip("*") for head in rows[0]]
        columns = {column.title: column for column in COLUMNS[sheet]}
        absent = [column for column in columns.values() if column.required and column.title not in heads]
        for column in absent:
            self._wrong(sheet, 1, column, "", _("缺少这一列"))
        if absent:
            return []
        read = []
        for line, cells in enumerate(rows[1:], 2):
            if any(cells):
                named = {
                    columns[head]: cell for head, cell in zip(heads, cells, strict=False) if head in columns
                }
                read.append((line, self._values(sheet, line, named, columns.values())))
        return read

    def _values(
        self, sheet: str, line: int, cells: dict[Column, str], columns: Iterable[Column]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in columns:
            text = cells.get(column, "")
            if not text:
                if column.required:
                    self._wrong(sheet, line, column, "", _("不能为空"))
                continue
            if column.most and len(text) > column.most:
                self._wrong(sheet, line, column, text, _("超过%(n)d个字") % {"n": column.most})
                continue
            try:
                values[column.name] = column.read(self.known, text) if column.read else text
            except (ValueError, ActRefused) as error:
                self._wrong(sheet, line, column, text, str(error))
        return values

    def _compare(self) -> None:
        """What single cells cannot show: doubles, identity numbers by their kind, the right to the county, the lead meant."""
        columns = {column.name: column for column in COLUMNS[LEADS]}
        recorded = set(TalentLead.objects.values_list("chain", "name", "organisation"))
        here: set[tuple] = set()
        for line, values in self.rows[LEADS]:
            chain, key = values.get("chain"), (values.get("name"), values.get("organisation"))
            whole = (chain.pk if chain else None, *key)
            if whole in recorded or whole in here:
                why = _("该产业链已登记这条线索") if whole in recorded else _("与上面的一行重复")
                self._wrong(LEADS, line, columns["name"], str(key[0]), why)
            here.add(whole)
            if values.get("id_number"):
                kind = values.get("id_kind") or TalentProfile.IdentityKind.RESIDENT_ID
                try:
                    identifiers.check_identity(kind, values["id_number"], today=timezone.localdate())
                except ValueError as error:
                    self._wrong(LEADS, line, columns["id_number"], values["id_number"], str(error))
            if not rights.may_keep(self.actor, values.get("region")):
                region = values.get("region")
                self._wrong(
                    LEADS, line, columns["region"], region.name if region else "", _("您只能登记拟落地本县市区的线索")
                )  # fmt: skip
        meant = {key[1:] for key in here}
        known = leads.visible_leads(self.actor)
        for sheet in (RESULTS, CONTACTS):
            for line, values in self.rows[sheet]:
                key = (values.get("name"), values.get("organisation"))
                if (
                    all(key)
                    and key not in meant
                    and not known.filter(name=key[0], organisation=key[1]).exists()
                ):
                    self._wrong(
                        sheet, line, COLUMNS[sheet][0], str(key[0]), _("“线索”表和已登记的线索中都没有这个人")
                    )  # fmt: skip

    def save(self) -> None:
        made: dict[tuple[str, str], TalentLead] = {}
        for _line, values in self.rows[LEADS]:
            lead = leads.record_lead(actor=self.actor, **values)
            made[lead.name, lead.organisation] = lead

        def lead_of(values: dict[str, Any]) -> TalentLead:
            key = (values.pop("name"), values.pop("organisation"))
            if key not in made:
                found = leads.visible_leads(self.actor).filter(name=key[0], organisation=key[1])
                made[key] = found.order_by("pk")[0]
            return made[key]

        for _line, values in self.rows[RESULTS]:
            LeadAchievement.objects.create(lead=lead_of(values), **values)
        for _line, values in self.rows[CONTACTS]:
            LeadContact.objects.create(lead=lead_of(values), recorded_by=self.actor, **values)
        TalentLead.objects.filter(
            pk__in=[lead.pk for lead in made.values()], state=TalentLead.State.NEW, contacts__isnull=False
        ).update(state=TalentLead.State.CONTACTED)


def _sheets(content: bytes) -> dict[str, list[list[str]]]:
    """The text of every sheet. Raises `ActRefused` for what is no workbook, or too large a one."""
    if len(content) > MOST_BYTES:
        raise ActRefused(_("文件过大（超过5MB），请分成几个文件导入。"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise ActRefused(_("文件展开后过大，请只保留要导入的内容。"))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        found = {}
        for sheet in book.worksheets:
            rows = []
            for values in sheet.iter_rows(values_only=True):
                rows.append([_cell(value) for value in values])
                if len(rows) > MOST_ROWS:
                    raise ActRefused(
                        _("“%(sheet)s”表超过%(n)d行，请分成几个文件导入。") % {"sheet": sheet.title, "n": MOST_ROWS}
                    )  # fmt: skip
            found[sheet.title] = rows
    except _BROKEN:
        raise ActRefused(_("文件打不开，请使用模板填写并保存为 XLSX 格式。")) from None
    return found


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
