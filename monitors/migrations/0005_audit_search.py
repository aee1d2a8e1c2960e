"""Free text of the audit log by trigrams, kept by a trigger: FTS5 on SQLite, GIN on PostgreSQL.

Only an index: the evidence is the log itself. Without the right to create pg_trgm, PostgreSQL
searches the same table by a plain scan.
"""

from django.db import DatabaseError, migrations, transaction

LOG, SEARCH = "monitors_auditevent", "monitors_auditsearch"

# And every text in the details but moments and what stands in a column already.
COLUMNS = ("task", "actor_name", "record_name", "username", "reason")


def sqlite_words(row):
    columns = " || char(10) || ".join(f"{row}.{column}" for column in COLUMNS)
    return f"""{columns} || char(10) || coalesce((
        SELECT group_concat(atom, char(10)) FROM json_tree({row}.details)
        WHERE type = 'text' AND fullkey NOT LIKE '$.window%' AND fullkey <> '$.list_asked_at'
          AND atom NOT IN ({row}.record_name, {row}.username)
    ), '')"""


def postgresql_words(row):
    columns = ", ".join(f"{row}.{column}" for column in COLUMNS)
    return f"""concat_ws(E'\\n', {columns}, (
        SELECT string_agg(it #>> '{{}}', E'\\n')
        FROM jsonb_path_query({row}.details - 'window' - 'list_asked_at',
                              'strict $.** ? (@.type() == "string")') it
        WHERE it #>> '{{}}' NOT IN ({row}.record_name, {row}.username)
    ))"""


SQLITE = [
    # Contentless: the words themselves stand in the log.
    f"CREATE VIRTUAL TABLE {SEARCH} USING fts5(words, content='', tokenize='trigram')",
    f"INSERT INTO {SEARCH} (rowid, words) SELECT number, {sqlite_words('it')} FROM {LOG} it",
    f"""CREATE TRIGGER audit_search AFTER INSERT ON {LOG} BEGIN
        INSERT INTO {SEARCH} (rowid, words) VALUES (NEW.number, {sqlite_words("NEW")});
        END""",
]
POSTGRESQL = [
    f"CREATE TABLE {SEARCH} (number bigint PRIMARY KEY, words text NOT NULL)",
    f"INSERT INTO {SEARCH} SELECT number, {postgresql_words('e')} FROM {LOG} e",
    f"""CREATE FUNCTION audit_search() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO {SEARCH} VALUES (NEW.number, {postgresql_words("NEW")});
        RETURN NULL; END $$""",
    f"CREATE TRIGGER audit_search AFTER INSERT ON {LOG} FOR EACH ROW EXECUTE FUNCTION audit_search()",
]
UNDO = {
    "sqlite": ["DROP TRIGGER audit_search", f"DROP TABLE {SEARCH}"],
    "postgresql": [
        f"DROP TRIGGER audit_search ON {LOG}",
        "DROP FUNCTION audit_search()",
        f"DROP TABLE {SEARCH}",
    ],
}


def build(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[vendor]:
        schema_editor.execute(statement, None)
    if vendor == "postgresql":
        _index_trigrams(schema_editor.connection)


def _index_trigrams(connection):
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(f"CREATE INDEX audit_search_words ON {SEARCH} USING gin (words gin_trgm_ops)")
    except DatabaseError:  # not allowed or not installed: the scan answers too
        return


def undo(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    dependencies = [("monitors", "0004_history_by_moment")]
    operations = [migrations.RunPython(build, undo)]
