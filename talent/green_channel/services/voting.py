"""Voting on one item, open or secret.

A secret ballot leaves two things that nothing joins: marks that a member has voted, all made when the vote opened, and
one sealed running count whose length never changes. No row is made per vote, no time is kept beside a choice, and the
audit chain says that somebody voted, not how. The counts come into the open when the vote is over.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core.models import User
from talent.core.services import audit
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.green_channel import rules
from talent.green_channel.models import AgendaItem, Attendance, Ballot, Meeting

from .meetings import item_of, note_known_recusals, quorum_of, require_running, secretary

_ORDER = (Ballot.Choice.AGREE, Ballot.Choice.AGAINST, Ballot.Choice.ABSTAIN)
_DIGITS = 4


@dataclass(frozen=True)
class Progress:
    """How far a vote is: members who vote, and how many have."""

    voting: int
    cast: int

    @property
    def complete(self) -> bool:
        return self.voting == self.cast


def _written(counts: list[int]) -> str:
    """The running count in a text of fixed length, so that the length of what is sealed says nothing."""
    return "".join(f"{count:0{_DIGITS}d}" for count in counts)


def _counted(text: str) -> list[int]:
    return [int(text[start : start + _DIGITS]) for start in range(0, len(text), _DIGITS)]


def progress(item: AgendaItem) -> Progress:
    """How many vote on this item and how many have."""
    cast = list(item.ballots.values_list("cast", flat=True))
    return Progress(len(cast), sum(cast))


@transaction.atomic
def open_vote(item: AgendaItem, *, actor: User, secret: bool) -> AgendaItem:
    """Begin the vote among the members present and not recused.

    Raises `ActRefused` without a quorum, or for a secret vote with a member that has no account in the room.
    """
    secretary(actor, item.meeting.organisation)
    meeting = require_running(item.meeting)
    item = item_of(item)
    if meeting.state != Meeting.State.OPEN:
        raise ActRefused(_("会议尚未签到，不能表决。"))
    if item.state != AgendaItem.State.LISTED:
        raise Conflict(_("该议题已经表决或暂缓。"))
    if item.case.ended:
        raise ActRefused(_("该办件已经结束，请将议题暂缓。"))
    note_known_recusals([item], meeting.attendances.select_related("user"))
    reached = quorum_of(item)
    if not reached.reached:
        raise ActRefused(reached.reason, code="quorum")
    away = item.recusals.values_list("attendance", flat=True)
    seats = list(meeting.attendances.filter(present=True).exclude(pk__in=away).select_related("organisation"))
    nameless = [str(seat.organisation) for seat in seats if seat.user_id is None]
    if secret and nameless:
        raise ActRefused(
            _("无记名表决须由本人投票，以下单位没有登记参会账号：%(names)s。请登记账号或改为记名表决。")
            % {"names": "、".join(nameless)}
        )
    Ballot.objects.bulk_create(Ballot(item=item, attendance=seat, secret=secret) for seat in seats)
    item.state, item.secret = AgendaItem.State.VOTING, secret
    item.running = _written([0, 0, 0]) if secret else ""
    item.figures = {"quorum": reached.reason}
    item.save(update_fields=["state", "secret", "running", "figures"])
    audit.record(
        "vote_opened", actor=actor, subject=meeting.number, detail={"place": item.place, "secret": secret}
    )
    return item


@transaction.atomic
def cast(item: AgendaItem, *, actor: User, choice: str, attendance: Attendance | None = None) -> Ballot:
    """Vote for one's organisation, once. In an open vote the secretary enters that of a member without an account.

    Raises `NotAllowed` for anybody who does not vote here, `Conflict` for a second vote or a vote that is over.
    """
    if choice not in Ballot.Choice.values:
        raise ActRefused(_("请选择同意、不同意或弃权。"), code="choice")
    meeting = require_running(item.meeting)
    item = item_of(item)
    if item.state != AgendaItem.State.VOTING:
        raise Conflict(_("该议题现在不在表决中，请刷新页面。"))
    ballots = Ballot.objects.filter(item=item)
    if attendance is None:
        ballot = ballots.filter(attendance__user=actor).first()
    else:
        secretary(actor, meeting.organisation)
        ballot = ballots.filter(attendance=attendance, attendance__user__isnull=True, secret=False).first()
    if ballot is None:
        raise NotAllowed(_("您不参加该议题的表决（未到会、已回避或须由本人投票）。"))
    if ballot.cast:
        raise Conflict(_("已经投过票，不能重复投票。"))
    ballot.cast = True
    if item.secret:
        counts = _counted(item.running.reveal())
        counts[_ORDER.index(choice)] += 1
        item.running = _written(counts)
        item.save(update_fields=["running"])
    else:
        ballot.choice = choice
    ballot.save(update_fields=["cast", "choice"])
    audit.record("ballot_cast", actor=actor, subject=meeting.number, detail={"place": item.place})
    return ballot


@transaction.atomic
def close_vote(item: AgendaItem, *, actor: User, rest_abstain: bool = False) -> AgendaItem:
    """End the vote: the counts come into the open and decide.

    rest_abstain: members who have not voted count as abstaining. Without it they are waited for: `ActRefused`.
    """
    secretary(actor, item.meeting.organisation)
    meeting = require_running(item.meeting)
    item = item_of(item)
    if item.state != AgendaItem.State.VOTING:
        raise Conflict(_("该议题现在不在表决中，请刷新页面。"))
    reached = progress(item)
    if not reached.complete and not rest_abstain:
        raise ActRefused(
            _("还有%(n)d个单位没有投票；如已离会，请选择“未投票的按弃权计”。")
            % {"n": reached.voting - reached.cast}
        )
    if item.secret:
        counts = _counted(item.running.reveal())
    else:
        chosen = list(item.ballots.filter(cast=True).values_list("choice", flat=True))
        counts = [chosen.count(choice) for choice in _ORDER]
    counts[2] += reached.voting - reached.cast
    item.agree, item.against, item.abstain = counts
    vote = rules.count_votes(
        agree=counts[0], against=counts[1], abstain=counts[2], edition=item.case.edition.data
    )
    item.state = AgendaItem.State.APPROVED if vote.passed else AgendaItem.State.REJECTED
    item.running = ""
    item.figures = item.figures | {"vote": vote.reason}
    item.save()
    audit.record("vote_closed", actor=actor, subject=meeting.number, detail={"place": item.place})
    return item
