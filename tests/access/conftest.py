"""One world per module: committed once, because every test rolls back only what it does itself."""

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings

from tests import steps
from tests.access.world import World


@pytest.fixture(scope="module")
def build(django_db_setup, django_db_blocker, tmp_path_factory):
    """Builds one `World` with the texts it is given; the tables are emptied when the module is done."""
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

        def make(texts: dict[str, str] | None = None) -> World:
            # A module whose tests have no django_db mark would write into the developer's own database.
            assert "test" in str(connection.settings_dict["NAME"])
            with django_db_blocker.unblock(), transaction.atomic():
                policy.load_all()
                world = World(texts)
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
def at_home(_strict_pages, settings, world, db):
    """The files of the module's world are found again by each test."""
    settings.MEDIA_ROOT = world.media
    return world
