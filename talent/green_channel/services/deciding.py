"""拟定 and 审定 (G8) by two people, 公示 (G9), 认定 (G10)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core.models import Case, CaseEvent, Publicity, User
from talent.core.services import calendar, cases, checks, letters, materials, policy, publicity, supplements
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.intake import refuse
from talent.green_channel.letters import Decision, Recognition
from talent.green_channel.models import GreenChannelCase

from .minuting import require_recommended
from .orders import open_from_needs
from .team import require_settled


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
    adverse_reason: str = "",
    ground: str = "",
    fact: str = "",
) -> str:
    """拟定决定: kept for the decider; nothing leaves the house yet.

    With adverse findings of the checks nobody has explained, an approval states why (`adverse_reason`). Raises
    `ActRefused` for an approval over the heads of experts or meeting, or while a change of the team is not settled.
    """
    if outcome == "approve":
        require_recommended(case)
        require_settled(case)
        if adverse_reason.strip():
            checks.explain(case, adverse_reason, actor=actor, standing=standing)
        checks.require_recommendable(case)
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


def _require_another_hand(drafted: CaseEvent, actor: User, standing: Standing) -> None:
    """Whoever drafted, or had it drafted by a deputy, does not decide, neither himself nor as somebody's deputy."""
    people = {actor.pk, standing.principal.pk if standing.principal else actor.pk}
    if people & {drafted.actor_id, drafted.on_behalf_of_id}:
        raise NotAllowed(_("拟定人不能审定自己拟定的决定，请由其他审定人办理。"))


@transaction.atomic
def decide(
    case: GreenChannelCase, *, actor: User, standing: Standing, outcome: str, opinion: str = ""
) -> str:
    """审定 (G8). The drafter may not decide. Approval opens the publicity, or approves the exemption.

    Returns "redraft", "refused", "exempt" or "publicity".
    """
    drafted = case.events.filter(kind="decision_drafted").order_by("-seq").first()
    _require_another_hand(drafted, actor, standing)
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
        refuse(
            case, Case.Status.REFUSED, "refused", _("不予认定"), case.decision_clause, case.decision_reason,
            actor=actor, standing=standing,
        )  # fmt: skip
        return "refused"
    materials.require_before(case, "decide")
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
    opened = publicity.open_publicity(case, shown(case), actor=actor, standing=standing)
    letters.issue(
        case, letters.PublicityNotice.of(case, opened), issuer=case.deciding_organisation, actor=actor
    )
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


def publicity_end(case: Case) -> Any:
    """The last day of the open publicity."""
    return case.publicities.get(state=Publicity.State.OPEN).ends_on


@transaction.atomic
def recognise(
    case: GreenChannelCase, *, actor: User, standing: Standing, outcome: str, opinion: str = ""
) -> str:
    """制发决定书和认定书 (G10) when nothing blocks the result; the services asked for in the dossier are ordered."""
    cases.require_issuable(case)
    materials.require_before(case, "recognise")
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
    open_from_needs(case, actor=actor)
    supplements.tell_applicant(
        case,
        kind="recognised",
        subject=_("认定已完成"),
        body=_("办件 %(number)s 已办结，请登录下载决定书。") % {"number": case.number},
    )
    return outcome
