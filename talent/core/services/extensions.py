"""延期: the time limit of a running case is extended once approved by somebody other than who asked.

行政许可法 art. 42: with the approval of the organ's head, by at most the edition's `extension_days`, and the
applicant is told why. The event moves both clocks; the page shows days and reason to the applicant.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, CaseEvent, Extension, User

from . import appointments, cases, policy
from .appointments import Standing
from .errors import ActRefused, Conflict, NotAllowed
from .supplements import tell_applicant


def days_left(case: Case) -> int:
    """Working days by which the limit of `case` may still be extended."""
    given = sum(row.days for row in case.extensions.all() if row.state == Extension.State.APPROVED)
    return policy.figures(case.edition).limit("extension_days") - given


def waiting(case: Case) -> Extension | None:
    """The request that waits for approval, if any."""
    return next((row for row in case.extensions.all() if row.state == Extension.State.ASKED), None)


def refusal_to_ask(case: Case) -> str:
    """Why no extension can be asked for now; empty when one can."""
    if case.ended:
        return _("办件已经结束，不能延期。")
    if case.accepted_at is None:
        return _("办件尚未受理，还没有开始计算办理时限。")
    if waiting(case):
        return _("已有一份延期申请等待批准。")
    if days_left(case) < 1:
        return _("该办件的延长天数已经用完。")
    return ""


@transaction.atomic
def ask(case: Case, *, days: int, reason: str, actor: User) -> Extension:
    """Ask for `days` more working days, with the reason the applicant will read.

    By an office at work on the case. Raises `ActRefused` beyond the edition's days, `Conflict` when one waits.
    """
    case = _locked(case)
    standing = appointments.standing_on(actor, case, roles.Act.ASK_EXTENSION)
    if standing is None:
        raise NotAllowed(_("您没有办理该办件的岗位授权，不能申请延期。"))
    if len(reason.strip()) < 4:
        raise ActRefused(_("请写明延期理由（至少4个字），申请人可以看到。"))
    refused = refusal_to_ask(case)
    if refused:
        raise ActRefused(refused)
    left = days_left(case)
    if not 1 <= days <= left:
        row = policy.figures(case.edition).limit_row("extension_days")
        raise ActRefused(
            _("最多还可延长 %(left)d 个工作日（%(clause)s），请改为 1 至 %(left)d。")
            % {"left": left, "clause": row.clause}
        )
    try:
        with transaction.atomic():
            asked = Extension.objects.create(
                case_id=case.pk, step=case.step, days=days, reason=reason.strip(), asked_by=actor
            )
    except IntegrityError:
        raise Conflict(_("已有一份延期申请等待批准。")) from None
    cases.record(
        case, "extension_asked", actor=actor, standing=standing, title=_("申请延期"), public=False,
        internal_text=_("申请延长 %(days)d 个工作日：%(reason)s") % {"days": days, "reason": asked.reason},
    )  # fmt: skip
    return asked


@transaction.atomic
def settle(extension: Extension, *, approved: bool, note: str = "", actor: User) -> Extension:
    """Approve or refuse. Never by who asked, nor by a deputy of his; a refusal says why.

    Approval extends both clocks from today's working day on and tells the applicant days, reason and clause.
    """
    case = _locked(extension.case)
    standing = appointments.standing_on(actor, case, roles.Act.APPROVE_EXTENSION)
    if standing is None:
        raise NotAllowed(_("您没有批准延期的岗位授权。"))
    _require_another(extension, case, actor, standing)
    if case.ended:
        raise ActRefused(_("办件已经结束，不能延期。"))
    if not approved and len(note.strip()) < 2:
        raise ActRefused(_("不批准延期时，请写明意见。"))
    if approved and extension.days > days_left(case):
        raise ActRefused(_("该办件的延长天数已不足 %(days)d 个工作日。") % {"days": extension.days})
    updated = Extension.objects.filter(pk=extension.pk, state=Extension.State.ASKED).update(
        state=Extension.State.APPROVED if approved else Extension.State.REFUSED,
        settled_by=actor,
        settled_at=timezone.now(),
        note=note.strip(),
    )
    if not updated:
        raise Conflict(_("这份延期申请已经处理，请刷新页面。"))
    extension.refresh_from_db()
    if approved:
        _extend(case, extension, actor=actor, standing=standing, note=note.strip())
    else:
        cases.record(
            case, "extension_refused", actor=actor, standing=standing, title=_("未批准延期"), public=False,
            internal_text=note.strip(),
        )  # fmt: skip
    return extension


def _locked(case: Case) -> Case:
    """The case as it is now, so that two requests or a request and its end follow each other."""
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("edition", "applicant__user")
        .get(pk=case.pk)
    )


def _require_another(extension: Extension, case: Case, actor: User, standing: Standing) -> None:
    """Four eyes: not who asked, not his deputy, not whoever he asked for as a deputy."""
    people = {actor.pk, standing.principal.pk if standing.principal else actor.pk}
    asked = case.events.filter(kind="extension_asked").order_by("-seq").first()
    if people & {extension.asked_by_id, asked.on_behalf_of_id}:
        raise NotAllowed(_("延期不能由申请人员本人或其代理人批准，请由其他有权限的人员批准。"))


def _extend(case: Case, extension: Extension, *, actor: User, standing: Standing, note: str) -> None:
    clause = policy.figures(case.edition).limit_row("extension_days").clause
    words = _("办理期限延长 %(days)d 个工作日。理由：%(reason)s。依据：%(clause)s。") % {
        "days": extension.days,
        "reason": extension.reason,
        "clause": clause,
    }
    cases.record(
        case, "extended", actor=actor, standing=standing, title=_("延长办理期限"), public_text=words,
        internal_text=note, clock=CaseEvent.ClockEffect.EXTEND, clock_days=extension.days,
    )  # fmt: skip
    tell_applicant(
        case, kind="extended", subject=_("办理期限已延长"),
        body=_("办件 %(number)s：%(words)s") % {"number": case.number, "words": words},
    )  # fmt: skip
