"""What the system remembers, one subject a file."""

from .appointments import Appointment, Deputy, Invitation
from .atlas import ChainRecord, LeadAchievement, LeadContact, TalentLead
from .audit import AuditEntry, AuditHead, DailySeal
from .cases import Case, CaseEvent, CaseParty, DossierSection, SavedPhrase, Urge
from .checks import Check, CheckConclusion, CheckConfirmation, CheckOpinion
from .credit import CreditMark
from .extensions import Extension
from .funds import (
    AnnualReview,
    Award,
    AwardChange,
    AwardLine,
    BatchLine,
    BudgetLine,
    Instalment,
    InstalmentShare,
    LedgerEntry,
    Offset,
    Payee,
    PaymentBatch,
    PostAnswer,
    PostRound,
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
from .recusals import Recusal
from .signin import CacheEntry, HourlyTries, RecoveryCode, SecondFactor, UsedPassword
from .supplements import Promise, Supplement, SupplementItem

__all__ = [
    "AnnualReview",
    "Appointment",
    "AuditEntry",
    "AuditHead",
    "Award",
    "AwardChange",
    "AwardLine",
    "BatchLine",
    "BudgetLine",
    "CacheEntry",
    "Case",
    "CaseEvent",
    "CaseMaterial",
    "CaseParty",
    "ChainRecord",
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
    "Instalment",
    "InstalmentShare",
    "InternalNote",
    "Invitation",
    "LeadAchievement",
    "LeadContact",
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
    "PostAnswer",
    "PostRound",
    "Promise",
    "Publicity",
    "Receipt",
    "Recheck",
    "Recovery",
    "RecoveryCode",
    "Recusal",
    "Region",
    "ResultFile",
    "SavedPhrase",
    "SecondFactor",
    "Sequence",
    "Signature",
    "Supplement",
    "SupplementItem",
    "TalentLead",
    "TalentLevel",
    "TalentProfile",
    "TalentTitle",
    "Urge",
    "UsedPassword",
    "User",
    "VoidedNumber",
    "WriteOff",
    "YuanField",
]
