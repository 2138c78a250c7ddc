"""Demo data: deterministic, fictional, built through the same doors as real work.

Every number is checksum-valid and nobody's (area 370899 is not assigned). Nothing here is policy.
"""

from functools import partial

from . import cast, placements, stage

PASSWORD = cast.PASSWORD
ACCOUNTS = (*cast.ACCOUNTS, *placements.ACCOUNTS)
build = partial(stage.build, parts=(placements.build,))

__all__ = ["ACCOUNTS", "PASSWORD", "build"]
