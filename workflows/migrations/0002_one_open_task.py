"""One open task per process, node and token: whatever a race does, the database keeps one.

Viewflow's own table, our index; partial indexes have the same syntax on SQLite and PostgreSQL.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNIQUE INDEX one_open_task ON viewflow_task (process_id, flow_task, token)
            WHERE status IN ('NEW', 'ASSIGNED', 'STARTED') AND flow_task_type IN ('HUMAN', 'FUNCTION')
            """,
            "DROP INDEX one_open_task",
        )
    ]
