"""What people fill in, whatever the policy: officers' steps, the dossier's parts, and how a case begins."""

from .beginning import ApplicantForm, CandidateForm
from .checks import BureausForm, CheckForm, ConfirmForm, OpinionForm
from .dossier import DossierPart, HistoryPart, PersonPart
from .steps import GroundMixin, IntakeForm, Outcome, StepForm

__all__ = [
    "ApplicantForm",
    "BureausForm",
    "CandidateForm",
    "CheckForm",
    "ConfirmForm",
    "DossierPart",
    "GroundMixin",
    "HistoryPart",
    "IntakeForm",
    "OpinionForm",
    "Outcome",
    "PersonPart",
    "StepForm",
]
