"""Emptying a test database that refuses to be emptied.

`TransactionTestCase` flushes with DELETE (SQLite) or TRUNCATE (PostgreSQL), which the append-only triggers
refuse. Production has no switch for that: the triggers are dropped and made again around the flush.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations

append_only = import_module("talent.core.migrations.0002_append_only")


@contextmanager
def without_triggers(connection) -> Iterator[None]:
    """The append-only guards are off inside: for flushing, and for tests that tamper or show the damage."""
    with transaction.atomic(using=connection.alias):
        _settle(connection)
        append_only.remove(connection)
        yield
        _settle(connection)
        append_only.install(connection)


def _settle(connection) -> None:
    """PostgreSQL alters no table whose deferred constraints still wait to be checked."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def allow_flush() -> None:
    """Let the test runner empty tables; called once by conftest. The chain's head is made again as migrated."""
    original = BaseDatabaseOperations.execute_sql_flush
    if getattr(original, "flushes_sealed_tables", False):
        return

    def execute_sql_flush(self, sql_list):
        tables = self.connection.introspection.table_names()
        if "core_audithead" not in tables:
            return original(self, sql_list)
        with without_triggers(self.connection):
            original(self, sql_list)
            with self.connection.cursor() as cursor:
                cursor.execute("INSERT INTO core_audithead (id, seq, hash) VALUES (1, 0, %s)", ["0" * 64])

    execute_sql_flush.flushes_sealed_tables = True
    BaseDatabaseOperations.execute_sql_flush = execute_sql_flush
