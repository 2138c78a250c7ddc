"""What the system remembers, one subject a file."""

from .appointments import Appointment, Deputy, Invitation
from .audit import AuditEntry, AuditHead, DailySeal
from .cases import Case, CaseEvent, CaseParty, DossierSection, SavedPhrase, Urge
from .checks import Check, CheckConclusion, CheckConfirmation, CheckOpinion
from .credit import CreditMark
from .extensions import Extension
from .letters import Letter, LetterRead, Sequence, VoidedNumber
from .materials import CaseMaterial, Consent, Document, DocumentVersion
from .messages import Delivery, InternalNote, Message, NotificationPreference
from .organisations import IndustryChain, Organisation, Region
from .people import Education, Employment, TalentProfile, TalentTitle, User
from .policy import Holiday, HolidayYear, PolicyEdition, TalentLevel
from .publicity import Objection, Publicity
from .signin import CacheEntry, HourlyTries, RecoveryCode, SecondFactor, UsedPassword
from .supplements import Promise, Supplement, SupplementItem

__all__ = [
    "Appointment",
    "AuditEntry",
    "AuditHead",
    "CacheEntry",
    "Case",
    "CaseEvent",
    "CaseMaterial",
    "CaseParty",
    "Check",
    "CheckConclusion",
    "CheckConfirmation",
    "CheckOpinion",
    "Consent",
    "CreditMark",
    "DailySeal",
    "Delivery",
    "Deputy",
    "Document",
    "DocumentVersion",
    "DossierSection",
    "Education",
    "Employment",
    "Extension",
    "Holiday",
    "HolidayYear",
    "HourlyTries",
    "IndustryChain",
    "InternalNote",
    "Invitation",
    "Letter",
    "LetterRead",
    "Message",
    "NotificationPreference",
    "Objection",
    "Organisation",
    "PolicyEdition",
    "Promise",
    "Publicity",
    "RecoveryCode",
    "Region",
    "SavedPhrase",
    "SecondFactor",
    "Sequence",
    "Supplement",
    "SupplementItem",
    "TalentLevel",
    "TalentProfile",
    "TalentTitle",
    "Urge",
    "UsedPassword",
    "User",
    "VoidedNumber",
]
