"""Signing in: password rules, passwords already used, the record of every attempt."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.utils import timezone

from talent.core.models import AuditEntry, UsedPassword, User
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
    validate_password("Hehua-2026-zhou", user)
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
    with pytest.raises(ActRefused, match="最近用过的5个密码"):
        signin.change_password(user, GOOD, actor=user)
    with pytest.raises(ActRefused, match="至少3类"):
        signin.change_password(user, "abcdefghijkl", actor=user)


def test_the_last_five_passwords_are_refused_and_older_ones_are_forgotten(user):
    words = [f"Lanhua-2026-q{number}" for number in range(6)]
    for word in words:
        signin.change_password(user, word, actor=user)
    for word in words[1:]:
        with pytest.raises(ActRefused, match="最近用过的5个密码"):
            signin.change_password(user, word, actor=user)
    assert UsedPassword.objects.filter(user=user).count() == 5
    assert not UsedPassword.objects.filter(password__contains="Lanhua").exists(), "hashes only"
    signin.change_password(user, words[0], actor=user)


def test_without_the_list_an_old_password_would_pass(user, settings):
    kept = [one for one in settings.AUTH_PASSWORD_VALIDATORS if "History" not in one["NAME"]]
    signin.change_password(user, "Hehua-2026-zhou", actor=user)
    settings.AUTH_PASSWORD_VALIDATORS = kept
    signin.change_password(user, GOOD, actor=user)


def test_a_password_set_in_the_back_office_is_remembered_too(user):
    """Django's own forms save the account and know nothing of our services."""
    form = AdminPasswordChangeForm(user, {"password1": "Songbai-2026-hai", "password2": "Songbai-2026-hai"})
    assert form.is_valid(), form.errors
    form.save()
    with pytest.raises(ActRefused, match="最近用过"):
        signin.change_password(user, GOOD, actor=user)
    again = AdminPasswordChangeForm(user, {"password1": GOOD, "password2": GOOD})
    assert not again.is_valid()


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


def test_axes_keeps_no_name_that_is_no_accounts(user, request_from, settings):
    settings.AXES_ENABLED = True
    for name in ("37081119900307001X", "officer"):
        authenticate(request_from, username=name, password="wrong")
    kept = set(AccessAttempt.objects.values_list("username", flat=True))
    assert "officer" in kept
    assert not any("370811" in name for name in kept)
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        authenticate(request_from, username="37081119900307001X", password="wrong")
    assert AuditEntry.objects.filter(action="account_locked", subject="user:unknown").exists(), "locked alike"
    assert not AccessLog.objects.exists()


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
