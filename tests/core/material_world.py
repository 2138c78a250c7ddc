"""A person, an employer, a bureau and their cases, for the tests of the vault and of the checklist."""

import itertools
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from talent.core import roles
from talent.core.models import (
    Appointment,
    Case,
    CaseMaterial,
    CaseParty,
    DocumentVersion,
    Organisation,
    PolicyEdition,
    Region,
    TalentProfile,
    User,
)
from talent.core.services import appointments, materials, storage
from tests.core import hostile_files

NUMBERS = itertools.count(1)
FIGURES = (
    SimpleNamespace(code="degree", name="学位证书", required=True, deferrable=False),
    SimpleNamespace(code="award", name="获奖证书", required=True, deferrable=True),
    SimpleNamespace(code="other", name="其他材料", required=False, deferrable=False),
)


@dataclass
class World:
    """A person, an employer and a bureau with an intake officer; cases are opened as needed."""

    region: Region
    bureau: Organisation
    employer: Organisation
    talent: User
    profile: TalentProfile
    officer: User
    edition: PolicyEdition

    def case(self, status=Case.Status.DRAFT) -> Case:
        case = Case.objects.create(
            number=f"M-{next(NUMBERS):04d}",
            policy="green_channel",
            edition=self.edition,
            title="直通车",
            applicant=self.profile,
            employer=self.employer,
            intake_organisation=self.bureau,
            region=self.region,
            status=status,
            submitted_at=None if status == Case.Status.DRAFT else timezone.now(),
            created_by=self.talent,
            query_code="ABCDEFGH",
        )
        for organisation, capacity in (
            (self.bureau, roles.Capacity.INTAKE),
            (self.employer, roles.Capacity.EMPLOYER),
        ):
            CaseParty.objects.create(case=case, organisation=organisation, capacity=capacity)
        materials.build_checklist(case, FIGURES)
        return case

    def store(self, content=None, name="学位证书.pdf", **given) -> DocumentVersion:
        content = hostile_files.pdf(change=unlike_any_other) if content is None else content
        given = {
            "owner": self.profile,
            "type_code": "degree",
            "title": "学位证书",
            "actor": self.talent,
            **given,
        }
        return materials.store_upload(SimpleUploadedFile(name, content), **given)

    def standing(self):
        return appointments.standing(self.officer, roles.INTAKE, self.bureau)


def unlike_any_other(document) -> None:
    document.docinfo["/Serial"] = str(next(NUMBERS))


def appoint(user, role, organisation) -> None:
    Appointment.objects.create(
        user=user, role=role.codename, organisation=organisation, starts_on=timezone.localdate()
    )


def make_world() -> World:
    """The people and bodies every test of the vault begins with."""
    region = Region.objects.create(code="m370800", name="示例市", kind=Region.Kind.CITY)
    bureau = Organisation.objects.create(
        code="mb", name="示例局", kind=Organisation.Kind.BUREAU, region=region
    )
    employer = Organisation.objects.create(
        code="me", name="示例公司", kind=Organisation.Kind.EMPLOYER, region=region
    )
    talent = User.objects.create(username="m-talent", name="申请人")
    officer = User.objects.create(username="m-officer", name="受理人员")
    appoint(officer, roles.INTAKE, bureau)
    edition = PolicyEdition.objects.create(
        policy="green_channel",
        code="m",
        title="直通车",
        document_no="示例",
        effective_from=date(2025, 1, 1),
        data={},
        digest="",
        source_file="m",
    )
    profile = TalentProfile.objects.create(user=talent, name="申请人")
    return World(region, bureau, employer, talent, profile, officer, edition)


def stored_files() -> list[str]:
    return sorted(
        str(path.relative_to(storage.root())) for path in storage.root().rglob("*") if path.is_file()
    )


def line_of(case, code="degree") -> CaseMaterial:
    return case.materials.get(code=code)


def path_of(version: DocumentVersion) -> Path:
    """Where the sealed file of a version lies."""
    return storage.root() / version.file.name
