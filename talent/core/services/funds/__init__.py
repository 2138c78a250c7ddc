"""Money (资金): one door for every policy, which brings facts and is unknown here.

grant → (fund) → mark_due → recheck → prepare → sign → send → take_in
          ↑ upgrade, replan      ↘ hold, suspend, stop      ↘ failed → change_payee → retry
report → propose → decide_change (暂停, 恢复, 停发, 补差, 变更单位) → reverse
open_round → answer_round; open_review → review
assess → decide → receive | kept back by prepare | propose_write_off → settle_write_off
"""

from .awards import Line, Planned, fund, grant, paid_of, replan, upgrade
from .bankfile import ANSWER_COLUMNS, COLUMNS, FORMATS, check_code, export
from .batches import Preview, payable, prepare, preview, sign, take_back
from .budgets import Portion, allocate, close_year, correct, open_line, shared, split, transfer
from .changes import resume, stop, suspend
from .checking import Fault, Totals, check
from .consequences import Difference, Levels
from .instalments import Finding, Item, RecheckResult, cancel, due, hold, mark_due, recheck, release, retry
from .letters import PaymentNotice, RecoveryNotice, ResumptionNotice, StopNotice, SuspensionNotice
from .payees import Account, change_payee
from .recoveries import (
    Claim,
    assess,
    decide,
    object_to,
    propose_write_off,
    receive,
    reverse_receipt,
    settle_objection,
    settle_write_off,
    withdraw,
)
from .reporting import (
    by_office,
    decide_change,
    decider_post,
    noted,
    outcomes_for,
    propose,
    report,
    reverse,
    side_of,
)
from .reports import (
    AgeRow,
    Step,
    ageing,
    due_lines,
    ledger_of,
    timeline,
    visible_batches,
    visible_lines,
    visible_recoveries,
)
from .results import bounce, send, take_in
from .rights import lock_cases
from .rounds import (
    Reported,
    answer_round,
    asked_about,
    last_word,
    note_silence,
    open_review,
    open_round,
    quarter_of,
    remind,
    review,
    silent,
    to_remind,
    to_review,
)
from .rules import AgeBand, SignatureRule, age_bands, mark, signature_rule, source_title, sources
from .words import in_words, yuan

__all__ = [
    "ANSWER_COLUMNS", "COLUMNS", "FORMATS", "Account", "AgeBand", "AgeRow", "Claim", "Difference", "Fault", "Finding", "Item",
    "Levels", "Line", "PaymentNotice", "Planned", "Portion", "Preview", "RecheckResult", "RecoveryNotice",
    "Reported", "ResumptionNotice", "SignatureRule", "Step", "StopNotice", "SuspensionNotice", "Totals",
    "age_bands", "ageing", "allocate", "answer_round", "asked_about", "assess", "bounce", "by_office",
    "cancel", "change_payee", "check", "check_code", "close_year", "correct", "decide", "decide_change",
    "decider_post", "due", "due_lines", "export", "fund", "grant", "hold", "in_words", "last_word",
    "ledger_of", "lock_cases", "mark", "mark_due", "note_silence", "noted", "object_to", "open_line",
    "open_review", "open_round", "outcomes_for", "paid_of", "payable", "prepare", "preview", "propose",
    "propose_write_off", "quarter_of", "receive", "recheck", "release", "remind", "replan", "report",
    "resume", "retry", "reverse", "reverse_receipt", "review", "send", "settle_objection", "settle_write_off",
    "shared", "side_of", "sign", "signature_rule", "silent", "source_title", "sources", "split", "stop",
    "suspend", "take_back", "take_in", "timeline", "to_remind", "to_review", "transfer", "upgrade",
    "visible_batches", "visible_lines", "visible_recoveries", "withdraw", "yuan",
]  # fmt: skip
