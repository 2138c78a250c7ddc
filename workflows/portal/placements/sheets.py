"""Tables as XLSX: our people out, needs in. An import is first tried and shown line by line; nothing is written then."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms as django_forms
from django.contrib import messages as flash
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from talent.core.models import IndustryChain, Organisation
from talent.core.services.errors import ActRefused
from talent.placements import forms
from talent.placements.services import needs

from .people import people_of
from .unit import filtered, organisations_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 200
MOST_BYTES = 2 * 1024 * 1024
# Heading of the column → field of the need.
COLUMNS = {
    "岗位种类": "kind", "岗位名称": "title", "产业链": "chain", "技术领域": "field", "要解决的问题": "problem",
    "预期成果": "expected_result", "聘期（月）": "term_months", "每年在岗天数": "days_per_year",
    "年报酬（元）": "pay_per_year", "人数": "posts", "征集截止日期": "open_until",
}  # fmt: skip


class _DryRun(Exception):
    """Carries nothing: it rolls a trial back."""


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is written as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The people table as it is filtered on the page."""
    _form, rows = filtered(request, people_of(organisations_of(request)))
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("人员"))
    sheet.append(
        ["办件编号", "姓名", "岗位种类", "岗位名称", "用人单位", "派出单位", "状态", "开始日期", "结束日期", "已确认天数", "应到天数", "考核", "补助", "下一步"]
    )  # fmt: skip
    for row in rows:
        place = row["place"]
        line = [
            place.case.number, place.person.name, row["kind"], place.need.title, place.firm.name, place.university.name,
            place.get_state_display(), place.starts_on, place.ends_on, row["done"][0], row["due"], row["rating"],
            row["subsidy"], row["next"],
        ]  # fmt: skip
        sheet.append([_safe(value) for value in line])
    buffer = io.BytesIO()
    book.save(buffer)
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="placements.xlsx"'
    return response


class ImportForm(django_forms.Form):
    firm = django_forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("企业"), empty_label=None
    )
    sheet = django_forms.FileField(
        label=gettext_lazy("表格"), required=False, help_text=gettext_lazy("首行为列名，一行一个需求，最多二百行"),
        widget=django_forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )  # fmt: skip
    tried = django_forms.CharField(required=False, widget=django_forms.HiddenInput)

    def __init__(self, *args: Any, firms: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["firm"].queryset = firms


def read_rows(upload: Any) -> list[dict[str, Any]]:
    """The rows of an uploaded sheet by field. Raises `ActRefused` naming what is wrong with the file."""
    if upload.size > MOST_BYTES:
        raise ActRefused(_("表格不能超过2兆。"))
    try:
        sheet = load_workbook(upload, read_only=True, data_only=True).worksheets[0]
        lines = [list(line) for line in sheet.iter_rows(max_row=MOST_ROWS + 2, values_only=True)]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise ActRefused(_("这不是可以读取的表格文件，请另存为.xlsx后重试。")) from error
    headings = [str(name or "").strip() for name in lines[0]] if lines else []
    missing = [
        name for name in COLUMNS if name not in headings and name not in ("产业链", "人数", "征集截止日期")
    ]
    if missing:
        raise ActRefused(_("表格缺少列：%(names)s。") % {"names": "、".join(missing)})
    rows = [
        {COLUMNS[name]: value for name, value in zip(headings, line, strict=False) if name in COLUMNS}
        for line in lines[1:]
        if any(value not in (None, "") for value in line)
    ]
    if len(rows) > MOST_ROWS:
        raise ActRefused(_("一次最多导入%(n)d行。") % {"n": MOST_ROWS})
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    """A cell as something that can be shown and signed: dates as ISO text, numbers as text."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value).strip()


def _fields(row: dict[str, str]) -> dict[str, Any]:
    """A row's texts as the need's fields. Raises `ActRefused` naming the cell."""
    kinds = {kind.title: kind.code for kind in forms.current_book().kinds}
    made: dict[str, Any] = {}
    try:
        made["kind"] = kinds[row["kind"]]
    except KeyError:
        raise ActRefused(_("没有岗位种类“%(kind)s”。") % {"kind": row.get("kind", "")}) from None
    for name in ("title", "field", "problem", "expected_result"):
        if not row.get(name):
            raise ActRefused(_("“%(name)s”不能为空。") % {"name": _heading(name)})
        made[name] = row[name]
    for name in ("term_months", "days_per_year", "posts"):
        text = row.get(name) or ("1" if name == "posts" else "")
        if not text.removesuffix(".0").isdecimal():
            raise ActRefused(_("“%(name)s”应为整数。") % {"name": _heading(name)})
        made[name] = int(text.removesuffix(".0"))
    try:
        made["pay_per_year"] = Decimal(row.get("pay_per_year") or "").quantize(Decimal("0.01"))
    except InvalidOperation:
        raise ActRefused(_("“年报酬（元）”应为数字。")) from None
    if row.get("open_until"):
        try:
            made["open_until"] = date.fromisoformat(row["open_until"])
        except ValueError:
            raise ActRefused(_("“征集截止日期”应写成2026-12-31这样。")) from None
    if row.get("chain"):
        made["chain"] = IndustryChain.objects.filter(name=row["chain"], active=True).first()
        if made["chain"] is None:
            raise ActRefused(_("没有产业链“%(chain)s”。") % {"chain": row["chain"]})
    return made


def _heading(field: str) -> str:
    return next(name for name, one in COLUMNS.items() if one == field)


def run_import(
    rows: list[dict[str, str]], *, actor: Any, firm: Organisation, dry: bool
) -> list[tuple[dict[str, str], str, str]]:
    """Post every row: (row, number of the need, problem). All or nothing; with `dry` nothing either way."""
    results: list[tuple[dict[str, str], str, str]] = []
    try:
        with transaction.atomic():
            for row in rows:
                try:
                    with transaction.atomic():
                        need = needs.post(actor=actor, firm=firm, **_fields(row))
                        need.full_clean(exclude=["county_bureau", "lead_bureau"])
                except ValidationError as error:
                    results.append((row, "", "；".join(error.messages)))
                except ActRefused as refusal:
                    if refusal.status == 403:
                        raise
                    results.append((row, "", str(refusal)))
                else:
                    results.append((row, need.number, ""))
            if dry or any(problem for _row, _number, problem in results):
                raise _DryRun
    except _DryRun:
        results = [(row, "", problem) for row, _number, problem in results]
    return results


@require_http_methods(["GET", "POST"])
def import_needs(request: HttpRequest) -> HttpResponse:
    """First a trial that writes nothing and shows every line, then the same rows for good."""
    ours = organisations_of(request)
    firms = Organisation.objects.filter(pk__in=[one.pk for one in ours], kind=Organisation.Kind.EMPLOYER)
    posted = request.method == "POST"
    form = ImportForm(request.POST if posted else None, request.FILES if posted else None, firms=firms)
    results: list[tuple[dict[str, str], str, str]] = []
    tried = ""
    if posted and form.is_valid():
        firm = form.cleaned_data["firm"]
        try:
            if form.cleaned_data["tried"]:
                kept = signing.loads(form.cleaned_data["tried"], salt="placements.import", max_age=3600)
                if kept["firm"] != firm.pk:
                    raise ActRefused(_("企业已经改变，请重新试导入。"))
                results = run_import(kept["rows"], actor=request.user, firm=firm, dry=False)
                if not any(problem for _row, _number, problem in results):
                    flash.success(request, _("已登记%(n)d个需求，等待核验。") % {"n": len(results)})
                    return redirect("unit:placement_needs")
            elif form.cleaned_data["sheet"]:
                rows = read_rows(form.cleaned_data["sheet"])
                results = run_import(rows, actor=request.user, firm=firm, dry=True)
                if results and not any(problem for _row, _number, problem in results):
                    tried = signing.dumps(
                        {"firm": firm.pk, "rows": rows}, salt="placements.import", compress=True
                    )
            else:
                raise ActRefused(_("请选择表格。"))
        except signing.BadSignature:
            form.add_error(None, _("试导入的结果已经过期，请重新选择表格。"))
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error("sheet", str(refusal))
    return render(
        request, "placements/import.html",
        {"form": form, "results": results, "tried": tried, "columns": list(COLUMNS), "firms": firms},
    )  # fmt: skip
