"""An award that is suspended, resumed, stopped or taken up again: never silently, never before the person was warned.

Who may is asked by the act that is called: `suspend`, `resume` and `stop` by the handling office, the rest by `deciding`.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Award, Instalment, InstalmentShare, User

from .. import calendar, cases, letters
from ..errors import ActRefused, Conflict
from ..standing import Standing
from . import awards, instalments, rights
from .budgets import Portion
from .instalments import State, stated
from .letters import ResumptionNotice, StopNotice, SuspensionNotice


def _set_state(award: Award, state: str, *, leaving: Sequence[str], reason: str) -> None:
    changed = Award.objects.filter(pk=award.pk, state__in=leaving).update(
        state=state, state_reason=reason[:300], state_since=timezone.now()
    )
    if not changed:
        raise Conflict(
            _("资助“%(title)s”现在是“%(state)s”，不能再办理这一步。")
            % {"title": award.title, "state": award.get_state_display()}
        )
    award.refresh_from_db(fields=["state", "state_reason", "state_since"])


@transaction.atomic
def suspend(award: Award, *, actor: User, reason: str) -> Award:
    """暂停: everything not on its way is held with the reason; the person is warned."""
    award = rights.lock_award(award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    return suspended(award, actor=actor, standing=standing, reason=stated(reason))


def suspended(award: Award, *, actor: User, standing: Standing, reason: str) -> Award:
    """The same inside an act that holds the locks and has asked for the right."""
    _set_state(award, Award.State.SUSPENDED, leaving=(Award.State.ACTIVE,), reason=reason)
    for row in award.instalments.filter(state__in=Instalment.MOVABLE).order_by("pk"):
        instalments.move(
            row, State.HELD, leaving=Instalment.MOVABLE, owner=award.handling_organisation,
            role=instalments.handling_role(award), reason=reason,
        )  # fmt: skip
    cases.record(
        award.case, "award_suspended", actor=actor, standing=standing, title=_("暂停发放"), public_text=reason,
        figures={"award": award.number},
    )  # fmt: skip
    instalments.alert(award, reason)
    letters.issue(
        award.case, SuspensionNotice.of(award.case, award), issuer=award.handling_organisation, actor=actor
    )
    return award


@transaction.atomic
def resume(award: Award, *, actor: User, reason: str) -> Award:
    """恢复: what is held goes on and is rechecked anew; the warning is taken back."""
    award = rights.lock_award(award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    return resumed(award, actor=actor, standing=standing, reason=stated(reason))


def resumed(award: Award, *, actor: User, standing: Standing, reason: str) -> Award:
    """The same inside an act that holds the locks and has asked for the right."""
    _set_state(award, Award.State.ACTIVE, leaving=(Award.State.SUSPENDED,), reason="")
    Award.objects.filter(pk=award.pk).update(alerted_at=None, stops_on=None)
    today = calendar.today()
    for row in award.instalments.filter(state=State.HELD).order_by("pk"):
        instalments.move(
            row, State.DUE if row.due_on <= today else State.WAITING, leaving=(State.HELD,),
            owner=award.handling_organisation, role=instalments.handling_role(award),
        )  # fmt: skip
    cases.record(
        award.case, "award_resumed", actor=actor, standing=standing, title=_("恢复发放"), public_text=reason,
        figures={"award": award.number},
    )  # fmt: skip
    letters.issue(
        award.case, ResumptionNotice.of(award.case, award, reason), issuer=award.handling_organisation, actor=actor
    )  # fmt: skip
    award.refresh_from_db()
    return award


@transaction.atomic
def stop(award: Award, *, actor: User, reason: str, clause: str, at_own_request: bool = False) -> Award:
    """停发: what is not paid is cancelled and its budget set free. What is on its way is not called back.

    Refused before the person was warned and the days of the warning have passed, unless the person asked for it
    (leaving a flat, moving from rent to purchase).
    """
    award = rights.lock_award(award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    return stopped(
        award, actor=actor, standing=standing, reason=reason, clause=clause, at_own_request=at_own_request
    )


def stopped(
    award: Award, *, actor: User, standing: Standing, reason: str, clause: str, at_own_request: bool = False
) -> Award:
    """The same inside an act that holds the locks and has asked for the right."""
    require_warned(award, at_own_request=at_own_request)
    reason = _("%(reason)s（%(clause)s）") % {"reason": stated(reason), "clause": stated(clause)}
    _set_state(award, Award.State.STOPPED, leaving=Award.LIVE, reason=reason)
    rows = list(award.instalments.filter(state__in=Instalment.MOVABLE).order_by("pk"))
    instalments.call_off(rows, award, State.CANCELLED, actor=actor, reason=reason)
    cases.record(
        award.case, "award_stopped", actor=actor, standing=standing, title=_("停发"), public_text=reason,
        figures={"award": award.number, "cancelled": [row.seq for row in rows]},
    )  # fmt: skip
    letters.issue(
        award.case, StopNotice.of(award.case, award, rows), issuer=award.handling_organisation, actor=actor
    )
    return award


def require_warned(award: Award, *, at_own_request: bool) -> None:
    """Raises `ActRefused` (code "alert") while the days of the warning have not passed."""
    if not at_own_request and (award.stops_on is None or calendar.today() <= award.stops_on):
        raise ActRefused(
            _("停发前须先预警：%(state)s。请先暂停发放并等预警期满。")
            % {
                "state": _("预警期至 %(day)s") % {"day": f"{award.stops_on:%Y-%m-%d}"}
                if award.stops_on
                else _("尚未预警")
            },
            code="alert",
        )


def reinstated(award: Award, *, actor: User, standing: Standing, reason: str) -> Award:
    """撤销停发: what the stop cancelled is planned and reserved anew, on the lines that bore it while they are open.

    Refused (code "budget") when a line has too little by now, `Conflict` when another award of the kind runs.
    """
    stop = (
        award.case.events.filter(kind="award_stopped", figures__award=award.number).order_by("-seq").first()
    )
    if stop is None or award.state != Award.State.STOPPED:
        raise Conflict(_("资助“%(title)s”没有停发，不能撤销停发。") % {"title": award.title})
    rows = list(
        award.instalments.filter(seq__in=stop.figures["cancelled"], state=State.CANCELLED).order_by("seq")
    )
    for row in rows:
        instalments.move(row, State.SUPERSEDED, leaving=(State.CANCELLED,), reason=reason)
        plan = awards.Planned(row.period, row.title, row.amount, row.due_on, _portions_of(row))
        awards.plan_again(award, plan, replaces=row, actor=actor)
    try:
        with transaction.atomic():
            _set_state(award, Award.State.ACTIVE, leaving=(Award.State.STOPPED,), reason="")
    except IntegrityError:
        raise Conflict(_("该办件已有同一类别的资助在执行，不能撤销停发。")) from None
    Award.objects.filter(pk=award.pk).update(alerted_at=None, stops_on=None)
    cases.record(
        award.case, "award_reinstated", actor=actor, standing=standing, title=_("撤销停发"), public_text=reason,
        figures={"award": award.number, "planned": [row.seq for row in rows]},
    )  # fmt: skip
    letters.issue(
        award.case, ResumptionNotice.of(award.case, award, reason), issuer=award.handling_organisation, actor=actor
    )  # fmt: skip
    award.refresh_from_db()
    return award


def _portions_of(row: Instalment) -> tuple[Portion, ...]:
    """The lines that bore an instalment, in the same parts; empty when one has been closed meanwhile."""
    shares = list(InstalmentShare.objects.filter(instalment=row).select_related("line").order_by("line_id"))
    if not shares or any(share.line.closed_at for share in shares):
        return ()
    parts = [Decimal(share.amount) / row.amount for share in shares[:-1]]
    return tuple(
        Portion(share.line, part)
        for share, part in zip(shares, [*parts, 1 - sum(parts, Decimal(0))], strict=True)
    )
