"""P13: what changes a running term: suspended and resumed, extended."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import User
from talent.core.services import calendar, cases
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict
from talent.placements import rules
from talent.placements.models import Extension, Placement, Suspension, TermProposal

from . import places, reporting
from .sides import as_role, standing_for, tell_organisation, tell_sides


def locked(placement: Placement) -> Placement:
    """The place read again under the lock of firm and person, then its own."""
    places.lock(placement.firm, placement.person)
    fresh = Placement.objects.select_for_update().get(pk=placement.pk)
    if fresh.state not in (Placement.State.ACTIVE, Placement.State.SUSPENDED):
        raise Conflict(
            _("该任职现在是“%(state)s”，不能再这样办理，请刷新页面。") % {"state": fresh.get_state_display()}
        )
    return fresh


def write(placement: Placement, term: rules.Term) -> None:
    """Write what the term says onto the row, and let the planned reports follow."""
    placement.ends_on = term.ends_on
    placement.ended_on = term.ended_on
    placement.save(
        update_fields=[
            "ends_on",
            "ended_on",
            "end_reason",
            "end_text",
            "settled_days",
            "settled_pay",
            "state",
        ]
    )
    reporting.plan(placement)


def coded(rows: Any, code: str, label: str) -> Any:
    found = next((row for row in rows if row.code == code), None)
    if found is None:
        raise ActRefused(_("请选择%(label)s。") % {"label": label}, code="reason")
    return found


def suspended_term(placement: Placement, starts_on: date, until: date) -> rules.Term:
    """The term with one suspension more; raises `ActRefused` with the bound broken, or the days served in it."""
    try:
        term = placement.term.suspend(starts_on, until, rules=places.book_of(placement.case).term)
    except rules.Refusal as refusal:
        raise ActRefused(str(refusal), code="term") from None
    _require_no_day(placement, starts_on, until)
    return term


def suspend(
    placement: Placement, proposal: TermProposal, *, actor: User, standing: Standing | None
) -> Suspension:
    """Put a suspension into effect that all three sides have signed; the end moves with it.

    placement: locked by the caller, whose transaction this is.
    """
    starts_on, until = proposal.first_day, proposal.until
    term = suspended_term(placement, starts_on, until)
    found = coded(places.book_of(placement.case).suspension_reasons, proposal.reason, _("中止事由"))
    made = Suspension.objects.create(
        placement=placement, starts_on=starts_on, ends_on=until, reason=proposal.reason, text=proposal.text[:300],
        recorded_by=proposal.proposed_by,
    )  # fmt: skip
    if starts_on <= calendar.today():
        placement.state = Placement.State.SUSPENDED
    write(placement, term)
    cases.record(
        placement.case, "suspended", actor=actor, standing=standing, title=_("中止"),
        public_text=_("三方一致，自%(start)s中止，%(until)s恢复，聘期顺延至%(end)s。事由：%(reason)s。")
        % {"start": starts_on, "until": until, "end": placement.ends_on, "reason": found.text},
        figures={"ends_on": placement.ends_on.isoformat()},
    )  # fmt: skip
    tell_sides(
        placement.case, kind="suspended", subject=_("任职中止"),
        body=_("办件 %(number)s 自%(start)s中止，聘期顺延至%(end)s。")
        % {"number": placement.case.number, "start": starts_on, "end": placement.ends_on},
    )  # fmt: skip
    return made


def _require_no_day(placement: Placement, starts_on: date, until: date) -> None:
    served = placement.days.counting().filter(day__gte=starts_on, day__lt=until)
    if served.exists():
        raise ActRefused(
            _("中止期间已有%(n)d天登记为在岗，请先由企业退回这些日期，或者改选中止日期。")
            % {"n": served.count()},
            code="term",
        )


@transaction.atomic
def resume(placement: Placement, *, actor: User, side: str, day: date) -> Placement:
    """Service goes on: `day` is its first day again; the end follows the days really suspended."""
    standing = standing_for(placement.case, side, actor=actor)
    placement = locked(placement)
    book = places.book_of(placement.case)
    try:
        term = placement.term.resume(day, rules=book.term)
    except rules.Refusal as refusal:
        raise ActRefused(str(refusal), code="term") from None
    Suspension.objects.filter(placement=placement, resumed=False).update(ends_on=day, resumed=True)
    placement.state = Placement.State.ACTIVE
    write(placement, term)
    cases.record(
        placement.case, "resumed", actor=actor, standing=standing, title=_("恢复"),
        public_text=_("自%(day)s恢复，聘期至%(end)s。") % {"day": day, "end": placement.ends_on},
        figures={"ends_on": placement.ends_on.isoformat()},
    )  # fmt: skip
    tell_sides(
        placement.case, kind="resumed", subject=_("任职恢复"), but=side,
        body=_("办件 %(number)s 自%(day)s恢复，聘期至%(end)s。")
        % {"number": placement.case.number, "day": day, "end": placement.ends_on},
    )  # fmt: skip
    return placement


@transaction.atomic
def ask_extension(placement: Placement, *, actor: User, side: str, months: int, reason: str) -> Extension:
    """Ask for a longer term; one request at a time. Raises `ActRefused` for more than the edition allows."""
    standing = standing_for(placement.case, side, actor=actor)
    placement = locked(placement)
    try:
        placement.term.extend(months, rules=places.book_of(placement.case).term)
    except rules.Refusal as refusal:
        raise ActRefused(str(refusal), code="term") from None
    if placement.extensions.filter(state=Extension.State.PENDING).exists():
        raise Conflict(_("已有一份延长申请待审批，请等待结果。"))
    asked = Extension.objects.create(
        placement=placement, months=months, reason=reason.strip(), asked_by=actor
    )
    cases.record(
        placement.case, "extension_asked", actor=actor, standing=standing, title=_("申请延长聘期"),
        public_text=_("申请延长%(months)d个月。理由：%(reason)s") % {"months": months, "reason": reason.strip()},
    )  # fmt: skip
    tell_organisation(
        placement.case.lead_organisation, role=roles.CHECKER, kind="extension_asked", case=placement.case,
        subject=_("有延长聘期申请待审批"), body=_("办件 %(number)s 申请延长聘期。") % {"number": placement.case.number},
    )  # fmt: skip
    return asked


@transaction.atomic
def decide_extension(
    extension: Extension, *, actor: User, granted: bool, refusal: str = "", remedy: str = ""
) -> Extension:
    """The lead bureau grants it, or refuses with the reason and what would help."""
    case = extension.placement.case
    standing = as_role(actor, roles.CHECKER, case.lead_organisation)
    placement = locked(extension.placement)
    if not granted and (len(refusal.strip()) < 2 or len(remedy.strip()) < 2):
        raise ActRefused(_("不同意延长的，请写明原因，以及怎样可以同意。"), code="refusal")
    done = Extension.objects.filter(pk=extension.pk, state=Extension.State.PENDING).update(
        state=Extension.State.GRANTED if granted else Extension.State.REFUSED,
        decided_by=actor, decided_at=timezone.now(), refusal=refusal.strip(), remedy=remedy.strip(),
    )  # fmt: skip
    if not done:
        raise Conflict(_("该申请已经审批。"))
    extension.refresh_from_db()
    if granted:
        write(placement, placement.term)
        said = _("同意延长%(months)d个月，聘期至%(end)s。") % {
            "months": extension.months,
            "end": placement.ends_on,
        }
    else:
        said = _("不同意延长。原因：%(why)s。%(remedy)s") % {
            "why": extension.refusal,
            "remedy": extension.remedy,
        }
    cases.record(
        case, "extension_granted" if granted else "extension_refused", actor=actor, standing=standing,
        title=_("延长聘期"), public_text=said,
    )  # fmt: skip
    tell_sides(
        case, kind="extension_decided", subject=_("延长聘期的审批结果"),
        body=_("办件 %(number)s：%(said)s") % {"number": case.number, "said": said},
    )  # fmt: skip
    return extension
