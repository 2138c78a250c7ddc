"""核定 and 复核 (H6) by two officers, 组织部门审核, 公示 (H7), and the decision (H8)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from housing.letters import Decision, Refusal
from housing.models import HousingCase
from housing.rules import Assessment
from talent.core import roles
from talent.core.models import Case, Organisation, Publicity, User
from talent.core.services import calendar, cases, checks, intake, letters, policy, publicity, supplements
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

from . import money, support
from .checking import conclude
from .household import hold_family, overlaps
from .reading import assess, figures_of
from .reviewing import return_to_county

# What the city may correct on the evidence, and where it stands.
CORRECTED = (
    "insured_months",
    "household_homes",
    "price",
    "rent",
    "rent_received",
    "rent_months_drawn",
    "settling_received",
)


def calculate_choices(case: HousingCase) -> dict[str, Any]:
    """What the form of the calculation is built with: negotiated, touched by other cases, adverse findings."""
    return {
        "negotiated": assess(case).negotiated,
        "touched": bool(overlaps(case)),
        "adverse": bool(checks.unexplained(case)),
    }


@transaction.atomic
def calculate(
    case: HousingCase,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    level_code: str = "",
    ground: str = "",
    fact: str = "",
    negotiated: Decimal | None = None,
    overlap_reason: str = "",
    explanation: str = "",
    ticks: dict | None = None,
    missing: list | None = None,
    again_reason: str = "",
    **corrected: Any,
) -> str:
    """核定: the facts as the evidence shows them, and the amount by the rules; nothing leaves the house yet.

    Raises `ActRefused` for an approval the rules do not give, or while another case touches this one and nobody
    has said why that does not stand in the way.
    """
    intake.tick_lines(case, ticks or {}, actor=actor, standing=standing)
    if outcome == "supplement":
        intake.ask_supplement(
            case, missing or [], actor=actor, standing=standing, step="calculate", again_reason=again_reason
        )
        return outcome
    if outcome == "return":
        return_to_county(case, opinion, actor=actor, standing=standing)
        return outcome
    changed = _correct(case, level_code, corrected, opinion)
    case.negotiated_amount = negotiated
    answer = assess(case)
    if outcome == "approve":
        _require_approvable(answer)
        _require_no_overlap(case, overlap_reason)
        conclude(case, outcome, explanation, actor=actor, standing=standing)
        case.amount_each, case.amount_months = answer.amount.each, answer.amount.months
        case.amount_total, case.decision_reason, case.decision_ground = answer.amount.total, opinion, ""
    else:
        policy.figures(case.edition).refusal_ground(ground)
        conclude(case, outcome, explanation, actor=actor, standing=standing)
        case.amount_each = case.amount_total = case.negotiated_amount = None
        case.amount_months, case.decision_reason, case.decision_ground = 0, fact, ground
    case.decision, case.assessment = outcome, answer.plain()
    case.calculated_by, case.verified_by = actor, None
    case.save()
    cases.record(
        case, "amount_calculated", actor=actor, standing=standing, title=_("核定"),
        public_text=_("已完成核定，正在复核。"),
        internal_text="；".join(part for part in (opinion, overlap_reason) if part),
        figures={"outcome": outcome, "total": str(case.amount_total or ""), "changed": changed,
                 "overlaps": [one.case.number for one in overlaps(case)]},
    )  # fmt: skip
    return outcome


def _correct(
    case: HousingCase, level_code: str, corrected: dict[str, Any], opinion: str
) -> dict[str, list[str]]:
    """Write what the officer found instead of what was stated; both stay on record."""
    changed = {}
    given = {name: corrected.get(name) for name in CORRECTED} | {"level_code": level_code}
    for name, value in given.items():
        before = getattr(case, name)
        if value not in (None, "") and value != before:
            changed[name] = [str(before), str(value)]
            setattr(case, name, value)
    if changed and len(opinion.strip()) < 4:
        raise ActRefused(_("核定的事实与填报不同，请在办理意见中写明依据（至少4个字）。"))
    if "level_code" in changed:
        case.deciding_organisation = Organisation.objects.get(
            code=figures_of(case.edition).deciding_of(level_code).bureau
        )
        cases.add_party(case, case.deciding_organisation, roles.Capacity.DECIDING)
    return changed


def _require_approvable(answer: Assessment) -> None:
    """Raises `ActRefused` naming every condition that fails, or that nothing was agreed where it must be."""
    against = [*answer.failed, *answer.unknown]
    if against:
        said = "；".join(f"{one.text}（{one.fact}，{one.clause}）" for one in against)
        raise ActRefused(_("按政策不能批准：%(said)s。请核对事实，或改为不予批准。") % {"said": said})
    if answer.amount is None:
        raise ActRefused(_("该层次一事一议，请填写议定的金额，并在办理意见中写明依据。"))


def _require_no_overlap(case: HousingCase, reason: str) -> None:
    found = overlaps(case)
    if found and len(reason.strip()) < 4:
        said = "；".join(f"{one.text}（{one.case.number}）" for one in found)
        raise ActRefused(
            _("存在可能重复享受的办件：%(said)s。请核对后写明为何可以继续，或改为不予批准。")
            % {"said": said},
            code="overlap",
        )


@transaction.atomic
def verify(
    case: HousingCase, *, actor: User, standing: Standing, outcome: str, opinion: str = "", ticks: dict | None = None,
    missing: list | None = None, again_reason: str = "",
) -> str:  # fmt: skip
    """复核 by another officer: "redo", "refuse" (on to the decision), "endorse" (组织部门), or "publicity" is opened.

    The amount is worked out once more; another result than the calculated one goes back.
    """
    if case.calculated_by_id == actor.pk:
        raise NotAllowed(_("核定人不能复核自己的核定，请由其他人员办理。"))
    intake.tick_lines(case, ticks or {}, actor=actor, standing=standing)
    if outcome == "supplement":
        intake.ask_supplement(
            case, missing or [], actor=actor, standing=standing, step="verify", again_reason=again_reason
        )
        return outcome
    if outcome == "redo":
        _sent_back(case, actor, standing, opinion, _("退回重新核定"))
        return outcome
    if case.decision == HousingCase.Decision.APPROVE:
        now = assess(case)
        if not now.amount or now.amount.total != case.amount_total:
            raise Conflict(_("核定后情况有变化，金额已不同，请退回重新核定。"))
    case.verified_by = actor
    case.save(update_fields=["verified_by"])
    cases.record(
        case, "amount_verified", actor=actor, standing=standing, title=_("复核"), public_text=_("复核完成。"),
        internal_text=opinion,
    )  # fmt: skip
    if case.decision == HousingCase.Decision.REFUSE:
        return "refuse"
    if figures_of(case.edition).deciding_of(case.level_code).endorsed:
        return "endorse"
    return _publish(case, actor, standing)


@transaction.atomic
def endorse(case: HousingCase, *, actor: User, standing: Standing, outcome: str, opinion: str = "") -> str:
    """组织部门审核 of the levels the edition names: opens the publicity, or sends back."""
    if outcome == "redo":
        _sent_back(case, actor, standing, opinion, _("组织部门退回"))
        return outcome
    cases.record(
        case, "endorsed", actor=actor, standing=standing, title=_("组织部门审核同意"),
        public_text=_("组织部门审核同意。"), internal_text=opinion,
    )  # fmt: skip
    return _publish(case, actor, standing)


def _sent_back(case: HousingCase, actor: User, standing: Standing, opinion: str, title: str) -> None:
    cases.record(
        case, "sent_back_to_calculate", actor=actor, standing=standing, title=title, public=False, internal_text=opinion
    )  # fmt: skip


def _publish(case: HousingCase, actor: User, standing: Standing) -> str:
    opened = publicity.open_publicity(case, shown(case), actor=actor, standing=standing)
    letters.issue(
        case, letters.PublicityNotice.of(case, opened), issuer=case.deciding_organisation, actor=actor
    )
    return "publicity"


def shown(case: HousingCase) -> dict[str, str]:
    """The publicity's fields, cut down to the edition's whitelist: never a number, address or family."""
    level = next((one for one in policy.talent_levels() if one.code == case.level_code), "")
    values = {
        "姓名": case.applicant.name,
        "用人单位": case.employer.name,
        "事项": case.get_instrument_display(),
        "人才层次": str(level),
        "拟补贴金额": f"{case.amount_total:,.2f} 元",
    }
    allowed = policy.figures(case.edition).publicity_fields
    return {label: values[label] for label in allowed if values.get(label)}


@transaction.atomic
def end_publicity(case: HousingCase) -> str:
    """The days have run: "upheld" sends the case back to the calculation, "clear" goes on."""
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


def publicity_end(case: Case) -> date:
    """The last day of the open publicity."""
    return case.publicities.get(state=Publicity.State.OPEN).ends_on


@transaction.atomic
def decide(case: HousingCase, *, actor: User, standing: Standing, outcome: str, opinion: str = "") -> str:
    """审定 (H8): the decision letter with amount and plan, or the refusal with clause, fact and remedy. "redo" goes back."""
    if actor.pk in (case.calculated_by_id, case.verified_by_id):
        raise NotAllowed(_("核定人和复核人不能审定同一办件，请由其他审定人办理。"))
    if outcome == "redo":
        _sent_back(case, actor, standing, opinion, _("审定退回"))
        if case.status == Case.Status.APPROVED:
            cases.set_status(case, Case.Status.ACCEPTED)
        return outcome
    if case.decision == HousingCase.Decision.REFUSE:
        intake.refuse(
            case, Case.Status.REFUSED, "refused", _("不予批准"), case.decision_ground, case.decision_reason,
            actor=actor, standing=standing, document=Refusal,
        )  # fmt: skip
        return "refused"
    cases.require_issuable(case)
    hold_family(case)
    case.granted_on = calendar.today()
    # Conditions stand as they were found; the dates of the payments, and what was granted meanwhile, are today's.
    answer = assess(case, day=case.granted_on)
    if answer.amount is None or answer.amount.total != case.amount_total:
        raise Conflict(_("核定后情况有变化（如配偶已先获批准），金额已不同，请退回重新核定。"))
    case.assessment = answer.plain() | {"findings": case.assessment["findings"]}
    case.save(update_fields=["granted_on", "assessment"])
    if case.instrument == HousingCase.Instrument.RENT:
        support.begin(case.applicant, case=case)
    money.award(case, answer, figures_of(case.edition), actor=actor, standing=standing)
    cases.close(
        case, Case.Status.COMPLETED, actor=actor, standing=standing, kind="granted", title=_("批准"),
        public_text=_("已批准，核定总额 %(total)s 元，发放计划见决定书。") % {"total": f"{case.amount_total:,.2f}"},
        internal_text=opinion, figures={"total": str(case.amount_total), "level_code": case.level_code},
    )  # fmt: skip
    letters.issue(case, Decision.of(case), issuer=case.deciding_organisation, actor=actor)
    supplements.tell_applicant(
        case, kind="granted", subject=_("人才安居申请已批准"),
        body=_("办件 %(number)s 已批准，请登录查看决定书和发放计划。") % {"number": case.number},
    )  # fmt: skip
    return "granted"
