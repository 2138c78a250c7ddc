"""A running case goes on under a newer edition of its policy: shown what changes, decided by a person, recorded.

Nobody moves a case by loading a file: until somebody does this, a case keeps the edition it began under.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, CaseMaterial, PolicyEdition, User

from . import appointments, calendar, cases, materials, policy
from .errors import ActRefused, NotAllowed
from .supplements import tell_applicant


def newer_edition(case: Case) -> PolicyEdition | None:
    """The edition in force today when it is newer than the case's own; None when there is none."""
    found = PolicyEdition.objects.in_force(case.policy, calendar.today()).first()
    if found is None or found.pk == case.edition_id or found.effective_from <= case.edition.effective_from:
        return None
    return found


def refusal_to_move(case: Case, edition: PolicyEdition) -> str:
    """Why `case` cannot go on under `edition`; empty when it can."""
    newer = newer_edition(case)
    if newer is None or newer.pk != edition.pk:
        return _("“%(edition)s”不是今天施行的、比本办件更新的版本。") % {"edition": edition}
    if case.ended or case.events.filter(kind="decided").exists():
        return _("办件已经审定或结束，不能改按新版本办理。")
    known = {step.code for step in policy.figures(edition).active_steps}
    if case.step and case.step not in known | {"revise"}:
        return _("新版本没有办件当前所在的环节，不能改按新版本办理。")
    return ""


@transaction.atomic
def move(case: Case, edition: PolicyEdition, *, actor: User, reason: str) -> Case:
    """Let `case` go on under `edition`, with a reason the applicant reads. The event keeps the old edition.

    Limits, texts and the checklist follow the new edition: what it asks anew is added, what it no longer asks is
    no longer required. Raises `NotAllowed` without the post, `ActRefused` once the case is decided.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("edition").get(pk=case.pk).specific()
    standing = appointments.standing_on(actor, case, roles.Act.MOVE_EDITION)
    if standing is None:
        raise NotAllowed(_("您没有变更办件适用版本的岗位授权。"))
    if len(reason.strip()) < 4:
        raise ActRefused(_("请写明改按新版本办理的理由（至少4个字），申请人可以看到。"))
    refused = refusal_to_move(case, edition)
    if refused:
        raise ActRefused(refused)
    old = case.edition
    changed = policy.edition_difference(old, edition)
    case.edition, case.title = edition, edition.title
    case.save(update_fields=["edition", "title"])
    _follow_checklist(case, edition)
    cases.record(
        case, "edition_changed", actor=actor, standing=standing, title=_("改按新版本办理"),
        public_text=_("本办件改按“%(new)s”办理（原为“%(old)s”）。理由：%(reason)s。")
        % {"new": edition, "old": old, "reason": reason.strip()},
        figures=_kept(old, edition, len(changed)),
    )  # fmt: skip
    if case.accepted_at:
        cases.refresh_due(case)
    tell_applicant(
        case, kind="edition_changed", subject=_("办件改按新的政策版本办理"),
        body=_("办件 %(number)s 改按“%(new)s”办理，理由见办件页面；需要增加材料的，受理单位会另行通知。")
        % {"number": case.number, "new": edition},
    )  # fmt: skip
    return case


def _kept(old: PolicyEdition, new: PolicyEdition, changes: int) -> dict[str, Any]:
    """Which edition the case had, by code and content, so that it can be read again whatever comes."""
    return {
        "old": {"code": old.code, "digest": old.digest},
        "new": {"code": new.code, "digest": new.digest},
        "changes": changes,
    }


def _follow_checklist(case: Case, edition: PolicyEdition) -> None:
    """Names and requirements as the new edition has them; files, ticks and promises stay."""
    asked = policy.figures(edition).materials
    materials.build_checklist(case, asked)
    for order, row in enumerate(asked, start=1):
        lines = CaseMaterial.objects.filter(case_id=case.pk, code=row.code)
        lines.update(name=row.name, required=row.required, order=order)
        # What was promised stays promised.
        lines.filter(deferred=False).update(deferrable=row.deferrable)
    gone = CaseMaterial.objects.filter(case_id=case.pk).exclude(code__in=[row.code for row in asked])
    gone.update(required=False)
