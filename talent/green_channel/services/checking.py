"""背景核查 (G5): the bureaus the dispatch named are asked after the form review; the lead concludes."""

from typing import Any

from django.db import transaction

from talent.core.models import Case, Organisation, User
from talent.core.services import checks
from talent.core.services.appointments import Standing
from talent.core.services.intake import ask_supplement, tick_lines
from talent.green_channel.models import GreenChannelCase


def planned_checks(case: Case) -> dict[str, Organisation]:
    """Subject → bureau as the last dispatch named them; the proposal for a case dispatched before it named any."""
    dispatched = case.events.filter(kind="dispatched").order_by("-seq").first()
    named = dispatched.figures.get("checks") if dispatched else None
    if named is None:
        return proposed_checks(case)
    found = {one.code: one for one in Organisation.objects.filter(code__in=named.values())}
    return {subject: found[code] for subject, code in named.items()}


def proposed_checks(case: Case) -> dict[str, Organisation]:
    """What the edition proposes to ask for this case's field."""
    proposals = checks.propose(case, text=case.field)
    return {one.subject.code: one.organisation for one in proposals if one.wanted and one.organisation}


def conclusion_choices(case: GreenChannelCase) -> dict[str, Any]:
    """What the conclusion's form offers: further bureaus on every subject nobody is answering now."""
    return {
        "proposals": checks.further(case),
        "bureaus": Organisation.objects.checking().filter(region__kind="city"),
    }


@transaction.atomic
def conclude_checks(
    case: GreenChannelCase,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    explanation: str = "",
    more: dict[str, Organisation] | None = None,
    check_reason: str = "",
    ticks: dict | None = None,
    missing: list | None = None,
    again_reason: str = "",
) -> str:
    """核查汇总: go on, advise against, ask further bureaus, or ask the applicant for 补正. Returns the outcome."""
    tick_lines(case, ticks or {}, actor=actor, standing=standing)
    if outcome == "supplement":
        ask_supplement(
            case, missing or [], actor=actor, standing=standing, step="conclude_checks", again_reason=again_reason
        )  # fmt: skip
    elif outcome == "ask_more":
        checks.ask(case, more or {}, actor=actor, standing=standing, reason=check_reason)
    else:
        checks.conclude(
            case, actor=actor, standing=standing, advice=outcome, text=opinion, explanation=explanation
        )
    return outcome
