"""Letters (文书): a dataclass says what is stated, a template lays it out, `issue` draws the number.

The file is made once, after commit, and never again; a correction is a new letter that supersedes the old one.
"""

from .documents import (
    Acceptance,
    DeferredAcceptance,
    LetterDocument,
    NotAccepted,
    PublicityNotice,
    Receipt,
    Refusal,
    ServiceReceipt,
    SupplementNotice,
    Termination,
)
from .issuing import (
    acknowledge,
    check,
    is_whole,
    issue,
    open_pdf,
    render,
    render_waiting,
    rendered,
    replace,
    reseal,
    revoke,
    supersede,
    waiting,
)
from .rendering import LetterNotDrawn, check_fonts, check_libraries, render_pdf

__all__ = [
    "Acceptance",
    "DeferredAcceptance",
    "LetterDocument",
    "LetterNotDrawn",
    "NotAccepted",
    "PublicityNotice",
    "Receipt",
    "Refusal",
    "ServiceReceipt",
    "SupplementNotice",
    "Termination",
    "acknowledge",
    "check",
    "check_fonts",
    "check_libraries",
    "is_whole",
    "issue",
    "open_pdf",
    "render",
    "render_pdf",
    "render_waiting",
    "rendered",
    "replace",
    "reseal",
    "revoke",
    "supersede",
    "waiting",
]
