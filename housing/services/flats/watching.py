"""What the calendar does with flats: choice windows, flats nobody moved into, terms that end. Safe twice, in any order."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from housing.models import FlatEntry, Tenancy
from talent.core import roles
from talent.core.services import appointments, audit, messages

from . import rights
from .letting import give_up


def windows_over(day: date) -> Iterable[FlatEntry]:
    return (
        FlatEntry.objects.filter(state=FlatEntry.State.CHOOSING, choose_until__lt=day)
        .select_related("person__user", "edition")
        .order_by("pk")
    )


def end_window(entry: FlatEntry, day: date) -> bool:
    """Nothing was chosen: the place is kept, or lost after as many windows as the edition says."""
    last = entry.missed + 1 >= rights.terms_of(entry.edition).missed_most
    state = FlatEntry.State.LAPSED if last else FlatEntry.State.WAITING
    ended = FlatEntry.objects.filter(
        pk=entry.pk, state=FlatEntry.State.CHOOSING, choose_until=entry.choose_until
    ).update(state=state, missed=F("missed") + 1)
    if not ended:
        return False
    audit.record("flat_window_missed", subject=entry.number, detail={"last": last})
    rights.tell(
        entry.person, kind="flat_window_missed", subject=_("选房期已结束"),
        body=_("您没有在选房期内选房，轮候已终止；需要时可以重新申请。") if last
        else _("您没有在选房期内选房，轮候保留，下次选房时另行通知。"),
    )  # fmt: skip
    return True


def not_moved_in(day: date) -> Iterable[Tenancy]:
    rows = Tenancy.objects.filter(state=Tenancy.State.CHOSEN).select_related("entry__edition").order_by("pk")
    for tenancy in rows:
        days = rights.terms_of(tenancy.entry.edition).move_in_days
        if tenancy.chosen_at.date() + timedelta(days=days) < day:
            yield tenancy


def ends_near(day: date) -> Iterable[Tenancy]:
    rows = Tenancy.objects.filter(state=Tenancy.State.RUNNING).filter(
        Q(warned_for__isnull=True) | ~Q(warned_for=F("ends_on"))
    )
    for tenancy in rows.select_related("entry__edition", "person__user").order_by("pk"):
        if tenancy.ends_on - timedelta(days=rights.terms_of(tenancy.entry.edition).warn_days) <= day:
            yield tenancy


def warn(tenancy: Tenancy, day: date) -> bool:
    """The tenant is told once per end that it comes, and what can be done."""
    claimed = (
        Tenancy.objects.filter(pk=tenancy.pk, ends_on=tenancy.ends_on)
        .exclude(warned_for=tenancy.ends_on)
        .update(warned_for=tenancy.ends_on)
    )
    if claimed:
        rights.tell(
            tenancy.person, kind="flat_term_ends", subject=_("人才公寓租期将满"),
            body=_("您的租期至%(day)s。需要续租的请登录申请，不续租的请按期退房。")
            % {"day": f"{tenancy.ends_on:%Y-%m-%d}"},
        )  # fmt: skip
    return bool(claimed)


def overdue(day: date) -> Iterable[Tenancy]:
    return (
        Tenancy.objects.filter(
            Q(state=Tenancy.State.RUNNING, ends_on__lt=day) | Q(state=Tenancy.State.LEAVING, leave_on__lt=day)
        )
        .select_related("entry__organisation", "person__user", "flat")
        .order_by("pk")
    )


def report_overdue(tenancy: Tenancy, day: date) -> bool:
    """The bureau is told once that a flat was not given back in time."""
    end = tenancy.leave_on or tenancy.ends_on
    claimed = Tenancy.objects.filter(pk=tenancy.pk).filter(
        Q(overdue_for__isnull=True) | ~Q(overdue_for=end)
    ).update(overdue_for=end)  # fmt: skip
    if not claimed:
        return False
    audit.record("flat_overdue", subject=tenancy.entry.number, detail={"end": end.isoformat()})
    for officer in appointments.holders(roles.CHECKER, tenancy.entry.organisation):
        messages.tell(
            officer, kind="flat_overdue", subject=_("人才公寓到期未退"),
            body=_("“%(flat)s”（%(number)s）应于%(day)s退还，至今未退。")
            % {"flat": tenancy.flat, "number": tenancy.entry.number, "day": f"{end:%Y-%m-%d}"},
        )  # fmt: skip
    return True


DUE: tuple[tuple[Any, Callable[[date], Iterable[Any]], Callable[[Any, date], object]], ...] = (
    (gettext_lazy("选房期结束"), windows_over, end_window),
    (gettext_lazy("逾期未入住"), not_moved_in, lambda tenancy, day: give_up(tenancy, actor=None)),
    (gettext_lazy("公寓租期将满提醒"), ends_near, warn),
    (gettext_lazy("公寓到期未退上报"), overdue, report_overdue),
)
