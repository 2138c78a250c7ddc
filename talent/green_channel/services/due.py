"""What `tick` does after the recognition: reminders, lapses, evaluations to begin. Each done once, however often asked."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talent.core import roles
from talent.core.models import Case, User
from talent.core.services import appointments, calendar, messages, policy
from talent.green_channel import rules
from talent.green_channel.models import Agreement, Evaluation, FollowUp, ServiceOrder

from . import agreements, evaluating, orders


def _near_signing(today: date) -> Iterable[Agreement]:
    rows = Agreement.objects.filter(state="signing", warned_at__isnull=True, sign_by__gte=today)
    for row in rows.select_related("case__edition", "case__applicant", "employer", "government").order_by(
        "pk"
    ):
        warn = policy.figures(row.case.edition).step("agreement").warn
        if calendar.warn_day(row.sign_by, warn) <= today:
            yield row


def _overdue_signing(today: date) -> Iterable[Agreement]:
    return Agreement.objects.filter(state="signing", sign_by__lt=today).select_related("case").order_by("pk")


def _open_orders() -> Any:
    return (
        ServiceOrder.objects.open()
        .filter(due_on__isnull=False)
        .select_related("case__edition", "case__steward", "owner", "claimed_by")
        .order_by("pk")
    )


def _near_orders(today: date) -> Iterable[ServiceOrder]:
    for row in _open_orders().filter(warned_at__isnull=True, due_on__gte=today):
        if (
            calendar.warn_day(row.due_on, policy.figures(row.case.edition).limit("service_warn_days"))
            <= today
        ):
            yield row


def _stewards(case: Case) -> list[User]:
    """The steward of the case, or all stewards when nobody is named yet."""
    if case.steward_id:
        return [case.steward]
    organisation = case.organisation_in(roles.Capacity.STEWARD)
    return appointments.holders(roles.STEWARD, organisation) if organisation else []


def _tell(people: Iterable[User], kind: str, subject: str, body: str, *, case: Case, row: Any) -> None:
    for person in people:
        messages.tell(
            person, kind=kind, subject=subject, body=body, case=case, key=f"{kind}:{row.pk}:{person.pk}"
        )  # fmt: skip


@transaction.atomic
def warn_order(row: ServiceOrder) -> bool:
    """The steward is told before the limit, and whoever does the order."""
    if not ServiceOrder.objects.filter(pk=row.pk, warned_at__isnull=True).update(warned_at=timezone.now()):
        return False
    body = _("服务事项 %(number)s 应于 %(day)s 前办结，现在是“%(state)s”。") % {
        "number": row.number, "day": f"{row.due_on:%Y-%m-%d}", "state": row.get_state_display(),
    }  # fmt: skip
    people = {one.pk: one for one in (*_stewards(row.case), *orders.doing(row))}
    _tell(people.values(), "service_near_due", _("服务事项即将到期"), body, case=row.case, row=row)
    return True


def _overdue_orders(today: date) -> Iterable[ServiceOrder]:
    return _open_orders().filter(escalated_at__isnull=True, due_on__lt=today)


@transaction.atomic
def escalate_order(row: ServiceOrder) -> bool:
    """Over its limit: the head of the bureau that owns it and the steward are told, once."""
    claimed = ServiceOrder.objects.filter(pk=row.pk, escalated_at__isnull=True)
    if not claimed.update(escalated_at=timezone.now()):
        return False
    heads = appointments.superior_of(roles.CHECKER, row.owner)
    body = _("服务事项 %(number)s 应于 %(day)s 前办结，至今未办。") % {
        "number": row.number, "day": f"{row.due_on:%Y-%m-%d}",
    }  # fmt: skip
    people = {one.pk: one for one in (*heads, *_stewards(row.case))}
    _tell(people.values(), "service_overdue", _("服务事项已超期"), body, case=row.case, row=row)
    return True


def _overdue_follow_ups(today: date) -> Iterable[FollowUp]:
    rows = FollowUp.objects.filter(answered_at__isnull=True, escalated_at__isnull=True, due_on__lt=today)
    return rows.select_related("order__case", "organisation").order_by("pk")


@transaction.atomic
def escalate_follow_up(row: FollowUp) -> bool:
    """A poor mark nobody answered: whoever supervises the case hears of it, once."""
    if not FollowUp.objects.filter(pk=row.pk, escalated_at__isnull=True).update(escalated_at=timezone.now()):
        return False
    organisation = row.order.case.organisation_in(roles.Capacity.SUPERVISING)
    people = appointments.holders(roles.SUPERVISOR, organisation) if organisation else []
    body = _("服务事项 %(number)s 的差评应于 %(day)s 前回访，至今未办。") % {
        "number": row.order.number, "day": f"{row.due_on:%Y-%m-%d}",
    }  # fmt: skip
    _tell(people, "follow_up_overdue", _("差评回访已超期"), body, case=row.order.case, row=row)
    return True


def _evaluations_to_open(today: date) -> Iterable[tuple[Case, rules.DueEvaluation]]:
    """By the agreement in force: a missed year only makes the list longer."""
    rows = (
        Agreement.objects.filter(state="in_force")
        .select_related("case")
        .prefetch_related("case__evaluations")
    )
    for row in rows.order_by("pk"):
        known = {(one.kind, one.year) for one in row.case.evaluations.all()}
        for one in rules.evaluations_due(starts_on=row.starts_on, ends_on=row.ends_on, today=today):
            if (one.kind, one.year) not in known:
                yield row.case, one


def _open_evaluation(pair: tuple[Case, rules.DueEvaluation]) -> Evaluation:
    case, one = pair
    return evaluating.open_evaluation(case, one.kind, one.year, actor=None)


def _near_evaluations(today: date) -> Iterable[Evaluation]:
    rows = Evaluation.objects.exclude(state="concluded").filter(warned_at__isnull=True)
    for row in rows.select_related("case__edition", "case__lead_organisation", "case__employer").order_by(
        "pk"
    ):
        if calendar.warn_day(row.due_on, policy.figures(row.case.edition).step("evaluation").warn) <= today:
            yield row


@transaction.atomic
def warn_evaluation(row: Evaluation) -> bool:
    """Before the limit: the employer while the report is missing, the lead bureau in any case."""
    if not Evaluation.objects.filter(pk=row.pk, warned_at__isnull=True).update(warned_at=timezone.now()):
        return False
    case = row.case
    people = appointments.holders(roles.CHECKER, case.lead_organisation)
    if row.state == Evaluation.State.OPENED and case.employer:
        people += appointments.holders(roles.HR, case.employer)
    body = _("办件 %(number)s 的%(kind)s应于 %(day)s 前完成，现在是“%(state)s”。") % {
        "number": case.number, "kind": row.get_kind_display(), "day": f"{row.due_on:%Y-%m-%d}",
        "state": row.get_state_display(),
    }  # fmt: skip
    _tell(people, "evaluation_reminder", _("绩效评估即将到期"), body, case=case, row=row)
    return True


def _ending_terms(today: date) -> Iterable[Agreement]:
    rows = Agreement.objects.filter(state="in_force", term_warned_at__isnull=True, ends_on__gte=today)
    rows = rows.select_related(
        "case__edition", "case__applicant__user", "case__lead_organisation", "case__steward"
    )
    for row in rows.order_by("pk"):
        if calendar.warn_day(row.ends_on, policy.figures(row.case.edition).limit("term_warn_days")) <= today:
            yield row


@transaction.atomic
def warn_term(row: Agreement) -> bool:
    """The term ends soon: lead bureau, steward and talent are told, once."""
    if not Agreement.objects.filter(pk=row.pk, term_warned_at__isnull=True).update(
        term_warned_at=timezone.now()
    ):
        return False
    case = row.case
    people = [*appointments.holders(roles.CHECKER, case.lead_organisation), *_stewards(case)]
    if case.applicant.user_id:
        people.append(case.applicant.user)
    body = _("办件 %(number)s 的支持期将于 %(day)s 届满，请安排期满评估和后续服务。") % {
        "number": case.number, "day": f"{row.ends_on:%Y-%m-%d}",
    }  # fmt: skip
    _tell(
        {one.pk: one for one in people}.values(),
        "term_reminder",
        _("支持期即将届满"),
        body,
        case=case,
        row=row,
    )
    return True


# Title, rows of a day, and the act on one row: what the calendar does for the 直通车.
DUE = (
    (gettext_lazy("协议签署提醒"), _near_signing, lambda row, today: agreements.warn_to_sign(row)),
    (gettext_lazy("协议逾期未签"), _overdue_signing, lambda row, today: agreements.lapse_signing(row)),
    (gettext_lazy("服务事项临期提醒"), _near_orders, lambda row, today: warn_order(row)),
    (gettext_lazy("服务事项超期上报"), _overdue_orders, lambda row, today: escalate_order(row)),
    (gettext_lazy("差评回访超期上报"), _overdue_follow_ups, lambda row, today: escalate_follow_up(row)),
    (gettext_lazy("启动绩效评估"), _evaluations_to_open, lambda pair, today: _open_evaluation(pair)),
    (gettext_lazy("绩效评估临期提醒"), _near_evaluations, lambda row, today: warn_evaluation(row)),
    (gettext_lazy("支持期满提醒"), _ending_terms, lambda row, today: warn_term(row)),
)
