"""What was written once stays: triggers on the audit chain, the events of cases and the issued letters.

The application's own guards can be passed by raw SQL, `update()` and bulk writes; these cannot. SQLite needs
`PRAGMA recursive_triggers` (settings), or INSERT OR REPLACE would slip past. A later migration that rebuilds one
of these tables on SQLite drops its triggers: it must end with `RunPython(install)`, and so must one that makes a
table named here. `check_production` and `verify_audit` report a missing one through `missing`.
"""

from django.db import migrations

REFUSAL = "append-only"
# Rows of these tables are neither changed nor removed.
SEALED = (
    "core_auditentry", "core_caseevent", "core_dailyseal",
    "core_checkopinion", "core_checkconfirmation", "core_checkconclusion",
    "core_ledgerentry", "core_signature", "core_resultfile",
)  # fmt: skip
# What a letter states is fixed with its number; its file is fixed once it has been rendered.
LETTER_FACTS = ("case_id", "kind", "title", "issuer_id", "number", "year", "serial", "facts", "check_code", "issued_at")
LETTER_FILE = ("pdf", "sha256", "rendered_at")


def _differs(columns: tuple[str, ...], operator: str) -> str:
    return " OR ".join(f"OLD.{column} {operator} NEW.{column}" for column in columns)


def _conditions(operator: str) -> list[tuple[str, str, str, str]]:
    """(trigger, table, event, condition) of every guard; an empty condition means always."""
    guards = []
    for table in SEALED:
        guards += [(f"{table}_no_update", table, "UPDATE", ""), (f"{table}_no_delete", table, "DELETE", "")]
    return [
        *guards,
        ("core_audithead_no_delete", "core_audithead", "DELETE", ""),
        ("core_audithead_no_return", "core_audithead", "UPDATE", "NEW.seq < OLD.seq"),
        ("core_letter_no_delete", "core_letter", "DELETE", ""),
        ("core_letter_facts_fixed", "core_letter", "UPDATE", _differs(LETTER_FACTS, operator)),
        (
            "core_letter_file_fixed",
            "core_letter",
            "UPDATE",
            f"OLD.sha256 <> '' AND ({_differs(LETTER_FILE, operator)})",
        ),
    ]


def _sqlite() -> dict[str, str]:
    made = {}
    for name, table, event, condition in _conditions("IS NOT"):
        when = f"WHEN {condition} " if condition else ""
        made[name] = (
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} "
            f"{when}BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {table}'); END"
        )
    return made


FUNCTION = f"""
CREATE OR REPLACE FUNCTION core_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{REFUSAL}: %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def _postgresql() -> dict[str, str]:
    made = {}
    for name, table, event, condition in _conditions("IS DISTINCT FROM"):
        when = f"WHEN ({condition}) " if condition else ""
        made[name] = (
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH ROW {when}EXECUTE FUNCTION core_append_only()"
        )
    for table in (*SEALED, "core_audithead", "core_letter"):
        made[f"{table}_no_truncate"] = (
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION core_append_only()"
        )
    return made


def triggers(vendor: str) -> dict[str, str]:
    """The statement that makes each trigger, by its name, for `sqlite` or `postgresql`."""
    return _postgresql() if vendor == "postgresql" else _sqlite()


def table_of(statement: str) -> str:
    """The table a statement of `triggers` guards."""
    return statement.split(" ON ", 1)[1].split(" ", 1)[0]


def install(connection) -> None:
    """Make every trigger of the tables that are there; those already made stay or are replaced by the same.

    A table that a later migration makes has none yet: that migration ends with `RunPython(install)`.
    """
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
        for statement in triggers(connection.vendor).values():
            if table_of(statement) in present:
                cursor.execute(statement)


def remove(connection) -> None:
    """Take every trigger away: for reversing this migration and for emptying a test database."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for name, statement in triggers(connection.vendor).items():
            if table_of(statement) not in tables:
                continue
            where = f" ON {table_of(statement)}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")


def missing(connection) -> list[str]:
    """Names of the triggers that are not in the database, or are switched off."""
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    return sorted(triggers(connection.vendor).keys() - present)


def _install(apps, schema_editor) -> None:
    apps.get_model("core", "AuditHead").objects.using(schema_editor.connection.alias).get_or_create(pk=1)
    install(schema_editor.connection)


def _remove(apps, schema_editor) -> None:
    remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = (("core", "0001_initial"),)
    operations = (migrations.RunPython(_install, _remove),)
