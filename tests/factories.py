"""Fictional accounts, persons, employers and files, made through the same doors as real ones."""

import io
import itertools
from datetime import date

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile

from talent.core import identifiers, roles
from talent.core.models import Organisation, Region, TalentProfile, User
from talent.core.services import appointments, people

_serial = itertools.count(1)


def account(username: str, name: str) -> User:
    """An account that has chosen its password already."""
    return User.objects.create_user(username=username, password="Story-test-2026", name=name)


def appoint(user: User, role: roles.Role, organisation: Organisation):
    """`user` holds `role` in `organisation` from today on."""
    return appointments.appoint(user, role, organisation, actor=None, reason="测试任命", system=True)


def bureau(code: str) -> Organisation:
    """A bureau of the loaded policy, by its code."""
    return Organisation.objects.get(code=code)


def employer(name: str, region_code: str = "370811") -> Organisation:
    """A confirmed employer in a county."""
    return Organisation.objects.create(
        code=identifiers.make_credit_code(next(_serial)),
        name=name,
        kind=Organisation.Kind.EMPLOYER,
        region=Region.objects.get(code=region_code),
        status=Organisation.Status.CONFIRMED,
        contact_name="示例联系人",
        contact_phone="0537-0000000",
    )


def identity_number(born: int = 1970) -> str:
    """A valid resident identity number nobody in this run has yet, of somebody born in the year `born` or soon after."""
    serial = next(_serial)
    return identifiers.make_resident_id(date(born + serial // 900, 1, 1), serial % 900 + 1)


def person(user: User, number: str) -> TalentProfile:
    """The person behind an account, recorded by himself; the dossier asks for the rest."""
    return people.create_profile(
        actor=user, user=user, name=user.name, id_number=number, mobile="19900000001"
    )


def pdf(name: str = "材料.pdf", *, content: bytes | None = None) -> SimpleUploadedFile:
    """A small real PDF, unlike any other of this run unless its `content` is given."""
    if content is None:
        buffer = io.BytesIO()
        with pikepdf.new() as document:
            document.add_blank_page(page_size=(595, 842))
            document.docinfo["/Serial"] = str(next(_serial))
            document.save(buffer)
        content = buffer.getvalue()
    return SimpleUploadedFile(name, content, content_type="application/pdf")
