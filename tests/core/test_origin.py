"""Whose address it is: a forwarded one is believed only from a proxy of ours, and read from the right."""

import threading

import pytest
import time_machine
from axes.helpers import get_client_ip_address
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import RequestFactory

from talent.core.models import AuditEntry, HourlyTries, User
from talent.core.services import origin

PROXY, INNER, VISITOR, LIAR = "10.0.0.5", "10.0.1.7", "203.0.113.9", "198.51.100.1"
OURS = [PROXY, "10.0.1.0/24", "fd00::/8"]


def asked(peer: str, forwarded: str | None = None):
    facts = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=peer, **facts)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        (VISITOR, None, OURS, VISITOR),
        (VISITOR, LIAR, OURS, VISITOR),  # not through a proxy of ours: what it says counts for nothing
        (PROXY, VISITOR, [], PROXY),  # nobody is trusted
        (PROXY, None, OURS, PROXY),
        (PROXY, VISITOR, OURS, VISITOR),
        (PROXY, f"{LIAR}, {VISITOR}", OURS, VISITOR),  # the visitor wrote the left one himself
        (PROXY, f"{LIAR}, {INNER}, {VISITOR}", OURS, VISITOR),  # even when it pretends to have passed a proxy
        (PROXY, f"{LIAR}, {VISITOR}, {INNER}", OURS, VISITOR),  # two proxies of ours, one behind the other
        (PROXY, f"{VISITOR},,{INNER}", OURS, INNER),
        (PROXY, "unknown", OURS, PROXY),
        (PROXY, f"{LIAR}, <script>", OURS, PROXY),
        (PROXY, INNER, OURS, INNER),  # somebody at the proxy's own machine
        (f"::ffff:{PROXY}", f"::ffff:{VISITOR}", OURS, VISITOR),
        ("fd00::1", "2001:db8::7", OURS, "2001:db8::7"),
        ("", VISITOR, OURS, None),  # a socket that is not named
        ("", VISITOR, ["unix"], VISITOR),
        ("", f"{LIAR}, {VISITOR}", ["unix"], VISITOR),
        ("", None, ["unix"], None),
    ],
)
def test_the_rightmost_address_that_is_no_proxy_of_ours(settings, peer, forwarded, proxies, address):
    settings.TRUSTED_PROXIES = proxies
    assert origin.client_address(asked(peer, forwarded)) == address
    assert get_client_ip_address(asked(peer, forwarded)) == address, "the lock asks the same question"


def test_who_believes_the_left_one_is_told_anything(settings, monkeypatch):
    """Teeth: with every address trusted, the visitor says who he is."""
    settings.TRUSTED_PROXIES = OURS
    monkeypatch.setattr(origin, "_is_ours", lambda _address: True)
    assert origin.client_address(asked(VISITOR, f"{LIAR}, {VISITOR}")) == LIAR


@pytest.mark.parametrize("proxies", [["nginx"], ["10.0.0.0/33"], ["0.0.0.0/0"], ["::/0"]])
def test_a_proxy_that_is_none_or_is_everybody_is_refused(settings, proxies):
    settings.TRUSTED_PROXIES = proxies
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        origin.client_address(asked(PROXY))
    assert list(origin.problems_of(proxies))


@pytest.mark.django_db
def test_audit_and_lock_see_the_visitor_behind_the_proxy(client, settings):
    settings.TRUSTED_PROXIES, settings.AXES_ENABLED = [PROXY], True
    User.objects.create_user("officer", password="Lanhua-2026-qing", name="受理员")

    def attempt(visitor: str, password: str):
        return client.post(
            "/accounts/login/", {"username": "officer", "password": password}, REMOTE_ADDR=PROXY,
            HTTP_X_FORWARDED_FOR=f"{LIAR}, {visitor}",
        )  # fmt: skip

    for _turn in range(settings.AXES_FAILURE_LIMIT):
        last = attempt(VISITOR, "wrong")
    assert "暂时锁定" in last.content.decode()
    assert set(AuditEntry.objects.values_list("address", flat=True)) == {VISITOR}
    assert attempt(VISITOR, "Lanhua-2026-qing").status_code != 302
    assert attempt("203.0.113.10", "Lanhua-2026-qing").status_code == 302, "another visitor is not locked out"


@pytest.mark.django_db
def test_an_hours_tries_are_bounded_for_each_visitor_and_thing(settings):
    settings.TRUSTED_PROXIES = [PROXY]
    with time_machine.travel("2026-03-02 09:59:50+08:00", tick=False) as clock:
        answers = [origin.within("query", asked(PROXY, VISITOR), 3) for _turn in range(4)]
        assert answers == [True, True, True, False]
        assert origin.within("query", asked(PROXY, LIAR), 3), "another visitor of the same proxy"
        assert origin.within("check", asked(PROXY, VISITOR), 3), "another thing"
        clock.shift(20)
        assert origin.within("query", asked(PROXY, VISITOR), 3), "another hour"
        assert origin.forget_old_tries() == 0
        clock.shift(2 * 86400)
        assert origin.forget_old_tries() == 4
    assert not HourlyTries.objects.exists()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_many_workers_count_together():
    answers, ready = [], threading.Barrier(6)

    def one() -> None:
        try:
            ready.wait()
            answers.append(origin.within("query", asked(VISITOR), 4))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, True, True, True, True]


@pytest.mark.django_db
def test_the_public_forms_stop_at_their_bound(client, loaded):
    for _turn in range(20):
        client.post("/query/", {"number": "ZTC2026-0001", "code": "WRONG"})
    page = client.post("/query/", {"number": "ZTC2026-0001", "code": "WRONG"}).content.decode()
    assert "查询过于频繁" in page
    assert "不正确" not in page
