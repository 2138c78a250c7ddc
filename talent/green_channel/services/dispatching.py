"""分办 (G3), proposed by data and explained, and 形式审查 (G4) by the lead bureau."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, Organisation, User
from talent.core.services import appointments, cases, checks
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused
from talent.core.services.intake import ask_supplement, tick_lines
from talent.green_channel import rules
from talent.green_channel.models import GreenChannelCase

from .checking import planned_checks, proposed_checks


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
    """What the dispatch form offers: proposals of lead and checks, city bureaus with checkers, stewards of the intake."""
    stewards = appointments.holders(roles.STEWARD, case.intake_organisation)
    return {
        "proposal": propose_dispatch(case),
        "bureaus": Organisation.objects.checking().filter(region__kind="city"),
        "proposals": checks.propose(case, text=case.field),
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
    named: dict[str, Organisation] | None = None,
    check_reason: str = "",
    opinion: str = "",
    outcome: str = "dispatch",
) -> str:
    """分办 (G3). `named`: the bureaus to be asked for the checks, by subject (the proposed ones when left out).

    A choice other than the proposed one states why.
    """
    proposal = propose_dispatch(case)
    if proposal.bureau and lead != proposal.bureau and not change_reason.strip():
        raise ActRefused(
            _("牵头部门与系统建议（%(name)s）不同，请写明改派理由。") % {"name": proposal.bureau}
        )
    proposed_bureaus = proposed_checks(case)
    named = proposed_bureaus if named is None else named
    if named != proposed_bureaus and not check_reason.strip():
        raise ActRefused(_("核查部门与系统建议不同，请写明调整理由。"))
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
        internal_text="；".join(part for part in (case.lead_reason, check_reason, opinion) if part),
        figures={
            "proposed": proposal.bureau.code if proposal.bureau else "",
            "chosen": lead.code,
            "checks": {subject: bureau.code for subject, bureau in named.items()},
        },
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
    """形式审查 (G4): pass, 补正, or a negative opinion that goes to the decision, not to the applicant.

    After a pass the bureaus named in the dispatch are asked (G5), and the outcome is "ask".
    """
    tick_lines(case, ticks or {}, actor=actor, standing=standing)
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
    named = planned_checks(case) if outcome == "pass" else {}
    if not named:
        return outcome
    checks.ask(case, named, actor=actor, standing=standing)
    return "ask"
