"""A person is recorded once, by himself or by who may recommend, and changed by nobody else."""

import pytest
from django.utils import timezone

from talent.core import roles
from talent.core.models import Appointment, AuditEntry, Organisation, Region, TalentProfile, User
from talent.core.services import people
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity(serial: int) -> str:
    """A checksum-valid number (GB 11643-1999) of nobody: born in 1910, counted from zero."""
    body = f"37081119100101{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


@pytest.fixture
def user(db):
    return User.objects.create(username="talent", name="申请人")


@pytest.fixture
def recommender(db):
    region = Region.objects.create(code="t1", name="示例市", kind=Region.Kind.CITY)
    body = Organisation.objects.create(code="b", name="示例局", kind=Organisation.Kind.BUREAU, region=region)
    officer = User.objects.create(username="recommender", name="推荐人")
    Appointment.objects.create(
        user=officer, role=roles.RECOMMENDER.codename, organisation=body, starts_on=timezone.localdate()
    )
    return officer


def test_a_person_is_found_by_exactly_the_own_number(user):
    profile = people.create_profile(actor=user, user=user, name="申请人", id_number=identity(1))
    assert people.find_by_identity(identity(1)) == profile
    assert people.find_by_identity(identity(2)) is None
    assert people.find_by_identity(" ") is None


def test_the_same_identity_is_not_recorded_twice(user, recommender):
    people.create_profile(actor=user, user=user, name="申请人", id_number=identity(1))
    with pytest.raises(Conflict, match="已有人才档案"):
        people.create_profile(actor=recommender, name="申请人", id_number=identity(1))
    assert TalentProfile.objects.count() == 1


def test_two_people_without_a_number_are_two(recommender):
    for name in ("甲", "乙"):
        people.create_profile(actor=recommender, name=name)
    assert TalentProfile.objects.count() == 2


def test_others_are_recorded_only_by_who_may_recommend(user, recommender):
    with pytest.raises(NotAllowed):
        people.create_profile(actor=user, name="他人")
    Appointment.objects.update(dismissed_at=timezone.now())
    with pytest.raises(NotAllowed):
        people.create_profile(actor=recommender, name="他人")


def test_a_person_changes_the_own_record_and_nobody_elses(user, recommender):
    profile = people.create_profile(actor=user, user=user, name="申请人")
    people.update_profile(profile, actor=user, research_field="材料")
    assert TalentProfile.objects.get().research_field == "材料"
    with pytest.raises(NotAllowed):
        people.update_profile(profile, actor=recommender, research_field="改写")
    entry = AuditEntry.objects.get(action="profile_updated")
    assert entry.detail == {"fields": ["research_field"]}


def test_what_people_do_not_fill_in_is_not_editable(user):
    profile = people.create_profile(actor=user, user=user, name="申请人")
    with pytest.raises(TypeError):
        people.update_profile(profile, actor=user, row_key="x")


def test_a_wrong_number_is_refused_and_not_repeated(user):
    wrong = identity(1)[:-1] + ("0" if identity(1)[-1] != "0" else "1")
    with pytest.raises(ActRefused) as refused:
        people.create_profile(actor=user, user=user, name="申请人", id_number=wrong)
    assert wrong not in str(refused.value)
    assert refused.value.code == "id_number"
