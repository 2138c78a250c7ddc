"""Demo data: deterministic, fictional, built through the same doors as real work.

Every number is checksum-valid and nobody's (area 370899 is not assigned). Nothing here is policy.
"""

from .cast import ACCOUNTS, PASSWORD
from .plan import build

__all__ = ["ACCOUNTS", "PASSWORD", "build"]
