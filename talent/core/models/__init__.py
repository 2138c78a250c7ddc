"""What the system remembers, one subject a file."""

from .appointments import Appointment, Deputy, Invitation
from .audit import AuditEntry, AuditHead, DailySeal
from .cases import Case, CaseEvent, CaseParty, DossierSection, SavedPhrase, Urge
from .credit import CreditMark
from .funds import (
    Award,
    AwardLine,
    BatchLine,
    BudgetLine,
    Instalment,
    InstalmentShare,
    LedgerEntry,
    Offset,
    Payee,
    PaymentBatch,
    Receipt,
    Recheck,
    Recovery,
    ResultFile,
    Signature,
    WriteOff,
    YuanField,
)
from .letters import Letter, LetterRead, Sequence, VoidedNumber
from .materials import CaseMaterial, Consent, Document, DocumentVersion
from .messages import Delivery, InternalNote, Message, NotificationPreference
from .organisations import IndustryChain, Organisation, Region
from .people import Education, Employment, TalentProfile, TalentTitle, User
from .policy import Holiday, HolidayYear, PolicyEdition, TalentLevel
from .publicity import Objection, Publicity
from .supplements import Promise, Supplement, SupplementItem

__all__ = [
    "Appointment",
    "AuditEntry",
    "AuditHead",
    "Award",
    "AwardLine",
    "BatchLine",
    "BudgetLine",
    "Case",
    "CaseEvent",
    "CaseMaterial",
    "CaseParty",
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
    "Holiday",
    "HolidayYear",
    "IndustryChain",
    "Instalment",
    "InstalmentShare",
    "InternalNote",
    "Invitation",
    "LedgerEntry",
    "Letter",
    "LetterRead",
    "Message",
    "NotificationPreference",
    "Objection",
    "Offset",
    "Organisation",
    "Payee",
    "PaymentBatch",
    "PolicyEdition",
    "Promise",
    "Publicity",
    "Receipt",
    "Recheck",
    "Recovery",
    "Region",
    "ResultFile",
    "SavedPhrase",
    "Sequence",
    "Signature",
    "Supplement",
    "SupplementItem",
    "TalentLevel",
    "TalentProfile",
    "TalentTitle",
    "Urge",
    "User",
    "VoidedNumber",
    "WriteOff",
    "YuanField",
]
