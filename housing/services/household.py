"""The same person, spouse, home or account in another case: found before anything is granted.

Numbers are opened here for comparing only; they go nowhere else.
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from housing.models import HousingCase
from talent.core.crypto import blind_index
from talent.core.models import Case, TalentProfile
from talent.core.services import people


@dataclass(frozen=True)
class Overlap:
    """Another case that touches this one. kind: person, spouse, home or account; text says how."""

    kind: str
    text: str
    case: HousingCase


def spouse_of(case: HousingCase) -> TalentProfile | None:
    """The spouse a case names, when on record here; else whoever names this applicant as spouse."""
    if case.spouse_id_number:
        known = people.find_by_identity(case.spouse_id_number.reveal(), kind=case.spouse_id_kind)
        if known is not None:
            return known
    naming = _naming_as_spouse(case).select_related("applicant").first()
    return naming.applicant if naming else None


def _naming_as_spouse(case: HousingCase) -> QuerySet[HousingCase]:
    """Cases of others that name this applicant as their spouse."""
    if not case.applicant.id_number:
        return HousingCase.objects.none()
    index = blind_index(HousingCase, "spouse_id_number", case.applicant.id_number.reveal())
    return (
        HousingCase.objects.filter(spouse_id_number_index=index)
        .exclude(applicant=case.applicant)
        .order_by("-pk")
    )


def hold_family(case: HousingCase) -> None:
    """Lock the records of both spouses, in one order: two decisions about one family follow each other."""
    spouse = spouse_of(case)
    keys = [person.pk for person in (case.applicant, spouse) if person]
    list(TalentProfile.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def cases_of_spouse(case: HousingCase) -> QuerySet[HousingCase]:
    spouse = spouse_of(case)
    return HousingCase.objects.filter(applicant=spouse) if spouse else HousingCase.objects.none()


def overlaps(case: HousingCase) -> list[Overlap]:
    """Every other case, running or granted, of the same person, spouse, home or bank account.

    What the rules deduct themselves (own and spouse's grants that are decided) is not among them.
    """
    live = (
        HousingCase.objects.exclude(pk=case.pk)
        .filter(Q(granted_on__isnull=False) | ~Q(status__in=Case.ENDED))
        .exclude(status=Case.Status.DRAFT)
        .select_related("applicant", "region")
        .order_by("pk")
    )
    running = live.filter(granted_on__isnull=True)
    spouse = spouse_of(case)
    family = [person.pk for person in (case.applicant, spouse) if person]
    found = [
        Overlap("person", _("本人另有在办的人才安居办件"), one)
        for one in running.filter(applicant=case.applicant)
    ]
    if spouse:
        found += [
            Overlap("spouse", _("配偶另有在办的同一事项，须先办结其中一件"), one)
            for one in running.filter(applicant=spouse, instrument=case.instrument)
        ]
    if case.home_unit_no:
        found += [
            Overlap("home", _("同一不动产单元已由他人申请"), one)
            for one in live.filter(home_unit_no=case.home_unit_no).exclude(applicant__in=family)
        ]
    if case.applicant.bank_account_index:
        found += [
            Overlap("account", _("同一银行账户已用于他人的办件"), one)
            for one in live.filter(applicant__bank_account_index=case.applicant.bank_account_index).exclude(
                applicant=case.applicant
            )
        ]
    return found
