"""好差评 of the services: five grades by the talent; a poor one is answered by the head above the steward."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Organisation, User
from talent.core.services import appointments, calendar, cases, messages, policy
from talent.core.services.errors import ActRefused, Conflict
from talent.core.services.supplements import tell_applicant
from talent.green_channel.models import FollowUp, ServiceOrder

from . import posts


@transaction.atomic
def rate(made: ServiceOrder, *, actor: User, grade: int, note: str = "") -> ServiceOrder:
    """One mark per finished order, by the talent alone. A poor one says why and opens the follow-up."""
    posts.require_oneself(actor, made.case)
    case = posts.lock(made.case)
    if grade not in ServiceOrder.Grade.values:
        raise ActRefused(_("请从五个等次中选择一个。"))
    if grade in ServiceOrder.POOR and len(note.strip()) < 2:
        raise ActRefused(_("评为不满意的，请写明哪里不满意，便于整改。"))
    finished = ServiceOrder.objects.filter(pk=made.pk, state__in=("done", "impossible"), grade__isnull=True)
    if not finished.update(grade=grade, grade_note=note.strip()[:300], graded_at=timezone.now()):
        raise Conflict(_("该事项尚未办结或者已经评价。"))
    made.refresh_from_db()
    made.case = case
    cases.record(
        case, "service_rated", actor=actor, title=_("评价服务"), public=False, internal_text=made.number,
        figures={"order": made.place, "grade": grade},
    )  # fmt: skip
    if grade in ServiceOrder.POOR:
        _follow_up(made)
    return made


def _follow_up(made: ServiceOrder) -> None:
    organisation = made.case.organisation_in(roles.Capacity.STEWARD) or made.case.intake_organisation
    opened = FollowUp.objects.create(
        order=made, organisation=organisation,
        due_on=calendar.due_after(calendar.today(), policy.figures(made.case.edition).limit("follow_up_days")),
    )  # fmt: skip
    for person in superiors(organisation):
        messages.tell(
            person, kind="poor_mark", subject=_("差评待回访"), case=made.case, key=f"poor_mark:{opened.pk}:{person.pk}",
            body=_("服务事项 %(number)s 被评为不满意，请在 %(day)s 前回访整改。")
            % {"number": made.number, "day": f"{opened.due_on:%Y-%m-%d}"},
        )  # fmt: skip


def superiors(organisation: Organisation) -> list[User]:
    """Who answers a poor mark: the head above the stewards of `organisation`."""
    return appointments.superior_of(roles.STEWARD, organisation)


def may_answer(follow_up: FollowUp, actor: User) -> bool:
    return follow_up.answered_at is None and any(
        person.pk == actor.pk for person in superiors(follow_up.organisation)
    )


@transaction.atomic
def answer_follow_up(follow_up: FollowUp, *, actor: User, answer: str) -> FollowUp:
    """回访: what was put right; the talent reads it. By the head above the steward."""
    made = follow_up.order
    case = posts.lock(made.case)
    post = posts.in_office(actor, case, follow_up.organisation, roles.BUREAU_HEAD, roles.DECIDER)
    if len(answer.strip()) < 4:
        raise ActRefused(_("请写明回访和整改情况（至少4个字）。"))
    waiting = FollowUp.objects.filter(pk=follow_up.pk, answered_at__isnull=True)
    if not waiting.update(answer=answer.strip()[:500], answered_by=actor, answered_at=timezone.now()):
        raise Conflict(_("该差评已经回访。"))
    follow_up.refresh_from_db()
    cases.record(
        case, "poor_mark_answered", actor=actor, standing=post, title=_("回访差评"), public=False,
        internal_text=made.number, figures={"order": made.place},
    )  # fmt: skip
    tell_applicant(
        case, kind="poor_mark_answered", subject=_("您的评价已有回复"),
        body=_("服务事项 %(number)s 的评价已有整改回复，请登录查看。") % {"number": made.number},
    )  # fmt: skip
    return follow_up
