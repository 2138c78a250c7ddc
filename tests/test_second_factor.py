"""The second factor in front of the pages: set up, asked after the password, never twice with one code, reset by two people."""

import io
import re
import threading
from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from talent.core import roles
from talent.core.models import AuditEntry, RecoveryCode, SecondFactor, User
from talent.core.services import appointments, second_factor, signin
from talent.core.services.errors import ActRefused, NotAllowed
from tests import factories, steps

PASSWORD, OTHER = "Story-test-2026", "Lanhua-2026-qing"
DEVICE, CHECK = "/account/second-factor/", "/account/second-factor/check/"


@pytest.fixture
def clock():
    with time_machine.travel(steps.START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def officer(settings, clock, loaded) -> User:
    settings.SECOND_FACTOR = True
    user = factories.account("shouli9", "受理员")
    factories.appoint(user, roles.INTAKE, factories.bureau("zzb"))
    return user


@pytest.fixture
def guard(officer) -> User:
    user = factories.account("anquan9", "安全员")
    factories.appoint(user, roles.SECURITY_ADMIN, factories.bureau("dsj"))
    return user


def signed_in(user: User, password: str = PASSWORD) -> Client:
    client = Client()
    assert (
        client.post("/accounts/login/", {"username": user.username, "password": password}).status_code == 302
    )
    return client


def enrolled(user: User) -> tuple[pyotp.TOTP, list[str]]:
    """A device in force, and its recovery codes."""
    device = pyotp.TOTP(second_factor.begin(user).secret.reveal())
    _factor, codes = second_factor.confirm(user, code=device.now())
    return device, codes


def later(clock, seconds: int = 30) -> None:
    clock.shift(timedelta(seconds=seconds))


# --- setting it up -----------------------------------------------------------------------------------------


def test_an_officer_sets_the_device_up_before_anything_else(officer):
    client = signed_in(officer)
    for address in ("/desk/", "/my/", "/", "/files/ZTC2026-0001/G01/", "/admin/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(DEVICE), address
    assert "您的岗位要求使用动态口令" in client.get(DEVICE).content.decode()
    client.post(DEVICE, {"act": "begin"})
    page = client.get(DEVICE)
    assert "no-store" in page["Cache-Control"]
    secret = re.search(r"<code>([A-Z2-7-]+)</code>", page.content.decode())[1].replace("-", "")
    assert 'src="data:image/svg+xml' in page.content.decode()
    wrong = client.post(DEVICE, {"act": "confirm", "code": "000000"}).content.decode()
    assert "口令不正确" in wrong
    done = client.post(DEVICE, {"act": "confirm", "code": pyotp.TOTP(secret).now()}).content.decode()
    codes = re.findall(r"<li><code>([A-Z0-9-]+)</code>", done)
    assert len(codes) == 10
    assert client.get("/desk/").status_code == 200
    again = client.get(DEVICE).content.decode()
    assert secret not in again.replace("-", "")
    assert not any(code in again for code in codes), "shown once"
    assert AuditEntry.objects.filter(action="second_factor_enrolled").exists()


def test_neither_the_secret_nor_a_recovery_code_is_readable_in_the_database(officer, settings):
    device, codes = enrolled(officer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM core_secondfactor")
        (stored,) = cursor.fetchone()
    assert device.secret not in stored
    assert stored.startswith(f"{settings.FIELD_KEY_CURRENT}:")
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(digests) == 10
    assert not any(code.replace("-", "") in digests for code in codes)


def test_applicants_are_not_asked_unless_they_took_one_up(officer):
    applicant = factories.account("rencai9", "申请人")
    assert signed_in(applicant).get("/my/").status_code == 200
    enrolled(applicant)
    assert signed_in(applicant).get("/my/")["Location"].startswith(CHECK)


def test_while_the_setting_is_off_nobody_is_asked(officer, settings):
    enrolled(officer)
    settings.SECOND_FACTOR = False
    assert signed_in(officer).get("/desk/").status_code == 200


def test_a_deputy_in_an_officers_post_is_asked_like_the_officer(officer, clock):
    deputy = factories.account("daili9", "代理")
    today = timezone.localdate()
    appointments.name_deputy(
        officer.appointments.get(),
        deputy,
        actor=_security(),
        starts_on=today,
        ends_on=today,
        reason="测试代理",
    )
    assert signed_in(deputy).get("/desk/")["Location"].startswith(DEVICE)


def _security() -> User:
    user = factories.account("anquan8", "安全员")
    factories.appoint(user, roles.SECURITY_ADMIN, factories.bureau("dsj"))
    return user


# --- the question after the password ---------------------------------------------------------------------------


def test_after_the_password_the_code_opens_what_was_asked_for(officer, clock):
    device, _codes = enrolled(officer)
    later(clock)
    client = signed_in(officer)
    turned = client.get("/desk/?view=claim")
    assert turned["Location"] == f"{CHECK}?next=%2Fdesk%2F%3Fview%3Dclaim"
    before = client.cookies["sessionid"].value
    answer = client.post(turned["Location"], {"code": device.now(), "next": "/desk/?view=claim"})
    assert answer["Location"] == "/desk/?view=claim"
    assert client.cookies["sessionid"].value != before, "the session has a new key"
    assert client.get("/desk/").status_code == 200
    assert client.get(CHECK).status_code == 302, "asked once in a session"


def test_one_is_never_led_out_of_the_site(officer, clock):
    device, _codes = enrolled(officer)
    later(clock)
    answer = signed_in(officer).post(CHECK, {"code": device.now(), "next": "https://evil.example/"})
    assert answer["Location"] == "/welcome/"


def test_nothing_is_done_with_the_password_alone(officer):
    enrolled(officer)
    client = signed_in(officer)
    for address in ("/accounts/password/", "/preferences/", "/desk/claim/", DEVICE):
        assert client.post(address, {})["Location"].startswith(CHECK), address
    for address in ("/accounts/password/", DEVICE, "/accounts/password/done/"):
        assert client.get(address)["Location"].startswith(CHECK), address
    assert client.post("/accounts/logout/")["Location"] == "/", "but one may leave"


def test_without_the_question_the_password_alone_would_do(officer, monkeypatch):
    enrolled(officer)
    monkeypatch.setattr(second_factor, "pending", lambda user, session: second_factor.Pending.NOTHING)
    assert signed_in(officer).get("/desk/").status_code == 200


def test_a_new_password_does_not_pass_by_the_code(officer, guard):
    enrolled(officer)
    signin.change_password(officer, OTHER, actor=guard)
    client = signed_in(officer, OTHER)
    assert client.get("/desk/")["Location"].startswith(CHECK)
    assert client.get("/accounts/password/")["Location"].startswith(CHECK)


def test_a_first_password_is_changed_before_the_device_is_set_up(officer):
    User.objects.filter(pk=officer.pk).update(must_change_password=True)
    client = signed_in(officer)
    assert client.get("/desk/")["Location"].startswith("/accounts/password/")
    client.post(
        "/accounts/password/", {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    )
    assert client.get("/desk/")["Location"].startswith(DEVICE)


# --- codes ---------------------------------------------------------------------------------------------------------


def test_a_code_is_taken_once(officer, clock):
    device, _codes = enrolled(officer)
    with pytest.raises(ActRefused, match="已经用过"):
        second_factor.prove(officer, code=device.now())
    later(clock)
    code = device.now()
    second_factor.prove(officer, code=code)
    with pytest.raises(ActRefused, match="已经用过"):
        second_factor.prove(officer, code=code)
    later(clock)
    with pytest.raises(ActRefused):
        second_factor.prove(officer, code=code)
    second_factor.prove(officer, code=device.now())


def test_without_the_memory_of_the_last_step_a_code_would_be_taken_again(officer, clock):
    """Teeth of the replay."""
    device, _codes = enrolled(officer)
    later(clock)
    second_factor.prove(officer, code=device.now())
    SecondFactor.objects.update(last_counter=0)
    second_factor.prove(officer, code=device.now())


@pytest.mark.parametrize(("off", "good"), [(-30, True), (59, True), (-31, False), (60, False)])
def test_a_clock_may_be_off_by_one_step(officer, clock, off, good):
    device, _codes = enrolled(officer)
    later(clock, 300)
    code = device.at(int(timezone.now().timestamp()) + off)
    if good:
        second_factor.prove(officer, code=code)
    else:
        with pytest.raises(ActRefused):
            second_factor.prove(officer, code=code)


def test_a_recovery_code_stands_in_once_however_it_is_typed(officer, clock):
    _device, codes = enrolled(officer)
    client = signed_in(officer)
    client.post(CHECK, {"code": codes[0].lower().replace("-", " ")})
    assert client.get("/desk/").status_code == 200
    assert second_factor.codes_left(second_factor.in_force(officer)) == 9
    with pytest.raises(ActRefused):
        second_factor.prove(officer, code=codes[0])
    assert AuditEntry.objects.filter(action="recovery_code_used").count() == 1
    other = factories.account("shouli8", "受理员")
    enrolled(other)
    with pytest.raises(ActRefused):
        second_factor.prove(other, code=codes[1])


@pytest.mark.parametrize("code", ["", "12345", "1234567", "０００１２３", "-----", "ABCD"])
def test_nonsense_is_a_wrong_code_and_no_error(officer, code):
    enrolled(officer)
    with pytest.raises(ActRefused):
        second_factor.prove(officer, code=code)


def test_five_wrong_codes_lock_for_half_an_hour_also_for_the_right_one(officer, clock, settings):
    device, codes = enrolled(officer)
    later(clock)
    client = signed_in(officer)
    for _turn in range(settings.AXES_FAILURE_LIMIT):
        page = client.post(CHECK, {"code": "000000"}).content.decode()
    assert "已锁定至" in page
    assert AuditEntry.objects.filter(action="second_factor_locked", succeeded=False).count() == 1
    for code in (device.now(), codes[0]):
        assert "已锁定至" in client.post(CHECK, {"code": code}).content.decode()
    clock.shift(timedelta(minutes=29))
    assert client.post(CHECK, {"code": device.now()}).status_code == 200
    clock.shift(timedelta(minutes=2))
    client = signed_in(officer)
    assert client.post(CHECK, {"code": device.now()}).status_code == 302


def test_without_counting_the_right_code_would_be_found(officer, clock, settings):
    """Teeth of the lock."""
    device, _codes = enrolled(officer)
    later(clock)
    settings.AXES_FAILURE_LIMIT = 10**6
    for _turn in range(20):
        with pytest.raises(ActRefused):
            second_factor.prove(officer, code="000000")
    second_factor.prove(officer, code=device.now())


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_one_code_in_many_hands_at_once_opens_once():
    user = factories.account("shouli7", "受理员")
    device = pyotp.TOTP(second_factor.begin(user).secret.reveal())
    second_factor.confirm(user, code=device.at(timezone.now() - timedelta(seconds=30)))
    code, opened, ready = device.now(), [], threading.Barrier(5)

    def one() -> None:
        try:
            ready.wait()
            second_factor.prove(User.objects.get(pk=user.pk), code=code)
            opened.append(True)
        except ActRefused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _turn in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [True]


def test_codes_are_renewed_and_the_device_replaced_for_a_code(officer, clock):
    device, old = enrolled(officer)
    later(clock)
    client = signed_in(officer)
    client.post(CHECK, {"code": device.now()})
    assert "口令不正确" in client.post(DEVICE, {"act": "renew", "code": "000000"}).content.decode()
    later(clock)
    page = client.post(DEVICE, {"act": "renew", "code": device.now()}).content.decode()
    (new, *_rest) = re.findall(r"<li><code>([A-Z0-9-]+)</code>", page)
    with pytest.raises(ActRefused):
        second_factor.prove(officer, code=old[0])
    client.post(DEVICE, {"act": "replace", "code": new})
    assert client.get("/desk/")["Location"].startswith(DEVICE), "until the new one is set up"
    assert second_factor.in_force(officer) is None


# --- both lost --------------------------------------------------------------------------------------------------------


def test_a_security_administrator_resets_a_lost_device_and_every_session_ends(officer, guard, clock):
    device, _codes = enrolled(officer)
    key, _ = enrolled(guard)
    later(clock)
    client, desk = signed_in(officer), signed_in(guard)
    client.post(CHECK, {"code": device.now()})
    desk.post(CHECK, {"code": key.now()})
    assert client.get("/desk/").status_code == 200
    page = desk.get("/desk/second-factors/").content.decode()
    assert "shouli9" in page
    desk.post("/desk/second-factors/", {"user": officer.pk, "reason": "手机丢失，当面核实身份"})
    assert client.get("/desk/")["Location"].startswith("/accounts/login/"), "ended with the next request"
    entry = AuditEntry.objects.get(action="second_factor_reset")
    assert (entry.subject, entry.actor_id_value) == (f"user:{officer.pk}", guard.pk)
    assert signed_in(officer).get("/desk/")["Location"].startswith(DEVICE)


def test_nobody_else_resets_and_nobody_resets_the_own(officer, guard):
    enrolled(officer)
    enrolled(guard)
    keeper = factories.account("xitong9", "系统员")
    factories.appoint(keeper, roles.SYSTEM_ADMIN, factories.bureau("dsj"))
    for actor, user in ((keeper, officer), (officer, guard), (guard, guard)):
        with pytest.raises(NotAllowed):
            second_factor.reset(user, actor=actor, reason="手机丢失")
    for reason in ("丢", "本人身份证370811199001010011核实"):
        with pytest.raises(ActRefused):
            second_factor.reset(officer, actor=guard, reason=reason)
    assert SecondFactor.objects.count() == 2


def test_the_last_security_administrator_is_helped_on_the_server(guard):
    enrolled(guard)
    with pytest.raises(CommandError, match="没有账号"):
        call_command("reset_second_factor", "nobody", reason="手机丢失")
    call_command("reset_second_factor", "anquan9", reason="唯一的安全管理员手机丢失", stdout=io.StringIO())
    assert not SecondFactor.objects.exists()
    assert AuditEntry.objects.get(action="second_factor_reset").actor_id_value is None
    with pytest.raises(CommandError, match="无需重置"):
        call_command("reset_second_factor", "anquan9", reason="手机丢失")
