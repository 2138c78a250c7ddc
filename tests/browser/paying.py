"""While money is paid, to look at: a reported change, a quarter to confirm, a year to review, a line to recheck."""

from typing import Any

from django.utils import timezone

from talent.core.models import AnnualReview, Award, AwardChange, Instalment, PostRound
from talent.core.services import funds

from . import estate


def settle(town: Any) -> None:
    """After `estate.settle`: on its paid award, by the employer's HR and the county's officer."""
    award, today = estate.award(town), timezone.localdate()
    funds.report(
        award,
        kind="left",
        happened_on=today,
        statement="示例：本月办理离职手续。",
        actor=town.users["danwei"],
    )
    funds.open_review(award, year=today.year, due_on=today)
    funds.open_round(award.case.employer, day=today, days=15)
    waiting = award.instalments.filter(state=Instalment.State.WAITING).order_by("seq")[0]
    funds.hold(waiting, actor=town.users["rcshouli"], reason="示例：核实社会保险。")


def change(town: Any) -> AwardChange:
    return estate.award(town).changes.get()


def held(town: Any) -> Instalment:
    return estate.award(town).instalments.filter(state=Instalment.State.HELD).order_by("seq")[0]


def review(town: Any) -> AnnualReview:
    return estate.award(town).reviews.get()


def asked(town: Any) -> PostRound:
    award: Award = estate.award(town)
    return PostRound.objects.get(organisation=award.case.employer)
