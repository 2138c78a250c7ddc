"""What the three sides and the officers fill in."""

from .fields import current_book
from .needs import NeedCheckForm, NeedFilter, NeedForm, OfferForm, StrengthForm
from .relations import DeclareForm, RelationEndForm, RelationForm
from .sides import AnswerForm, ApplyForm, ClausesForm, ConsentForm, InviteForm, OfPersonForm, SignForm
from .steps import AppointForm, ConcludeForm, EvaluateForm
from .term import (
    ClaimCheckForm,
    ClaimDecisionForm,
    ClaimForm,
    CountersignForm,
    EndForm,
    ExtendForm,
    ExtensionDecisionForm,
    FirmRatingForm,
    LogForm,
    RatingForm,
    RenewForm,
    ReplaceForm,
    ResumeForm,
    SuspendForm,
    VisitForm,
)

__all__ = [
    "AnswerForm", "ApplyForm", "AppointForm", "ClaimCheckForm", "ClaimDecisionForm", "ClaimForm", "ClausesForm", "ConcludeForm", "ConsentForm", "CountersignForm", "DeclareForm", "EndForm", "EvaluateForm", "ExtendForm", "ExtensionDecisionForm", "FirmRatingForm", "InviteForm", "LogForm", "NeedCheckForm", "NeedFilter", "NeedForm", "OfPersonForm", "OfferForm", "RatingForm", "RelationEndForm", "RelationForm", "RenewForm", "ReplaceForm", "ResumeForm", "SignForm", "StrengthForm", "SuspendForm", "VisitForm", "current_book"
]  # fmt: skip
