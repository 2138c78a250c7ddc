"""The end of a meeting: minutes as a letter, and what it means for each case.

`close_meeting` ends the sitting; `conclude_meeting` is the act of each case's own step, under its own process lock.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import User
from talent.core.services import audit, cases, letters, policy
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict
from talent.green_channel.letters import MeetingMinutes
from talent.green_channel.models import AgendaItem, GreenChannelCase, Meeting, Minutes, Panel

from . import notices
from .meetings import LIVE, lock_meeting, postpone, require_running, secretary

DECIDED = (AgendaItem.State.APPROVED, AgendaItem.State.REJECTED)


@transaction.atomic
def close_meeting(meeting: Meeting, *, actor: User) -> list[AgendaItem]:
    """End the meeting and write it down. Returns the items that were decided, for their cases to go on.

    Raises `ActRefused` naming what is still open, `Conflict` when somebody else has just ended it.
    """
    secretary(actor, meeting.organisation)
    meeting = require_running(meeting)
    items = list(meeting.items.select_related("case"))
    if not items:
        raise ActRefused(_("会议没有议题；如不召开，请取消会议。"))
    waiting = [str(item.place) for item in items if not item.settled]
    if waiting:
        raise ActRefused(
            _("议题%(places)s还没有结论，请表决或暂缓后再结束会议。") % {"places": "、".join(waiting)}
        )
    meeting.state, meeting.closed_by, meeting.closed_at = Meeting.State.CLOSED, actor, timezone.now()
    meeting.save(update_fields=["state", "closed_by", "closed_at"])
    letter = letters.issue(None, MeetingMinutes.of(meeting), issuer=meeting.organisation, actor=actor)
    Minutes.objects.create(meeting=meeting, letter=letter)
    audit.record("meeting_closed", actor=actor, subject=meeting.number, detail={"items": len(items)})
    return [item for item in items if item.state in DECIDED]


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, actor: User, reason: str) -> Meeting:
    """A meeting that does not take place; its cases return to the pool with the reason."""
    secretary(actor, meeting.organisation)
    meeting = require_running(meeting)
    if meeting.items.filter(state__in=DECIDED).exists():
        raise ActRefused(_("已有议题形成结论，不能取消会议，请结束会议。"))
    for item in meeting.items.filter(state__in=LIVE):
        postpone(item, actor=actor, reason=reason)
    Meeting.objects.filter(pk=meeting.pk).update(state=Meeting.State.CANCELLED)
    notices.tell_cancelled(meeting, reason=reason)
    audit.record("meeting_cancelled", actor=actor, subject=meeting.number)
    return lock_meeting(meeting)


def needs_meeting(case: GreenChannelCase) -> bool:
    """Whether the joint meeting looks at this case: the edition says at which levels."""
    return case.level_code in policy.figures(case.edition).meeting.levels


def require_recommended(case: GreenChannelCase) -> None:
    """Raise `ActRefused` when experts or meeting said no: nobody drafts an approval over their heads."""
    panel = case.panels.exclude(state=Panel.State.CANCELLED).first()
    if panel is not None and panel.state == Panel.State.FAILED:
        raise ActRefused(_("专家评审未通过，不能拟同意：%(reason)s") % {"reason": panel.reason}, code="panel")
    item = decided_item(case)
    if item is not None and item.state == AgendaItem.State.REJECTED:
        raise ActRefused(
            _("联席会议未通过，不能拟同意：%(reason)s") % {"reason": item.figures.get("vote", "")},
            code="meeting",
        )


def decided_item(case: GreenChannelCase) -> AgendaItem | None:
    """The item by which a closed meeting decided on a case."""
    return (
        case.agenda_items.filter(state__in=DECIDED, meeting__state=Meeting.State.CLOSED)
        .select_related("meeting")
        .order_by("-pk")
        .first()
    )


@transaction.atomic
def conclude_meeting(
    case: GreenChannelCase, *, actor: User, standing: Standing, outcome: str = "conclude", opinion: str = ""
) -> str:
    """The case leaves the meeting with its result, conditions and support list. Returns "approved" or "rejected"."""
    item = decided_item(case)
    if item is None:
        raise Conflict(_("办件 %(number)s 还没有会议结论，请先上会审议。") % {"number": case.number})
    lines = list(item.support.select_related("owner")) if item.state == AgendaItem.State.APPROVED else []
    case.support_items = [
        {
            "name": line.name,
            "basis": line.basis,
            "amount": str(line.amount) if line.amount is not None else "",
            "owner": line.owner.code,
        }
        for line in lines
    ]
    case.save(update_fields=["support_items"])
    cases.record(
        case,
        "meeting_concluded",
        actor=actor,
        standing=standing,
        title=_("联席会议审议结束"),
        public_text=_("部门会商已完成。"),
        internal_text="\n".join(
            part
            for part in (
                f"{item.meeting.number} {item.get_state_display()}",
                item.figures.get("vote", ""),
                item.conditions,
                opinion,
            )
            if part
        ),
        figures={"meeting": item.meeting.number, "result": item.state, "support": len(lines)},
    )
    return item.state
