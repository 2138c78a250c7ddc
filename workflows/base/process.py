"""What the pages need to know of a process. A flow file ends with its `PROCESS`; the register lists them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType

from talent.core import roles
from talent.core.forms import ApplicantForm, CandidateForm, DossierPart
from talent.core.models import Case

from .flow import CaseFlow


class Begins(StrEnum):
    """Who begins a case, and where."""

    UNIT = "unit"  # an employer or recommender, about a person, at /unit/
    APPLICANT = "applicant"  # the person himself, from the guide, at /my/


@dataclass(frozen=True, kw_only=True)
class Process:
    """A policy's process as the pages need to know it.

    slug: its name in URLs. policy: its name in the editions (`[edition] policy` of its policy.toml).
    case: its case class. flow: its procedure.
    services: the policy's acts; of them the pages themselves call `dossier`, `fulfil_promise`, `lapse_supplement`
    and `lapse_promise`.
    begins, begin_form, begin: who begins a case, the first form, and the service that opens the case from it:
    `begin(*, actor, recommender, employer, candidate, submission_key, **facts)` at /unit/,
    `begin(*, actor, applicant, submission_key, **facts)` at /my/.
    begun_by: at /unit/, the posts whose holders may begin one.
    from_leads: whether a recommendation may begin from a lead of the atlas; `begin` then also takes `lead`.
    parts: the forms of the dossier in order; materials are a page of their own.
    """

    slug: str
    policy: str
    case: type[Case]
    flow: type[CaseFlow]
    services: ModuleType
    begins: Begins
    begin_form: type[CandidateForm] | type[ApplicantForm]
    begin: Callable[..., Case]
    parts: tuple[type[DossierPart], ...]
    begun_by: tuple[roles.Role, ...] = (roles.HR, roles.RECOMMENDER)
    from_leads: bool = False

    def part(self, code: str) -> type[DossierPart] | None:
        """The form of one part of the dossier; None for a part this process does not have."""
        return next((part for part in self.parts if part.code == code), None)
