"""What placements record: needs and supply, the case, the place with its term, and what happens while it runs."""

from .agreements import Agreement, SignedCopy
from .cases import PlacementCase
from .claims import SubsidyClaim
from .conduct import QuarterlyReport, Rating, ServiceDay, TermWarning, Visit
from .feeds import CalendarFeed
from .needs import FirmProfile, Need, RecordedRelation
from .places import Extension, Placement, Suspension
from .proposals import Countersignature, TermProposal
from .supply import PersonOffer, UniversityStrength

__all__ = [
    "Agreement",
    "CalendarFeed",
    "Countersignature",
    "Extension",
    "FirmProfile",
    "Need",
    "PersonOffer",
    "Placement",
    "PlacementCase",
    "QuarterlyReport",
    "Rating",
    "RecordedRelation",
    "ServiceDay",
    "SignedCopy",
    "SubsidyClaim",
    "Suspension",
    "TermProposal",
    "TermWarning",
    "UniversityStrength",
    "Visit",
]
