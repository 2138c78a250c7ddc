"""The case's life: opened, submitted, accepted, refused, closed; its events, parties and blocking reasons.

Only services write `Case.status`. `record` is the one writer of `CaseEvent`: it seals the event to the one
before it and adds the audit entry in the same transaction, or the act fails.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    Case,
    CaseEvent,
    CaseParty,
    Check,
    Extension,
    Objection,
    Organisation,
    PolicyEdition,
    Promise,
    Publicity,
    Supplement,
    TalentProfile,
    Urge,
    User,
)

from . import appointments, audit, calendar, policy, sequences
from .errors import ActRefused, Conflict, NotAllowed

QUERY_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Blocking:
    """One reason why a result cannot be issued yet.

    code: stable name; text: what stands in the way; remedy: what would remove it.
    """

    code: str
    text: str
    remedy: str


@transaction.atomic
def open_case(
    model: type[Case],
    *,
    actor: User,
    edition: PolicyEdition,
    applicant: TalentProfile,
    intake: Organisation,
    recommender: Organisation | None = None,
    employer: Organisation | None = None,
    deciding: Organisation | None = None,
    status: str = Case.Status.DRAFT,
    **fields: Any,
) -> Case:
    """Open a case of `model` under `edition` and name its parties. Returns the case with its number (案号)."""
    year = calendar.today().year
    serial = sequences.next_number(f"case:{edition.policy}", year)
    prefix = policy.figures(edition).case_prefix
    case = model.objects.create(
        number=f"{prefix}{year}-{serial:04d}",
        policy=edition.policy,
        edition=edition,
        title=edition.title,
        applicant=applicant,
        employer=employer,
        recommender=recommender,
        intake_organisation=intake,
        deciding_organisation=deciding,
        status=status,
        created_by=actor,
        query_code="".join(secrets.choice(QUERY_ALPHABET) for _place in range(8)),
        **fields,
    )
    for organisation, capacity in (
        (recommender, roles.Capacity.RECOMMENDER),
        (employer, roles.Capacity.EMPLOYER),
        (intake, roles.Capacity.INTAKE),
        (deciding, roles.Capacity.DECIDING),
    ):
        if organisation is not None:
            add_party(case, organisation, capacity)
    for organisation in (
        Organisation.objects.confirmed()
        .filter(
            appointments__role__in=(roles.SUPERVISOR.codename, roles.AUDITOR.codename), region__kind="city"
        )
        .distinct()
    ):
        add_party(case, organisation, roles.Capacity.SUPERVISING)
    return case


def add_party(case: Case, organisation: Organisation, capacity: roles.Capacity) -> CaseParty:
    """Let `organisation` take part in `case`; repeating it changes nothing."""
    return CaseParty.objects.get_or_create(case=case, organisation=organisation, capacity=capacity)[0]


def remove_party(case: Case, organisation: Organisation, capacity: roles.Capacity) -> None:
    """Take an organisation out of one capacity (a new dispatch replaces the lead bureau)."""
    CaseParty.objects.filter(case=case, organisation=organisation, capacity=capacity).delete()


# Without a savepoint: an act that swallowed a failed record would be undone, as in the audit chain.
@transaction.atomic(savepoint=False)
def record(
    case: Case,
    kind: str,
    *,
    actor: User | None,
    title: str,
    standing: "appointments.Standing | None" = None,
    step: str = "",
    public: bool = True,
    public_text: str = "",
    internal_text: str = "",
    clock: str = "",
    clock_day: Any = None,
    clock_days: int = 0,
    figures: dict | None = None,
) -> CaseEvent:
    """Append one event, in the past tense, and its audit entry.

    `standing` says in which post (and for whom) the actor acted. `clock` is the effect on the time limit;
    `clock_day` the day that counts, today's counting day when left out.
    """
    event = CaseEvent(
        case_id=case.pk,
        kind=kind,
        title=title,
        at=timezone.now(),
        actor=actor,
        role=standing.role.codename if standing else "",
        organisation=standing.organisation if standing else None,
        on_behalf_of=standing.principal if standing else None,
        step=step or case.step,
        public=public,
        public_text=public_text,
        internal_text=internal_text,
        clock=clock,
        clock_day=clock_day or (calendar.effective_day(timezone.now()) if clock else None),
        clock_days=clock_days,
        figures=figures or {},
    )
    if not _linked(event, case):
        # Somebody recorded since the case was read: the end of the chain is read again, under its lock.
        last = Case.objects.select_for_update().only("pk", "sealed_events", "last_hash").get(pk=case.pk)
        case.sealed_events, case.last_hash = last.sealed_events, last.last_hash
        _linked(event, case)
    event.save(force_insert=True)
    audit.record(
        kind, actor=actor, subject=case.number, detail={"event": event.seq, "event_hash": event.hash}
    )
    if clock:
        refresh_due(case)
    return event


def _linked(event: CaseEvent, case: Case) -> bool:
    """Make `event` the end of the chain and lock the case row; False when the chain has grown since `case` was read."""
    event.seq, event.previous_hash = case.sealed_events + 1, case.last_hash
    event.hash = event.computed_hash()
    taken = Case.objects.filter(
        pk=case.pk, sealed_events=case.sealed_events, last_hash=case.last_hash
    ).update(sealed_events=event.seq, last_hash=event.hash)
    if taken:
        case.sealed_events, case.last_hash = event.seq, event.hash
    return bool(taken)


def refresh_due(case: Case) -> Case:
    """Write both due dates and the pause flag on the case row, where lists sort by them."""
    today = calendar.today()
    legal, promise = calendar.case_clocks(case)
    case.due_on = legal.due(today) if legal else None
    case.promise_due_on = promise.due(today) if promise else None
    case.paused = bool(legal and any(pause.end is None for pause in legal.pauses))
    case.save(update_fields=["due_on", "promise_due_on", "paused"])
    return case


def move_to(case: Case, *, step: str, public_step: str, waiting_on: str) -> Case:
    """Note where the case is now: internal step, public step, and who holds it."""
    case.step, case.public_step, case.waiting_on = step, public_step, waiting_on
    case.save(update_fields=["step", "public_step", "waiting_on"])
    return case


def set_status(case: Case, status: str, **dates: Any) -> Case:
    """Change the status and the dates that belong to the change."""
    case.status = status
    for name, value in dates.items():
        setattr(case, name, value)
    case.save(update_fields=["status", *dates])
    return case


@transaction.atomic
def submit(case: Case, *, actor: User) -> Case:
    """The applicant hands the dossier in. A submission after hours counts from the next working day."""
    if case.status not in (Case.Status.DRAFT, Case.Status.RECOMMENDED):
        raise Conflict(_("办件 %(number)s 已经提交，无需重复提交。") % {"number": case.number})
    set_status(case, Case.Status.SUBMITTED, submitted_at=timezone.now())
    record(case, "submitted", actor=actor, title=_("提交申报"), public_text=_("申报已提交，等待受理。"))
    return case


@transaction.atomic
def accept(
    case: Case, *, actor: User, standing: "appointments.Standing", deferred: bool = False, opinion: str = ""
) -> Case:
    """受理: the legal clock starts on the counting day of the acceptance (行政许可法 arts. 32, 42)."""
    if case.status not in (Case.Status.SUBMITTED, Case.Status.SUPPLEMENTING):
        raise Conflict(_("办件 %(number)s 当前不在待受理状态，请刷新页面。") % {"number": case.number})
    set_status(case, Case.Status.ACCEPTED, accepted_at=timezone.now())
    record(
        case,
        "accepted_with_promise" if deferred else "accepted",
        actor=actor,
        standing=standing,
        title=_("容缺受理") if deferred else _("受理"),
        public_text=_("申报已受理，开始计算办理时限。"),
        internal_text=opinion,
        clock=CaseEvent.ClockEffect.START,
    )
    return case


@transaction.atomic
def close(
    case: Case,
    status: str,
    *,
    actor: User | None,
    kind: str,
    title: str,
    standing: "appointments.Standing | None" = None,
    public_text: str = "",
    internal_text: str = "",
    figures: dict | None = None,
) -> Case:
    """End the case in `status`; whatever is still open on it is settled with it."""
    if case.ended:
        raise Conflict(
            _("办件 %(number)s 已经结束（%(status)s）。")
            % {"number": case.number, "status": case.get_status_display()}
        )
    now = timezone.now()
    Supplement.objects.filter(case=case, state=Supplement.State.OPEN).update(state=Supplement.State.CANCELLED)
    Promise.objects.filter(case=case, state__in=(Promise.State.OFFERED, Promise.State.ACCEPTED)).update(
        state=Promise.State.CANCELLED, settled_at=now
    )
    Publicity.objects.filter(case=case, state=Publicity.State.OPEN).update(
        state=Publicity.State.CANCELLED, closed_at=now
    )
    Check.objects.open().filter(case=case).update(state=Check.State.CANCELLED, closed_at=now)
    Extension.objects.filter(case=case, state=Extension.State.ASKED).update(state=Extension.State.CANCELLED)
    set_status(case, status, closed_at=now)
    move_to(case, step="", public_step=case.get_status_display(), waiting_on="")
    record(
        case,
        kind,
        actor=actor,
        standing=standing,
        title=title,
        public_text=public_text,
        internal_text=internal_text,
        clock=CaseEvent.ClockEffect.STOP,
        figures=figures,
    )
    return case


def blocking_reasons(case: Case) -> list[Blocking]:
    """Why can the result of this case not be issued? An empty list means it can.

    Asked before every decision letter and payment. Missing or refused material, a promise not yet kept, an open
    supplement, an open objection, a publicity that has not run its days.
    """
    reasons = []
    for line in case.materials.all():
        if line.deferred:
            continue
        if not line.satisfied:
            reasons.append(
                Blocking(
                    "material",
                    _("材料“%(name)s”缺失或不合格") % {"name": line.name},
                    _("请申请人补正，或由审查人员注明不适用及原因"),
                )
            )
    live = (Promise.State.OFFERED, Promise.State.ACCEPTED)
    promise = next((promise for promise in case.promises.all() if promise.state in live), None)
    if promise:
        due = f"（{promise.due_on:%Y-%m-%d} 前）" if promise.due_on else ""
        names = "、".join(item["name"] for item in promise.items)
        reasons.append(
            Blocking(
                "promise",
                _("容缺材料尚未补齐：%(names)s%(due)s") % {"names": names, "due": due},
                _("请申请人按承诺补齐材料"),
            )
        )
    if any(supplement.state == Supplement.State.OPEN for supplement in case.supplements.all()):
        reasons.append(Blocking("supplement", _("补正通知尚未答复"), _("等待申请人补正")))
    publicity = next(iter(case.publicities.all()), None)
    if publicity and Objection.objects.filter(publicity__case=case, state=Objection.State.OPEN).exists():
        reasons.append(
            Blocking("objection", _("公示期间收到的异议尚未核查"), _("请受理单位核查异议并写明结论"))
        )
    if case.status == Case.Status.PUBLICITY and (
        publicity is None or publicity.state == Publicity.State.OPEN
    ):
        ends = f"{publicity.ends_on:%Y-%m-%d}" if publicity and publicity.ends_on else ""
        reasons.append(
            Blocking("publicity", _("公示期未满（至 %(day)s）") % {"day": ends}, _("等待公示期满"))
        )
    return reasons


def require_issuable(case: Case) -> None:
    """Raise `ActRefused` naming every blocking reason."""
    reasons = blocking_reasons(case)
    if reasons:
        raise ActRefused(
            _("现在不能出具结果：%(reasons)s。") % {"reasons": "；".join(reason.text for reason in reasons)},
            code="blocked",
        )


@transaction.atomic
def urge(case: Case, *, actor: User, note: str) -> Urge:
    """催办 by the applicant or the employer's HR. One unanswered urge at a time."""
    if case.ended:
        raise ActRefused(_("办件已经结束，不需要催办。"))
    if case.urges.filter(made_by=actor, kind=Urge.Kind.URGE, replied_at__isnull=True).exists():
        raise ActRefused(_("您已提交过催办，经办单位尚未答复，请等待答复后再催。"))
    made = Urge.objects.create(case=case, kind=Urge.Kind.URGE, step=case.step, note=note, made_by=actor)
    record(case, "urged", actor=actor, title=_("催办"), public_text=note)
    return made


@transaction.atomic
def supervise(case: Case, *, actor: User, note: str) -> Urge:
    """督办 by somebody who holds a supervising post over the case; the holder must reply."""
    standing = appointments.standing_on(actor, case, roles.Act.SUPERVISE)
    if standing is None:
        raise NotAllowed(_("您没有督办该办件的岗位授权。"))
    if case.ended:
        raise ActRefused(_("办件已经结束，不能督办。"))
    made = Urge.objects.create(case=case, kind=Urge.Kind.SUPERVISE, step=case.step, note=note, made_by=actor)
    record(
        case, "supervised", actor=actor, standing=standing, title=_("督办"), public=False, internal_text=note
    )
    return made


@transaction.atomic
def reply_to_urge(urge_row: Urge, *, actor: User, reply: str) -> Urge:
    """The answer of an office at work on the case, never of whoever asked; a reply to 催办 is read by the applicant."""
    standing = appointments.standing_on(actor, urge_row.case, roles.Act.NOTE)
    if standing is None or urge_row.made_by_id == actor.pk:
        raise NotAllowed(_("只有办理该办件的岗位可以答复，提出人不能自己答复。"))
    answered = Urge.objects.filter(pk=urge_row.pk, replied_at__isnull=True).update(
        reply=reply, replied_by=actor, replied_at=timezone.now()
    )
    if not answered:
        raise Conflict(_("这条催办（督办）已经有人答复。"))
    urge_row.refresh_from_db()
    public = urge_row.kind == Urge.Kind.URGE
    record(
        urge_row.case,
        "urge_answered",
        actor=actor,
        standing=standing,
        title=_("答复%(kind)s") % {"kind": urge_row.get_kind_display()},
        public=public,
        public_text=reply if public else "",
        internal_text="" if public else reply,
    )
    return urge_row
