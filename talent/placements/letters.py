"""Documents only 校聘企用 has: the three-party agreement, the letter of appointment, and a refusal in its own words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.utils.translation import gettext_lazy as _

from talent.core.services.letters.documents import FORM, LetterDocument, Refusal, common

from . import rules
from .models import Agreement, Placement, PlacementCase


@dataclass(frozen=True, kw_only=True)
class AgreementText(LetterDocument):
    """三方协议: terms and clauses of one version, with the digest every side signs (人社部规〔2017〕4号)."""

    kind: ClassVar[str] = "agreement"
    title: ClassVar[Any] = _("校聘企用三方协议")
    layout: ClassVar[str] = FORM
    template: ClassVar[str] = "placements/agreement.html"

    version: int
    digest: str
    firm: str
    university: str
    person: str
    terms: tuple[tuple[str, str], ...]
    clauses: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        case = agreement.case
        return cls(
            **common(case) | {"recipient": ""},
            version=agreement.version,
            digest=agreement.digest,
            firm=case.employer.name,
            university=case.university.name,
            person=case.applicant.name,
            terms=tuple((label, str(value)) for label, value in agreement.terms),
            clauses=tuple((row["title"], row["text"]) for row in agreement.clauses),
        )


@dataclass(frozen=True, kw_only=True)
class AppointmentLetter(LetterDocument):
    """聘书: who holds which post at which firm from when to when."""

    kind: ClassVar[str] = "appointment"
    title: ClassVar[Any] = _("聘书")
    layout: ClassVar[str] = FORM
    template: ClassVar[str] = "placements/appointment.html"
    needs_receipt: ClassVar[bool] = True

    post: str
    position: str
    firm: str
    university: str
    starts_on: date
    ends_on: date
    days_per_year: int

    @classmethod
    def of(cls, placement: Placement) -> Self:
        case = placement.case
        return cls(
            **common(case),
            copies=(placement.firm.name, placement.university.name),
            post=rules.Rulebook(case.edition.data).kind(placement.kind).title,
            position=placement.need.title,
            firm=placement.firm.name,
            university=placement.university.name,
            starts_on=placement.starts_on,
            ends_on=placement.ends_on,
            days_per_year=placement.days_per_year,
        )


@dataclass(frozen=True, kw_only=True)
class NotPassed(Refusal):
    """审查不予通过决定书."""

    title: ClassVar[Any] = _("校聘企用审查不予通过决定书")

    decided: str = "不予通过"


def agreed_terms(case: PlacementCase, *, kind_title: str) -> list[tuple[str, str]]:
    """The terms of an agreement as label and words, from what the case says now."""
    pay: Decimal = case.pay_per_year
    term = rules.Term(case.starts_on, case.term_months)
    return [
        ("岗位种类", kind_title),
        ("岗位名称", case.need.title),
        ("聘期", f"{case.starts_on:%Y-%m-%d}至{term.ends_on:%Y-%m-%d}，共{case.term_months}个月"),
        ("每年在岗天数", f"{case.days_per_year}天"),
        ("年报酬", f"{pay:,.2f}元"),
        ("要解决的问题", case.need.problem),
        ("预期成果", case.need.expected_result),
    ]
