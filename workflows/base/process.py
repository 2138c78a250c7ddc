"""What the pages need to know of a process. A flow file ends with its `PROCESS`; the register lists them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import ModuleType
from typing import Any, NamedTuple

from django import forms

from talent.core import roles
from talent.core.forms import ApplicantForm, CandidateForm, DossierPart
from talent.core.models import Case, Letter, User

from .flow import CaseFlow


class Begins(StrEnum):
    """Who begins a case, and where."""

    UNIT = "unit"  # an employer or recommender, about a person, at /unit/
    APPLICANT = "applicant"  # the person himself, from the guide, at /my/
    PAGE = "page"  # on pages of the process's own, first of all `begin_page`


class Due(NamedTuple):
    """Something the calendar does for a process: `rows(day)` are due on a day, `act(row, day)` does one.

    `act` answers False when there was nothing to do any more.
    """

    title: str
    rows: Callable[[date], Iterable[Any]]
    act: Callable[[Any, date], object]


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
    begin_page, begin_title: for `Begins.PAGE`, the URL name of the page it begins on, and the words of its button.
    beside: pages on which something else of this policy is asked for, (URL name, words of its button).
    my_page, unit_page: URL names of the process's own page of a case at /my/ and /unit/, when it has one.
    due: what `tick` does for it. may_read: whether a reader of the case may open one of its letters.
    parts: the forms of the dossier in order; materials are a page of their own.
    nightly: what this policy alone does every night: the report's words, and an act that tells how many.
    employer_facts: fields of the case an employer is asked to confirm, and so reads.
    check_form: a form whose `answer()` says before any application whether it would succeed; nothing is stored.
    overlaps: other cases that touch this one (each with `text` and `case`), for officers only.
    explain: what the rules say on a case, for the pages of officers and of the applicant; shown by `explanation`.
    sheet: the form of a case (审批表) as PDF, `(case, *, actor)`.
    paying: what the policy says while money is paid: `recheck_items(award)`, `report_days(case)`, and of a higher level
    `difference(case, level_code)` and `set_level(case, level_code, added)`; None where only its own acts pay.
    recovery: what has to come back by the policy's rule: its events `(award)`, and what one asks back
    `(award, *, event, day)`.
    taken_over: where the city may go on with what lies with a county: the county's steps, who may
    (`(case, actor)` → a post or None), and the act (`(case, *, node, actor, reason)`).
    """

    slug: str
    policy: str
    case: type[Case]
    flow: type[CaseFlow]
    services: ModuleType
    begins: Begins
    begin_form: type[CandidateForm] | type[ApplicantForm] | None = None
    begin: Callable[..., Case] | None = None
    parts: tuple[type[DossierPart], ...] = ()
    begun_by: tuple[roles.Role, ...] = (roles.HR, roles.RECOMMENDER)
    from_leads: bool = False
    nightly: tuple[tuple[str, Callable[[], int]], ...] = ()
    begin_page: str = ""
    begin_title: str = ""
    beside: tuple[tuple[str, Any], ...] = ()
    my_page: str = ""
    unit_page: str = ""
    due: tuple[Due, ...] = ()
    may_read: Callable[[Letter, User], bool] = lambda letter, user: True
    employer_facts: tuple[str, ...] = ()
    check_form: type[forms.Form] | None = None
    overlaps: Callable[[Case], Sequence[Any]] | None = None
    explain: Callable[[Case], dict[str, Any] | None] | None = None
    explanation: str = ""
    sheet: Callable[..., bytes] | None = None
    paying: ModuleType | None = None
    recovery: tuple[Callable[..., Any], Callable[..., Any]] | None = None
    taken_over: tuple[tuple[str, ...], Callable[..., Any], Callable[..., None]] | None = None

    def touched(self, case: Case) -> Sequence[Any]:
        """Other cases that touch this one; none in a policy that does not ask."""
        return self.overlaps(case) if self.overlaps else ()

    def explained(self, case: Case) -> dict[str, Any]:
        """The template context of the rules' answer on `case`; without a template when there is nothing to explain."""
        answer = self.explain(case) if self.explain else None
        return {"answer": answer, "explanation": self.explanation if answer else ""}

    def part(self, code: str) -> type[DossierPart] | None:
        """The form of one part of the dossier; None for a part this process does not have."""
        return next((part for part in self.parts if part.code == code), None)
