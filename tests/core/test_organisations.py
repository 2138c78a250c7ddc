"""Employers register and are confirmed by their own county; members come by invitation and hand over."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from talent.core import roles
from talent.core.models import Appointment, AuditEntry, Deputy, Invitation, Organisation, Region, User
from talent.core.services import appointments, organisations
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from tests.core import hostile_files

PDF = hostile_files.pdf()
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(serial: int) -> str:
    """A checksum-valid code (GB 32100-2015) of nobody: the organisation part counts up from zero."""
    body = f"91370811{serial:09d}"
    total = sum(SIGNS.index(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True))
    return body + SIGNS[-total % 31]


@pytest.fixture
def account(db):
    return lambda name: User.objects.create(username=name, name=name)


@pytest.fixture
def place(db):
    city = Region.objects.create(code="t370800", name="示例市", kind=Region.Kind.CITY)
    counties = [
        Region.objects.create(code=f"t37081{number}", name=f"示例{number}区", kind=Region.Kind.COUNTY)
        for number in range(2)
    ]
    return city, *counties


@pytest.fixture
def registrar(account, place):
    """Makes a 单位核验人员 of a region."""

    def made(region: Region) -> User:
        bureau = Organisation.objects.create(
            code=f"hr-{region.code}",
            name=f"{region.name}人社局",
            kind=Organisation.Kind.BUREAU,
            region=region,
        )
        user = account(f"核验{region.code}")
        Appointment.objects.create(
            user=user, role=roles.REGISTRAR.codename, organisation=bureau, starts_on=timezone.localdate()
        )
        return user

    return made


@pytest.fixture
def handed_in(place, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def made(actor: User, serial: int = 1, **changed) -> Organisation:
        facts = {
            "code": credit_code(serial),
            "name": "示例科技有限公司",
            "kind": Organisation.Kind.EMPLOYER,
            "region": place[1],
            "contact_name": "联系人",
            "licence": SimpleUploadedFile("licence.pdf", PDF, content_type="application/pdf"),
        }
        return organisations.register(actor=actor, **(facts | changed))

    return made


@pytest.fixture
def employer(account, handed_in, registrar, place):
    """A confirmed employer and its first 单位人事专员."""
    contact = account("首任")
    return organisations.confirm(handed_in(contact), actor=registrar(place[1])), contact


def test_a_registration_gives_nothing_until_it_is_confirmed(account, handed_in, registrar, place):
    contact = account("首任")
    organisation = handed_in(contact)
    assert organisation.status == Organisation.Status.PENDING
    assert organisation.licence.title == "营业执照"
    assert appointments.posts_of(contact) == []
    organisations.confirm(organisation, actor=registrar(place[1]))
    assert appointments.standing(contact, roles.HR, organisation)
    assert contact.has_perm(roles.HR.permission, organisation)
    assert Appointment.objects.get(user=contact).appointed_by == organisation.confirmed_by


def test_a_wrong_credit_code_is_refused(account, handed_in):
    right = credit_code(1)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    with pytest.raises(ActRefused):
        handed_in(account("甲"), code=wrong)
    assert not Organisation.objects.filter(kind=Organisation.Kind.EMPLOYER).exists()


def test_a_code_is_registered_once_and_again_after_refusal(account, handed_in, registrar, place):
    first, second = account("甲"), account("乙")
    organisation = handed_in(first)
    with pytest.raises(Conflict, match="已登记"):
        handed_in(second)
    county = registrar(place[1])
    with pytest.raises(ActRefused, match="原因"):
        organisations.refuse(organisation, actor=county, reason=" ")
    organisations.refuse(organisation, actor=county, reason="执照不清晰")
    again = handed_in(second)
    assert (again.pk, again.status) == (organisation.pk, Organisation.Status.PENDING)
    organisations.confirm(again, actor=county)
    assert appointments.holders(roles.HR, again) == [second]


def test_a_bureau_does_not_register_itself(account, handed_in):
    with pytest.raises(ActRefused, match="机关部门"):
        handed_in(account("甲"), kind=Organisation.Kind.BUREAU)


def test_only_the_own_county_or_the_city_confirms(account, handed_in, registrar, place):
    city, home, other = place
    organisation = handed_in(account("首任"))
    with pytest.raises(NotAllowed):
        organisations.confirm(organisation, actor=registrar(other))
    with pytest.raises(NotAllowed):
        organisations.confirm(organisation, actor=account("路人"))
    organisations.confirm(organisation, actor=registrar(city))
    with pytest.raises(Conflict, match="不在待核验状态"):
        organisations.confirm(organisation, actor=registrar(home))


def test_a_registrar_does_not_become_hr_and_confirm_himself(handed_in, registrar, place):
    with pytest.raises(ActRefused, match="不能由同一人担任"):
        handed_in(registrar(place[1]))


def test_an_invited_colleague_takes_the_post_once(employer, account):
    organisation, contact = employer
    invitation, token = organisations.invite(organisation, roles.HR, "同事", actor=contact)
    assert token not in str(list(Invitation.objects.values())), "only a hash is stored"
    colleague = account("同事")
    organisations.accept_invitation(token, user=colleague)
    assert appointments.standing(colleague, roles.HR, organisation)
    with pytest.raises(ActRefused, match="已使用"):
        organisations.accept_invitation(token, user=account("第二人"))
    invitation.refresh_from_db()
    assert invitation.accepted_by == colleague


def test_an_invited_colleague_may_open_an_account(employer):
    organisation, contact = employer
    _row, token = organisations.invite(organisation, roles.HR, "新人", actor=contact)
    weak = organisations.NewAccount("newcomer", "abcdefghijkl", "新人")
    with pytest.raises(ActRefused, match="密码"):
        organisations.accept_invitation(token, account=weak)
    assert not User.objects.filter(username="newcomer").exists()
    taken = organisations.accept_invitation(
        token, account=organisations.NewAccount("newcomer", "Lanhua-2026-qing", "新人")
    )
    assert taken.user.check_password("Lanhua-2026-qing")
    assert not taken.user.must_change_password


@pytest.mark.parametrize("change", ["expired", "revoked", "unknown"])
def test_a_dead_link_answers_in_the_same_words(employer, account, change):
    organisation, contact = employer
    invitation, token = organisations.invite(organisation, roles.HR, "同事", actor=contact)
    if change == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif change == "revoked":
        organisations.revoke_invitation(invitation, actor=contact)
    else:
        token = "x" * 32
    with pytest.raises(ActRefused, match="无效、已使用或已过期"):
        organisations.accept_invitation(token, user=account("同事"))


def test_the_inviter_must_still_hold_the_right(employer, account):
    organisation, contact = employer
    _row, token = organisations.invite(organisation, roles.HR, "同事", actor=contact)
    Appointment.objects.filter(user=contact).update(dismissed_at=timezone.now())
    with pytest.raises(NotAllowed):
        organisations.accept_invitation(token, user=account("同事"))


def test_hr_invites_only_hr_and_only_at_home(employer, account, handed_in):
    organisation, contact = employer
    with pytest.raises(NotAllowed):
        organisations.invite(organisation, roles.DECIDER, "熟人", actor=contact)
    elsewhere = handed_in(account("另一家"), serial=2)
    with pytest.raises(NotAllowed):
        organisations.invite(elsewhere, roles.HR, "同事", actor=contact)


def test_the_last_hr_leaves_only_by_handing_over(employer, account):
    organisation, contact = employer
    post = Appointment.objects.get(user=contact)
    with pytest.raises(ActRefused, match="移交给接任者"):
        appointments.dismiss(post, actor=contact, reason="离职")
    successor = account("接任")
    organisations.hand_over(contact, successor, organisation, actor=contact)
    assert appointments.holders(roles.HR, organisation) == [successor]
    assert appointments.standing(contact, roles.HR, organisation) is None
    # Teeth: with a second one in the house the same leaving is no hand-over matter.
    _row, token = organisations.invite(organisation, roles.HR, "备岗", actor=successor)
    organisations.accept_invitation(token, user=account("备岗"))
    appointments.dismiss(Appointment.objects.get(user=successor), actor=successor, reason="离职")


def test_a_deputy_is_no_successor_of_the_last_hr(employer, account):
    _organisation, contact = employer
    post = Appointment.objects.get(user=contact)
    today = timezone.localdate()
    Deputy.objects.create(
        appointment=post,
        deputy=account("代理"),
        starts_on=today,
        ends_on=today,
        reason="休假",
        named_by=contact,
    )
    with pytest.raises(ActRefused, match="移交给接任者"):
        appointments.dismiss(post, actor=contact, reason="离职")


def test_a_stranger_hands_nothing_over(employer, account):
    organisation, contact = employer
    with pytest.raises(NotAllowed):
        organisations.hand_over(contact, account("路人"), organisation, actor=account("陌生"))


def test_every_step_is_recorded(employer):
    organisation, _contact = employer
    rows = AuditEntry.objects.filter(subject=f"organisation:{organisation.pk}").order_by("seq")
    assert list(rows.values_list("action", flat=True)) == [
        "organisation_registered",
        "organisation_confirmed",
    ]
