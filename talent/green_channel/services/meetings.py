"""联席会议 (G7): called, its agenda built from ready cases, attendance, recusals, the support list.

Whoever changes a meeting or one of its items locks the meeting's row first, so that the last vote, the end of a vote
and the end of the meeting follow each other whatever the order of clicks.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Organisation, Recusal, User
from talent.core.services import appointments, audit, calendar, cases, policy, recusals, sequences
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.green_channel import rules
from talent.green_channel.models import (
    AgendaItem,
    Attendance,
    GreenChannelCase,
    ItemRecusal,
    Meeting,
    SupportItem,
)

from . import notices

STEP = "meeting"
POLICY = "green_channel"
LIVE = (AgendaItem.State.LISTED, AgendaItem.State.VOTING)


def secretary(actor: User, organisation: Organisation) -> Standing:
    """The post in which `actor` runs the meetings of `organisation`. Raises `NotAllowed`."""
    standing = appointments.standing(actor, roles.MEETING_SECRETARY, organisation, policy=POLICY)
    if standing is None:
        raise NotAllowed(_("您没有组织“%(name)s”联席会议的岗位授权。") % {"name": organisation})
    return standing


def lock_meeting(meeting: Meeting) -> Meeting:
    """The meeting read again under its lock."""
    return Meeting.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=meeting.pk)


def require_running(meeting: Meeting) -> Meeting:
    """`meeting` under its lock; raises `Conflict` when it is over."""
    fresh = lock_meeting(meeting)
    if fresh.state not in (Meeting.State.PLANNED, Meeting.State.OPEN):
        raise Conflict(_("会议 %(number)s 已经结束，不能再更改。") % {"number": fresh.number})
    return fresh


def item_of(item: AgendaItem) -> AgendaItem:
    """The item read again; the meeting's lock is held."""
    return AgendaItem.objects.select_related("meeting", "case__edition", "case__applicant").get(pk=item.pk)


@transaction.atomic
def call_meeting(
    *, actor: User, organisation: Organisation, title: str, held_on: date, place: str, chair: str
) -> Meeting:
    """Call a meeting of the edition's members. Raises `NotAllowed`, `ActRefused` for a day in the past."""
    secretary(actor, organisation)
    if held_on < calendar.today():
        raise ActRefused(_("会议日期不能早于今天。"), code="held_on")
    figures = policy.figures(policy.edition_for(POLICY))
    serial = sequences.next_number(f"meeting:{POLICY}", held_on.year)
    meeting = Meeting.objects.create(
        number=f"{figures.case_prefix}-LX{held_on.year}-{serial:03d}", organisation=organisation, title=title,
        held_on=held_on, place=place, chair=chair, called_by=actor,
    )  # fmt: skip
    members = Organisation.objects.confirmed().filter(code__in=figures.meeting.members)
    Attendance.objects.bulk_create(
        Attendance(meeting=meeting, organisation=member) for member in members.order_by("pk")
    )
    notices.invite_members(meeting)
    audit.record("meeting_called", actor=actor, subject=meeting.number)
    return meeting


def ready_cases(organisation: Organisation) -> QuerySet[GreenChannelCase]:
    """Cases waiting for a meeting of `organisation` that stand on no agenda; the longest waiting first."""
    live = AgendaItem.objects.filter(case=OuterRef("pk"), state__in=LIVE)
    decided = AgendaItem.objects.filter(
        case=OuterRef("pk"), state__in=(AgendaItem.State.APPROVED, AgendaItem.State.REJECTED),
        meeting__state=Meeting.State.OPEN,
    )  # fmt: skip
    return (
        GreenChannelCase.objects.filter(step=STEP, intake_organisation=organisation)
        .running()
        .exclude(Exists(live))
        .exclude(Exists(decided))
        .select_related("applicant", "employer", "chain")
        .order_by("accepted_at", "pk")
    )


@transaction.atomic
def list_cases(meeting: Meeting, chosen: Iterable[GreenChannelCase], *, actor: User) -> list[AgendaItem]:
    """Put ready cases on the agenda. Raises `Conflict` for a case that is not ready or stands on another agenda."""
    standing = secretary(actor, meeting.organisation)
    meeting = require_running(meeting)
    place = meeting.items.aggregate(last=Max("place"))["last"] or 0
    ready = set(ready_cases(meeting.organisation).values_list("pk", flat=True))
    items = []
    for case in chosen:
        if case.pk not in ready:
            raise Conflict(_("办件 %(number)s 不在待上会的范围，请刷新页面。") % {"number": case.number})
        if meeting.items.filter(case=case).exists():
            raise Conflict(_("办件 %(number)s 已在本次会议暂缓，请列入下次会议。") % {"number": case.number})
        place += 1
        items.append(AgendaItem.objects.create(meeting=meeting, case=case, place=place))
        cases.record(
            case, "meeting_listed", actor=actor, standing=standing, title=_("列入会议议程"), public=False,
            internal_text=meeting.number,
        )  # fmt: skip
    note_known_recusals(items, meeting.attendances.select_related("user"))
    return items


def note_known_recusals(items: Iterable[AgendaItem], seats: Iterable[Attendance]) -> None:
    """Delegates who have to stay away from a case for a known reason (公务员法 art. 76) stay away from its item."""
    delegates = [seat for seat in seats if seat.user]
    for item in items:
        for seat in delegates:
            reason = appointments.recusal_reason(seat.user, item.case)
            if reason:
                ItemRecusal.objects.get_or_create(
                    item=item, attendance=seat, defaults={"reason": reason[:200]}
                )


@transaction.atomic
def attend(
    attendance: Attendance, *, actor: User, present: bool, delegate: str = "", user: User | None = None
) -> Attendance:
    """Note who came for a member. Raises `Conflict` while a vote is running: the denominator stands then."""
    secretary(actor, attendance.meeting.organisation)
    meeting = require_running(attendance.meeting)
    if meeting.items.filter(state=AgendaItem.State.VOTING).exists():
        raise Conflict(_("正在表决，不能更改到会情况；请先结束表决。"))
    if user is not None and not any(
        post.organisation.pk == attendance.organisation_id for post in appointments.posts_of(user)
    ):
        raise ActRefused(
            _("账号“%(user)s”不在“%(name)s”任职，不能作为其参会账号。")
            % {"user": user, "name": attendance.organisation}
        )
    attendance.present, attendance.delegate, attendance.user = present, delegate.strip(), user
    attendance.save(update_fields=["present", "delegate", "user"])
    notices.invite_delegate(attendance)
    if meeting.state == Meeting.State.PLANNED and present:
        Meeting.objects.filter(pk=meeting.pk).update(state=Meeting.State.OPEN)
    listed = meeting.items.filter(state=AgendaItem.State.LISTED).select_related("case__applicant")
    note_known_recusals(listed, [attendance])
    audit.record(
        "attendance_noted", actor=actor, subject=meeting.number,
        detail={"organisation": attendance.organisation_id, "present": present},
    )  # fmt: skip
    return attendance


@transaction.atomic
def recuse_member(item: AgendaItem, attendance: Attendance, *, actor: User, reason: str) -> ItemRecusal:
    """回避 of one member from one item, by its delegate or the secretary, until its vote begins.

    From then on the delegate's account sees nothing of the case. Raises `Conflict` once the vote has begun.
    """
    if attendance.user_id != actor.pk:
        secretary(actor, item.meeting.organisation)
    require_running(item.meeting)
    item = item_of(item)
    if item.state != AgendaItem.State.LISTED:
        raise Conflict(_("该议题已经开始表决或已有结论，不能再登记回避。"))
    if attendance.meeting_id != item.meeting_id:
        raise ActRefused(_("该单位不是本次会议的成员单位。"))
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明回避理由（至少2个字）。"), code="reason")
    made, _new = ItemRecusal.objects.get_or_create(
        item=item, attendance=attendance, defaults={"reason": reason.strip()[:200]}
    )
    if attendance.user:
        recusals.declare(item.case, attendance.user, actor=actor, reason=reason)
    audit.record(
        "member_recused", actor=actor, subject=item.meeting.number,
        detail={"place": item.place, "organisation": attendance.organisation_id},
    )  # fmt: skip
    return made


def quorum_of(item: AgendaItem) -> rules.Quorum:
    """Whether this item may be voted on now."""
    away = set(item.recusals.values_list("attendance", flat=True))
    seats = list(item.meeting.attendances.all())
    return rules.quorum(
        members=len(seats),
        present=sum(seat.present for seat in seats if seat.pk not in away),
        recused=len(away),
        edition=item.case.edition.data,
    )


@transaction.atomic
def postpone(item: AgendaItem, *, actor: User, reason: str) -> AgendaItem:
    """暂缓审议: the case returns to the pool of ready cases with the reason. A vote that was running is void."""
    standing = secretary(actor, item.meeting.organisation)
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明暂缓审议的原因（至少2个字）。"), code="reason")
    require_running(item.meeting)
    item = item_of(item)
    if item.settled:
        raise Conflict(_("该议题已有结论：%(state)s。") % {"state": item.get_state_display()})
    item.ballots.all().delete()
    item.state, item.reason, item.running = AgendaItem.State.POSTPONED, reason.strip()[:500], ""
    item.save(update_fields=["state", "reason", "running"])
    notices.tell_postponed(item)
    cases.record(
        item.case,
        "meeting_postponed",
        actor=actor,
        standing=standing,
        title=_("暂缓审议"),
        public_text=_("部门会商尚未形成结论，将在下次会议继续研究。"),
        internal_text=f"{item.meeting.number} {item.reason}",
    )
    return item


@transaction.atomic
def grant_support(
    item: AgendaItem,
    *,
    actor: User,
    name: str,
    basis: str,
    owner: Organisation,
    amount: Decimal | None = None,
) -> SupportItem:
    """Add a line to the support list (一事一议): what, by which basis, who does it, and 元 where money is given."""
    secretary(actor, item.meeting.organisation)
    require_running(item.meeting)
    item = item_of(item)
    if item.state in (AgendaItem.State.REJECTED, AgendaItem.State.POSTPONED):
        raise Conflict(_("该议题未通过或已暂缓，不能列支持事项。"))
    if not basis.strip():
        raise ActRefused(_("请写明支持事项的依据。"), code="basis")
    if amount is not None and amount <= 0:
        raise ActRefused(_("金额应大于零；不涉及资金的请留空。"), code="amount")
    line = SupportItem.objects.create(
        item=item, name=name.strip(), basis=basis.strip(), owner=owner, amount=amount
    )
    audit.record("support_listed", actor=actor, subject=item.case.number, detail={"support": line.pk})
    return line


@transaction.atomic
def drop_support(line: SupportItem, *, actor: User) -> None:
    """Take a line off the list while the meeting runs."""
    secretary(actor, line.item.meeting.organisation)
    require_running(line.item.meeting)
    audit.record("support_dropped", actor=actor, subject=line.item.case.number, detail={"support": line.pk})
    line.delete()


@transaction.atomic
def set_conditions(item: AgendaItem, *, actor: User, conditions: str) -> AgendaItem:
    """附加条件 under which the meeting agrees."""
    secretary(actor, item.meeting.organisation)
    require_running(item.meeting)
    item = item_of(item)
    item.conditions = conditions.strip()
    item.save(update_fields=["conditions"])
    audit.record("conditions_set", actor=actor, subject=item.case.number)
    return item


# --- what a reader sees ---------------------------------------------------------------------------------


def meetings_of(user: User) -> QuerySet[Meeting]:
    """The meetings `user` may read: of the organisation he runs them for or decides in, or as a delegate."""
    offices = appointments.organisations_where(user, roles.MEETING_SECRETARY, roles.DECIDER, policy=POLICY)
    return (
        Meeting.objects.filter(Q(organisation__in=offices) | Q(attendances__user=user))
        .distinct()
        .select_related("organisation")
    )


def items_for(user: User, meeting: Any = None) -> QuerySet[AgendaItem]:
    """The items `user` may read. An item he is recused from is not there: no row, no number, no count."""
    mine = Recusal.objects.filter(case=OuterRef("case"), user=user)
    member = ItemRecusal.objects.filter(item=OuterRef("pk"), attendance__user=user)
    rows = (
        AgendaItem.objects.exclude(Exists(mine)).exclude(Exists(member)).exclude(case__applicant__user=user)
    )
    if meeting is not None:
        rows = rows.filter(meeting=meeting)
    return rows.select_related("meeting__organisation", "case__applicant", "case__employer", "case__edition")
