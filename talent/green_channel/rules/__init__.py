"""What the edition says, in plain Python (济政发〔2025〕8号 items 7, 16): facts and figures in, an answer out.

Every answer carries its reason in a sentence and the clauses it rests on, so that it can be read aloud to whoever asks.
"""

from .conflicts import Conflict, ExpertFacts, SubjectFacts, Tie, conflicts
from .evaluating import RESULT_WORDS, DueEvaluation, evaluations_due, excuse_carried
from .meetings import Quorum, Vote, count_votes, quorum
from .panels import Composition, PanelResult, ScoreSheet, composition, conclude, weighted
from .recommending import Answer, LeadProposal, may_recommend, propose_lead

__all__ = [
    "RESULT_WORDS",
    "Answer",
    "Composition",
    "Conflict",
    "DueEvaluation",
    "ExpertFacts",
    "LeadProposal",
    "PanelResult",
    "Quorum",
    "ScoreSheet",
    "SubjectFacts",
    "Tie",
    "Vote",
    "composition",
    "conclude",
    "conflicts",
    "count_votes",
    "evaluations_due",
    "excuse_carried",
    "may_recommend",
    "propose_lead",
    "quorum",
    "weighted",
]
