"""变更: reported by the person, the employer or the office; proposed by an officer, decided by a second person, reversible.

What one officer does alone (an event without consequence, a suspension) takes effect at once; whatever changes money
waits for the head of the handling office or whoever decides the case.
"""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Award, AwardChange, DocumentVersion, Organisation, User

from .. import calendar, cases, materials, messages, standing
from ..errors import ActRefused, Conflict, NotAllowed
from ..standing import Standing
from . import changes, instalments, rights
from .consequences import Levels, carry_out, levels_of, own_request
from .instalments import stated

Kind, Outcome, State, Side = AwardChange.Kind, AwardChange.Outcome, AwardChange.State, AwardChange.Side
# What takes an outcome back. Nothing follows from `keep`, so nothing takes it back.
OPPOSITE = {
    Outcome.SUSPEND: Outcome.RESUME,
    Outcome.RESUME: Outcome.SUSPEND,
    Outcome.STOP: Outcome.REINSTATE,
    Outcome.REINSTATE: Outcome.STOP,
    Outcome.UPGRADE: Outcome.UNDO_UPGRADE,
    Outcome.EMPLOYER: Outcome.EMPLOYER,
}


# --- reported ------------------------------------------------------------------------------------------------


def side_of(actor: User, award: Award) -> str:
    """For whom `actor` may report a change of this award; empty for anybody else."""
    case = award.case
    if case.applicant.user_id == actor.pk:
        return Side.PERSON
    if case.employer_id and standing.standing(actor, roles.HR, case.employer, policy=case.policy):
        return Side.EMPLOYER
    if rights.post_for(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case.policy):
        return Side.OFFICE
    return ""


def report(
    award: Award,
    *,
    kind: str,
    happened_on: date,
    statement: str,
    actor: User,
    evidence: UploadedFile | None = None,
    new_employer: Organisation | None = None,
    level_code: str = "",
    within: int = 0,
) -> AwardChange:
    """报告变化 with evidence; the handling office is told. `within`: the working days the edition gives for it.

    A late report is taken in and marked late. Refused without evidence when the person reports it himself.
    """
    side = side_of(actor, award)
    if not side:
        raise NotAllowed(_("只有申请人本人、用人单位人事专员和经办单位可以报告变化。"))
    version = None
    if evidence is not None:
        owner = award.case.applicant if side == Side.PERSON else award.case.employer
        title = _("变更凭证：%(kind)s") % {"kind": Kind(kind).label}
        version = materials.store_upload(evidence, owner=owner, type_code="CHANGE", title=title, actor=actor)
    elif side == Side.PERSON:
        raise ActRefused(_("请上传能够说明变化的凭证。"), code="evidence")
    facts = {"level_code": level_code} if level_code else {}
    return noted(
        award, kind=kind, happened_on=happened_on, statement=statement, actor=actor, side=side, evidence=version,
        new_employer=new_employer, facts=facts, within=within,
    )  # fmt: skip


@transaction.atomic
def noted(
    award: Award, *, kind: str, happened_on: date, statement: str, actor: User, side: str,
    evidence: DocumentVersion | None = None, new_employer: Organisation | None = None,
    facts: dict[str, Any] | None = None, within: int = 0, reverses: AwardChange | None = None,
) -> AwardChange:  # fmt: skip
    """The report as a row and an event; whether `actor` may has been asked."""
    award = rights.lock_award(award)
    today, case = calendar.today(), award.case
    if happened_on > today:
        raise ActRefused(_("发生日期不能晚于今天。"))
    if kind == Kind.EMPLOYER and (new_employer is None or new_employer.pk == case.employer_id):
        raise ActRefused(_("请选择变更后的用人单位；单位不在本地的，请按“离职或离岗”报告。"))
    if kind == Kind.LEVEL and not (facts or {}).get("level_code"):
        raise ActRefused(_("请选择提升后的人才层次。"))
    last = award.changes.aggregate(last=models.Max("place"))["last"] or 0
    try:
        with transaction.atomic():
            made = AwardChange.objects.create(
                award=award, place=last + 1, kind=kind, happened_on=happened_on, statement=stated(statement)[:500],
                evidence=evidence, side=side, reported_by=actor, facts=facts or {}, new_employer=new_employer,
                late=bool(within) and today > calendar.due_after(happened_on, within), reverses=reverses,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            _("该资助已有一项“%(kind)s”正在办理，请等待办理结果。") % {"kind": Kind(kind).label}
        ) from None
    cases.record(
        case, "change_reported", actor=actor, title=_("报告变化：%(kind)s") % {"kind": made.get_kind_display()},
        public_text=made.statement, figures={"award": award.number, "change": made.place, "late": made.late},
    )  # fmt: skip
    if side != Side.OFFICE:
        _tell_office(award, made)
    return made


def _tell_office(award: Award, made: AwardChange) -> None:
    for person in standing.holders(instalments.handling_role(award), award.handling_organisation):
        messages.tell(
            person, kind="change_reported", subject=_("有一项发放变更待核实"), case=award.case,
            body=_("办件 %(number)s 的%(side)s报告：%(kind)s，请核实。")
            % {"number": award.case.number, "side": made.get_side_display(), "kind": made.get_kind_display()},
            key=f"change:{made.pk}:{person.pk}",
        )  # fmt: skip


# --- proposed ------------------------------------------------------------------------------------------------


def outcomes_for(change: AwardChange) -> list[str]:
    """What an officer can propose on this change as the award stands."""
    award, kind = change.award, change.kind
    found = [Outcome.KEEP]
    if award.state == Award.State.ACTIVE:
        found.append(Outcome.SUSPEND)
    if award.state == Award.State.SUSPENDED:
        found.append(Outcome.RESUME)
    if award.state in Award.LIVE:
        found.append(Outcome.STOP)
    if kind == Kind.LEVEL and award.state != Award.State.STOPPED:
        found.append(Outcome.UPGRADE)
    if kind == Kind.EMPLOYER and award.state != Award.State.STOPPED:
        found.append(Outcome.EMPLOYER)
    return found


@transaction.atomic
def propose(
    change: AwardChange, *, outcome: str, reason: str, clause: str, actor: User, levels: Levels | None = None
) -> AwardChange:
    """What the handling office makes of it. What one officer may do alone is done; the rest waits for a second person.

    Raises `ActRefused` for an outcome that does not fit, and (code "alert") for a stop nobody was warned of.
    """
    award = rights.lock_award(change.award)
    post = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    change = _locked(change, award)
    _require(change, State.REPORTED)
    fits = outcomes_for(change) if change.reverses_id is None else [OPPOSITE[change.reverses.outcome]]
    if outcome not in fits:
        raise ActRefused(
            _("资助现在是“%(state)s”，不能办理“%(outcome)s”。")
            % {"state": award.get_state_display(), "outcome": Outcome(outcome).label}
        )
    reason, clause = stated(reason), stated(clause)
    if outcome == Outcome.STOP:
        changes.require_warned(award, at_own_request=own_request(change))
    facts = dict(change.facts)
    if outcome == Outcome.UPGRADE:
        found = levels_of(levels).difference(award.case.specific(), facts["level_code"])
        facts |= {
            "difference": str(found.total),
            "lines": [[line.text, str(line.amount), line.clause] for line in found.lines],
        }
    alone = outcome in AwardChange.ALONE
    _move(
        change, (State.REPORTED,), state=State.DONE if alone else State.PROPOSED, outcome=outcome, reason=reason,
        clause=clause, facts=facts, proposed_by=actor, proposed_at=timezone.now(),
    )  # fmt: skip
    cases.record(
        award.case, "change_proposed", actor=actor, standing=post, public=False,
        title=_("变更处理：%(outcome)s") % {"outcome": change.get_outcome_display()},
        internal_text=_("%(reason)s（%(clause)s）") % {"reason": reason, "clause": clause},
        figures={"award": award.number, "change": change.place, "outcome": outcome},
    )  # fmt: skip
    if alone:
        carry_out(change, award, actor=actor, post=post, levels=levels)
        _tell_reporter(change, award)
    return change


def by_office(
    award: Award, *, outcome: str, reason: str, clause: str, actor: User, kind: str = Kind.OTHER
) -> AwardChange:
    """A change the office itself found: reported and proposed in one act."""
    with transaction.atomic():
        made = noted(
            award, kind=kind, happened_on=calendar.today(), statement=reason, actor=actor, side=Side.OFFICE
        )
        return propose(made, outcome=outcome, reason=reason, clause=clause, actor=actor)


# --- decided -------------------------------------------------------------------------------------------------


def decider_post(actor: User, award: Award) -> Standing | None:
    """The post in the handling or the deciding organisation in which `actor` decides changes of `award`."""
    for organisation in (award.handling_organisation, award.case.deciding_organisation):
        if organisation is None:
            continue
        found = rights.post_for(actor, roles.Act.DECIDE_CHANGE, organisation, award.case.policy)
        if found:
            return found
    return None


@transaction.atomic
def decide_change(
    change: AwardChange, *, approved: bool, note: str = "", actor: User, levels: Levels | None = None
) -> AwardChange:
    """审定 by a second person: done as proposed, or refused with a reason. Never by who proposed, nor for him."""
    award = rights.lock_award(change.award)
    post = decider_post(actor, award)
    if post is None:
        raise NotAllowed(_("您没有审定该资助变更的岗位授权。"))
    rights.require(actor, roles.Act.DECIDE_CHANGE, post.organisation, case=award.case)
    change = _locked(change, award)
    _require(change, State.PROPOSED)
    people = {actor.pk, post.principal.pk if post.principal else actor.pk}
    if change.proposed_by_id in people:
        raise NotAllowed(_("处理意见由您提出，须由其他人审定。"))
    if not approved:
        note = stated(note)
    done = State.DONE if approved else State.REFUSED
    _move(
        change, (State.PROPOSED,), state=done, decided_by=actor, decided_at=timezone.now(), note=note.strip()[:200]
    )  # fmt: skip
    cases.record(
        award.case, "change_decided", actor=actor, standing=post, public=False,
        title=_("变更审定：%(outcome)s，%(state)s")
        % {"outcome": change.get_outcome_display(), "state": change.get_state_display()},
        internal_text=note, figures={"award": award.number, "change": change.place, "approved": approved},
    )  # fmt: skip
    if approved:
        carry_out(change, award, actor=actor, post=post, levels=levels)
    _tell_reporter(change, award)
    return change


@transaction.atomic
def reverse(change: AwardChange, *, reason: str, actor: User) -> AwardChange:
    """撤销: the opposite of what was done, as a change of its own that goes the same way, with a second person."""
    award = rights.lock_award(change.award)
    rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    change = _locked(change, award)
    _require(change, State.DONE)
    opposite = OPPOSITE.get(change.outcome)
    if opposite is None:
        raise ActRefused(_("该项变更没有改变发放，无需撤销。"))
    back = Organisation.objects.filter(pk=change.result.get("employer_before")).first()
    made = noted(
        award, kind=change.kind, happened_on=calendar.today(), statement=reason, actor=actor, side=Side.OFFICE,
        new_employer=back, facts=dict(change.facts), reverses=change,
    )  # fmt: skip
    return propose(made, outcome=opposite, reason=reason, clause=change.clause, actor=actor)


def _locked(change: AwardChange, award: Award) -> AwardChange:
    locked = (
        AwardChange.objects.select_for_update(of=("self",))
        .select_related("reverses", "new_employer", "reported_by")
        .get(pk=change.pk)
    )
    locked.award = award
    return locked


def _require(change: AwardChange, state: str) -> None:
    if change.state != state:
        raise Conflict(
            _("该项变更现在是“%(state)s”，不能再办理这一步，请刷新后查看。")
            % {"state": change.get_state_display()}
        )


def _move(change: AwardChange, leaving: tuple[str, ...], **fields: Any) -> None:
    if not AwardChange.objects.filter(pk=change.pk, state__in=leaving).update(**fields):
        raise Conflict(_("该项变更已由他人办理，请刷新后查看。"))
    for name, value in fields.items():
        setattr(change, name, value)


def _tell_reporter(change: AwardChange, award: Award) -> None:
    if change.side == Side.OFFICE:
        return
    messages.tell(
        change.reported_by, kind="change_settled", subject=_("变更已办理"), case=award.case,
        body=_("办件 %(number)s 的“%(kind)s”：%(outcome)s，%(state)s。")
        % {"number": award.case.number, "kind": change.get_kind_display(),
           "outcome": change.get_outcome_display(), "state": change.get_state_display()},
    )  # fmt: skip
