"""Signing in: password rules, the record of every attempt, the hook for a second factor."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.utils import timezone

from talent.core import roles
from talent.core.models import Appointment, AuditEntry, Organisation, Region, User
from talent.core.services import audit, signin
from talent.core.services.errors import ActRefused

pytestmark = pytest.mark.database
GOOD = "Lanhua-2026-qing"


@pytest.fixture
def user(db):
    return User.objects.create_user("officer", password=GOOD, name="受理员")


@pytest.fixture
def request_from(db):
    signin.connect()
    return RequestFactory().post("/", REMOTE_ADDR="10.1.2.3")


@pytest.mark.parametrize("password", ["abcdefghijkl", "abcdefgh1234", "ABCDEFGH1234", "1234-5678-90"])
def test_two_classes_of_signs_are_too_few(password):
    with pytest.raises(ValidationError, match="至少3类"):
        signin.CharacterClassesValidator().validate(password)
    # Teeth: a validator that asks for two lets the same password through.
    signin.CharacterClassesValidator(minimum=2 if password != "abcdefghijkl" else 1).validate(password)


@pytest.mark.parametrize("password", ["Abcdefgh12", "abc-def-123", "ABC_def_ghi", GOOD])
def test_three_classes_are_enough(password):
    signin.CharacterClassesValidator().validate(password)


def test_the_installation_asks_for_all_rules(user):
    validate_password(GOOD, user)
    with pytest.raises(ValidationError) as refused:
        validate_password("12345678", user)
    assert len(refused.value.messages) >= 3


def test_a_password_set_by_another_hand_must_be_changed(user):
    admin = User.objects.create(username="admin9", name="管理员")
    signin.change_password(user, "Hehua-2026-zhou", actor=admin)
    assert user.must_change_password
    assert "先修改密码" in signin.password_notice(user)
    signin.change_password(user, "Songbai-2026-hai", actor=user)
    assert signin.password_notice(user) == ""
    assert AuditEntry.objects.filter(action="password_changed").count() == 2


def test_the_present_password_is_no_new_one(user):
    with pytest.raises(ActRefused, match="不能与当前密码相同"):
        signin.change_password(user, GOOD, actor=user)
    with pytest.raises(ActRefused, match="至少3类"):
        signin.change_password(user, "abcdefghijkl", actor=user)


def test_an_old_password_is_noticed_when_the_setting_says_so(user, settings):
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    user.refresh_from_db()
    assert signin.password_notice(user) == ""
    settings.PASSWORD_MAX_DAYS = 90
    assert "90天" in signin.password_notice(user)


def test_sign_in_and_out_are_recorded_with_the_address(user, request_from):
    user_logged_in.send(User, request=request_from, user=user)
    user_logged_out.send(User, request=request_from, user=user)
    rows = AuditEntry.objects.order_by("seq").values_list("action", "actor_id_value", "address")
    assert list(rows) == [("signed_in", user.pk, "10.1.2.3"), ("signed_out", user.pk, "10.1.2.3")]


def test_a_failure_is_recorded_without_what_was_typed(user, request_from):
    assert authenticate(request_from, username="officer", password="wrong") is None
    assert authenticate(request_from, username="37081119900307001X", password="wrong") is None
    known, unknown = AuditEntry.objects.filter(action="sign_in_failed").order_by("seq")
    assert (known.subject, known.succeeded) == (f"user:{user.pk}", False)
    assert (unknown.subject, unknown.detail) == ("user:unknown", {"length": 18})
    assert audit.verify().ok


def test_the_fifth_failure_locks_and_is_recorded(user, request_from, settings):
    settings.AXES_ENABLED = True
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        authenticate(request_from, username="officer", password="wrong")
    assert authenticate(request_from, username="officer", password=GOOD) is None
    assert AuditEntry.objects.filter(action="account_locked", subject=f"user:{user.pk}").exists()
    settings.AXES_ENABLED = False
    assert authenticate(request_from, username="officer", password=GOOD) == user, (
        "teeth: without the lock it opens"
    )


class Factor:
    """A second factor as a city would connect one."""

    url = "/second/"

    def required_for(self, user) -> bool:
        return signin.second_factor_required(user)

    def is_verified(self, session) -> bool:
        return bool(session.get("second"))


def test_the_second_factor_is_asked_of_posts_that_need_it(user, settings):
    region = Region.objects.create(code="t1", name="示例市", kind=Region.Kind.CITY)
    bureau = Organisation.objects.create(
        code="b", name="示例局", kind=Organisation.Kind.BUREAU, region=region
    )
    assert signin.second_factor_pending(user, {}) == "", "nothing is connected"
    settings.SECOND_FACTOR = f"{__name__}.Factor"
    assert signin.second_factor_pending(user, {}) == "", "no post asks for it"
    Appointment.objects.create(
        user=user, role=roles.INTAKE.codename, organisation=bureau, starts_on=timezone.localdate()
    )
    assert signin.second_factor_pending(user, {}) == "/second/"
    assert signin.second_factor_pending(user, {"second": True}) == ""
