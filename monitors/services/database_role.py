"""On PostgreSQL: what the role that runs the desk may do. Another one owns the tables and migrates, and does not run.

Whoever runs may not take a trigger away, change an event, or remove any row of the history.
"""

from collections.abc import Iterator

from django.db import connection

from monitors.models import guards

READ_AND_ADD = "SELECT, INSERT"
NEVER_CHANGED = (guards.EVENT, "monitors_auditsearch")
READ = ("django_migrations",)
# Anomalies go with a list of which a trigger lets none go that has any: Django asks for both.
REMOVABLE = {guard.table for guard in guards.GUARDS if guard.verb == "DELETE" and guard.condition} | {
    guards.ANOMALY
}
GUARDED = {guard.table for guard in guards.GUARDS}


def grant(role: str) -> int:
    """Take from a role what it has on the tables of this schema, and give it what it needs; how many tables."""
    tables, name = sorted(connection.introspection.table_names()), connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        for statement in _statements(tables, name):
            cursor.execute(statement)
    return len(tables)


def _statements(tables: list[str], role: str) -> Iterator[str]:
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table in tables:
        yield f"GRANT {_rights(table)} ON {connection.ops.quote_name(table)} TO {role}"


def _rights(table: str) -> str:
    if table in READ:
        return "SELECT"
    if table in NEVER_CHANGED:
        return READ_AND_ADD
    is_kept = table in GUARDED and table not in REMOVABLE
    return f"{READ_AND_ADD}, UPDATE" if is_kept else f"{READ_AND_ADD}, UPDATE, DELETE"
