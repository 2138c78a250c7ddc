"""P10: days of service, entered by the person in a moment, confirmed by the firm in bulk."""

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import TalentProfile, User
from talent.core.services import calendar, cases
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.placements import rules
from talent.placements.models import Placement, ServiceDay

from . import places
from .sides import as_hr


@transaction.atomic
def log(
    placement: Placement,
    *,
    actor: User,
    day: date,
    mode: str,
    text: str,
    late_reason: str = "",
) -> ServiceDay:
    """Enter one day. It counts once over all the person's places; an old one needs a reason.

    Raises `ActRefused` with clause and what would help, `Conflict` when the day is entered already.
    """
    if placement.person.user_id != actor.pk:
        raise NotAllowed(_("在岗日由本人登记。"))
    # Two pages of one person follow each other here, or a year could hold one day too many.
    TalentProfile.objects.select_for_update().only("pk").get(pk=placement.person_id)
    placement = Placement.objects.get(pk=placement.pk)
    if placement.state not in (Placement.State.ACTIVE, Placement.State.SUSPENDED, Placement.State.ENDED):
        raise ActRefused(_("该岗位还没有颁发聘书，不能登记在岗日。"))
    book = places.book_of(placement.case)
    try:
        rules.log_day(
            day,
            today=calendar.today(),
            term=placement.term,
            kind=book.kind(placement.kind),
            rules=book.reporting,
            rest_day=not calendar.current().is_working_day(day),
            late_reason=late_reason,
            logged_in_year=placement.days.counting().filter(day__year=day.year).count(),
        )
    except rules.Refusal as refusal:
        raise ActRefused(str(refusal), code=refusal.finding.condition) from None
    if not text.strip():
        raise ActRefused(_("请写明做了什么。"), code="text")
    there = (
        ServiceDay.objects.counting()
        .filter(person=placement.person, day=day)
        .select_related("placement__firm")
        .first()
    )
    if there is not None:
        raise _counted(there)
    try:
        with transaction.atomic():
            return ServiceDay.objects.create(
                placement=placement, person=placement.person, day=day, mode=mode, text=text.strip(), late_reason=late_reason.strip()
            )  # fmt: skip
    except IntegrityError:
        raise _counted(ServiceDay.objects.counting().get(person=placement.person, day=day)) from None


def _counted(there: ServiceDay) -> Conflict:
    return Conflict(
        _("%(day)s已在%(firm)s登记，一天只计一次。")
        % {"day": f"{there.day:%Y-%m-%d}", "firm": there.placement.firm.label},
        code="day",
    )


@transaction.atomic
def answer(day: ServiceDay, *, actor: User, refusal: str = "") -> ServiceDay:
    """The firm confirms a day, or does not and says why; a refused day may be entered again."""
    as_hr(actor, day.placement.firm)
    if day.person.user_id == actor.pk:
        raise NotAllowed(_("不能确认自己登记的在岗日，请由本单位其他人事专员办理。"))
    state = ServiceDay.State.REFUSED if refusal.strip() else ServiceDay.State.CONFIRMED
    done = ServiceDay.objects.filter(pk=day.pk, state=ServiceDay.State.LOGGED).update(
        state=state, refusal=refusal.strip()[:200], answered_by=actor, answered_at=timezone.now()
    )
    if not done:
        raise Conflict(_("%(day)s已经处理过。") % {"day": f"{day.day:%Y-%m-%d}"})
    day.refresh_from_db()
    return day


def confirm_many(days: Iterable[ServiceDay], *, actor: User) -> list[tuple[ServiceDay, str]]:
    """Confirm many days at once: each with why not, empty when done; one event per case."""
    results: list[tuple[ServiceDay, str]] = []
    done: dict[int, list[ServiceDay]] = {}
    for day in days:
        try:
            answer(day, actor=actor)
        except ActRefused as refusal:
            results.append((day, str(refusal)))
        else:
            results.append((day, ""))
            done.setdefault(day.placement_id, []).append(day)
    for confirmed in done.values():
        placement = confirmed[0].placement
        cases.record(
            placement.case, "days_confirmed", actor=actor, standing=as_hr(actor, placement.firm),
            title=_("确认在岗日"), public_text=_("企业确认%(n)d天在岗。") % {"n": len(confirmed)},
            figures={"days": sorted(day.day.isoformat() for day in confirmed)},
        )  # fmt: skip
    return results


def days_done(placements: Iterable[Placement], year: int) -> dict[int, tuple[int, int]]:
    """Placement → (confirmed days, days entered) of a calendar year; one query."""
    rows = (
        ServiceDay.objects.counting()
        .filter(placement__in=list(placements), day__year=year)
        .values("placement")
        .order_by("placement")
        .annotate(entered=Count("pk"), confirmed=Count("pk", filter=Q(state=ServiceDay.State.CONFIRMED)))
    )
    return {row["placement"]: (row["confirmed"], row["entered"]) for row in rows}


def days_due(placement: Placement, year: int) -> int:
    """The agreed days of a calendar year: the year's share of the term."""
    return rules.promised_by_year(placement.starts_on, placement.ends_on, placement.days_per_year).get(
        year, 0
    )
