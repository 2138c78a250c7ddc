"""Viewflow with its sharp edges filed off (ADR 0002).

What a flow file needs: `CaseFlow`, `ReviewTask`, `WaitFor`, and `AskBureaus`, `branch` for a joint check. What the pages need: the acts in `acts`.
"""

from .checks import register_checks
from .flow import CaseFlow, CaseLock
from .joint import AskBureaus, branch
from .nodes import ReviewTask, WaitFor

__all__ = ["AskBureaus", "CaseFlow", "CaseLock", "ReviewTask", "WaitFor", "branch", "register_checks"]
