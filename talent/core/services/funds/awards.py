"""What is granted: the award with its lines, instalments and budget; and how it grows or is planned anew.

A policy passes facts (lines with clauses, a plan, who bears it) and its own standing; nothing here knows a policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    Award,
    AwardLine,
    Case,
    Instalment,
    InstalmentShare,
    Organisation,
    User,
)

from .. import calendar, cases, sequences
from ..errors import ActRefused, Conflict
from ..standing import Standing
from . import instalments, rights
from .budgets import Portion, shared
from .instalments import State
from .ledger import Kind, Posting, post
from .payees import Account, set_payee
from .words import yuan

ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One step of the calculation: 元 (negative for what is taken off) and the clause it rests on."""

    text: str
    amount: Decimal
    clause: str


@dataclass(frozen=True)
class Planned:
    """One instalment to be: `period` is paid once per award, `portions` empty while its year has no budget yet."""

    period: str
    title: str
    amount: Decimal
    due_on: date
    portions: tuple[Portion, ...] = ()


@transaction.atomic
def grant(
    case: Case,
    *,
    kind: str,
    title: str,
    lines: Sequence[Line],
    plan: Sequence[Planned],
    account: Account,
    handling: Organisation,
    paying: Organisation,
    actor: User,
    standing: Standing | None = None,
) -> Award:
    """Grant what a decision says, and reserve every instalment that has its budget lines. All or nothing.

    `standing` is the post in which `actor` decides; whether he may is the policy's question. Raises `ActRefused`
    (code "budget") when a line has too little, and when the plan is not exactly the sum of the lines; `Conflict`
    when the case has a live award of this kind.
    """
    locked = rights.lock_cases([case.pk])[case.pk]
    total = sum((line.amount for line in lines), ZERO)
    if total <= 0:
        raise ActRefused(_("资助总额应大于 0，请核对计算依据。"))
    _require_sum(total, plan)
    year = calendar.today().year
    serial = sequences.next_number("award", year)
    try:
        with transaction.atomic():
            award = Award.objects.create(
                case_id=case.pk, number=f"ZZ{year}-{serial:05d}", kind=kind, title=title, edition=locked.edition,
                total=total, handling_organisation=handling, paying_organisation=paying, approved_by=actor,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("该办件的“%(title)s”已在执行，不能重复建立。") % {"title": title}) from None
    award.case = locked
    cases.add_party(locked, paying, roles.Capacity.FINANCE)
    if not locked.parties.filter(organisation=handling).exists():
        # Whoever rechecks and holds must see the case.
        cases.add_party(locked, handling, roles.Capacity.CHECKING)
    _add_lines(award, lines)
    set_payee(award, account, actor=actor)
    made = _plan(award, plan)
    _reserve(made, award, actor=actor)
    cases.record(
        locked,
        "award_granted",
        actor=actor,
        standing=standing,
        title=_("核定资助"),
        public_text=_("%(title)s %(total)s 元，分 %(count)d 期发放。")
        % {"title": title, "total": yuan(total), "count": len(plan)},
        figures={"award": award.number, "total": str(total), "instalments": len(plan)},
    )
    return award


def _require_sum(total: Decimal, plan: Sequence[Planned]) -> None:
    planned = sum((one.amount for one in plan), ZERO)
    if not plan or planned != total:
        raise ActRefused(
            _("各期合计 %(planned)s 元，与总额 %(total)s 元不一致，请核对分期计划。")
            % {"planned": yuan(planned), "total": yuan(total)}
        )


def _add_lines(award: Award, lines: Sequence[Line]) -> None:
    first = award.lines.count() + 1
    AwardLine.objects.bulk_create(
        AwardLine(award=award, place=place, text=line.text, amount=line.amount, clause=line.clause)
        for place, line in enumerate(lines, first)
    )


def _plan(
    award: Award, plan: Sequence[Planned], *, replaces: Instalment | None = None
) -> list[tuple[Instalment, Planned]]:
    """The instalments of a plan, waiting at the handling organisation."""
    last = award.instalments.aggregate(last=models.Max("seq"))["last"] or 0
    made = []
    for seq, one in enumerate(plan, last + 1):
        try:
            with transaction.atomic():
                row = Instalment.objects.create(
                    award=award, seq=seq, period=one.period, title=one.title, amount=one.amount, due_on=one.due_on,
                    expected_month=one.due_on.replace(day=1), owner_organisation=award.handling_organisation,
                    owner_role=instalments.handling_role(award).codename, replaces=replaces,
                    reason="" if one.portions else _("所属年度的预算尚未安排。"),
                )  # fmt: skip
        except IntegrityError:
            raise ActRefused(
                _("所属期“%(period)s”已有一期，不能重复发放。") % {"period": one.period}
            ) from None
        made.append((row, one))
    return made


def _reserve(made: Sequence[tuple[Instalment, Planned]], award: Award, *, actor: User) -> None:
    """Reserve every instalment on the lines that bear it."""
    postings = []
    for instalment, one in made:
        for line, amount in shared(one.amount, one.portions) if one.portions else ():
            cases.add_party(award.case, line.organisation, roles.Capacity.FINANCE)
            InstalmentShare.objects.create(instalment=instalment, line=line, amount=amount)
            postings.append(Posting(Kind.RESERVE, amount, line, award.edition, award.case_id, instalment))
    post(postings, action="funds_reserved", subject=award.case.number, approver=actor)


@transaction.atomic
def fund(instalment: Instalment, portions: Sequence[Portion], *, actor: User) -> Instalment:
    """Reserve an instalment whose year had no budget when it was granted."""
    award = rights.lock_award(instalment.award)
    rights.require(actor, roles.Act.MANAGE_BUDGET, award.paying_organisation, case=award.case)
    instalment = Instalment.objects.select_for_update(of=("self",)).get(pk=instalment.pk)
    if instalment.shares.exists():
        raise Conflict(_("“%(one)s”已经安排预算。") % {"one": instalment.title})
    if instalment.state not in Instalment.MOVABLE:
        raise Conflict(_("“%(one)s”已结束，不能安排预算。") % {"one": instalment.title})
    planned = Planned(
        instalment.period, instalment.title, instalment.amount, instalment.due_on, tuple(portions)
    )
    _reserve([(instalment, planned)], award, actor=actor)
    if instalment.state in (State.WAITING, State.DUE):
        Instalment.objects.filter(pk=instalment.pk).update(reason="")
        instalment.refresh_from_db()
    return instalment


@transaction.atomic
def upgrade(
    award: Award,
    *,
    lines: Sequence[Line],
    plan: Sequence[Planned],
    actor: User,
    standing: Standing | None = None,
    reason: str,
) -> Award:
    """A higher level pays the difference: `lines` add to the calculation, `plan` to the instalments.

    Refused when the difference is not above zero (what was granted is not taken back by this act).
    """
    award = rights.lock_award(award)
    if award.state not in Award.LIVE and award.state != Award.State.COMPLETED:
        raise ActRefused(_("资助“%(title)s”已停发，不能补差。") % {"title": award.title})
    difference = sum((line.amount for line in lines), ZERO)
    if difference <= 0:
        raise ActRefused(_("补差金额应大于 0，层次未提高不补差。"))
    _require_sum(difference, plan)
    _add_lines(award, lines)
    award.total += difference
    if award.state == Award.State.COMPLETED:
        award.state, award.state_since = Award.State.ACTIVE, timezone.now()
    try:
        with transaction.atomic():
            award.save(update_fields=["total", "state", "state_since"])
    except IntegrityError:
        raise Conflict(_("该办件已有同一类别的资助在执行。")) from None
    _reserve(_plan(award, plan), award, actor=actor)
    cases.record(
        award.case, "award_upgraded", actor=actor, standing=standing, title=_("补差"),
        public_text=_("%(reason)s，补差 %(amount)s 元。") % {"reason": reason, "amount": yuan(difference)},
        figures={"award": award.number, "difference": str(difference)},
    )  # fmt: skip
    return award


def plan_again(award: Award, one: Planned, *, replaces: Instalment, actor: User) -> Instalment:
    """`one` in the place of an instalment that was called off; inside an act that holds the locks."""
    made = _plan(award, [one], replaces=replaces)
    _reserve(made, award, actor=actor)
    return made[0][0]


def upgrade_undone(
    award: Award, seqs: Sequence[int], *, clause: str, actor: User, standing: Standing, reason: str
) -> Decimal:
    """撤销补差: the instalments of one upgrade are called off and the total falls back. Returns by how much.

    Refused when one of them has been paid or is on its way: what was paid comes back as a recovery.
    """
    rows = list(award.instalments.filter(seq__in=seqs).order_by("seq"))
    if not rows or any(row.state not in Instalment.MOVABLE for row in rows):
        raise ActRefused(_("补差的分期已经拨付或正在拨付，不能撤销；多发的请按追回办理。"))
    difference = sum((row.amount for row in rows), ZERO)
    instalments.call_off(rows, award, State.SUPERSEDED, actor=actor, reason=reason)
    _add_lines(award, [Line(_("撤销补差"), -difference, clause)])
    award.total -= difference
    award.save(update_fields=["total"])
    complete_if_paid(award)
    cases.record(
        award.case, "award_upgrade_undone", actor=actor, standing=standing, title=_("撤销补差"),
        public_text=_("%(reason)s，减少 %(amount)s 元。") % {"reason": reason, "amount": yuan(difference)},
        figures={"award": award.number, "difference": str(difference)},
    )  # fmt: skip
    return difference


@transaction.atomic
def replan(
    award: Award, *, replaced: Sequence[Instalment], plan: Sequence[Planned], actor: User, reason: str
) -> Award:
    """Other days or parts for what is not paid yet: the old instalments are superseded, the sum stays the same."""
    award = rights.lock_award(award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    rows = list(award.instalments.filter(pk__in=[one.pk for one in replaced]).order_by("pk"))
    if not rows or len(rows) != len(replaced):
        raise ActRefused(_("请选择本资助中要调整的分期。"))
    _require_sum(sum((row.amount for row in rows), ZERO), plan)
    instalments.call_off(rows, award, State.SUPERSEDED, actor=actor, reason=reason)
    _reserve(_plan(award, plan, replaces=rows[0]), award, actor=actor)
    cases.record(
        award.case, "award_replanned", actor=actor, standing=standing, title=_("调整分期"), public_text=reason,
        figures={"award": award.number, "replaced": [row.seq for row in rows]},
    )  # fmt: skip
    return award


def complete_if_paid(award: Award) -> None:
    """付清: nothing is open any more. Called when a payment has been confirmed."""
    if not award.instalments.exclude(state__in=Instalment.CLOSED).exists():
        Award.objects.filter(pk=award.pk, state=Award.State.ACTIVE).update(
            state=Award.State.COMPLETED, state_since=timezone.now()
        )


def paid_of(award: Award) -> Decimal:
    """What has been paid under `award`, 元, before recoveries."""
    return award.instalments.filter(state=State.PAID).aggregate(sum=models.Sum("amount"))["sum"] or ZERO
