"""Housing to look at: one case at each step, and money in each state, through the acts of the demo."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from housing.models import HousingCase
from talent.core.models import Award, BudgetLine, Organisation, PaymentBatch
from workflows.demo.estate.applicants import Applicants, Wish
from workflows.demo.estate.offices import Offices
from workflows.demo.estate.procedure import Procedure
from workflows.demo.estate.treasury import Treasury

# State of the demo's procedure → level; the applicant of the first is the demo's own account.
STATES = {
    "draft_filled": "F1", "employer": "F1", "intake": "F1", "supplementing": "F2", "county_review": "F1", "checking": "F1",
    "verify": "F1", "endorse": "C", "publicity": "F1",
}  # fmt: skip
PREFIX = "housing_"


def settle(town: Any) -> None:
    """Add the cases to `town.cases` as `housing_<state>`, and their budgets, batches and recoveries."""
    stage = town.stage
    offices = Offices(town.users, town.employers)
    treasury = Treasury(stage, offices)
    procedure = Procedure(stage, offices, Applicants(stage.chance, stage.pdf))
    home = offices.employers[0]
    county = Organisation.objects.get(code=f"{home.region.code}-czj")
    today = timezone.localdate()
    try:
        stage.at(today - timedelta(days=70))
        for share in BudgetLine.Share.values:
            treasury.line(timezone.localdate().year, home.region, share)
        own = procedure.granted(Wish("purchase", "F1", home), user=town.users["anju"])
        paid = procedure.granted(Wish("purchase", "F3", home))
        stage.at(today - timedelta(days=40))
        treasury.pay(failing=99)
        treasury.upgrade(paid.awards.get(), Decimal(20_000))
        recovery = treasury.recover(own.awards.get(), months=2, day=today)
        treasury.receive(recovery, Decimal(1_000), "示例缴款")
        treasury.fall_due()
        treasury.recheck(treasury.due())
        treasury.prepare()
        stage.at(today - timedelta(days=70))
        procedure.granted(Wish("rent", "F1", home))
        procedure.granted(Wish("purchase", "F2", home))
        stage.at(today - timedelta(days=30))
        treasury.fall_due()
        treasury.recheck(treasury.due())
        stage.at(today - timedelta(days=9))
        for state, level in STATES.items():
            case = procedure.play(state, Wish("purchase", level, home))
            town.cases[f"{PREFIX}{state}"] = HousingCase.objects.get(pk=case.pk)
            stage.at(today - timedelta(days=9))
    finally:
        stage.back()
    town.cases[f"{PREFIX}granted"], town.county = HousingCase.objects.get(pk=own.pk), county


def award(town: Any) -> Award:
    return town.cases[f"{PREFIX}granted"].awards.get()


def batch(town: Any) -> PaymentBatch:
    """The one that waits for a signature."""
    return PaymentBatch.objects.get(organisation=town.county, state=PaymentBatch.State.SIGNING)
