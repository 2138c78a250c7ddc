"""Flat or cash, never both: one open `Support` row per person, in the database.

Who lives in a flat draws no 租房补贴, and who draws it gets no flat (原文未规定；实物与货币补贴不同时享受为通行做法).
A row of cash is over with its award; that is looked at when somebody wants the other.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from housing.models import HousingCase, Support, Tenancy
from housing.rules import benefits
from talent.core.models import Award, TalentProfile
from talent.core.services.errors import Conflict

POLICY = "housing"
_WORDS = {
    Support.Kind.RENT: "正在享受租房补贴，须先停发，才能配租人才公寓。",
    Support.Kind.FLAT: "正在租住人才公寓，须先退房，才能享受租房补贴。",
}


def _draws_rent(person: TalentProfile) -> bool:
    """Whether an award of 租房补贴 is being paid to this person."""
    return Award.objects.filter(
        case__applicant=person, case__policy=POLICY, kind=HousingCase.Instrument.RENT, state__in=Award.LIVE
    ).exists()


def enjoyed(person: TalentProfile) -> set[str]:
    """What a person enjoys now: `flat`, `rent`."""
    found = {Support.Kind.FLAT.value} if open_tenancy(person) else set()
    return found | ({Support.Kind.RENT.value} if _draws_rent(person) else set())


def recorded_benefits(person: TalentProfile) -> frozenset[str]:
    """The same by the codes of the edition's exclusions, for the rules."""
    return benefits.codes(enjoyed(person))


@transaction.atomic
def begin(
    person: TalentProfile, *, case: HousingCase | None = None, tenancy: Tenancy | None = None
) -> Support:
    """A person begins to draw rent (`case`) or to have a flat (`tenancy`). Raises `Conflict` while he has the other."""
    TalentProfile.objects.select_for_update().get(pk=person.pk)
    cash = Support.objects.filter(person=person, kind=Support.Kind.RENT, ended_at__isnull=True)
    if case or not _draws_rent(person):
        # Its award is over, or a new one takes its place.
        cash.update(ended_at=timezone.now())
    elif not cash.exists():
        raise Conflict(_(_WORDS[Support.Kind.RENT]), code="exclusive")
    try:
        with transaction.atomic():
            return Support.objects.create(
                person=person,
                kind=Support.Kind.RENT if case else Support.Kind.FLAT,
                case=case,
                tenancy=tenancy,
            )
    except IntegrityError:
        row = Support.objects.get(person=person, ended_at__isnull=True)
        raise Conflict(_(_WORDS[row.kind]), code="exclusive") from None


def end(tenancy: Tenancy) -> None:
    """The flat is given back, or was never moved into."""
    Support.objects.filter(tenancy=tenancy, ended_at__isnull=True).update(ended_at=timezone.now())


def open_tenancy(person: TalentProfile) -> Tenancy | None:
    """The flat a person has now; it must be given back before a purchase subsidy is paid."""
    return Tenancy.objects.filter(person=person, state__in=Tenancy.OPEN).select_related("flat").first()
