"""Viewflow with its sharp edges filed off (ADR 0002).

What a flow file needs: `CaseFlow`, `ReviewTask`, `WaitFor`. What the pages need: the acts in `acts`.
"""

from .checks import register_checks
from .flow import CaseFlow, CaseLock
from .nodes import ReviewTask, WaitFor

__all__ = ["CaseFlow", "CaseLock", "ReviewTask", "WaitFor", "register_checks"]
