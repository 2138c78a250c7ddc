"""A calendar of due acts that other programs read by a secret address; the owner can take it back at any time."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import User
from talent.core.services import appointments, audit
from talent.placements.models import CalendarFeed, Placement, QuarterlyReport


@dataclass(frozen=True)
class Entry:
    """One day in the calendar: a stable key, the day, and what is due. Names of people are not in it."""

    key: str
    day: date
    text: str


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def open_feed(user: User) -> str:
    """A new secret for `user`; an earlier one stops working. Returned once and never stored."""
    revoke_feed(user)
    token = secrets.token_urlsafe(24)
    CalendarFeed.objects.create(owner=user, token_hash=_hash(token))
    audit.record("calendar_opened", actor=user)
    return token


@transaction.atomic
def revoke_feed(user: User) -> bool:
    """Take the secret back; False when there was none."""
    ended = CalendarFeed.objects.filter(owner=user, revoked_at__isnull=True).update(revoked_at=timezone.now())
    if ended:
        audit.record("calendar_revoked", actor=user)
    return bool(ended)


def owner_of(token: str) -> User | None:
    """Whose calendar a secret opens; None when it is unknown, taken back, or its owner's account is off."""
    feed = (
        CalendarFeed.objects.filter(token_hash=_hash(token), revoked_at__isnull=True, owner__is_active=True)
        .select_related("owner")
        .first()
    )
    return feed.owner if feed else None


def entries(user: User) -> list[Entry]:
    """Reports due and terms that end, of the organisations whose HR `user` is **today**; and of the person's own posts."""
    ours = appointments.organisations_where(user, roles.HR)
    found: list[Entry] = []
    reports = QuarterlyReport.objects.filter(
        placement__firm__in=ours, submitted_at__isnull=True, placement__state__in=("active", "suspended")
    ).select_related("placement__case")
    for report in reports.order_by("due_on", "pk"):
        found.append(
            Entry(
                f"report-{report.pk}",
                report.due_on,
                _("提交定期报告 %(number)s") % {"number": report.placement.case.number},
            )
        )
    serving = Placement.objects.serving()
    places = (
        serving.filter(firm__in=ours)
        | serving.filter(university__in=ours)
        | serving.filter(person__user=user)
    )
    for place in places.select_related("case").distinct().order_by("ends_on", "pk"):
        found.append(
            Entry(f"term-{place.pk}", place.ends_on, _("聘期届满 %(number)s") % {"number": place.case.number})
        )
    return found


def as_calendar(rows: Iterable[Entry], *, host: str) -> str:
    """The entries as iCalendar text (RFC 5545): whole days, lines of at most 75 octets, CRLF."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{host}//placements//ZH", "CALSCALE:GREGORIAN"]
    stamp = f"{timezone.now():%Y%m%dT%H%M%S}Z"
    for row in rows:
        text = row.text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
        lines += [
            "BEGIN:VEVENT",
            f"UID:{row.key}@{host}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{row.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{row.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{text}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _folded(line: str) -> list[str]:
    """A line cut so that no piece has more than 75 octets; every further piece begins with a space."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > 75:
            pieces.append(piece)
            piece = " "
        piece += character
    return [*pieces, piece]
