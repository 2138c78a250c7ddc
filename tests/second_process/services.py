"""The acts of the training grant; what every policy does alike comes from the core."""

from typing import Any

from django.db import transaction

from talent.core.models import Case, User
from talent.core.services import cases, intake
from talent.core.services import dossier as parts
from talent.core.services.appointments import Standing
from talent.core.services.intake import fulfil_promise, lapse_promise, lapse_supplement, take_in

__all__ = [
    "begin",
    "dossier",
    "fulfil_promise",
    "grant",
    "lapse_promise",
    "lapse_supplement",
    "submit",
    "take_in",
]


def begin(*, actor: User, applicant: Any, submission_key: Any = None, **facts: Any) -> Case:
    return intake.begin_draft(
        Case,
        policy_code="training_grant",
        actor=actor,
        applicant=applicant,
        submission_key=submission_key,
        **facts,
    )


def dossier(case: Case) -> list[parts.Part]:
    return [parts.person(case), parts.materials(case)]


def submit(case: Case, *, actor: User) -> Case:
    return intake.hand_in(case, dossier(case), actor=actor)


@transaction.atomic
def grant(case: Case, *, actor: User, standing: Standing, outcome: str, opinion: str = "") -> str:
    cases.require_issuable(case)
    cases.close(
        case, Case.Status.COMPLETED, actor=actor, standing=standing, kind="granted", title="同意补贴",
        internal_text=opinion,
    )  # fmt: skip
    return outcome
