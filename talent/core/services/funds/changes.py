"""An award that is suspended, resumed or stopped: never silently, and never before the person was warned."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Award, Instalment, User

from .. import calendar, cases, letters
from ..errors import ActRefused, Conflict
from . import instalments, rights
from .instalments import State, stated
from .letters import SuspensionNotice


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
    reason = stated(reason)
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
    reason = stated(reason)
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
    reason = _("%(reason)s（%(clause)s）") % {
        "reason": stated(reason), "clause": stated(clause),
    }  # fmt: skip
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
    _set_state(award, Award.State.STOPPED, leaving=Award.LIVE, reason=reason)
    rows = list(award.instalments.filter(state__in=Instalment.MOVABLE).order_by("pk"))
    instalments.call_off(rows, award, State.CANCELLED, actor=actor, reason=reason)
    cases.record(
        award.case, "award_stopped", actor=actor, standing=standing, title=_("停发"), public_text=reason,
        figures={"award": award.number, "cancelled": [row.seq for row in rows]},
    )  # fmt: skip
    return award
