"""A database and folders of a benchmark's own, clocks, and a plain table for what was measured."""

import os
import statistics
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def database() -> Iterator[None]:
    """Set Django up on an empty, migrated database beside that of DATABASE_URL; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="talent-bench.") as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "talent.config.settings", "MEDIA_ROOT": f"{folder}/media"}
        import django
        from django.conf import settings

        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.benchmarks"]
        settings.ALLOWED_HOSTS = ["testserver"]
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        # Nothing is collected for a benchmark, and a letter is drawn where letters are measured.
        settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "whitenoise" not in one]
        settings.LETTERS_AT_ONCE = False
        django.setup()
        from django.db import connection

        name = f"{folder}/bench.sqlite3" if connection.vendor == "sqlite" else f"bench_{os.getpid()}"
        connection.settings_dict["TEST"]["NAME"] = name
        before = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET statement_timeout = 0")
            yield
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)


def seconds(act: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def median_ms(act: Callable[[], object], rounds: int = 9) -> float:
    """The middle of some calls in milliseconds; the first two warm up and do not count."""
    for _round in range(2):
        act()
    return 1000 * statistics.median(seconds(act) for _round in range(rounds))


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table of plain text; a Chinese character takes two places."""
    from django.db import connection

    say(f"\n== {title}（{connection.vendor}）")
    lines = [[str(cell) for cell in line] for line in (head, *rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        say(
            "  ".join(
                cell + " " * (wide - _width(cell)) for cell, wide in zip(line, widths, strict=True)
            ).rstrip()
        )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
