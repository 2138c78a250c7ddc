"""The acts of the 直通车 (济政发〔2025〕8号 item 7): one transaction and one event each; the flow calls them."""

from talent.core.services.dossier import Part
from talent.core.services.intake import (
    answer_promise,
    answer_supplement,
    ask_supplement,
    fulfil_promise,
    lapse_promise,
    lapse_supplement,
    supplement_end,
    take_in,
)

from . import agreements, evaluating, orders, rating
from .checking import conclude_checks, conclusion_choices, planned_checks
from .deciding import decide, draft_decision, end_publicity, publicity_end, recognise, shown
from .dispatching import (
    Proposal,
    dispatch,
    dispatch_choices,
    propose_dispatch,
    review_form,
    steward_with_fewest,
)
from .due import due
from .recommending import dossier, intake_organisation, recommend, revise, submit

__all__ = [
    "Part",
    "Proposal",
    "agreements",
    "answer_promise",
    "answer_supplement",
    "ask_supplement",
    "conclude_checks",
    "conclusion_choices",
    "decide",
    "dispatch",
    "dispatch_choices",
    "dossier",
    "draft_decision",
    "due",
    "end_publicity",
    "evaluating",
    "fulfil_promise",
    "intake_organisation",
    "lapse_promise",
    "lapse_supplement",
    "orders",
    "planned_checks",
    "propose_dispatch",
    "publicity_end",
    "rating",
    "recognise",
    "recommend",
    "review_form",
    "revise",
    "shown",
    "steward_with_fewest",
    "submit",
    "supplement_end",
    "take_in",
]
