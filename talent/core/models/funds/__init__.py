"""Money: budgets, what was granted, its instalments, payment batches, recoveries and the ledger. One subject a file.

Amounts are 元 as `Decimal` and lie in the database as whole 分, so that both engines add exactly.
"""

from .awards import Award, AwardLine, Instalment, InstalmentShare, Payee, Recheck
from .batches import BatchLine, PaymentBatch, ResultFile, Signature
from .budgets import BudgetLine
from .changes import AwardChange
from .ledger import LedgerEntry
from .money import YuanField
from .recoveries import Offset, Receipt, Recovery, WriteOff
from .reviews import AnnualReview, PostAnswer, PostRound

__all__ = [
    "AnnualReview",
    "Award",
    "AwardChange",
    "AwardLine",
    "BatchLine",
    "BudgetLine",
    "Instalment",
    "InstalmentShare",
    "LedgerEntry",
    "Offset",
    "Payee",
    "PaymentBatch",
    "PostAnswer",
    "PostRound",
    "Receipt",
    "Recheck",
    "Recovery",
    "ResultFile",
    "Signature",
    "WriteOff",
    "YuanField",
]
