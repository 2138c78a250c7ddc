"""What one expert does with his seat: accept, decline, stay away, score. Each locks the panel first."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import User
from talent.core.services import appointments, audit, messages, recusals
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.green_channel import rules
from talent.green_channel.models import Panel, PanelSeat, Score

from .experts import conflict_reason, holds_post
from .panels import require_open, secretary


@dataclass(frozen=True)
class OtherSheet:
    """What an expert who has scored may know of the others: a total and a vote, of nobody in particular."""

    total: Decimal
    agrees: bool


def _own(seat: PanelSeat, actor: User) -> bool:
    return seat.expert.user_id is not None and seat.expert.user_id == actor.pk


def _require_seat(seat: PanelSeat, actor: User) -> None:
    """The expert himself while he holds the post; for one without an account the panel's office."""
    if _own(seat, actor):
        if not holds_post(actor):
            raise NotAllowed(_("您的评审专家岗位已到期或被免去，请联系评审秘书。"))
        return
    if seat.expert.user_id is not None:
        raise NotAllowed(_("该专家使用账号评审，须由本人办理。"))
    secretary(actor, seat.panel.case)


def _begin(seat: PanelSeat, actor: User) -> PanelSeat:
    """The seat read again under the panel's lock, for somebody who may act on it."""
    _require_seat(seat, actor)
    require_open(seat.panel)
    return PanelSeat.objects.select_related("panel__case", "expert__user").get(pk=seat.pk)


def _settle(seat: PanelSeat, state: str, *, actor: User, reason: str = "") -> PanelSeat:
    seat.state, seat.reason, seat.answered_at = state, reason.strip()[:300], timezone.now()
    seat.save(update_fields=["state", "reason", "answered_at"])
    audit.record(f"seat_{state}", actor=actor, subject=seat.panel.case.number, detail={"seat": seat.pk})
    return seat


def _need_reason(reason: str) -> None:
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明原因（至少2个字）。"), code="reason")


@transaction.atomic
def accept_seat(seat: PanelSeat, *, actor: User) -> PanelSeat:
    """Take the seat; from now on the expert reads this case and no other. A conflict known by now refuses it.

    Raises `NotAllowed`, `Conflict`, or `ActRefused` naming the conflict of interest.
    """
    seat = _begin(seat, actor)
    if seat.state != PanelSeat.State.INVITED:
        raise Conflict(_("这项邀请已经答复过了。"))
    conflict = conflict_reason(seat.expert, seat.panel.case)
    if conflict:
        raise ActRefused(_("您与申报项目有利害关系，应当申报回避：%(reason)s。") % {"reason": conflict})
    if seat.expert.user:
        appointments.grant_view(seat.panel.case, seat.expert.user, actor=actor)
    return _settle(seat, PanelSeat.State.ACCEPTED, actor=actor)


@transaction.atomic
def decline_seat(seat: PanelSeat, *, actor: User, reason: str) -> PanelSeat:
    """Say no to the invitation, with a reason."""
    _need_reason(reason)
    seat = _begin(seat, actor)
    if seat.state != PanelSeat.State.INVITED:
        raise Conflict(_("这项邀请已经答复过了；如需退出，请申报回避。"))
    _tell_office(seat.panel)
    return _settle(seat, PanelSeat.State.DECLINED, actor=actor, reason=reason)


@transaction.atomic
def recuse_seat(seat: PanelSeat, *, actor: User, reason: str) -> PanelSeat:
    """回避 at any time before the end, also after scoring: the sheet counts no longer. By the expert or the office."""
    _need_reason(reason)
    if _own(seat, actor):
        _require_seat(seat, actor)
    else:
        secretary(actor, seat.panel.case)
    panel = require_open(seat.panel)
    seat = PanelSeat.objects.select_related("panel__case", "expert__user").get(pk=seat.pk)
    if seat.state not in (PanelSeat.State.INVITED, *PanelSeat.SITTING):
        raise Conflict(_("该席位已经退出，无需再次申报。"))
    if seat.expert.user:
        appointments.end_view(panel.case, seat.expert.user, actor=actor)
        recusals.declare(panel.case, seat.expert.user, actor=actor, reason=reason)
    _tell_office(panel)
    return _settle(seat, PanelSeat.State.RECUSED, actor=actor, reason=reason)


def _tell_office(panel: Panel) -> None:
    messages.tell(
        panel.opened_by,
        kind="seat_left",
        subject=_("有专家退出评审"),
        body=_("办件 %(number)s 的一名专家谢绝或回避，请在评审名单中查看原因并补充专家。")
        % {"number": panel.case.number},
    )


@transaction.atomic
def score(
    seat: PanelSeat,
    *,
    actor: User,
    points: Mapping[str, int],
    comments: Mapping[str, str],
    agrees: bool,
    vetoes: bool = False,
    comment: str = "",
) -> PanelSeat:
    """Hand in the sheet, or a new version of it: points out of 100 and a comment per dimension.

    Raises `ActRefused` for a dimension out of range, or a veto or a no without words; `Conflict` when the panel is
    over or the seat does not sit; `NotAllowed` for anybody else.
    """
    seat = _begin(seat, actor)
    if seat.state not in PanelSeat.SITTING:
        raise Conflict(_("您没有在这次评审中就座，不能评分。"))
    try:
        rules.weighted(points, edition=seat.panel.case.edition.data)
    except ValueError as wrong:
        raise ActRefused(_("“%(title)s”的得分应为0至100的整数。") % {"title": wrong}, code="points") from None
    if (vetoes or not agrees) and len(comment.strip()) < 4:
        raise ActRefused(_("不同意或一票否决时，请写明评审意见。"), code="comment")
    if vetoes and agrees:
        raise ActRefused(_("一票否决不能同时表示同意，请核对。"), code="vetoes")
    seat.version += 1
    Score.objects.bulk_create(
        Score(seat=seat, version=seat.version, dimension=code, points=given, comment=comments.get(code, ""))
        for code, given in points.items()
    )
    seat.state, seat.agrees, seat.vetoes, seat.comment = (
        PanelSeat.State.SCORED,
        agrees,
        vetoes,
        comment.strip(),
    )
    seat.scored_at = timezone.now()
    seat.entered_by = None if _own(seat, actor) else actor
    seat.save()
    audit.record(
        "seat_scored",
        actor=actor,
        subject=seat.panel.case.number,
        detail={"seat": seat.pk, "version": seat.version},
    )
    return seat


def sheet(seat: PanelSeat) -> dict[str, Score]:
    """The last version of a seat's scores by dimension; empty before the first."""
    return {row.dimension: row for row in seat.scores.all() if row.version == seat.version}


def others(seat: PanelSeat) -> list[OtherSheet]:
    """The other sheets, lowest first and of nobody in particular; empty until one's own is in."""
    if seat.state != PanelSeat.State.SCORED:
        return []
    edition, found = seat.panel.case.edition.data, []
    rest = seat.panel.seats.filter(state=PanelSeat.State.SCORED).exclude(pk=seat.pk)
    for other in rest.prefetch_related("scores"):
        points = {code: row.points for code, row in sheet(other).items()}
        found.append(OtherSheet(rules.weighted(points, edition=edition), bool(other.agrees)))
    return sorted(found, key=lambda one: (one.total, one.agrees))


def seats_of(user: User):
    """The seats of an expert's account, newest first; refused ones were never offered."""
    return (
        PanelSeat.objects.filter(expert__user=user)
        .exclude(state=PanelSeat.State.REFUSED)
        .select_related("panel__case__applicant", "panel__case__employer", "panel__case__edition", "expert")
        .order_by("-pk")
    )
