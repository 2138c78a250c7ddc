"""Policy as dated data: reading editions (`figures`), and loading them from TOML (`loading`)."""

from .extensions import Extension, extend
from .figures import (
    Figures,
    PolicyMissing,
    also_forget,
    edition_difference,
    edition_for,
    figures,
    forget,
    talent_levels,
    targets,
    yearly,
)
from .loading import Loaded, load_all, load_core, load_edition
from .reading import PolicyError
from .rows import CheckSubject, Step
from .target_rows import CoverageRow, TargetRow

__all__ = [
    "CheckSubject",
    "CoverageRow",
    "Extension",
    "Figures",
    "Loaded",
    "PolicyError",
    "PolicyMissing",
    "Step",
    "TargetRow",
    "also_forget",
    "edition_difference",
    "edition_for",
    "extend",
    "figures",
    "forget",
    "load_all",
    "load_core",
    "load_edition",
    "talent_levels",
    "targets",
    "yearly",
]
