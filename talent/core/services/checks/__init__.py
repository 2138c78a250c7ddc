"""联审、核查: several bureaus are asked at once, each answers by two persons, the lead concludes."""

from .answering import (
    answer,
    conclude,
    confirm,
    explain,
    open_check,
    refusal_to_confirm,
    refusal_to_revise,
    require_recommendable,
    revise,
    send_back,
)
from .asking import (
    Proposed,
    ask,
    further,
    propose,
    record_silence,
    refusal_to_withdraw,
    take_back,
    withdraw,
)
from .reading import (
    Line,
    Progress,
    Told,
    lines,
    materials_for,
    opinions,
    own_checks,
    progress,
    reads_findings,
    unexplained,
    words,
)

__all__ = [
    "Line", "Progress", "Proposed", "Told", "answer", "ask", "conclude", "confirm", "explain", "further",
    "lines", "materials_for", "open_check", "opinions", "own_checks", "progress", "propose",
    "reads_findings", "record_silence", "refusal_to_confirm", "refusal_to_revise", "refusal_to_withdraw",
    "require_recommendable",
    "revise", "send_back", "take_back", "unexplained", "withdraw", "words",
]  # fmt: skip
