"""The parts of a dossier that every policy asks for, and whether they are done: read from what is recorded.

A policy's `services.dossier(case)` puts these and its own parts in order; `submit` refuses while one is open.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from talent.core.models import Case


@dataclass(frozen=True)
class Part:
    """One part of the dossier's task list: code, title, hint, and whether it is done."""

    code: str
    title: str
    hint: str
    complete: bool


def saved(case: Case) -> Collection[str]:
    """Codes of the parts that were saved complete."""
    return {section.code for section in case.sections.all() if section.complete}


def person(case: Case) -> Part:
    """基本信息: name, identity number and phone are on record, and the person has looked at them."""
    profile = case.applicant
    known = bool(profile.name and profile.id_number_index and profile.mobile_index)
    return Part("person", _("基本信息"), _("姓名、证件、联系方式"), known and "person" in saved(case))


def history(case: Case) -> Part:
    """教育与工作经历: at least one of each."""
    profile = case.applicant
    there = profile.educations.exists() and profile.employments.exists()
    return Part("history", _("教育与工作经历"), _("最高学历和主要任职"), there)


def materials(case: Case) -> Part:
    """申报材料: every required one that may not follow later is there."""
    lines = list(case.materials.all())
    there = sum(1 for line in lines if line.version_id)
    needed = [line for line in lines if line.required and not line.version_id and not line.deferrable]
    return Part(
        "materials",
        _("申报材料"),
        _("已传 %(there)d / %(all)d 份") % {"there": there, "all": len(lines)},
        bool(lines) and not needed,
    )


def open_titles(parts: Collection[Part]) -> list[str]:
    """The titles of the parts that are not done."""
    return [part.title for part in parts if not part.complete]
