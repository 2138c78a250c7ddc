"""What the rules are asked with: the edition's rows, the facts of a case, and what was received before."""

import functools
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from housing import rules
from housing.models import HousingCase
from housing.rules import FACTS, Assessment, History, HousingFigures
from housing.rules.rows import Predicate
from talent.core import identifiers
from talent.core.models import Education, PolicyEdition, TalentProfile
from talent.core.services import calendar, policy

from .household import cases_of_spouse
from .money import rent_paid
from .support import POLICY, recorded_benefits

# The degree a level rests on; a higher level counts from the highest degree there is.
_DEGREES = {"F1": Education.Level.DOCTOR, "F2": Education.Level.MASTER, "F3": Education.Level.BACHELOR}


@functools.lru_cache(maxsize=16)
def _rows(figures: policy.Figures) -> HousingFigures:
    return HousingFigures.of(figures.tables)


def figures_of(edition: PolicyEdition) -> HousingFigures:
    """The edition as the rules read it."""
    return _rows(policy.figures(edition))


def current_edition() -> PolicyEdition:
    return policy.edition_for(POLICY)


def facts_of(case: HousingCase) -> dict[str, Any]:
    """The facts a case states, by the names of `FACTS`; what nobody stated yet is None."""
    facts = {name: getattr(case, name, None) for name in FACTS}
    educations = list(case.applicant.educations.all())
    degree = next((one for one in educations if one.level == _DEGREES.get(case.level_code)), None)
    degree = degree or next(iter(educations), None)
    facts |= {
        "birth_date": birth_date(case.applicant),
        "arrived_on": case.arrived_on,
        "venture_since": case.venture_since,
        "last_trade_on": case.last_trade_on,
        "never_traded": case.never_traded,
        "graduated_on": degree.graduated_on if degree else None,
        "full_time_degree": degree.full_time if degree else None,
        "bought_after_arrival": None,
        "negotiated_amount": case.negotiated_amount,
        "co_owner": case.co_owner or None,
        "benefits": _benefits(case),
    }
    if case.bought_on and case.arrived_on:
        facts["bought_after_arrival"] = case.bought_on >= case.arrived_on
    return facts


def _benefits(case: HousingCase) -> frozenset[str] | None:
    """What was stated, and what this house itself provides; the instrument asked for does not exclude itself."""
    if not case.benefits_stated:
        return None
    return frozenset(case.benefits) | recorded_benefits(case.applicant)


def birth_date(person: TalentProfile) -> date | None:
    """As recorded, else as the identity number says."""
    if person.birth_date or not person.id_number:
        return person.birth_date
    return identifiers.check_identity(person.id_kind, person.id_number.reveal()).birth_date


def history_of(case: HousingCase) -> History:
    """What was received before: as granted to person and spouse, as paid out here, and what the case states beyond."""
    granted = HousingCase.objects.filter(instrument=case.instrument, granted_on__isnull=False).exclude(
        pk=case.pk
    )
    own = granted.filter(applicant=case.applicant).aggregate(total=Sum("amount_total"))["total"]
    spouse = cases_of_spouse(case).filter(instrument=case.instrument, granted_on__isnull=False)
    paid, months = rent_paid(case.applicant)
    return History(
        received={"rent_paid": max(case.rent_received, paid), "settling_paid": case.settling_received},
        drawn={HousingCase.Instrument.RENT: max(case.rent_months_drawn, months)},
        own=own or Decimal(0),
        spouse=spouse.aggregate(total=Sum("amount_each"))["total"],
    )


def assess(case: HousingCase, *, day: date | None = None) -> Assessment:
    """The rules' answer on a case on `day`: when it was handed in, else today."""
    handed_in = timezone.localdate(case.submitted_at) if case.submitted_at else None
    return rules.assess(
        figures_of(case.edition),
        instrument=case.instrument,
        level=case.level_code,
        facts=facts_of(case),
        day=day or handed_in or calendar.today(),
        history=history_of(case),
    )


def explain(case: HousingCase) -> dict[str, Any] | None:
    """The answer as every page shows it: as it was worked out, or what it would be today. None for an empty draft."""
    if case.decision:
        return case.assessment
    return assess(case).plain() if case.handed_in else None


def predicates_of(case: HousingCase) -> list[Predicate]:
    """What the edition asks about this instrument and level."""
    return [
        row
        for row in figures_of(case.edition).predicate
        if (not row.instruments or case.instrument in row.instruments)
        and (not row.levels or case.level_code in row.levels)
    ]


def benefit_choices(case: HousingCase) -> list[tuple[str, str]]:
    """The other benefits that exclude this instrument, as a form offers them."""
    return [
        (row.code, row.name) for row in figures_of(case.edition).exclusion if case.instrument in row.against
    ]


def quick_facts(instrument: str) -> tuple[str, ...]:
    """The facts the public check asks for."""
    return figures_of(current_edition()).instrument_of(instrument).quick


def levels_with_rate(instrument: str) -> set[str]:
    """The levels the edition has a standard for."""
    rates = figures_of(current_edition()).rate
    return {level for rate in rates if rate.instrument == instrument for level in rate.levels}


def precheck(instrument: str, level: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The rules' answer to facts nobody has checked; what was not asked stays open."""
    return rules.assess(
        figures_of(current_edition()), instrument=instrument, level=level, facts=facts, day=calendar.today()
    ).plain()
