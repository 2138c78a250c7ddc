"""回避: why an expert may not look at a case (公务员法 art. 76, by analogy; the policy text has no list of its own).

Names are compared without spaces, width or case. Every conflict found is named, not only the first.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tie:
    """One declared or recorded tie of an expert.

    kind: relation, co_project or co_patent; person, organisation, title: whichever of them is known.
    """

    kind: str
    person: str = ""
    organisation: str = ""
    title: str = ""


@dataclass(frozen=True)
class ExpertFacts:
    """What is known of an expert: name, whether he is the applicant himself, where he works, his ties."""

    name: str
    is_applicant: bool = False
    employers: tuple[str, ...] = ()
    universities: tuple[str, ...] = ()
    ties: tuple[Tie, ...] = ()


@dataclass(frozen=True)
class SubjectFacts:
    """Whom and what a case is about: applicant and team, their employers and universities, their works by title."""

    people: tuple[str, ...]
    employers: tuple[str, ...] = ()
    universities: tuple[str, ...] = ()
    works: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Conflict:
    """One reason to stay away: its code, and the sentence that names it."""

    code: str
    reason: str


_TIES = {
    "relation": "已申报与“{whom}”存在利害关系",
    "co_project": "与“{whom}”有合作项目",
    "co_patent": "与“{whom}”有共同专利",
}


def same(text: str) -> str:
    """`text` as it is compared: full and half width, spaces and case make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _common(mine: Iterable[str], theirs: Iterable[str]) -> str:
    """The first of `theirs` that stands in `mine` too, as it is written; empty when there is none."""
    known = {same(one) for one in mine if one.strip()}
    return next((one for one in theirs if one.strip() and same(one) in known), "")


def conflicts(expert: ExpertFacts, subject: SubjectFacts) -> tuple[Conflict, ...]:
    """Every reason why `expert` may not assess `subject`; empty when there is none."""
    found = []
    if expert.is_applicant:
        found.append(Conflict("self", "专家是申请人或团队成员本人"))
    employer = _common(expert.employers, subject.employers)
    if employer:
        found.append(Conflict("employer", f"与申请人同属一个单位：{employer}"))
    university = _common(expert.universities, subject.universities)
    if university and same(university) != same(employer):
        found.append(Conflict("university", f"与申请人同属一所高校：{university}"))
    for tie in expert.ties:
        whom = (
            _common((tie.person,), subject.people)
            or _common((tie.organisation,), subject.employers)
            or _common((tie.title,), subject.works)
        )
        if whom:
            found.append(Conflict(tie.kind, _TIES[tie.kind].format(whom=whom)))
    return tuple(found)
