"""P13: what one side proposes about a running term and the other two sign. Nobody's signature is assumed.

A suspension and an end by agreement take effect with the last signature. An end with notice takes effect at once;
the others then sign what is settled, and a side that does not agree brings the lead bureau in.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import User
from talent.core.services import calendar, cases
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict
from talent.placements.models import Countersignature, Placement, TermProposal

from . import changing, ending, places
from .sides import Side, standing_for, tell_organisation, tell_sides

Kind, State = TermProposal.Kind, TermProposal.State


@transaction.atomic
def propose_suspension(
    placement: Placement, *, actor: User, side: str, starts_on: date, until: date, reason: str, text: str
) -> TermProposal:
    """Propose to suspend from `starts_on` and resume on `until`; by any of the three sides.

    Raises `ActRefused` with the bound that would be broken, `Conflict` while another proposal is open.
    """
    standing = standing_for(placement.case, side, actor=actor)
    placement = changing.locked(placement)
    found = changing.coded(places.book_of(placement.case).suspension_reasons, reason, _("中止事由"))
    changing.suspended_term(placement, starts_on, until)
    made = _open(
        placement, kind=Kind.SUSPEND, first_day=starts_on, until=until, reason=reason, text=text.strip(), side=side,
        proposed_by=actor,
    )  # fmt: skip
    cases.record(
        placement.case, "suspension_proposed", actor=actor, standing=standing, title=_("提出中止"),
        public_text=_("%(side)s提出自%(start)s中止、%(until)s恢复，%(day)s前由其他两方会签。事由：%(reason)s。")
        % {"side": Side(side).label, "start": starts_on, "until": until, "day": made.answer_by, "reason": found.text},
    )  # fmt: skip
    _ask(made)
    return made


@transaction.atomic
def propose_end(
    placement: Placement,
    *,
    actor: User,
    side: str,
    last_day: date,
    reason: str,
    text: str,
    settled_days: int,
    settled_pay: Decimal,
    all_agree: bool = False,
) -> TermProposal:
    """Propose to end the term on `last_day` with the days and the pay (元) that are settled.

    With the edition's notice the end has effect at once; with `all_agree` it may be sooner and waits for both
    other sides. Raises `ActRefused` with the bound broken.
    """
    standing = standing_for(placement.case, side, actor=actor)
    placement = changing.locked(placement)
    found = changing.coded(places.book_of(placement.case).end_reasons, reason, _("终止原因"))
    ending.ended_term(placement, last_day, notice=not all_agree)
    ending.require_settlement(placement, days=settled_days, pay=settled_pay)
    made = _open(
        placement, kind=Kind.END, first_day=last_day, reason=reason, text=text.strip(), settled_days=settled_days,
        settled_pay=settled_pay, by_notice=not all_agree, side=side, proposed_by=actor,
    )  # fmt: skip
    how = _("提前告知") if made.by_notice else _("提出协商")
    cases.record(
        placement.case, "end_proposed", actor=actor, standing=standing, title=_("提出提前终止"),
        public_text=_("%(side)s%(how)s于%(day)s终止，结算在岗%(days)d天、报酬%(pay)s元，%(by)s前由其他两方会签。原因：%(reason)s。")
        % {"side": Side(side).label, "how": how, "day": last_day, "days": settled_days, "pay": settled_pay,
           "by": made.answer_by, "reason": found.text},
    )  # fmt: skip
    if made.by_notice:
        ending.end_early(placement, made, actor=actor, standing=standing)
    _ask(made)
    return made


def _open(placement: Placement, **fields) -> TermProposal:
    days = places.book_of(placement.case).term.countersign_days
    try:
        with transaction.atomic():
            return TermProposal.objects.create(
                placement=placement, answer_by=calendar.today() + timedelta(days=days), **fields
            )
    except IntegrityError:
        raise Conflict(_("已有一份中止或者终止的提议待会签，请先办完。")) from None


def _ask(proposal: TermProposal) -> None:
    tell_sides(
        proposal.placement.case, kind="countersign_wanted", but=proposal.side,
        subject=_("%(kind)s待会签") % {"kind": proposal.get_kind_display()},
        body=_("办件 %(number)s：%(side)s提出%(kind)s，请在%(day)s前登录会签。")
        % {"number": proposal.placement.case.number, "side": proposal.get_side_display(),
           "kind": proposal.get_kind_display(), "day": proposal.answer_by},
    )  # fmt: skip


def open_proposal(placement: Placement) -> TermProposal | None:
    """The proposal that waits for signatures."""
    return placement.proposals.filter(state=State.OPEN).first()


def waits_for(proposal: TermProposal, side: str) -> bool:
    """Whether `side` has still to sign."""
    return side != proposal.side and not any(one.side == side for one in proposal.signatures.all())


def in_words(proposal: TermProposal) -> list[dict[str, Any]]:
    """A proposal as rows of label and value: what, when, why, the settlement, and until when it may be signed."""
    book = places.book_of(proposal.placement.case)
    ending_early = proposal.kind == Kind.END
    rows = book.end_reasons if ending_early else book.suspension_reasons
    found = [
        {"label": _("事项"), "value": proposal.get_kind_display()},
        {"label": _("提出方"), "value": proposal.get_side_display()},
        {
            "label": _("最后一天") if ending_early else _("中止日期"),
            "value": f"{proposal.first_day:%Y-%m-%d}",
        },
    ]
    if ending_early:
        found += [
            {"label": _("结算在岗天数"), "value": proposal.settled_days},
            {"label": _("结算报酬（元）"), "value": f"{proposal.settled_pay:,.2f}"},
        ]
    else:
        found.append({"label": _("恢复日期"), "value": f"{proposal.until:%Y-%m-%d}"})
    reason = next((row.text for row in rows if row.code == proposal.reason), "")
    return [
        *found,
        {"label": _("原因"), "value": reason},
        {"label": _("说明"), "value": proposal.text},
        {"label": _("会签期限"), "value": f"{proposal.answer_by:%Y-%m-%d}"},
    ]


def _locked(proposal: TermProposal) -> TermProposal:
    places.lock(proposal.placement.firm, proposal.placement.person)
    fresh = (
        TermProposal.objects.select_for_update(of=("self",))
        .select_related("placement__case__edition", "placement__firm", "placement__university", "placement__person")
        .get(pk=proposal.pk)
    )  # fmt: skip
    if fresh.state != State.OPEN:
        raise Conflict(_("该提议现在是“%(state)s”，请刷新页面。") % {"state": fresh.get_state_display()})
    return fresh


@transaction.atomic
def sign(proposal: TermProposal, *, actor: User, side: str, agreed: bool, text: str = "") -> TermProposal:
    """One of the other sides signs, or does not and says why. The last signature puts the proposal into effect.

    Raises `Conflict` when this side has answered, `ActRefused` when the term no longer allows what was proposed.
    """
    standing = standing_for(proposal.placement.case, side, actor=actor)
    proposal = _locked(proposal)
    text = text.strip()
    if not waits_for(proposal, side):
        raise Conflict(_("%(side)s已经会签。") % {"side": Side(side).label})
    if not agreed and len(text) < 4:
        raise ActRefused(_("不同意的，请写明原因（至少4个字）。"), code="text")
    Countersignature.objects.create(proposal=proposal, side=side, agreed=agreed, text=text, signed_by=actor)
    cases.record(
        proposal.placement.case, "countersigned" if agreed else "countersign_refused", actor=actor, standing=standing,
        title=_("会签同意") if agreed else _("会签不同意"),
        public_text=_("%(side)s对%(kind)s%(word)s。%(text)s")
        % {"side": Side(side).label, "kind": proposal.get_kind_display(),
           "word": _("同意") if agreed else _("不同意"), "text": text},
    )  # fmt: skip
    if not agreed:
        return _refused(proposal, side, text)
    if proposal.signatures.count() == len(Side) - 1:
        _effect(proposal, actor=actor, standing=standing)
    return proposal


def _refused(proposal: TermProposal, side: str, text: str) -> TermProposal:
    _close(proposal, State.REFUSED)
    case = proposal.placement.case
    tell_sides(
        case, kind="countersign_refused", but=side, subject=_("会签未达成一致"),
        body=_("办件 %(number)s：%(side)s不同意。原因：%(text)s")
        % {"number": case.number, "side": Side(side).label, "text": text},
    )  # fmt: skip
    if proposal.by_notice:
        tell_organisation(
            case.lead_organisation, role=roles.CHECKER, kind="settlement_disputed", case=case,
            subject=_("提前终止的结算有争议"),
            body=_("办件 %(number)s 的终止已经生效，但一方不同意结算，请协调。") % {"number": case.number},
        )  # fmt: skip
    return proposal


def _effect(proposal: TermProposal, *, actor: User, standing: Standing | None) -> None:
    _close(proposal, State.AGREED)
    if proposal.by_notice:
        return
    placement = changing.locked(proposal.placement)
    if proposal.kind == Kind.SUSPEND:
        changing.suspend(placement, proposal, actor=actor, standing=standing)
    else:
        ending.end_early(placement, proposal, actor=actor, standing=standing)


def _close(proposal: TermProposal, state: str) -> None:
    proposal.state, proposal.closed_at = state, timezone.now()
    proposal.save(update_fields=["state", "closed_at"])


@transaction.atomic
def withdraw(proposal: TermProposal, *, actor: User, side: str) -> TermProposal:
    """The side that proposed takes it back before all have signed. An end that was given notice of stands."""
    standing = standing_for(proposal.placement.case, side, actor=actor)
    proposal = _locked(proposal)
    if side != proposal.side:
        raise ActRefused(_("只有提出的一方可以撤回；不同意的，请会签并写明原因。"))
    if proposal.by_notice:
        raise ActRefused(_("提前告知的终止已经生效，不能撤回；三方愿意继续的，请重新办理聘用。"))
    _close(proposal, State.WITHDRAWN)
    cases.record(
        proposal.placement.case, "proposal_withdrawn", actor=actor, standing=standing, title=_("撤回提议"),
        public_text=_("%(side)s撤回%(kind)s的提议。")
        % {"side": Side(side).label, "kind": proposal.get_kind_display()},
    )  # fmt: skip
    return proposal


def to_lapse(today: date) -> list[TermProposal]:
    """Proposals that have not been signed by all in time."""
    return list(
        TermProposal.objects.filter(state=State.OPEN, answer_by__lt=today)
        .select_related("placement__firm", "placement__person", "placement__case")
        .order_by("pk")
    )


@transaction.atomic
def lapse(proposal: TermProposal, today: date) -> bool:
    """The time to sign is over: what was only proposed has no effect. False when it was closed meanwhile."""
    try:
        proposal = _locked(proposal)
    except Conflict:
        return False
    _close(proposal, State.LAPSED)
    case = proposal.placement.case
    text = (
        _("结算逾期未会签，请牵头部门协调。") if proposal.by_notice else _("逾期未会签，提议不生效；仍需办理的请重新提出。")
    )  # fmt: skip
    cases.record(case, "proposal_lapsed", actor=None, title=_("逾期未会签"), public_text=text)
    tell_sides(
        case, kind="proposal_lapsed", subject=_("逾期未会签"),
        body=_("办件 %(number)s：%(kind)s%(text)s")
        % {"number": case.number, "kind": proposal.get_kind_display(), "text": text},
    )  # fmt: skip
    return True
