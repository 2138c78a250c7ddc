"""Viewflow with its sharp edges filed off (ADR 0002).

What a flow file needs: `CaseFlow`, `ReviewTask`, `WaitFor`, `AskBureaus` and `branch` for a joint check, and `Process` to
be registered by. What the pages need: the acts in `acts`.
"""

from .checks import flow_problems, register_checks
from .flow import CaseFlow, CaseLock
from .joint import AskBureaus, branch
from .nodes import ReviewTask, WaitFor
from .process import Begins, Due, Process

__all__ = [
    "AskBureaus",
    "Begins",
    "CaseFlow",
    "CaseLock",
    "Due",
    "Process",
    "ReviewTask",
    "WaitFor",
    "branch",
    "flow_problems",
    "register_checks",
]
