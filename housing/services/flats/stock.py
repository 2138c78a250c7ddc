"""The stock of flats."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from housing.models import Flat, Tenancy
from talent.core.models import Organisation, Region, User
from talent.core.services import audit
from talent.core.services.errors import ActRefused, Conflict

from . import rights


@transaction.atomic
def add_flat(
    organisation: Organisation, *, actor: User, region: Region, building: str, unit: str, area: Decimal, rent: Decimal,
    note: str = "",
) -> Flat:  # fmt: skip
    """Record a flat that can be let: area in square metres, rent as the market rent per month in 元."""
    rights.require_bureau(actor, organisation)
    if area <= 0 or rent < 0:
        raise ActRefused(_("面积应大于零，租金不能为负数。"))
    try:
        with transaction.atomic():
            flat = Flat.objects.create(
                organisation=organisation, region=region, building=building.strip(), unit=unit.strip(), area=area,
                rent=rent, note=note,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            _("“%(building)s”已登记房号 %(unit)s。") % {"building": building, "unit": unit}
        ) from None
    audit.record("flat_added", actor=actor, subject=f"flat:{flat.pk}", detail={"rent": str(rent)})
    return flat


@transaction.atomic
def change_flat(flat: Flat, *, actor: User, state: str, rent: Decimal, note: str = "") -> Flat:
    """Change market rent (for later tenancies) and state. Raises `ActRefused` while somebody has the flat."""
    rights.require_bureau(actor, flat.organisation)
    flat = Flat.objects.select_for_update(of=("self",)).get(pk=flat.pk)
    let = Tenancy.objects.filter(flat=flat, state__in=Tenancy.OPEN).exists()
    if state != flat.state and (let or state == Flat.State.LET):
        raise ActRefused(_("“%(flat)s”的状态随租约变化，不能直接修改。") % {"flat": flat})
    if rent < 0:
        raise ActRefused(_("租金不能为负数。"))
    values: dict[str, Any] = {"state": state, "rent": rent, "note": note}
    detail = rights.changed(values, {name: getattr(flat, name) for name in values})
    for name, value in values.items():
        setattr(flat, name, value)
    flat.save(update_fields=list(values))
    audit.record("flat_changed", actor=actor, subject=f"flat:{flat.pk}", detail=detail)
    return flat
