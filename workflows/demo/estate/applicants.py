"""Fictional applicants, and what they state: everything the rules ask, so that each case has the amount it should."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from housing import services as housing
from housing.models import HousingCase
from talent.core import identifiers
from talent.core.models import (
    Document,
    DocumentVersion,
    DossierSection,
    Education,
    Employment,
    Organisation,
    TalentProfile,
    User,
)
from talent.core.services import materials
from workflows.base import acts
from workflows.flows.housing import HousingFlow

from .. import cast

# Of the numbers of fictional people those from here on; the ones before belong to the green channel's.
FIRST_SERIAL = 600
_PARTS = ("person", "history", "work", "household", "home", "account")
_DEGREE = {"F1": "doctor", "F2": "master", "F3": "bachelor", "F4": "college"}
# Level → age of the youngest applicant, and age at the degree.
_AGES = {"F1": (30, 28), "F2": (27, 25), "F3": (25, 22), "F4": (23, 21)}
_COMBINED = "人才安居申报材料（合订）"


@dataclass
class Wish:
    """What somebody applies for. facts: what differs from the ordinary applicant; spouse: whom the household names."""

    instrument: str
    level: str
    employer: Organisation
    facts: dict[str, Any] = field(default_factory=dict)
    spouse: TalentProfile | None = None


class Applicants:
    """Makes people and their applications, through the doors a real applicant uses."""

    def __init__(self, chance: random.Random, pdf: bytes) -> None:
        self.chance, self.pdf = chance, pdf
        self.made = 0
        self._password = make_password(cast.PASSWORD)
        self._kept: DocumentVersion | None = None

    def person(self, level: str, *, user: User | None = None) -> TalentProfile:
        """Somebody young enough for `level`, with degree, post and a bank account of his own."""
        self.made += 1
        serial = FIRST_SERIAL + self.made
        name = cast.name_of(serial)
        youngest, studied = _AGES.get(level, (38, 28))
        age = youngest + self.chance.randrange(7)
        born = date(timezone.localdate().year - age, 1 + self.chance.randrange(12), 15)
        user = user or User.objects.create(
            username=f"anju{self.made:03d}", name=name, password=self._password
        )
        person = TalentProfile(
            user=user, name=name, gender=self.chance.choice(("male", "female")), birth_date=born,
            id_number=identifiers.make_resident_id(born, serial % 1000), mobile=f"199{serial:08d}",
            research_field=cast.TRADES[serial % len(cast.TRADES)], bank_name="示例银行济宁分行",
            bank_account=identifiers.make_bank_card(serial),
        )  # fmt: skip
        person.save()
        graduated = date(born.year + studied, 6, 30)
        Education.objects.create(
            profile=person, level=_DEGREE.get(level, "doctor"), school=cast.SCHOOLS[serial % len(cast.SCHOOLS)],
            major=person.research_field, graduated_on=graduated, full_time=True,
        )  # fmt: skip
        Employment.objects.create(
            profile=person,
            employer_name="示例单位",
            position="工程师",
            started_on=graduated + timedelta(days=60),
        )
        return person

    def begin(self, person: TalentProfile, wish: Wish) -> HousingCase:
        """A draft, its flow begun, nothing filled in."""
        case = housing.begin(
            actor=person.user, applicant=person, instrument=wish.instrument, employer=wish.employer,
            level_code=wish.level,
        )  # fmt: skip
        HousingFlow.start_for(case)
        return case

    def fill(self, case: HousingCase, wish: Wish, *, missing: tuple[str, ...] = ()) -> None:
        """Every part of the dossier, and every material but the `missing` ones."""
        today = timezone.localdate()
        for name, value in (self._stated(case, wish, today) | wish.facts).items():
            setattr(case, name, value)
        case.save()
        DossierSection.objects.bulk_create(
            DossierSection(case_id=case.pk, code=code, complete=True) for code in _PARTS
        )
        lines = case.materials.exclude(code__in=missing)
        version = self._document(case)
        materials.attach(lines[0], version, actor=case.applicant.user)
        # One bound volume answers the others as well.
        lines.filter(version__isnull=True).update(version=version)

    def _stated(self, case: HousingCase, wish: Wish, today: date) -> dict[str, Any]:
        serial = case.applicant_id
        arrived = today - timedelta(days=500 + serial % 300)
        stated = {
            "arrived_on": arrived, "full_time": True, "contract_from": arrived, "contract_years": 5,
            "insured_months": 16 + serial % 20, "insured_now": True, "household_registered": True, "first_time": True,
            "days_in_city": 330, "household_homes": 0, "never_traded": True, "benefits_stated": True,
            "marriage": "married" if wish.spouse else "single",
        }  # fmt: skip
        if wish.spouse:
            stated |= {"spouse_name": wish.spouse.name, "spouse_id_number": wish.spouse.id_number.reveal()}
        if case.instrument == HousingCase.Instrument.PURCHASE:
            return stated | {
                "home_unit_no": f"{case.region.code[:6]}00100{serial % 10}GB{serial:05d}F{serial:08d}"[:28],
                "sale_contract_no": f"示例{serial:05d}", "bought_on": today - timedelta(days=90), "price_paid_up": True,
                "price": 650_000 + serial % 60 * 10_000, "co_owner": "spouse" if wish.spouse else "none",
            }  # fmt: skip
        return stated | {
            "registered_lease": True, "lease_no": f"示例租{serial:05d}", "lease_from": today - timedelta(days=60),
            "lease_to": today + timedelta(days=1100), "rent": 900 + serial % 12 * 100,
        }  # fmt: skip

    def _document(self, case: HousingCase) -> DocumentVersion:
        """The first goes through the vault's own door; the others are the same checked bytes."""
        person, code = case.applicant, case.materials.first().code
        if self._kept is None:
            upload = SimpleUploadedFile(f"{_COMBINED}.pdf", self.pdf, content_type="application/pdf")
            self._kept = materials.store_upload(
                upload, owner=person, type_code=code, title=_COMBINED, actor=person.user
            )
            return self._kept
        document = Document.objects.create(profile=person, type_code=code, title=_COMBINED)
        return materials.copy(self._kept, document=document, actor=person.user)

    def submit(self, case: HousingCase, wish: Wish, **kwargs: Any) -> HousingCase:
        self.fill(case, wish, **kwargs)
        return acts.answer(case, "confirm", actor=case.applicant.user)
