"""A proper installation passes the check before going live; one thing missing and it does not, and is told which."""

import base64
import io
import secrets

import pytest
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.db import connection

from talent.core import models, roles
from tests.append_only import without_triggers

pytestmark = pytest.mark.django_db


def key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def proper(settings, tmp_path):
    """The settings of a production machine, and its first three accounts."""
    settings.PRODUCTION, settings.DEBUG, settings.DEMO, settings.VAR = True, False, False, tmp_path
    settings.SECRET_KEY, settings.BLIND_INDEX_KEY = secrets.token_urlsafe(60), key()
    settings.FIELD_KEYS, settings.FIELD_KEY_CURRENT = {"k1": key()}, "k1"
    settings.AUDIT_SEAL_KEYS, settings.AUDIT_SEAL_KEY_CURRENT = {"a1": key()}, "a1"
    settings.SECOND_FACTOR, settings.AXES_ENABLED = True, True
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}
    }
    settings.SITE = settings.SITE | {"address": "https://rc.example.gov.cn"}
    settings.ALLOWED_HOSTS = ["rc.example.gov.cn"]
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    region = models.Region.objects.create(code="t1", name="示例市", kind=models.Region.Kind.CITY)
    bureau = models.Organisation.objects.create(
        code="b", name="示例局", kind=models.Organisation.Kind.BUREAU, region=region
    )
    for role in (roles.SYSTEM_ADMIN, roles.SECURITY_ADMIN, roles.AUDIT_ADMIN):
        user = models.User.objects.create(username=role.codename, name=role.title)
        models.Appointment.objects.create(
            user=user, role=role.codename, organisation=bureau, starts_on="2026-01-01"
        )
    return settings


@pytest.fixture(autouse=True)
def _no_browser_suite(monkeypatch):
    """The browser suite needs a variable that an installation must not have."""
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)


def said() -> list[str]:
    """What the check finds; on SQLite without the one sentence about SQLite."""
    try:
        call_command("check_production", stdout=io.StringIO())
    except CommandError as error:
        found = str(error).splitlines()[1:]
        return [line for line in found if connection.vendor == "postgresql" or "SQLite" not in line]
    return []


def test_a_proper_installation_passes(proper):
    assert said() == []
    if connection.vendor == "postgresql":
        call_command("check_production", stdout=io.StringIO())


MISSING = {
    "PRODUCTION": (False, "PRODUCTION=1"),
    "DEBUG": (True, "DEBUG"),
    "DEMO": (True, "演示模式"),
    "SECRET_KEY": ("short", "SECRET_KEY"),
    "BLIND_INDEX_KEY": ("demo" * 12, "BLIND_INDEX_KEY"),
    "FIELD_KEYS": ({"k1": "x"}, "FIELD_KEYS[k1]"),
    "AUDIT_SEAL_KEYS": ({"a1": "changeme" * 5}, "AUDIT_SEAL_KEYS[a1]"),
    "AUDIT_SEAL_KEY_CURRENT": ("a9", "AUDIT_SEAL_KEY_CURRENT"),
    "SECOND_FACTOR": (False, "动态口令检查已关闭"),
    "TRUSTED_PROXIES": ([], "未设置 TRUSTED_PROXIES"),
    "CACHES": ({"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "缓存不在数据库中"),
    "SECURE_SSL_REDIRECT": (False, "security.W008"),
    "SESSION_COOKIE_SECURE": (False, "security.W0"),
    "ANONYMOUS_USER_NAME": ("AnonymousUser", "AnonymousUser"),
}


@pytest.mark.parametrize("name", MISSING)
def test_one_missing_thing_is_named(proper, name):
    value, word = MISSING[name]
    setattr(proper, name, value)
    found = said()
    assert found
    assert any(word in line for line in found), found
    assert len(found) <= 2, "and nothing else"


@pytest.mark.parametrize("proxies", [["0.0.0.0/0"], ["nginx"]])
def test_a_list_of_proxies_that_means_everybody_or_nothing_is_named(proper, proxies):
    proper.TRUSTED_PROXIES = proxies
    assert any(proxies[0] in line for line in said())


def test_an_address_without_tls_a_missing_table_and_one_key_for_two_purposes_are_named(proper):
    proper.SITE = proper.SITE | {"address": "http://rc.example.gov.cn"}
    proper.CACHES = {"default": proper.CACHES["default"] | {"LOCATION": "nowhere"}}
    proper.AUDIT_SEAL_KEYS = {"a1": proper.BLIND_INDEX_KEY}
    assert len(said()) == 3


def test_missing_accounts_a_superuser_and_a_missing_trigger_are_named(proper):
    models.Appointment.objects.filter(role=roles.AUDIT_ADMIN.codename).update(
        dismissed_at="2026-02-01T00:00Z"
    )
    models.User.objects.create(username="root", name="超级", is_superuser=True)
    with without_triggers(connection):
        found = said()
    assert any("超级用户 root" in line for line in found)
    assert any("尚未任命审计管理员" in line for line in found)
    assert any("触发器" in line for line in found)


def test_what_one_worker_keeps_another_finds(proper):
    """The database cache, on the table the migration made."""
    one, other = (caches.create_connection("default") for _worker in range(2))
    one.set("filter", [1, 2], 60)
    assert other.get("filter") == [1, 2]
