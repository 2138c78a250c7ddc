"""What every test stands on: real keys, real databases, policy as loaded in production, and no sloppiness.

An unknown template variable, an unordered paginated query, a missing CSRF token or any warning fails a test.
"""

import base64
import os
import tempfile
from pathlib import Path

# Keys of the test run only; set before the settings are read.
os.environ.setdefault("SECRET_KEY", "test-only-" + "x" * 50)
os.environ.setdefault("FIELD_KEYS", "t1:" + base64.b64encode(b"t" * 32).decode())
os.environ.setdefault("BLIND_INDEX_KEY", base64.b64encode(b"b" * 32).decode())
os.environ.setdefault("AUDIT_SEAL_KEYS", "a1:" + base64.b64encode(b"a" * 32).decode())

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, override_settings

from tests.append_only import allow_flush

allow_flush()


class UnknownVariable(str):
    """Stands for a template variable nobody gave: using it fails the test."""

    def __contains__(self, item) -> bool:
        return True

    def __mod__(self, name):
        raise AssertionError(f"unknown template variable: {name}")


@pytest.fixture(autouse=True)
def _unknown_variables_fail():
    """Every page any test renders is held to it; set for each test, because changed settings make a new engine."""
    from django.template import engines

    engines["django"].engine.string_if_invalid = UnknownVariable("%s")


@pytest.fixture(autouse=True)
def _strict_pages(settings, tmp_path_factory):
    """Fast hashing, mail in memory, files in a folder of the test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    # WhiteNoise warns about a folder that does not exist, and nothing is collected for a test.
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    settings.VAR = Path(tempfile.gettempdir()) / f"talent-test-{os.getpid()}"
    settings.LETTERS_AT_ONCE = False
    settings.AXES_ENABLED = False
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _forget():
    """Nothing kept in the process outlives a test's database."""
    from django.core.cache import cache

    from talent.core.services import calendar, policy

    policy.forget()
    calendar.forget()
    cache.clear()
    yield
    policy.forget()
    calendar.forget()


@pytest.fixture
def loaded(db):
    """Policy, regions, bureaus and holidays in the database."""
    from talent.core.services import policy

    policy.load_all()


@pytest.fixture(scope="module")
def build(django_db_setup, django_db_blocker, tmp_path_factory):
    """Makes a world once for the module: `build(World, …)` is committed, each test rolls back only what it does itself.

    The tables are emptied when the module is done.
    """
    from tests import steps

    media = tmp_path_factory.mktemp("media")
    with (
        override_settings(
            MEDIA_ROOT=media,
            LETTERS_AT_ONCE=False,
            AXES_ENABLED=False,
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            STATIC_ROOT=tmp_path_factory.mktemp("static"),
        ),
        time_machine.travel(steps.START, tick=True),
    ):
        from talent.core.services import calendar, policy

        def forget() -> None:
            policy.forget()
            calendar.forget()

        def make(world_class, *given):
            # A module whose tests have no django_db mark would write into the developer's own database.
            assert "test" in str(connection.settings_dict["NAME"])
            with django_db_blocker.unblock(), transaction.atomic():
                policy.load_all()
                world = world_class(*given)
            # The outbox is emptied for each test; what went out while the world was made is kept with it.
            world.mailed = list(mail.outbox)
            world.media = media
            return world

        forget()
        yield make
        with django_db_blocker.unblock():
            call_command(
                "flush", verbosity=0, interactive=False, allow_cascade=False, inhibit_post_migrate=False
            )
            connection.close()
        forget()


@pytest.fixture
def csrf_client() -> Client:
    """A client that is refused like a browser when a form lacks its token."""
    return Client(enforce_csrf_checks=True)
