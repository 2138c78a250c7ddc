"""What people fill in, whatever the policy: officers' steps, the dossier's parts, and how a case begins."""

from .beginning import ApplicantForm, CandidateForm
from .dossier import DossierPart, HistoryPart, PersonPart
from .steps import GroundMixin, IntakeForm, Outcome, StepForm

__all__ = [
    "ApplicantForm",
    "CandidateForm",
    "DossierPart",
    "GroundMixin",
    "HistoryPart",
    "IntakeForm",
    "Outcome",
    "PersonPart",
    "StepForm",
]
