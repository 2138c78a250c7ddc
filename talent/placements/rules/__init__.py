"""What the edition says about placements, in plain Python (济政发〔2025〕8号 item 8): who may hold a post, how long a
term lasts, which days count, when to report, and what a rating means for money.

Every answer names the condition, its clause, the fact it rests on and what would change it. No database and no
clock: facts, days and the edition's rulebook in, an answer out.
"""

from .answers import Finding, Refusal
from .ending import Conduct, Settlement, diligent, settlement
from .fitness import Facts, HeldPost, examine, failed, most_at_once, promised_by_year, renewable, terms
from .money import Amount, subsidy
from .reporting import Period, log_day, periods, reminder_days
from .rows import Funding, Kind, Rating, Relation, Subsidy
from .rulebook import Rulebook
from .term import Extension, Pause, Term, add_months

__all__ = [
    "Amount",
    "Conduct",
    "Extension",
    "Facts",
    "Finding",
    "Funding",
    "HeldPost",
    "Kind",
    "Pause",
    "Period",
    "Rating",
    "Refusal",
    "Relation",
    "Rulebook",
    "Settlement",
    "Subsidy",
    "Term",
    "add_months",
    "diligent",
    "examine",
    "failed",
    "log_day",
    "most_at_once",
    "periods",
    "promised_by_year",
    "reminder_days",
    "renewable",
    "settlement",
    "subsidy",
    "terms",
]
