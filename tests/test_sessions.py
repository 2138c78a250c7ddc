"""How long a session lasts, what ends it, and what a stranger learns at the door."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import hashers
from django.test import Client

from talent.core import roles
from talent.core.models import User
from talent.core.services import appointments, signin
from tests import factories, steps

PASSWORD, OTHER = "Story-test-2026", "Lanhua-2026-qing"


@pytest.fixture
def clock():
    with time_machine.travel(steps.START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def user(clock, loaded) -> User:
    made = factories.account("shouli9", "受理员")
    factories.appoint(made, roles.INTAKE, factories.bureau("zzb"))
    return made


@pytest.fixture
def guard(user) -> User:
    made = factories.account("anquan9", "安全员")
    factories.appoint(made, roles.SECURITY_ADMIN, factories.bureau("dsj"))
    return made


def signed_in(user: User, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/accounts/login/", {"username": user.username, "password": password})
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/my/messages/").status_code == 200


def test_half_an_hour_of_silence_ends_it(user, clock):
    client = signed_in(user)
    clock.shift(timedelta(minutes=29))
    assert is_in(client)
    clock.shift(timedelta(minutes=29))
    assert is_in(client), "every visit counts anew"
    clock.shift(timedelta(minutes=30, seconds=1))
    assert not is_in(client)


def test_eight_hours_end_it_however_busy_one_was(user, clock):
    client = signed_in(user)
    for _quarter in range(4 * 8):
        clock.shift(timedelta(minutes=15))
        assert is_in(client)
    clock.shift(timedelta(minutes=1))
    answer = client.get("/desk/?view=claim")
    assert answer["Location"] == "/accounts/login/?next=/desk/%3Fview%3Dclaim"


def test_without_the_absolute_limit_it_would_go_on(user, clock, settings):
    settings.SESSION_ABSOLUTE_SECONDS = 10**9
    client = signed_in(user)
    for _quarter in range(4 * 9):
        clock.shift(timedelta(minutes=15))
        assert is_in(client)


def test_a_new_password_ends_all_sessions_but_the_one_it_was_changed_in(user):
    here, elsewhere = signed_in(user), signed_in(user)
    form = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    assert here.post("/accounts/password/", form).status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)


def test_a_password_set_by_another_hand_ends_all_of_them(user, guard):
    clients = [signed_in(user), signed_in(user)]
    signin.change_password(user, OTHER, actor=guard)
    assert not any(is_in(client) for client in clients)


def test_switching_the_account_off_ends_it_with_the_next_request(user):
    client = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not is_in(client)


def test_another_post_or_the_loss_of_one_ends_it_with_the_next_request(user, guard):
    client = signed_in(user)
    appointments.appoint(user, roles.CHECKER, factories.bureau("kjj"), actor=guard, reason="工作需要")
    assert not is_in(client)
    client = signed_in(user)
    post = user.appointments.get(role=roles.CHECKER.codename)
    appointments.dismiss(post, actor=guard, reason="工作调整")
    assert not is_in(client)


def test_without_the_epoch_a_dismissed_officer_would_stay_signed_in(user, guard, monkeypatch):
    monkeypatch.setattr(signin, "end_sessions", lambda user: None)
    client = signed_in(user)
    appointments.dismiss(user.appointments.get(), actor=guard, reason="工作调整")
    assert is_in(client)


def test_an_unknown_name_gets_the_same_answer_after_the_same_work(user, monkeypatch):
    """Time is not measured but what takes it: one hash, whether the name is known, unknown or switched off."""
    User.objects.create_user("gone", password=PASSWORD, name="离职", is_active=False)
    hashed, honest = [], hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(
        hashers.MD5PasswordHasher, "encode", lambda self, *rest: (hashed.append(1), honest(self, *rest))[1]
    )
    seen = set()
    for name, password in (("shouli9", "wrong"), ("nobody", "wrong"), ("gone", "wrong"), ("gone", PASSWORD)):
        hashed.clear()
        page = Client().post("/accounts/login/", {"username": name, "password": password}).content.decode()
        page = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", page.replace(name, "NAME"))
        seen.add((page, len(hashed)))
    assert len({work for _page, work in seen}) == 1
    assert len({page for page, _work in seen}) == 1


@pytest.mark.parametrize(
    "address",
    ["/", "/query/", "/join/no-such-token/", "/my/", "/desk/", "/no-such-page/", "/accounts/login/"],
)
def test_no_page_is_kept_by_a_browser(user, address):
    for client in (Client(), signed_in(user)):
        assert "no-store" in client.get(address)["Cache-Control"], address
