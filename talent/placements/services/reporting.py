"""P10: quarterly reports: planned from the term, handed in by the firm, many at once when nothing has changed."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import User
from talent.core.services import cases
from talent.core.services.errors import ActRefused, Conflict
from talent.placements import rules
from talent.placements.models import Placement, QuarterlyReport

from . import places
from .sides import as_hr, tell_organisation


def plan(placement: Placement) -> int:
    """One row per period of the term; what was handed in stays, what is still open follows the term. Returns how many."""
    book = places.book_of(placement.case)
    wanted = {
        (one.year, one.number): one
        for one in rules.periods(
            placement.starts_on, placement.ends_on, kind=book.kind(placement.kind), rules=book.reporting
        )
    }
    known = {(row.year, row.number): row for row in placement.reports.all()}
    for key, row in known.items():
        if key not in wanted and row.submitted_at is None:
            row.delete()
    for (year, number), one in wanted.items():
        row = known.get((year, number)) or QuarterlyReport(placement=placement, year=year, number=number)
        if row.submitted_at is None:
            row.starts_on, row.ends_on, row.due_on = one.starts_on, one.ends_on, one.due_on
            row.save()
    return len(wanted)


def due_reports(day: date):
    """Reports that can be handed in on `day` and have not been: their period is over."""
    return (
        QuarterlyReport.objects.filter(submitted_at__isnull=True, ends_on__lt=day)
        .select_related("placement__case", "placement__person", "placement__firm", "placement__university")
        .order_by("due_on", "pk")
    )


@transaction.atomic
def submit(
    report: QuarterlyReport, *, actor: User, text: str = "", unchanged: bool = False, today: date
) -> QuarterlyReport:
    """Hand a report in: what was done, or 无变化. By the firm's HR. Raises `Conflict` when it is there already."""
    placement = report.placement
    standing = as_hr(actor, placement.firm)
    if not unchanged and len(text.strip()) < 2:
        raise ActRefused(_("请写明进展；确实没有变化的，选择“无变化”。"), code="text")
    if report.ends_on >= today:
        raise ActRefused(
            _("本期到%(day)s结束，期满后才能报告。") % {"day": f"{report.ends_on:%Y-%m-%d}"}, code="early"
        )
    done = QuarterlyReport.objects.filter(pk=report.pk, submitted_at__isnull=True).update(
        text=text.strip(), unchanged=unchanged, submitted_by=actor, submitted_at=timezone.now()
    )
    if not done:
        raise Conflict(_("本期报告已经提交。"))
    report.refresh_from_db()
    cases.record(
        placement.case, "reported", actor=actor, standing=standing, title=_("提交定期报告"),
        public_text=_("%(year)d年第%(number)d期：%(text)s")
        % {"year": report.year, "number": report.number, "text": _("无变化") if unchanged else report.text},
    )  # fmt: skip
    return report


def submit_unchanged(
    reports: Iterable[QuarterlyReport], *, actor: User, today: date
) -> list[tuple[QuarterlyReport, str]]:
    """无变化 for many at once, each in a transaction of its own: the report and why not, empty when done."""
    results = []
    for report in reports:
        try:
            submit(report, actor=actor, unchanged=True, today=today)
        except ActRefused as refusal:
            results.append((report, str(refusal)))
        else:
            results.append((report, ""))
    return results


def to_remind(today: date) -> list[QuarterlyReport]:
    """Open reports of running places for which a reminder has become due since the last one."""
    open_reports = QuarterlyReport.objects.filter(
        submitted_at__isnull=True, placement__state__in=("active", "suspended", "ended")
    ).select_related("placement__case__edition", "placement__firm", "placement__person")
    return [row for row in open_reports.order_by("pk") if _due_reminders(row, today) > row.reminded]


def _due_reminders(report: QuarterlyReport, today: date) -> int:
    book = places.book_of(report.placement.case)
    return sum(day <= today for day in rules.reminder_days(report.due_on, rules=book.reporting))


@transaction.atomic
def remind(report: QuarterlyReport, today: date) -> bool:
    """Tell the firm's HR of a report; False when somebody else has. Missed reminders are one reminder."""
    number = _due_reminders(report, today)
    if (
        not QuarterlyReport.objects.filter(pk=report.pk, reminded=report.reminded, submitted_at__isnull=True)
        .exclude(reminded__gte=number)
        .update(reminded=F("reminded") + number - report.reminded)
    ):
        return False
    late = today > report.due_on
    tell_organisation(
        report.placement.firm, kind="report_due", case=report.placement.case,
        subject=_("定期报告已逾期") if late else _("定期报告即将到期"),
        body=_("办件 %(number)s 的%(year)d年第%(period)d期报告应于%(due)s前提交。")
        % {"number": report.placement.case.number, "year": report.year, "period": report.number, "due": f"{report.due_on:%Y-%m-%d}"},
        key=f"report:{report.pk}:{number}",
    )  # fmt: skip
    return True
