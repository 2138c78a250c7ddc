"""Demo data: deterministic, fictional, built through the same doors as real work.

Every number is checksum-valid and nobody's (area 370899 is not assigned). Nothing here is policy.
"""

from . import placements
from .cast import ACCOUNTS as _ACCOUNTS
from .cast import PASSWORD
from .plan import build

ACCOUNTS = (*_ACCOUNTS, *placements.ACCOUNTS)

__all__ = ["ACCOUNTS", "PASSWORD", "build"]
