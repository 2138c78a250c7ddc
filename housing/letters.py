"""Letters only housing has: the decision with its amount line by line, and the refusal with every condition that fails."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.utils.translation import gettext_lazy as _

from talent.core.models import Case, TalentLevel
from talent.core.services.letters.documents import DOCUMENT, LetterDocument, common
from talent.core.services.letters.documents import Refusal as CoreRefusal

from .models import HousingCase


def _money(text: str) -> str:
    return f"{Decimal(text):,.2f}"


@dataclass(frozen=True, kw_only=True)
class Decision(LetterDocument):
    """批准决定书: what is granted, how the amount came about, and when it is paid at the earliest."""

    kind: ClassVar[str] = "decision"
    title: ClassVar[Any] = _("人才安居补贴决定书")
    layout: ClassVar[str] = DOCUMENT
    template: ClassVar[str] = "housing/decision.html"
    needs_receipt: ClassVar[bool] = True

    instrument: str
    level: str
    employer: str
    total: str
    lines: tuple[tuple[str, str, str], ...]
    months: int
    dues: tuple[tuple[int, str, str], ...]

    @classmethod
    def of(cls, case: HousingCase) -> Self:
        level = TalentLevel.objects.filter(code=case.level_code).first()
        amount = case.assessment.get("amount") or {"lines": [], "month_lines": []}
        return cls(
            **common(case),
            copies=(case.employer.name,),
            instrument=case.get_instrument_display(),
            level=str(level) if level else case.level_code,
            employer=case.employer.name,
            total=f"{case.amount_total:,.2f}",
            lines=tuple(
                (line["label"], f"{_money(line['amount'])} 元", line["clause"]) for line in amount["lines"]
            )
            + tuple(
                (line["label"], f"{line['amount']} 个月", line["clause"]) for line in amount["month_lines"]
            ),
            months=case.amount_months,
            dues=tuple(
                (due["number"], _money(due["amount"]), due["due_on"])
                for due in case.assessment.get("dues", [])
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Refusal(CoreRefusal):
    """不予批准决定书: ground, clause and fact, and every published condition that is not met."""

    title: ClassVar[Any] = _("不予批准决定书")
    template: ClassVar[str] = "housing/refusal.html"

    decided: str = "不予批准"
    failed: tuple[tuple[str, str, str, str], ...] = ()

    @classmethod
    def of(cls, case: Case, *, ground: Any, fact: str, advice: str = "") -> Self:
        told = [one for one in case.assessment.get("findings", []) if one["state"] == "unmet"]
        return cls(
            **common(case),
            ground_code=ground.code,
            ground=ground.text,
            clause=ground.clause,
            fact=fact,
            advice=advice or ground.advice,
            failed=tuple((one["text"], one["clause"], one["fact"], one["change"]) for one in told),
        )
