"""Viewflow with its sharp edges filed off (ADR 0002).

What a flow file needs: `CaseFlow`, `ReviewTask`, `WaitFor`, and `Process` to be registered by. What the pages need: the acts in `acts`.
"""

from .checks import register_checks
from .flow import CaseFlow, CaseLock
from .nodes import ReviewTask, WaitFor
from .process import Begins, Process

__all__ = ["Begins", "CaseFlow", "CaseLock", "Process", "ReviewTask", "WaitFor", "register_checks"]
