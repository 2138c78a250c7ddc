"""What the letters about money state: 追回, 暂停, 恢复, 停发, 拨付通知书."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.utils.translation import gettext_lazy as _

from talent.core.models import Award, Case, Instalment, Recovery

from ..letters.documents import LETTER, LetterDocument, common
from .words import in_words, yuan


@dataclass(frozen=True, kw_only=True)
class RecoveryNotice(LetterDocument):
    """追回通知书: how much, why, by which clause, how it was found, until when, and how to object."""

    kind: ClassVar[str] = "recovery"
    title: ClassVar[Any] = _("追回通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "recovery.html"
    needs_receipt: ClassVar[bool] = True

    number: str
    award: str
    amount: str
    words: str
    reason: str
    clause: str
    lines: tuple[tuple[str, str, str], ...]
    due_on: date
    object_by: date

    @classmethod
    def of(cls, case: Case, recovery: Recovery, *, due_on: date, object_by: date) -> Self:
        return cls(
            **common(case),
            number=recovery.number,
            award=recovery.award.title,
            amount=yuan(recovery.amount),
            words=in_words(recovery.amount),
            reason=recovery.reason,
            clause=recovery.clause,
            lines=tuple((one["text"], one["amount"], one["clause"]) for one in recovery.basis),
            due_on=due_on,
            object_by=object_by,
        )


@dataclass(frozen=True, kw_only=True)
class SuspensionNotice(LetterDocument):
    """暂停发放通知书: why, and until when the person can put it right before payment stops."""

    kind: ClassVar[str] = "suspension"
    title: ClassVar[Any] = _("暂停发放通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "suspension.html"
    needs_receipt: ClassVar[bool] = True

    award: str
    reason: str
    stops_on: date | None

    @classmethod
    def of(cls, case: Case, award: Award) -> Self:
        return cls(**common(case), award=award.title, reason=award.state_reason, stops_on=award.stops_on)


@dataclass(frozen=True, kw_only=True)
class ResumptionNotice(LetterDocument):
    """恢复发放通知书: why payment goes on, and what comes next."""

    kind: ClassVar[str] = "resumption"
    title: ClassVar[Any] = _("恢复发放通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "resumption.html"
    needs_receipt: ClassVar[bool] = True

    award: str
    reason: str
    following: tuple[tuple[str, str, date], ...]

    @classmethod
    def of(cls, case: Case, award: Award, reason: str) -> Self:
        open_rows = award.instalments.unpaid().order_by("due_on", "seq")
        return cls(
            **common(case), award=award.title, reason=reason,
            following=tuple((row.title, yuan(row.amount), row.due_on) for row in open_rows),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StopNotice(LetterDocument):
    """停发通知书: why nothing more is paid, by which clause, what is not paid any more, and the remedy."""

    kind: ClassVar[str] = "stop"
    title: ClassVar[Any] = _("停发通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "stop.html"
    needs_receipt: ClassVar[bool] = True

    award: str
    reason: str
    cancelled: str

    @classmethod
    def of(cls, case: Case, award: Award, rows: Sequence[Instalment]) -> Self:
        left = sum((row.amount for row in rows), Decimal(0))
        return cls(**common(case), award=award.title, reason=award.state_reason, cancelled=yuan(left))


@dataclass(frozen=True, kw_only=True)
class PaymentNotice(LetterDocument):
    """拨付通知书: what was paid, of which instalment, and what was kept back."""

    kind: ClassVar[str] = "payment"
    title: ClassVar[Any] = _("拨付通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "payment.html"

    award: str
    instalment: str
    amount: str
    words: str
    offset: str
    paid_on: date | None

    @classmethod
    def of(cls, case: Case, instalment: Instalment) -> Self:
        line = instalment.batch_lines.filter(state="paid").get()
        return cls(
            **common(case),
            award=instalment.award.title,
            instalment=instalment.title,
            amount=yuan(line.net),
            words=in_words(line.net),
            offset=yuan(line.gross - line.net) if line.gross != line.net else "",
            paid_on=instalment.paid_on,
        )
