"""The acts of the 直通车 (济政发〔2025〕8号 item 7; node list G1–G14 of the edition).

Each is one transaction and one event; the flow calls them, no page writes a status.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, CaseMaterial, Consent, Organisation, Publicity, TalentProfile, User
from talent.core.services import (
    appointments,
    calendar,
    cases,
    letters,
    materials,
    policy,
    promises,
    publicity,
    supplements,
)
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

from . import rules
from .letters import Decision, Recognition
from .models import GreenChannelCase

POLICY = "green_channel"
PUBLICITY_TEXT = "1"


def intake_organisation() -> Organisation:
    """市委组织部, named by the edition's intake bureau."""
    edition = policy.edition_for(POLICY)
    return Organisation.objects.get(code=policy.figures(edition).intake_bureau)


@transaction.atomic
def recommend(
    *,
    actor: User,
    recommender: Organisation,
    employer: Organisation,
    candidate: TalentProfile,
    submission_key: Any = None,
    **fields: Any,
) -> GreenChannelCase:
    """推荐 (G1): a body that may recommend names a person or team; the talent confirms next.

    Raises `ActRefused` when the organisation may not recommend, the person already has a running case, or the
    same form was sent twice.
    """
    if submission_key and GreenChannelCase.objects.filter(submission_key=submission_key).exists():
        raise Conflict(_("这份推荐已经提交，请在办件列表中查看，无需重复提交。"))
    edition = policy.edition_for(POLICY)
    standing = appointments.standing(actor, roles.HR, recommender) or appointments.standing(
        actor, roles.RECOMMENDER, recommender, policy=POLICY
    )
    if standing is None:
        raise NotAllowed(_("您没有代表“%(org)s”推荐的岗位授权。") % {"org": recommender})
    answer = rules.may_recommend(
        kind=recommender.kind,
        code=recommender.code,
        region_kind=recommender.region.kind,
        edition=edition.data,
    )
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    running = GreenChannelCase.objects.filter(applicant=candidate).running().first()
    if running:
        raise ActRefused(
            _("%(name)s已有在办的直通车办件 %(number)s，不能重复推荐。")
            % {"name": candidate, "number": running.number}
        )
    case = cases.open_case(
        GreenChannelCase,
        actor=actor,
        edition=edition,
        applicant=candidate,
        intake=intake_organisation(),
        deciding=intake_organisation(),
        recommender=recommender,
        employer=employer,
        status=Case.Status.RECOMMENDED,
        region=employer.region,
        submission_key=submission_key,
        **fields,
    )
    materials.build_checklist(case, policy.figures(edition).materials)
    cases.record(
        case,
        "recommended",
        actor=actor,
        standing=standing,
        title=_("推荐"),
        public_text=_("%(org)s推荐申报直通车，等待本人确认并完善申报书。") % {"org": recommender},
        figures={"clauses": list(answer.clauses)},
    )
    supplements.tell_applicant(
        case,
        kind="recommended",
        subject=_("您被推荐申报顶尖人才直通车"),
        body=_("%(org)s推荐您申报，请登录确认并完善申报书（办件 %(number)s）。")
        % {"org": recommender, "number": case.number},
    )
    return case


@transaction.atomic
def revise(case: GreenChannelCase, *, actor: User, note: str = "", **fields: Any) -> GreenChannelCase:
    """The recommender answers a returned recommendation; the talent confirms again."""
    for name, value in fields.items():
        setattr(case, name, value)
    case.save(update_fields=list(fields) or None)
    cases.set_status(case, Case.Status.RECOMMENDED)
    cases.record(
        case,
        "recommendation_revised",
        actor=actor,
        title=_("修改推荐"),
        public_text=note or _("推荐单位已修改推荐材料。"),
    )
    return case


@transaction.atomic
def submit(case: GreenChannelCase, *, actor: User) -> GreenChannelCase:
    """The talent confirms the dossier and hands it in; a numbered receipt is issued.

    Raises `ActRefused` naming every part that is not complete.
    """
    if case.applicant.user_id != actor.pk:
        raise NotAllowed(_("只有申请人本人可以提交申报书。"))
    open_parts = [part.title for part in dossier(case) if not part.complete]
    if open_parts:
        raise ActRefused(_("申报书还有未完成的部分：%(parts)s。") % {"parts": "、".join(open_parts)})
    case.promised_true_at = timezone.now()
    case.save(update_fields=["promised_true_at"])
    materials.give_consent(
        case.applicant, Consent.Purpose.JOINT_CHECK, text_version=PUBLICITY_TEXT, actor=actor, case=case
    )
    materials.give_consent(
        case.applicant, Consent.Purpose.PUBLICITY, text_version=PUBLICITY_TEXT, actor=actor, case=case
    )
    cases.submit(case, actor=actor)
    letters.issue(case, letters.Receipt.of(case), issuer=case.intake_organisation, actor=actor)
    return case


@dataclass(frozen=True)
class Part:
    """One part of the dossier's task list: code, title, hint, and whether it is done."""

    code: str
    title: str
    hint: str
    complete: bool


def dossier(case: GreenChannelCase) -> list[Part]:
    """The dossier's parts in order, derived from what is recorded, never from a flag alone."""
    saved = {section.code: section.complete for section in case.sections.all()}
    profile = case.applicant
    identity = bool(profile.name and profile.id_number_index and profile.mobile_index)
    history = profile.educations.exists() and profile.employments.exists()
    lines = list(case.materials.all())
    there = sum(1 for line in lines if line.version_id)
    needed = [line for line in lines if line.required and not line.version_id and not line.deferrable]
    team = case.kind != GreenChannelCase.Kind.TEAM or (
        case.members.exists() and not case.members.filter(consented=False).exists()
    )
    return [
        Part("person", _("基本信息"), _("姓名、证件、联系方式"), identity and saved.get("person", False)),
        Part("history", _("教育与工作经历"), _("最高学历和主要任职"), history),
        Part(
            "achievements",
            _("代表性成果"),
            _("%(n)d 项，最多 10 项") % {"n": case.achievements.count()},
            case.achievements.exists(),
        ),
        Part("project", _("项目情况"), _("技术路线、知识产权、投资与效益"), saved.get("project", False)),
        Part("team", _("团队成员"), _("个人申报可直接标为完成"), team and saved.get("team", False)),
        Part("declaration", _("声明"), _("原单位关系、竞业限制、知识产权"), saved.get("declaration", False)),
        Part("needs", _("服务需求"), _("五个领域，可不填"), saved.get("needs", False)),
        Part(
            "materials",
            _("申报材料"),
            _("已传 %(there)d / %(all)d 份") % {"there": there, "all": len(lines)},
            bool(lines) and not needed,
        ),
    ]


def _tick(case: Case, ticks: dict[int, tuple[str, str]], *, actor: User, standing: Standing) -> None:
    for line in CaseMaterial.objects.filter(case=case, pk__in=ticks):
        tick, reason = ticks[line.pk]
        if (tick, reason) != (line.tick, line.reason):
            materials.tick(line, tick, reason, actor=actor, standing=standing)


@transaction.atomic
def take_in(
    case: GreenChannelCase,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    ticks: dict | None = None,
    missing: list | None = None,
    deferred: Any = (),
    ground: str = "",
    fact: str = "",
    again_reason: str = "",
) -> str:
    """受理 (G2): accept, ask for 补正, offer a promise, return, or refuse with clause and fact. Returns the outcome."""
    _tick(case, ticks or {}, actor=actor, standing=standing)
    if outcome == "accept":
        _accept(case, actor=actor, standing=standing, opinion=opinion)
    elif outcome == "supplement":
        ask_supplement(
            case, missing or [], actor=actor, standing=standing, step="intake", again_reason=again_reason
        )
    elif outcome == "defer":
        promises.offer(case, list(deferred), actor=actor, standing=standing)
    elif outcome == "return":
        cases.set_status(case, Case.Status.RECOMMENDED)
        cases.record(
            case,
            "returned_to_recommender",
            actor=actor,
            standing=standing,
            title=_("退回推荐单位"),
            public_text=opinion,
        )
    else:
        _refuse(
            case,
            Case.Status.NOT_ACCEPTED,
            "not_accepted",
            _("不予受理"),
            ground,
            fact,
            actor=actor,
            standing=standing,
        )
    return outcome


def _accept(
    case: GreenChannelCase, *, actor: User, standing: Standing, opinion: str = "", deferred: bool = False
) -> None:
    cases.accept(case, actor=actor, standing=standing, deferred=deferred, opinion=opinion)
    letters.issue(case, letters.Acceptance.of(case), issuer=case.intake_organisation, actor=actor)
    supplements.tell_applicant(
        case,
        kind="accepted",
        subject=_("申报已受理"),
        body=_("办件 %(number)s 已受理。") % {"number": case.number},
    )


@transaction.atomic
def ask_supplement(
    case: GreenChannelCase,
    missing: list,
    *,
    actor: User,
    standing: Standing,
    step: str,
    again_reason: str = "",
) -> None:
    """补正 from any step: the notice, and its letter."""
    supplement = supplements.ask(
        case, missing, actor=actor, standing=standing, step=step, again_reason=again_reason
    )
    letters.issue(
        case, letters.SupplementNotice.of(case, supplement), issuer=standing.organisation, actor=actor
    )


@transaction.atomic
def answer_promise(case: GreenChannelCase, *, actor: User, accepted: bool) -> str:
    """The talent accepts or declines the promise; accepted means 容缺受理 at once. Returns the outcome."""
    promise = case.promises.filter(state="offered").first()
    if promise is None:
        raise Conflict(_("没有待答复的容缺承诺。"))
    if not accepted:
        promises.decline(promise, actor=actor)
        return "declined"
    promise = promises.accept(promise, actor=actor)
    # The officer who offered it accepts by it: 容缺受理 is his act, made effective by the promise.
    standing = appointments.standing(
        promise.offered_by, roles.INTAKE, case.intake_organisation, policy=case.policy
    )
    case.refresh_from_db()
    cases.accept(case, actor=promise.offered_by, standing=standing, deferred=True)
    letters.issue(
        case,
        letters.DeferredAcceptance.of(case, promise),
        issuer=case.intake_organisation,
        actor=promise.offered_by,
    )
    return "promised"


@dataclass(frozen=True)
class Proposal:
    """What the data proposes for the dispatch, and why."""

    bureau: Organisation | None
    steward: User | None
    reason: str


def propose_dispatch(case: GreenChannelCase) -> Proposal:
    """Lead bureau by chain and field, steward by region; explained."""
    answer = rules.propose_lead(
        chain_lead=case.chain.lead_bureau_code if case.chain else "",
        field=case.field,
        edition=case.edition.data,
    )
    bureau = Organisation.objects.filter(code=answer.bureau_code).first()
    steward = steward_with_fewest(case)
    return Proposal(bureau=bureau, steward=steward, reason=answer.reason)


def dispatch_choices(case: GreenChannelCase) -> dict[str, Any]:
    """What the dispatch form offers: the proposal, city bureaus with checkers, stewards of the intake organisation."""
    stewards = appointments.holders(roles.STEWARD, case.intake_organisation)
    return {
        "proposal": propose_dispatch(case),
        "bureaus": Organisation.objects.confirmed()
        .bureaus()
        .filter(region__kind="city", appointments__role=roles.CHECKER.codename)
        .distinct(),
        "stewards": User.objects.filter(pk__in=[steward.pk for steward in stewards]).order_by("pk"),
    }


def steward_with_fewest(case: GreenChannelCase) -> User | None:
    """The service steward of the intake organisation who looks after the fewest running cases."""
    holders = appointments.holders(roles.STEWARD, case.intake_organisation)
    load = {holder.pk: Case.objects.filter(steward=holder).running().count() for holder in holders}
    return min(holders, key=lambda holder: (load[holder.pk], holder.pk), default=None)


@transaction.atomic
def dispatch(
    case: GreenChannelCase,
    *,
    actor: User,
    standing: Standing,
    lead: Organisation,
    steward: User | None = None,
    change_reason: str = "",
    opinion: str = "",
    outcome: str = "dispatch",
) -> str:
    """分办 (G3). A choice other than the proposed one states why."""
    proposal = propose_dispatch(case)
    if proposal.bureau and lead != proposal.bureau and not change_reason.strip():
        raise ActRefused(
            _("牵头部门与系统建议（%(name)s）不同，请写明改派理由。") % {"name": proposal.bureau}
        )
    if case.lead_organisation_id and case.lead_organisation_id != lead.pk:
        cases.remove_party(case, case.lead_organisation, roles.Capacity.LEAD)
    case.lead_organisation, case.steward = lead, steward
    case.lead_reason = change_reason or proposal.reason
    case.save(update_fields=["lead_organisation", "steward", "lead_reason"])
    cases.add_party(case, lead, roles.Capacity.LEAD)
    if steward:
        cases.add_party(case, case.intake_organisation, roles.Capacity.STEWARD)
    cases.record(
        case,
        "dispatched",
        actor=actor,
        standing=standing,
        title=_("分办"),
        public_text=_("由%(lead)s牵头办理。") % {"lead": lead},
        internal_text="；".join(part for part in (case.lead_reason, opinion) if part),
        figures={"proposed": proposal.bureau.code if proposal.bureau else "", "chosen": lead.code},
    )
    return outcome


@transaction.atomic
def review_form(
    case: GreenChannelCase,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    ticks: dict | None = None,
    missing: list | None = None,
    again_reason: str = "",
) -> str:
    """形式审查 (G4): pass, 补正, or a negative opinion that goes to the decision, not to the applicant."""
    _tick(case, ticks or {}, actor=actor, standing=standing)
    if outcome == "supplement":
        ask_supplement(
            case, missing or [], actor=actor, standing=standing, step="form_review", again_reason=again_reason
        )
        return outcome
    cases.record(
        case,
        "form_reviewed",
        actor=actor,
        standing=standing,
        title=_("形式审查通过") if outcome == "pass" else _("形式审查完成"),
        public_text=_("形式审查已完成。"),
        internal_text=opinion,
        figures={"outcome": outcome},
    )
    return outcome


@transaction.atomic
def draft_decision(
    case: GreenChannelCase,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    level_code: str = "",
    reason: str = "",
    exempt_reason: str = "",
    ground: str = "",
    fact: str = "",
) -> str:
    """拟定决定: kept for the decider; nothing leaves the house yet."""
    case.decision = outcome
    case.decision_reason = reason if outcome == "approve" else fact
    case.decision_clause = "" if outcome == "approve" else ground
    case.save(update_fields=["decision", "decision_reason", "decision_clause"])
    if outcome == "approve" and level_code:
        Case.objects.filter(pk=case.pk).update(level_code=level_code)
        case.level_code = level_code
    Publicity.objects.filter(case=case, state=Publicity.State.EXEMPT).update(state=Publicity.State.CANCELLED)
    cases.record(
        case,
        "decision_drafted",
        actor=actor,
        standing=standing,
        title=_("拟定决定"),
        public_text=_("已形成拟办意见，提请审定。"),
        internal_text=opinion,
        figures={"outcome": outcome, "exempt_reason": exempt_reason, "level_code": level_code},
    )
    return outcome


@transaction.atomic
def decide(
    case: GreenChannelCase, *, actor: User, standing: Standing, outcome: str, opinion: str = ""
) -> str:
    """审定 (G8). The drafter may not decide. Approval opens the publicity, or approves the exemption.

    Returns "redraft", "refused", "exempt" or "publicity".
    """
    drafted = case.events.filter(kind="decision_drafted").order_by("-seq").first()
    if drafted.actor_id == actor.pk or drafted.on_behalf_of_id == actor.pk:
        raise NotAllowed(_("拟定人不能审定自己拟定的决定，请由其他审定人办理。"))
    if outcome == "redraft":
        cases.record(
            case,
            "sent_back_to_drafter",
            actor=actor,
            standing=standing,
            title=_("退回重拟"),
            public=False,
            internal_text=opinion,
        )
        return "redraft"
    if case.decision == "refuse":
        _refuse(
            case, Case.Status.REFUSED, "refused", _("不予认定"), case.decision_clause, case.decision_reason,
            actor=actor, standing=standing,
        )  # fmt: skip
        return "refused"
    cases.record(
        case,
        "decided",
        actor=actor,
        standing=standing,
        title=_("审定同意"),
        public_text=_("经审定，拟予认定。"),
        internal_text=opinion,
        figures={"level_code": case.level_code},
    )
    exempt_reason = drafted.figures.get("exempt_reason", "")
    if exempt_reason:
        publicity.exempt(case, exempt_reason, asked_by=drafted.actor, approved_by=actor, standing=standing)
        cases.set_status(case, Case.Status.APPROVED)
        return "exempt"
    publicity.open_publicity(case, shown(case), actor=actor, standing=standing)
    return "publicity"


def shown(case: GreenChannelCase) -> dict[str, str]:
    """The publicity's fields, cut down to the edition's whitelist. Never a number, phone, address or family."""
    values = {
        "姓名": case.applicant.name,
        "用人单位": case.employer.name if case.employer else "",
        "拟认定层次": str(
            next((level for level in policy.talent_levels() if level.code == case.level_code), "")
        ),
        "项目名称": case.project_title,
        "技术领域": case.field,
        "推荐单位": case.recommender.name if case.recommender else "",
    }
    allowed = policy.figures(case.edition).publicity_fields
    return {label: values[label] for label in allowed if values.get(label)}


@transaction.atomic
def end_publicity(case: GreenChannelCase) -> str:
    """The days have run: "upheld" sends the case back to the draft, "clear" goes on. Returns the outcome."""
    current = case.publicities.filter(state=Publicity.State.OPEN).first()
    if current is None:
        raise Conflict(_("该办件没有进行中的公示。"))
    if current.ends_on >= calendar.today():
        raise ActRefused(_("公示期至%(day)s，尚未期满。") % {"day": f"{current.ends_on:%Y-%m-%d}"})
    publicity.close(current)
    case.refresh_from_db()
    if current.objections.filter(state="upheld").exists():
        cases.set_status(case, Case.Status.ACCEPTED)
        return "upheld"
    return "clear"


@transaction.atomic
def recognise(
    case: GreenChannelCase, *, actor: User, standing: Standing, outcome: str, opinion: str = ""
) -> str:
    """制发决定书和认定书 (G10): only when nothing blocks the result; both letters are numbered in this transaction."""
    cases.require_issuable(case)
    cases.close(
        case,
        Case.Status.COMPLETED,
        actor=actor,
        standing=standing,
        kind="recognised",
        title=_("认定"),
        public_text=_("已认定，决定书和认定书可以下载。"),
        internal_text=opinion,
        figures={"level_code": case.level_code},
    )
    letters.issue(case, Decision.of(case), issuer=case.deciding_organisation, actor=actor)
    letters.issue(case, Recognition.of(case), issuer=case.deciding_organisation, actor=actor)
    supplements.tell_applicant(
        case,
        kind="recognised",
        subject=_("认定已完成"),
        body=_("办件 %(number)s 已办结，请登录下载决定书。") % {"number": case.number},
    )
    return outcome


def _refuse(
    case: GreenChannelCase,
    status: str,
    kind: str,
    title: str,
    ground: str,
    fact: str,
    *,
    actor: User,
    standing: Standing,
) -> None:
    """End the case with a coded ground, its clause and the fact used; the letter says what remedy there is."""
    found = policy.figures(case.edition).refusal_ground(ground)
    cases.close(
        case,
        status,
        actor=actor,
        standing=standing,
        kind=kind,
        title=title,
        public_text=_("%(title)s。情形：%(ground)s（%(clause)s）。事实：%(fact)s。")
        % {"title": title, "ground": found.text, "clause": found.clause, "fact": fact},
        figures={"ground": ground},
    )
    document = letters.NotAccepted if status == Case.Status.NOT_ACCEPTED else letters.Refusal
    letters.issue(case, document.of(case, ground=found, fact=fact), issuer=standing.organisation, actor=actor)
    supplements.tell_applicant(
        case,
        kind=kind,
        subject=title,
        body=_("办件 %(number)s 的结果已出，请登录查看理由和救济途径。") % {"number": case.number},
    )


def lapse_supplement(supplement: Any) -> Case:
    """The 补正 deadline passed: close, with the letter."""
    case = supplements.lapse(supplement)
    return _terminated(case, _("逾期未补正"), _("行政许可法第三十二条；本事项补正期限规定"))


def lapse_promise(promise: Any) -> Case:
    """The promise was broken: close with the letter and the credit mark."""
    case = promises.lapse(promise)
    return _terminated(case, _("逾期未履行容缺承诺"), _("国办发〔2020〕42号；容缺受理承诺书"))


def _terminated(case: Case, reason: str, clause: str) -> Case:
    letters.issue(
        case,
        letters.Termination.of(case, reason=reason, clause=clause),
        issuer=case.intake_organisation,
        actor=None,
    )
    supplements.tell_applicant(
        case,
        kind="lapsed",
        subject=_("办理已终止"),
        body=_("办件 %(number)s 已终止，原因见终止通知书。") % {"number": case.number},
    )
    return case


@transaction.atomic
def answer_supplement(case: GreenChannelCase, *, actor: User, answers: dict[int, str]) -> GreenChannelCase:
    """The talent hands in what the open notice asked for; the case returns to the officer who asked."""
    supplement = case.supplements.filter(state="open").first()
    if supplement is None:
        raise Conflict(_("没有待答复的补正通知。"))
    supplements.answer(supplement, answers, actor=actor)
    case.refresh_from_db()
    return case


def supplement_end(case: Case) -> Any:
    """The last day of the open 补正 notice."""
    return case.supplements.get(state="open").due_on


def publicity_end(case: Case) -> Any:
    """The last day of the open publicity."""
    return case.publicities.get(state=Publicity.State.OPEN).ends_on


@transaction.atomic
def fulfil_promise(promise: Any, *, actor: User) -> GreenChannelCase:
    """The talent says that everything promised is in; from here on nothing is deferred."""
    promises.fulfil(promise, actor=actor)
    return GreenChannelCase.objects.get(pk=promise.case_id)
