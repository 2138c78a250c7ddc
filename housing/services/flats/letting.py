"""配租: the choice, the handover, who lives there, the notice and the return."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from housing.models import CoTenant, Flat, FlatEntry, Tenancy
from housing.rules import add_months
from housing.rules.amounts import cents
from housing.rules.rows import Rate
from talent.core import identifiers
from talent.core.models import User
from talent.core.services import audit, calendar, people
from talent.core.services.errors import ActRefused, Conflict

from .. import support
from ..reading import figures_of
from . import rights
from .listing import INSTRUMENT


def rate_of(entry: FlatEntry) -> Rate:
    """The standard of the level: what part of the rent, how long, how large."""
    return figures_of(entry.edition).rate_of(INSTRUMENT, entry.level_code)


def rent_of(entry: FlatEntry, flat: Flat) -> Decimal:
    """What this person pays for this flat per month, in 元."""
    return cents(flat.rent * rate_of(entry).rent_pct / 100)


def choices(entry: FlatEntry) -> QuerySet[Flat]:
    """The flats a person may choose among: free ones of the size of his level."""
    rate = rate_of(entry)
    found = Flat.objects.filter(organisation=entry.organisation, state=Flat.State.FREE)
    if rate.area_min:
        found = found.filter(area__gte=rate.area_min)
    if rate.area_max:
        found = found.filter(area__lte=rate.area_max)
    return found.select_related("region").order_by("building", "unit")


def _take(flat: Flat) -> bool:
    """Make a free flat a let one; False when somebody was faster."""
    return bool(Flat.objects.filter(pk=flat.pk, state=Flat.State.FREE).update(state=Flat.State.LET))


@transaction.atomic
def choose(entry: FlatEntry, flat: Flat, *, actor: User) -> Tenancy:
    """选房 within one's days: of several who choose one flat exactly one gets it.

    Raises `Conflict` when it is gone or the person draws 租房补贴, `ActRefused` outside the days or for a flat that
    is not of the size of the level.
    """
    rights.require_self(actor, entry.person)
    held = FlatEntry.objects.select_for_update(of=("self",)).select_related(
        "person", "edition", "organisation"
    )
    entry = held.get(pk=entry.pk)
    if entry.state != FlatEntry.State.CHOOSING:
        raise Conflict(_("您现在不在选房期内，请查看轮候状态。"))
    if entry.choose_until < calendar.today():
        raise ActRefused(_("选房期已于%(day)s结束。") % {"day": f"{entry.choose_until:%Y-%m-%d}"})
    rate = rate_of(entry)
    if (rate.area_min and flat.area < rate.area_min) or (rate.area_max and flat.area > rate.area_max):
        raise ActRefused(_("该房源的面积不在您的层次标准内，请另选一套。"))
    gone = _("“%(flat)s”已被他人选定，请另选一套。") % {"flat": flat}
    if not _take(flat):
        raise Conflict(gone)
    try:
        with transaction.atomic():
            tenancy = Tenancy.objects.create(
                entry=entry, flat=flat, person=entry.person, market_rent=flat.rent, rent_pct=rate.rent_pct,
                rent=rent_of(entry, flat),
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(gone) from None
    support.begin(entry.person, tenancy=tenancy)
    entry.state = FlatEntry.State.HOUSED
    entry.save(update_fields=["state"])
    audit.record("flat_chosen", actor=actor, subject=entry.number, detail={"flat": flat.pk})
    return tenancy


def held(tenancy: Tenancy, *states: str) -> Tenancy:
    """The tenancy under its lock, in one of `states`."""
    rows = Tenancy.objects.select_for_update(of=("self",)).select_related(
        "entry__edition", "entry__organisation", "flat", "person__user"
    )
    tenancy = rows.get(pk=tenancy.pk)
    if tenancy.state not in states:
        raise Conflict(_("租约现为“%(state)s”，请刷新页面。") % {"state": tenancy.get_state_display()})
    return tenancy


@transaction.atomic
def give_up(tenancy: Tenancy, *, actor: User | None) -> Tenancy:
    """Not moved in: by the person, or (`actor` None) because the days for it are over. The flat is free again."""
    if actor is not None:
        rights.require_self(actor, tenancy.person)
    tenancy = held(tenancy, Tenancy.State.CHOSEN)
    tenancy.state = Tenancy.State.CANCELLED
    tenancy.save(update_fields=["state"])
    FlatEntry.objects.filter(pk=tenancy.entry_id).update(
        state=FlatEntry.State.WITHDRAWN if actor else FlatEntry.State.LAPSED
    )
    _free(tenancy, Flat.State.FREE)
    audit.record("flat_given_up", actor=actor, subject=tenancy.entry.number)
    return tenancy


def _free(tenancy: Tenancy, state: str) -> None:
    Flat.objects.filter(pk=tenancy.flat_id).update(state=state)
    support.end(tenancy)


@transaction.atomic
def hand_over(tenancy: Tenancy, *, actor: User, on: date) -> Tenancy:
    """交房: the term begins; one contract's months, and no longer than the level's standard."""
    rights.require_bureau(actor, tenancy.entry.organisation, tenancy.person)
    tenancy = held(tenancy, Tenancy.State.CHOSEN)
    if on > calendar.today():
        raise ActRefused(_("交房日期不能晚于今天。"))
    most, term = rate_of(tenancy.entry).months, rights.terms_of(tenancy.entry.edition).term_months
    tenancy.state, tenancy.starts_on = Tenancy.State.RUNNING, on
    tenancy.ends_on = _last_day(on, min(term, most) if most else term)
    tenancy.latest_end = _last_day(on, most) if most else None
    tenancy.save(update_fields=["state", "starts_on", "ends_on", "latest_end"])
    audit.record("flat_handed_over", actor=actor, subject=tenancy.entry.number, detail={"on": on.isoformat()})
    return tenancy


def _last_day(start: date, months: int) -> date:
    return add_months(start, months) - timedelta(days=1)


@transaction.atomic
def add_co_tenant(
    tenancy: Tenancy, *, actor: User, name: str, relation: str, id_kind: str, id_number: str
) -> CoTenant:
    """共同居住人, by the tenant. Raises `ActRefused` for a wrong number, or who has a flat or draws rent himself."""
    rights.require_self(actor, tenancy.person)
    tenancy = held(tenancy, *Tenancy.OPEN)
    try:
        number = identifiers.check_identity(id_kind, id_number, today=calendar.today()).number
    except ValueError as error:
        raise ActRefused(str(error), code="id_number") from None
    known = people.find_by_identity(number, kind=id_kind)
    if known is not None and relation == CoTenant.Relation.SPOUSE and support.enjoyed(known):
        raise ActRefused(_("配偶正在享受租房补贴或人才公寓，家庭只能享受一份，请先停发或退房。"))
    try:
        with transaction.atomic():
            made = CoTenant(tenancy=tenancy, name=name.strip(), relation=relation)
            made.id_number = number
            made.save()
    except IntegrityError:
        raise Conflict(_("该证件号码已登记为共同居住人。")) from None
    audit.record("co_tenant_added", actor=actor, subject=tenancy.entry.number)
    return made


@transaction.atomic
def give_notice(tenancy: Tenancy, *, actor: User, leave_on: date, reason: str) -> Tenancy:
    """退房通知 by the tenant, or by the bureau with its reason; either keeps the edition's days of notice."""
    by_tenant = tenancy.person.user_id == actor.pk
    if not by_tenant:
        rights.require_bureau(actor, tenancy.entry.organisation)
    tenancy = held(tenancy, Tenancy.State.RUNNING)
    notice = rights.terms_of(tenancy.entry.edition).notice_days
    if leave_on < calendar.today() + timedelta(days=notice):
        raise ActRefused(_("退房须提前%(days)d天通知，请选择更晚的日期。") % {"days": notice})
    tenancy.state, tenancy.leave_on = Tenancy.State.LEAVING, leave_on
    tenancy.leave_reason = rights.reasoned(reason)
    tenancy.save(update_fields=["state", "leave_on", "leave_reason"])
    audit.record(
        "flat_notice_given", actor=actor, subject=tenancy.entry.number, detail={"by_tenant": by_tenant}
    )
    if not by_tenant:
        rights.tell(
            tenancy.person, kind="flat_notice_given", subject=_("人才公寓退房通知"),
            body=_("请于%(day)s前退还人才公寓，理由请登录查看。") % {"day": f"{leave_on:%Y-%m-%d}"},
        )  # fmt: skip
    return tenancy


@transaction.atomic
def take_back(tenancy: Tenancy, *, actor: User, on: date, repair: bool = False) -> Tenancy:
    """交还: the flat is free again, or repaired first; cash may be applied for from now on."""
    rights.require_bureau(actor, tenancy.entry.organisation, tenancy.person)
    tenancy = held(tenancy, Tenancy.State.RUNNING, Tenancy.State.LEAVING)
    if not tenancy.starts_on <= on <= calendar.today():
        raise ActRefused(_("交还日期应在入住之后，且不晚于今天。"))
    tenancy.state, tenancy.returned_on = Tenancy.State.ENDED, on
    tenancy.save(update_fields=["state", "returned_on"])
    tenancy.co_tenants.filter(left_on__isnull=True).update(left_on=on)
    _free(tenancy, Flat.State.REPAIR if repair else Flat.State.FREE)
    audit.record("flat_returned", actor=actor, subject=tenancy.entry.number, detail={"on": on.isoformat()})
    return tenancy
