"""The acts of 人才安居 (济政发〔2025〕8号 item 9): one transaction and one event each; the flow calls them."""

from talent.core.services.intake import (
    answer_supplement,
    fulfil_promise,
    lapse_promise,
    lapse_supplement,
    supplement_end,
)

from . import paying
from .beginning import answer_employer, begin, offered_instruments, state_household, submit
from .beginning import dossier_of as dossier
from .deciding import (
    calculate,
    calculate_choices,
    decide,
    end_publicity,
    endorse,
    publicity_end,
    shown,
    verify,
)
from .household import Overlap, overlaps
from .reading import (
    POLICY,
    assess,
    benefit_choices,
    current_edition,
    explain,
    facts_of,
    figures_of,
    history_of,
    levels_with_rate,
    precheck,
    predicates_of,
    quick_facts,
)
from .recovering import recovery_events, recovery_of
from .reviewing import COUNTY_STEPS, answer_promise, may_take_over, review_in_county, take_in, take_over
from .sheet import approval_sheet

__all__ = [
    "COUNTY_STEPS", "POLICY", "Overlap", "answer_employer", "answer_promise", "answer_supplement", "approval_sheet", "assess", "begin", "benefit_choices",
    "calculate", "calculate_choices", "current_edition", "decide", "dossier", "end_publicity", "endorse", "explain", "facts_of",
    "figures_of", "fulfil_promise", "history_of", "lapse_promise", "lapse_supplement", "levels_with_rate", "may_take_over", "offered_instruments",
    "overlaps", "paying", "precheck", "predicates_of", "publicity_end", "quick_facts", "recovery_events", "recovery_of", "review_in_county", "shown", "state_household", "submit",
    "supplement_end", "take_in", "take_over", "verify",
]  # fmt: skip
