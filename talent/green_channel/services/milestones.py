"""按节点拨付 (G13): claimed with evidence by talent or employer, checked by the lead bureau, then finance's line.

With the first milestone that is proved the whole agreement becomes an award: one instalment per milestone, borne by the
budget line of its year, or of this year while that year has none.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    Award,
    BudgetLine,
    Case,
    Consent,
    DocumentVersion,
    Instalment,
    Organisation,
    User,
)
from talent.core.services import appointments, calendar, cases, funds, materials, messages, people, policy
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.supplements import tell_applicant
from talent.green_channel.models import GreenChannelCase, Milestone, MilestoneClaim

from . import agreements, posts

State = MilestoneClaim.State
KIND = "agreement"


def side_of(actor: User, milestone: Milestone) -> str:
    """For which side `actor` may claim: talent or employer; empty for anybody else."""
    sides = agreements.sides_of(actor, milestone.agreement)
    return next((side for side in sides if side != agreements.Side.GOVERNMENT), "")


def needs_account(case: Case) -> bool:
    """Whether the talent has still to say where to pay."""
    return not (case.applicant.bank_account and case.applicant.bank_name)


@transaction.atomic
def set_account(case: Case, *, actor: User, bank: str, account: str, consent: bool) -> None:
    """收款账户, by the talent himself and with a consent of its own; sealed."""
    posts.require_oneself(actor, case)
    if not consent:
        raise ActRefused(_("请勾选同意将银行账户用于资金拨付。"))
    people.update_profile(case.applicant, actor=actor, bank_name=bank.strip(), bank_account=account)
    materials.give_consent(case.applicant, Consent.Purpose.BANK, text_version="1", actor=actor, case=case)


def claim(milestone: Milestone, *, actor: User, note: str, evidence: UploadedFile) -> MilestoneClaim:
    """节点申领 with what shows that the milestone is reached. One live claim per milestone."""
    agreement = milestone.agreement
    side = side_of(actor, milestone)
    if not side:
        raise NotAllowed(_("节点由人才或用人单位申领。"))
    if agreement.state != agreement.State.IN_FORCE:
        raise ActRefused(_("协议没有生效或已终止，不能申领。"))
    if milestone.amount <= 0:
        raise ActRefused(_("该节点不涉及拨付，无需申领。"))
    if needs_account(agreement.case):
        raise ActRefused(_("请人才先登录登记收款账户，再申领。"))
    owner = agreement.case.applicant if side == agreements.Side.TALENT else agreement.employer
    title = _("节点凭证：%(title)s") % {"title": milestone.title}
    version = materials.store_upload(evidence, owner=owner, type_code="MILESTONE", title=title, actor=actor)
    return _claim(milestone, actor=actor, note=note.strip(), version=version)


@transaction.atomic
def _claim(milestone: Milestone, *, actor: User, note: str, version: DocumentVersion) -> MilestoneClaim:
    case = posts.lock(milestone.agreement.case)
    try:
        with transaction.atomic():
            made = MilestoneClaim.objects.create(
                milestone=milestone, note=note, evidence=version, asked_by=actor
            )
    except IntegrityError:
        raise Conflict(_("该节点已经申领，请等待核实。")) from None
    _note(case, made, "milestone_claimed", _("节点申领"), actor=actor, public_text=milestone.title)
    for person in appointments.holders(roles.CHECKER, milestone.agreement.government):
        messages.tell(
            person, kind="milestone_to_check", subject=_("有协议节点待核实"), case=case,
            body=_("办件 %(number)s 的协议节点已申领，请核实凭证。") % {"number": case.number},
            key=f"milestone:{made.pk}:{person.pk}",
        )  # fmt: skip
    return made


def _note(case: Case, made: MilestoneClaim, kind: str, title: str, *, actor: User, **facts: Any) -> None:
    cases.record(
        case, kind, actor=actor, title=title,
        figures={"milestone": made.milestone.place, "amount": str(made.milestone.amount)}, **facts,
    )  # fmt: skip


@transaction.atomic
def check(made: MilestoneClaim, *, actor: User, passed: bool, opinion: str) -> MilestoneClaim:
    """The lead bureau compares evidence and agreement. Passed, the instalment goes to finance in the same act.

    Raises `ActRefused` (code "budget") when no budget line can bear it: then nothing is decided.
    """
    milestone = made.milestone
    case = GreenChannelCase.objects.get(pk=milestone.agreement.case_id)
    funds.lock_cases([case.pk])
    post = posts.on_case(actor, case, roles.Act.CHECK)
    if len(opinion.strip()) < 2:
        raise ActRefused(_("请写明核实意见。"))
    waiting = MilestoneClaim.objects.filter(pk=made.pk, state=State.ASKED)
    decided = {"opinion": opinion.strip()[:500], "checked_by": actor, "checked_at": timezone.now()}
    if not waiting.update(state=State.PASSED if passed else State.REFUSED, **decided):
        raise Conflict(_("该申领已经核实，请刷新后查看。"))
    made.refresh_from_db()
    _note(
        case, made, "milestone_checked", _("核实节点：%(verdict)s") % {"verdict": made.get_state_display()},
        actor=actor, standing=post, public_text=made.opinion,
    )  # fmt: skip
    if passed:
        made.instalment = _pay(case, milestone, made, actor=actor, post=post)
        made.save(update_fields=["instalment"])
    tell_applicant(
        case, kind="milestone_checked", subject=_("协议节点已核实"),
        body=_("办件 %(number)s 的一个协议节点：%(state)s。")
        % {"number": case.number, "state": made.get_state_display()},
    )  # fmt: skip
    return made


def _pay(
    case: GreenChannelCase, milestone: Milestone, made: MilestoneClaim, *, actor: User, post: Standing
) -> Instalment:
    award = live_award(case)
    award = award or _grant(case, milestone, actor=actor, post=post)
    instalment = award.instalments.filter(period=_period(milestone)).unpaid().first()
    if instalment is None or instalment.amount != milestone.amount:
        raise ActRefused(_("协议的节点与已核定的分期不一致，请先由经办单位调整分期。"))
    if instalment.state == Instalment.State.WAITING:
        instalment = funds.mark_due(instalment)
    clause = policy.figures(case.edition).agreement.clause
    finding = funds.Finding("milestone", milestone.title, True, made.opinion, clause)
    funds.recheck(instalment, funds.RecheckResult((finding,)), actor=actor)
    return Instalment.objects.get(pk=instalment.pk)


def live_award(case: Case) -> Award | None:
    """The award of the agreement from which something may still be paid."""
    return Award.objects.filter(case=case.pk, kind=KIND, state__in=Award.LIVE).first()


def award_of(case: Case) -> Award | None:
    """The award of the agreement, also when nothing is paid from it any more."""
    return Award.objects.filter(case=case.pk, kind=KIND).order_by("-pk").first()


def recoverable(case: Case) -> Decimal:
    """元 paid under the agreement of which no recovery has been begun."""
    award = award_of(case)
    return funds.recoverable(award) if award else Decimal(0)


@dataclass(frozen=True)
class Replan:
    """What an amended agreement changes in the payments: instalments not paid yet, and milestones in their place."""

    award: Award
    replaced: list[Instalment]
    aims: list[Milestone]


def replan_of(case: Case) -> Replan | None:
    """The payments that no longer are what the agreement in force says; None while they agree."""
    award, agreement = live_award(case), agreements.current(case)
    if award is None or agreement is None:
        return None
    gone = (Instalment.State.CANCELLED, Instalment.State.SUPERSEDED)
    rows = list(award.instalments.exclude(state__in=gone).order_by("seq"))
    movable = [row for row in rows if row.state in Instalment.MOVABLE]
    settled = {row.period for row in rows} - {row.period for row in movable}
    aims = [one for one in agreement.milestones.all() if one.amount > 0 and _period(one) not in settled]
    planned = {(_period(one), one.title[:80], one.amount, one.due_on) for one in aims}
    same = planned == {(row.period, row.title, row.amount, row.due_on) for row in movable}
    return None if same or not movable else Replan(award, movable, aims)


@transaction.atomic
def replan(case: GreenChannelCase, *, actor: User, reason: str) -> Award:
    """The instalments not paid yet follow the amended agreement. Raises `ActRefused` when their sum changes."""
    funds.lock_cases([case.pk])
    found = replan_of(case)
    if found is None:
        raise Conflict(_("分期与生效的协议一致，无需调整。"))
    posts.on_case(actor, case, roles.Act.CHECK)
    plan = [
        funds.Planned(
            _period(one), one.title[:80], one.amount, one.due_on,
            (funds.Portion(_line_for(case, one.due_on), Decimal(1)),),
        )
        for one in found.aims
    ]  # fmt: skip
    return funds.replan(found.award, replaced=found.replaced, plan=plan, actor=actor, reason=reason)


def _period(milestone: Milestone) -> str:
    return f"m{milestone.place}"


def _grant(case: GreenChannelCase, milestone: Milestone, *, actor: User, post: Standing) -> Award:
    """The agreement as an award: a line and an instalment for every milestone that pays."""
    clause = policy.figures(case.edition).agreement.clause
    aims = [one for one in milestone.agreement.milestones.all() if one.amount > 0]
    lines = {one.pk: _line_for(case, one.due_on) for one in aims}
    return funds.grant(
        case,
        kind=KIND,
        title=_("引进协议支持资金"),
        lines=[funds.Line(one.title, one.amount, clause) for one in aims],
        plan=[
            funds.Planned(
                _period(one), one.title[:80], one.amount, one.due_on, (funds.Portion(lines[one.pk], Decimal(1)),)
            )
            for one in aims
        ],
        account=funds.Account(
            case.applicant, case.applicant.name, case.applicant.bank_name, case.applicant.bank_account.reveal()
        ),
        handling=post.organisation,
        paying=_paying(lines),
        actor=actor,
        standing=post,
    )  # fmt: skip


def _line_for(case: GreenChannelCase, day: date) -> BudgetLine:
    """The open line of the edition's fund for the year of `day`, else of this year."""
    terms = policy.figures(case.edition).agreement
    lines = BudgetLine.objects.filter(
        source=terms.fund_source, share=terms.fund_share, region=case.region, closed_at__isnull=True
    )
    for year in dict.fromkeys((day.year, calendar.today().year)):
        if found := lines.filter(year=year).first():
            return found
    raise ActRefused(
        _("%(region)s没有“%(source)s”的预算指标，请先由财政部门建立并下达预算，再核实通过。")
        % {"region": case.region.name, "source": funds.source_title(terms.fund_source)},
        code="budget",
    )


def _paying(lines: dict[int, BudgetLine]) -> Organisation:
    return next(iter(lines.values())).organisation
