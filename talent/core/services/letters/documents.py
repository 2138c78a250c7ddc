"""What each letter states. One frozen dataclass per kind; every policy uses these unchanged.

`of(case, …)` copies facts out of the database, so a letter keeps saying what was true when it was issued.
Identity numbers, phones and bank cards are never among them. Layouts follow GB/T 9704-2012: `document`
文件式, `letter` 信函式, `form` 表格式.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import Case, Letter, LetterRead, Promise, Publicity, Supplement

DOCUMENT, LETTER, FORM = "document", "letter", "form"


def basis_of(case: Case) -> str:
    """The policy a letter rests on: 《name》（document number）clause."""
    edition = case.edition
    return f"《{edition.title}》（{edition.document_no}）{edition.clause}"


def common(case: Case) -> dict[str, Any]:
    """The fields every letter about `case` has."""
    return {
        "case_number": case.number,
        "matter": case.title,
        "recipient": case.applicant.name,
        "basis": basis_of(case),
        "mark": case.edition.mark,
    }


def day_of(moment: datetime | None) -> date | None:
    """The day of `moment` in the office's time zone."""
    return timezone.localdate(moment) if moment else None


@dataclass(frozen=True, kw_only=True)
class LetterDocument:
    """Base of all letters.

    kind: stable code; title: printed over the text; layout: one of the three above; template: under
    `templates/letters/`; needs_receipt: service on the addressee is recorded (送达回证).
    recipient: 主送, empty when addressed to the public. mark: 示例·待确认 while the edition is not confirmed.
    copies: 抄送 organisations.
    """

    kind: ClassVar[str]
    title: ClassVar[Any]
    layout: ClassVar[str]
    template: ClassVar[str]
    needs_receipt: ClassVar[bool] = False

    case_number: str
    matter: str
    recipient: str
    basis: str
    mark: str = ""
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Receipt(LetterDocument):
    """申请材料接收凭证: what was handed in and when (行政许可法 art. 32). It accepts nothing."""

    kind: ClassVar[str] = "receipt"
    title: ClassVar[Any] = _("申请材料接收凭证")
    layout: ClassVar[str] = FORM
    template: ClassVar[str] = "receipt.html"

    submitted_at: datetime | None
    employer: str
    query_code: str
    materials: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, case: Case) -> Self:
        lines = case.materials.select_related("version")
        return cls(
            **common(case),
            submitted_at=case.submitted_at,
            employer=case.employer.name if case.employer else "",
            query_code=case.query_code,
            materials=tuple(
                (line.name, str(_("已收到") if line.version_id else _("未提交"))) for line in lines
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Acceptance(LetterDocument):
    """受理通知书: from which day, and until when (行政许可法 arts. 32, 42)."""

    kind: ClassVar[str] = "acceptance"
    title: ClassVar[Any] = _("受理通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "acceptance.html"

    accepted_on: date | None
    due_on: date | None
    promise_due_on: date | None
    query_code: str

    @classmethod
    def of(cls, case: Case) -> Self:
        return cls(
            **common(case),
            accepted_on=day_of(case.accepted_at),
            due_on=case.due_on,
            promise_due_on=case.promise_due_on,
            query_code=case.query_code,
        )


@dataclass(frozen=True, kw_only=True)
class SupplementNotice(LetterDocument):
    """补正通知书: every missing or wrong item at once, each with its reason (行政许可法 art. 32(4))."""

    kind: ClassVar[str] = "supplement"
    title: ClassVar[Any] = _("补正通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "supplement.html"
    needs_receipt: ClassVar[bool] = True

    round: int
    due_on: date
    again_reason: str
    items: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, case: Case, supplement: Supplement) -> Self:
        return cls(
            **common(case),
            round=supplement.round,
            due_on=supplement.due_on,
            again_reason=supplement.again_reason,
            items=tuple((item.subject, item.reason) for item in supplement.items.all()),
        )


@dataclass(frozen=True, kw_only=True)
class DeferredAcceptance(LetterDocument):
    """容缺受理通知书: accepted on a promise; what is missing, until when, and what follows if it does not come."""

    kind: ClassVar[str] = "deferred"
    title: ClassVar[Any] = _("容缺受理通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "deferred.html"
    needs_receipt: ClassVar[bool] = True

    accepted_on: date | None
    items: tuple[str, ...]
    working_days: int
    due_on: date | None
    promise_version: str
    promised_on: date | None

    @classmethod
    def of(cls, case: Case, promise: Promise) -> Self:
        return cls(
            **common(case),
            accepted_on=day_of(case.accepted_at),
            items=tuple(item["name"] for item in promise.items),
            working_days=promise.working_days,
            due_on=promise.due_on,
            promise_version=promise.text_version,
            promised_on=day_of(promise.answered_at),
        )


@dataclass(frozen=True, kw_only=True)
class _Negative(LetterDocument):
    """A refusal: coded ground, its clause, the fact used, and what would help (行政许可法 art. 38)."""

    layout: ClassVar[str] = LETTER
    needs_receipt: ClassVar[bool] = True

    ground_code: str
    ground: str
    clause: str
    fact: str
    advice: str

    @classmethod
    def of(cls, case: Case, *, ground: Any, fact: str, advice: str = "") -> Self:
        """`ground` has `code`, `text`, `clause` and may have `advice`, all from the edition."""
        return cls(
            **common(case),
            ground_code=ground.code,
            ground=ground.text,
            clause=ground.clause,
            fact=fact,
            advice=advice or getattr(ground, "advice", ""),
        )


@dataclass(frozen=True, kw_only=True)
class NotAccepted(_Negative):
    """不予受理通知书."""

    kind: ClassVar[str] = "not_accepted"
    title: ClassVar[Any] = _("不予受理通知书")
    template: ClassVar[str] = "not_accepted.html"


@dataclass(frozen=True, kw_only=True)
class Refusal(_Negative):
    """不予认定决定书. Another policy names it in its own words by a subclass with another `title` and `decided`."""

    kind: ClassVar[str] = "refusal"
    title: ClassVar[Any] = _("不予认定决定书")
    layout: ClassVar[str] = DOCUMENT
    template: ClassVar[str] = "refusal.html"

    decided: str = "不予认定"


@dataclass(frozen=True, kw_only=True)
class Termination(LetterDocument):
    """终止通知书: the case ends without a decision on its merits."""

    kind: ClassVar[str] = "termination"
    title: ClassVar[Any] = _("终止办理通知书")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "termination.html"
    needs_receipt: ClassVar[bool] = True

    reason: str
    clause: str
    ended_on: date | None

    @classmethod
    def of(cls, case: Case, *, reason: str, clause: str) -> Self:
        return cls(**common(case), reason=str(reason), clause=str(clause), ended_on=day_of(case.closed_at))


@dataclass(frozen=True, kw_only=True)
class PublicityNotice(LetterDocument):
    """公示: the whitelisted fields of the publicity and nothing else (个人信息保护法 art. 25)."""

    kind: ClassVar[str] = "publicity"
    title: ClassVar[Any] = _("公示")
    layout: ClassVar[str] = LETTER
    template: ClassVar[str] = "publicity.html"

    shown: dict[str, str]
    starts_on: date | None
    ends_on: date | None
    phone: str

    @classmethod
    def of(cls, case: Case, publicity: Publicity) -> Self:
        facts = common(case) | {"recipient": ""}
        return cls(
            **facts,
            shown=dict(publicity.shown),
            starts_on=publicity.starts_on,
            ends_on=publicity.ends_on,
            phone=case.intake_organisation.contact_phone,
        )


@dataclass(frozen=True, kw_only=True)
class ServiceReceipt(LetterDocument):
    """送达回证: that a letter reached its addressee, how and when."""

    kind: ClassVar[str] = "service"
    title: ClassVar[Any] = _("送达回证")
    layout: ClassVar[str] = FORM
    template: ClassVar[str] = "service.html"

    letter_number: str
    letter_title: str
    served_by: str
    sent_at: datetime
    read_at: datetime

    @classmethod
    def of(cls, read: LetterRead) -> Self:
        letter: Letter = read.letter
        return cls(
            **common(letter.case),
            letter_number=letter.number,
            letter_title=letter.title,
            served_by=letter.issuer.name,
            sent_at=letter.issued_at,
            read_at=read.read_at,
        )
