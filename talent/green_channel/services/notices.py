"""What members and delegates of a joint meeting are told, in the application and by mail: invitation, 暂缓, cancellation.

A notice names meeting, day and place, never whom a case is about; a delegate who stays away from an item is told nothing
of it.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import User
from talent.core.services import appointments, messages
from talent.green_channel.models import AgendaItem, Attendance, Meeting


def _tell(people: Iterable[User], meeting: Meeting, *, kind: str, subject: str, body: str, key: str) -> None:
    for person in people:
        messages.tell(person, kind=kind, subject=subject, body=body, key=f"{kind}:{key}:{person.pk}")


def _when(meeting: Meeting) -> dict[str, str]:
    return {
        "number": meeting.number,
        "title": meeting.title,
        "day": f"{meeting.held_on:%Y-%m-%d}",
        "place": meeting.place,
    }


def invite_members(meeting: Meeting) -> None:
    """The heads of every member are invited and name a delegate."""
    heads = [
        head
        for seat in meeting.attendances.select_related("organisation")
        for head in appointments.holders(roles.BUREAU_HEAD, seat.organisation)
    ]
    _tell(
        heads, meeting, kind="meeting_invitation", subject=_("联席会议通知"), key=str(meeting.pk),
        body=_("“%(title)s”（%(number)s）定于 %(day)s 在%(place)s召开，请确定参会人员并告知会议秘书。") % _when(meeting),
    )  # fmt: skip


def invite_delegate(attendance: Attendance) -> None:
    """Whoever is noted as a member's delegate learns it, and where the materials are."""
    if attendance.user is None:
        return
    meeting = attendance.meeting
    _tell(
        [attendance.user], meeting, kind="meeting_delegate", subject=_("您已列为联席会议参会人员"), key=str(attendance.pk),
        body=_("“%(title)s”（%(number)s）%(day)s 在%(place)s召开，请登录后在“联席会议”中查看议程和材料；需要回避的请及时说明。")
        % _when(meeting),
    )  # fmt: skip


def tell_postponed(item: AgendaItem) -> None:
    """The delegates who would have voted learn that an item waits for the next meeting."""
    seats = item.meeting.attendances.filter(user__isnull=False).exclude(recusals__item=item)
    _tell(
        [seat.user for seat in seats.select_related("user")], item.meeting, kind="meeting_item_postponed",
        subject=_("联席会议议题暂缓审议"), key=str(item.pk),
        body=_("会议 %(number)s 议题 %(place)s（办件 %(case)s）暂缓审议，列入下次会议。原因：%(reason)s")
        % {"number": item.meeting.number, "place": item.place, "case": item.case.number, "reason": item.reason},
    )  # fmt: skip


def tell_cancelled(meeting: Meeting, *, reason: str) -> None:
    """Members and delegates learn that the meeting does not take place."""
    people: dict[int, User] = {}
    for seat in meeting.attendances.select_related("organisation", "user"):
        for person in (*appointments.holders(roles.BUREAU_HEAD, seat.organisation), seat.user):
            if person is not None:
                people[person.pk] = person
    _tell(
        people.values(), meeting, kind="meeting_cancelled", subject=_("联席会议取消"), key=str(meeting.pk),
        body=_("“%(title)s”（%(number)s）原定 %(day)s，现已取消。原因：%(reason)s")
        % (_when(meeting) | {"reason": reason.strip()}),
    )  # fmt: skip
