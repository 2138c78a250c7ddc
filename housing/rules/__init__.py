"""The rules of 人才安居 in plain Python: an edition's rows, facts and a day in, an answer with its reasons out.

The same `Assessment` stands behind the public check, the applicant's page, the officer's page, the letter and the
payment, so none of them can say something else than the others. No database, no request, no figure of its own.
"""

from .amounts import Amount, History, Line, entitlement
from .assessment import Assessment, Finding, assess
from .clawback import Recovery, recovery
from .facts import FACTS, NEVER, Fact, derived
from .instalments import Due, add_months, instalments
from .rows import EXTRA_MANY, EXTRA_ONE, EXTRA_OPTIONAL, Exchange, Flats, HousingFigures

__all__ = [
    "EXTRA_MANY",
    "EXTRA_ONE",
    "EXTRA_OPTIONAL",
    "FACTS",
    "NEVER",
    "Amount",
    "Assessment",
    "Due",
    "Exchange",
    "Fact",
    "Finding",
    "Flats",
    "History",
    "HousingFigures",
    "Line",
    "Recovery",
    "add_months",
    "assess",
    "derived",
    "entitlement",
    "instalments",
    "recovery",
]
