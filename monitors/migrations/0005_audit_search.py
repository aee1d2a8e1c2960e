"""Free text of the audit log by trigrams, kept by a trigger: FTS5 on SQLite, GIN on PostgreSQL.

Only an index: the evidence is the log itself. Without the right to create pg_trgm, PostgreSQL
searches the same table by a plain scan.
"""

from django.db import DatabaseError, migrations, transaction

LOG, SEARCH = "monitors_auditevent", "monitors_auditsearch"

# Names, the reason, and every text in the details but moments.
SQLITE_WORDS = """
    {row}.actor_name || char(10) || {row}.record_name || char(10) || {row}.username || char(10) ||
    {row}.reason || char(10) || coalesce((
        SELECT group_concat(atom, char(10)) FROM json_tree({row}.details)
        WHERE type = 'text' AND fullkey NOT LIKE '$.window%' AND fullkey <> '$.list_asked_at'
    ), '')"""
SQLITE = [
    # Contentless: the words themselves stand in the log.
    f"CREATE VIRTUAL TABLE {SEARCH} USING fts5(words, content='', tokenize='trigram')",
    f"INSERT INTO {SEARCH} (rowid, words) SELECT number, {SQLITE_WORDS.format(row='it')} FROM {LOG} it",
    f"""CREATE TRIGGER audit_search AFTER INSERT ON {LOG} BEGIN
        INSERT INTO {SEARCH} (rowid, words) VALUES (NEW.number, {SQLITE_WORDS.format(row="NEW")});
        END""",
]
POSTGRESQL_WORDS = r"""
    concat_ws(E'\n', {row}.actor_name, {row}.record_name, {row}.username, {row}.reason, (
        SELECT string_agg(it #>> '{{}}', E'\n')
        FROM jsonb_path_query({row}.details - 'window' - 'list_asked_at',
                              'strict $.** ? (@.type() == "string")') it
    ))"""
POSTGRESQL = [
    f"CREATE TABLE {SEARCH} (number bigint PRIMARY KEY, words text NOT NULL)",
    f"INSERT INTO {SEARCH} SELECT number, {POSTGRESQL_WORDS.format(row='e')} FROM {LOG} e",
    f"""CREATE FUNCTION audit_search() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO {SEARCH} VALUES (NEW.number, {POSTGRESQL_WORDS.format(row="NEW")});
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
