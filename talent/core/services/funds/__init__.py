"""Money (资金): one door for every policy, which brings facts and is unknown here.

grant → (fund) → mark_due → recheck → prepare → sign → send → take_in
          ↑ upgrade, replan      ↘ hold, suspend, stop      ↘ failed → change_payee → retry
assess → decide → receive | kept back by prepare | propose_write_off → settle_write_off
"""

from .awards import Line, Planned, fund, grant, paid_of, replan, upgrade
from .bankfile import ANSWER_COLUMNS, COLUMNS, FORMATS, check_code, export
from .batches import Preview, payable, prepare, preview, sign, take_back
from .budgets import Portion, allocate, close_year, correct, open_line, shared, split, transfer
from .changes import resume, stop, suspend
from .checking import Fault, Totals, check
from .instalments import Finding, RecheckResult, cancel, due, hold, mark_due, recheck, release, retry
from .letters import PaymentNotice, RecoveryNotice, SuspensionNotice
from .payees import Account, change_payee
from .recoveries import (
    assess,
    decide,
    object_to,
    propose_write_off,
    receive,
    recoverable,
    reverse_receipt,
    settle_objection,
    settle_write_off,
    withdraw,
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
from .rules import AgeBand, SignatureRule, age_bands, mark, signature_rule, source_title, sources
from .words import in_words, yuan

__all__ = [
    "ANSWER_COLUMNS", "COLUMNS", "FORMATS", "Account", "AgeBand", "AgeRow", "Fault", "Finding", "Line", "PaymentNotice",
    "Planned", "Portion", "Preview", "RecheckResult", "RecoveryNotice", "SignatureRule", "Step", "SuspensionNotice",
    "Totals", "age_bands", "ageing", "allocate", "assess", "bounce", "cancel", "change_payee", "check", "check_code",
    "close_year", "correct", "decide", "due", "due_lines", "export", "fund", "grant", "hold", "in_words", "ledger_of",
    "lock_cases", "mark", "mark_due", "object_to", "open_line", "paid_of", "payable", "prepare", "preview",
    "propose_write_off", "receive", "recheck", "recoverable", "release", "replan", "resume", "retry", "reverse_receipt",
    "send", "settle_objection", "settle_write_off", "shared", "sign", "signature_rule", "source_title", "sources",
    "split", "stop", "suspend", "take_back", "take_in", "timeline", "transfer", "upgrade", "visible_batches",
    "visible_lines", "visible_recoveries", "withdraw", "yuan",
]  # fmt: skip
