"""Our people in one table, and what waits for us: read in a fixed number of queries."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from talent.core.models import Organisation
from talent.core.services import calendar
from talent.placements import rules
from talent.placements.models import Placement, QuarterlyReport, Rating, ServiceDay
from talent.placements.services import places, serving
from workflows.models import OpenStep


def people_of(
    ours: Iterable[Organisation], *, kind: str = "", state: str = "", q: str = ""
) -> list[dict[str, Any]]:
    """One row per place of these firms or universities: term, days, last report, rating, next act."""
    ours = list(ours)
    today = calendar.today()
    found = (
        Placement.objects.filter(Q(firm__in=ours) | Q(university__in=ours))
        .exclude(state=Placement.State.RELEASED)
        .select_related("person", "firm", "university", "need", "case__edition")
        .prefetch_related(
            Prefetch("reports", QuarterlyReport.objects.order_by("starts_on", "pk"), to_attr="periods"),
            Prefetch("ratings", Rating.objects.order_by("number"), to_attr="years"),
        )
        .order_by("ends_on", "pk")
    )
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    if q:
        found = found.filter(
            Q(person__name__contains=q) | Q(firm__name__contains=q) | Q(university__name__contains=q)
        )
    found = list(found)
    done = serving.days_done(found, today.year)
    rows = []
    for place in found:
        book = places.book_of(place.case)
        handed = [one for one in place.periods if one.submitted_at]
        open_reports = [one for one in place.periods if not one.submitted_at and one.ends_on < today]
        rated = [one for one in place.years if one.result]
        rows.append(
            {
                "place": place,
                "kind": book.kind(place.kind).title,
                "gone": place.share_gone(today),
                "left": (place.ends_on - today).days,
                "done": done.get(place.pk, (0, 0)),
                "due": serving.days_due(place, today.year),
                "last_report": handed[-1] if handed else None,
                "rating": book.rating(rated[-1].result).title if rated else "",
                "subsidy": subsidy_state(rated[-1] if rated else None, book=book),
                "next": next_act(place, open_reports, today=today),
            }
        )
    return rows


def subsidy_state(rating: Rating | None, *, book: rules.Rulebook) -> str:
    """What the last rating means for the firm's next claim."""
    if rating is None:
        return _("考核后申请")
    row = book.rating(rating.result)
    if not row.next_subsidy:
        return _("停发")
    return _("可按%(percent)d%%申请") % {"percent": row.subsidy_percent} if row.subsidy_percent else _("无")


def next_act(place: Placement, open_reports: list[QuarterlyReport], *, today: Any) -> str:
    """What is to be done next in one place, in a few words."""
    if place.state == Placement.State.RESERVED:
        return place.case.public_step
    if open_reports:
        report = open_reports[0]
        late = _("（已逾期）") if report.due_on < today else ""
        return _("%(day)s前报告%(late)s") % {"day": f"{report.due_on:%m-%d}", "late": late}
    waiting = next((one for one in place.years if one.state in ("firm", "university")), None)
    if waiting is not None:
        return str(Rating.State(waiting.state).label)
    if place.state == Placement.State.ENDED:
        return place.case.public_step or _("已归档")
    return _("%(day)s到期") % {"day": f"{place.ends_on:%Y-%m-%d}"}


def waiting_for(ours: Iterable[Organisation]) -> list[dict[str, Any]]:
    """What waits for us: confirm, consent, draft, sign, days, reports, ratings; each with its number and page."""
    ours = list(ours)
    today = calendar.today()
    items: list[dict[str, Any]] = []
    steps = (
        OpenStep.objects.filter(policy="placements")
        .filter(
            Q(waiting="employer", case__employer__in=ours)
            | Q(waiting="university", case__placementcase__university__in=ours)
            | (
                Q(waiting="parties")
                & (Q(case__employer__in=ours) | Q(case__placementcase__university__in=ours))
            )
        )
        .select_related("case")
        .order_by("due_on", "pk")
    )
    for step in steps:
        items.append(
            {
                "title": step.public_title,
                "text": step.case.number,
                "due": step.due_on,
                "url": reverse("unit:placement", args=[step.case.number]),
            }
        )
    days = ServiceDay.objects.to_confirm().filter(placement__firm__in=ours).count()
    if days:
        items.append(
            {"title": _("确认在岗日"), "text": _("%(n)d天") % {"n": days}, "due": None, "url": reverse("unit:placement_days")}
        )  # fmt: skip
    reports = QuarterlyReport.objects.filter(
        placement__firm__in=ours, submitted_at__isnull=True, ends_on__lt=today,
        placement__state__in=("active", "suspended", "ended"),
    ).order_by("due_on")  # fmt: skip
    if (first := reports.first()) is not None:
        items.append(
            {"title": _("定期报告"), "text": _("%(n)d份") % {"n": reports.count()}, "due": first.due_on,
             "url": reverse("unit:placement_reports")}
        )  # fmt: skip
    ratings = Rating.objects.filter(
        Q(state="firm", placement__firm__in=ours) | Q(state="university", placement__university__in=ours)
    ).select_related("placement__case")
    for rating in ratings.order_by("pk"):
        items.append(
            {"title": rating.get_state_display(), "text": rating.placement.case.number, "due": None,
             "url": reverse("unit:placement", args=[rating.placement.case.number])}
        )  # fmt: skip
    return items
