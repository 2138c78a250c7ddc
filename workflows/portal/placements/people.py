"""Our people in one table, and what waits for us: read in a fixed number of queries."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Min, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from talent.core.models import Organisation
from talent.core.services import calendar, funds
from talent.placements import rules
from talent.placements.models import (
    Placement,
    QuarterlyReport,
    Rating,
    ServiceDay,
    SubsidyClaim,
    TermProposal,
)
from talent.placements.services import countersigning, places, serving, subsidies
from workflows.models import OpenStep


def people_of(ours: Iterable[Organisation]) -> list[dict[str, Any]]:
    """One row per place of these firms or universities: term, days, last report, rating, subsidy, next act."""
    ours = list(ours)
    keys = [one.pk for one in ours]
    today = calendar.today()
    found = list(
        Placement.objects.filter(Q(firm__in=ours) | Q(university__in=ours))
        .exclude(state=Placement.State.RELEASED)
        .select_related("person", "firm", "university", "need", "case__edition", "case__renews__placement")
        .prefetch_related(
            Prefetch("reports", QuarterlyReport.objects.order_by("starts_on", "pk")),
            Prefetch("ratings", Rating.objects.order_by("number")),
            Prefetch("claims", SubsidyClaim.objects.select_related("award")),
            "case__renews__placement__ratings",
        )
        .order_by("ends_on", "pk")
    )
    done = serving.days_done(found, today.year)
    paid = subsidies.paid_once(keys)
    rows = []
    for place in found:
        book = places.book_of(place.case)
        handed = [one for one in place.reports.all() if one.submitted_at]
        open_reports = [one for one in place.reports.all() if not one.submitted_at and one.ends_on < today]
        rated = [one for one in place.ratings.all() if one.result]
        wanted = subsidies.claimable(place, keys, paid=paid)
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
                "claimable": wanted,
                "subsidy": subsidy_state(place, rated[-1] if rated else None, wanted, keys, book=book),
                "next": next_act(place, open_reports, wanted, today=today),
            }
        )
    return rows


def narrowed(
    rows: list[dict[str, Any]], *, kind: str = "", state: str = "", q: str = ""
) -> list[dict[str, Any]]:
    """The rows a filter leaves: of a kind, in a state, with `q` in a name."""
    return [
        row
        for row in rows
        for place in [row["place"]]
        if (not kind or place.kind == kind)
        and (not state or place.state == state)
        and (not q or any(q in one.name for one in (place.person, place.firm, place.university)))
    ]


def subsidy_state(
    place: Placement,
    rating: Rating | None,
    wanted: list[subsidies.Claimable],
    ours: list[int],
    *,
    book: rules.Rulebook,
) -> str:
    """Where our claim stands, else what the last rating means for the next one."""
    if wanted:
        return _("可以申请")
    mine = [one for one in place.claims.all() if one.claimant_id in ours]
    if mine:
        last = mine[0]
        if last.award is not None:
            return _("%(yuan)s元·%(state)s") % {
                "yuan": funds.yuan(last.amount), "state": last.award.get_state_display(),
            }  # fmt: skip
        return str(last.get_state_display())
    if rating is None:
        return _("考核后申请")
    if not book.rating(rating.result).next_subsidy:
        return _("停发")
    return _("无")


def next_act(
    place: Placement, open_reports: list[QuarterlyReport], wanted: list[subsidies.Claimable], *, today: Any
) -> str:
    """What is to be done next in one place, in a few words."""
    if place.state == Placement.State.RESERVED:
        return place.case.public_step
    if open_reports:
        report = open_reports[0]
        late = _("（已逾期）") if report.due_on < today else ""
        return _("%(day)s前报告%(late)s") % {"day": f"{report.due_on:%m-%d}", "late": late}
    waiting = next((one for one in place.ratings.all() if one.state in ("firm", "university")), None)
    if waiting is not None:
        return str(Rating.State(waiting.state).label)
    if wanted:
        return _("申请补助")
    if place.state == Placement.State.ENDED:
        return place.case.public_step or _("已归档")
    return _("%(day)s到期") % {"day": f"{place.ends_on:%Y-%m-%d}"}


def waiting_for(ours: Iterable[Organisation], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What waits for us: confirm, consent, draft, sign, days, reports, ratings, claims; each with its number and page.

    rows: all our people, as `people_of` gives them.
    """
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
    ).aggregate(n=Count("pk"), first=Min("due_on"))  # fmt: skip
    if reports["n"]:
        items.append(
            {"title": _("定期报告"), "text": _("%(n)d份") % {"n": reports["n"]}, "due": reports["first"],
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
    items += _to_sign(ours)
    for row in rows:
        if row["claimable"]:
            number = row["place"].case.number
            items.append(
                {"title": _("申请补助"), "text": number, "due": None, "url": reverse("unit:placement", args=[number])}
            )  # fmt: skip
    return items


def _to_sign(ours: list[Organisation]) -> list[dict[str, Any]]:
    """Proposals of another side that wait for our signature."""
    keys = {one.pk for one in ours}
    waiting = (
        TermProposal.objects.filter(
            Q(placement__firm__in=ours) | Q(placement__university__in=ours), state=TermProposal.State.OPEN
        )
        .select_related("placement__case")
        .prefetch_related("signatures")
        .order_by("answer_by", "pk")
    )
    items = []
    for proposal in waiting:
        place = proposal.placement
        sides = [
            side
            for side, key in (("firm", place.firm_id), ("university", place.university_id))
            if key in keys
        ]
        if any(countersigning.waits_for(proposal, side) for side in sides):
            items.append(
                {"title": _("%(kind)s待会签") % {"kind": proposal.get_kind_display()}, "text": place.case.number,
                 "due": proposal.answer_by, "url": reverse("unit:placement", args=[place.case.number])}
            )  # fmt: skip
    return items
