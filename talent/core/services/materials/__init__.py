"""The materials vault (材料一次报送): files taken in after checks, checklists, consent, previews. One door."""

from .checklist import (
    ChecklistState,
    Outstanding,
    attach,
    build_checklist,
    completeness_of,
    detach,
    offers_for,
    outstanding,
    require_before,
    reuse,
    state,
    tick,
)
from .consents import give_consent, has_consent, withdraw_consent
from .previews import forget_all, preview_page
from .uploads import store_upload, verify
from .vault import (
    OpenedFile,
    clean_name,
    copy,
    damaged_files,
    erase,
    kept_versions,
    max_bytes,
    open_file,
    reseal,
    size_words,
    sweep_orphans,
)

__all__ = [
    "ChecklistState", "OpenedFile", "Outstanding", "attach", "build_checklist", "clean_name", "completeness_of", "copy",
    "damaged_files", "detach", "erase", "forget_all", "give_consent", "has_consent", "kept_versions", "max_bytes", "offers_for",
    "open_file", "outstanding", "preview_page", "require_before", "reseal", "reuse", "size_words", "state",
    "store_upload", "sweep_orphans", "tick", "verify", "withdraw_consent",
]  # fmt: skip
