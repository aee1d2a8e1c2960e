"""Names and mailboxes by trigrams, kept by triggers: FTS5 on SQLite, GIN on PostgreSQL.

Only an index: whatever it names is read and compared again (`selectors/matching.py`). On SQLite a migration that makes
Django build `Customer` or `MonitorRecord` anew drops their triggers and must call `create_triggers`.
"""

from django.db import DatabaseError, migrations, transaction
from django.db.models import F

CUSTOMERS, RECORDS, FORMER = "monitors_customer", "monitors_monitorrecord", "monitors_formername"
# Contentless and without positions: a third smaller and quicker to write than a full index.
FTS5 = "fts5(words, content='', tokenize='trigram case_sensitive 1', detail=none, columnsize=0)"
# Living and gone records apart: a search for a few must not read past many of the others.
INDEXES = {
    "monitors_customersearch": (CUSTOMERS, "{row}.id > 0"),
    "monitors_recordsearch": (RECORDS, "{row}.gone_at IS NULL"),
    "monitors_gonesearch": (RECORDS, "{row}.gone_at IS NOT NULL"),
    "monitors_formersearch": (FORMER, "{row}.id > 0"),
}


def sqlite_words(table, row):
    mailbox = f" || char(10) || lower({row}.email)" if table == RECORDS else ""
    return f"{row}.sort_name{mailbox}"


def sqlite_triggers(index):
    table, condition = INDEXES[index]
    (old, is_old), (new, is_new) = (
        (sqlite_words(table, row), condition.format(row=row)) for row in ("OLD", "NEW")
    )
    add = f"INSERT INTO {index} (rowid, words) SELECT NEW.id, {new} WHERE {is_new};"
    remove = f"INSERT INTO {index} ({index}, rowid, words) SELECT 'delete', OLD.id, {old} WHERE {is_old};"
    columns = "sort_name, email, gone_at" if table == RECORDS else "sort_name"
    return [
        f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} WHEN {is_new} BEGIN {add} END",
        f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} WHEN {is_old} BEGIN {remove} END",
        f"""CREATE TRIGGER {index}_update AFTER UPDATE OF {columns} ON {table}
            WHEN {old} <> {new} OR ({is_old}) <> ({is_new}) BEGIN {remove} {add} END""",
    ]


RENAMED = f"INSERT INTO {FORMER} (record_id, name, sort_name) VALUES (OLD.id, OLD.name, OLD.sort_name)"
SQLITE_TABLE = f"""CREATE TABLE {FORMER} (id integer PRIMARY KEY, record_id bigint NOT NULL, name text NOT NULL,
    sort_name text NOT NULL, UNIQUE (record_id, name))"""
SQLITE_RENAMED = f"""CREATE TRIGGER record_renamed AFTER UPDATE OF name ON {RECORDS} WHEN OLD.name <> NEW.name
    BEGIN {RENAMED} ON CONFLICT DO NOTHING; END"""
# Each order by bytes, as SQLite sorts: the first thousand names are the same on both.
SQLITE_RANGES = {
    RECORDS: [
        f"CREATE INDEX record_by_former_end ON {RECORDS} (sort_name, id) WHERE gone_at IS NOT NULL",
        f"CREATE INDEX record_by_folded_mailbox ON {RECORDS} (lower(email), id)",
    ],
    FORMER: [f"CREATE INDEX former_by_name ON {FORMER} (sort_name, id)"],
}
POSTGRESQL = [
    f"""CREATE TABLE {FORMER} (id bigserial PRIMARY KEY, record_id bigint NOT NULL, name text NOT NULL,
        sort_name text NOT NULL, UNIQUE (record_id, name))""",
    f"""CREATE FUNCTION record_renamed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {RENAMED} ON CONFLICT DO NOTHING; RETURN NULL; END $$""",
    f"""CREATE TRIGGER record_renamed AFTER UPDATE OF name ON {RECORDS} FOR EACH ROW
        WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION record_renamed()""",
    f'CREATE INDEX customer_by_bytes ON {CUSTOMERS} (sort_name COLLATE "C", id)',
    f'CREATE INDEX record_by_bytes ON {RECORDS} (sort_name COLLATE "C", id) WHERE gone_at IS NULL',
    f'CREATE INDEX record_by_former_end ON {RECORDS} (sort_name COLLATE "C", id) WHERE gone_at IS NOT NULL',
    f'CREATE INDEX record_by_folded_mailbox ON {RECORDS} (lower(email COLLATE "C"), id)',
    f'CREATE INDEX former_by_name ON {FORMER} (sort_name COLLATE "C", id)',
]
POSTGRESQL_WORDS = {
    CUSTOMERS: "sort_name",
    RECORDS: """(sort_name || E'\\n' || lower(email COLLATE "C"))""",
    FORMER: "sort_name",
}


def create_triggers(schema_editor, table):
    """SQLite's, of one table, and the indexes that no model names; also for a later migration that builds it anew."""
    for statement in SQLITE_RANGES.get(table, []):
        schema_editor.execute(statement, None)
    for index, (indexed, _) in INDEXES.items():
        if indexed == table:
            for statement in sqlite_triggers(index):
                schema_editor.execute(statement, None)
    if table == RECORDS:
        schema_editor.execute(SQLITE_RENAMED, None)


def build(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        _build_sqlite(schema_editor)
    else:
        for statement in POSTGRESQL:
            schema_editor.execute(statement, None)
        _index_trigrams(schema_editor.connection)
    _add_former_names(apps, schema_editor)


def _build_sqlite(schema_editor):
    schema_editor.execute(SQLITE_TABLE, None)
    for index, (table, condition) in INDEXES.items():
        words, is_indexed = sqlite_words(table, "it"), condition.format(row="it")
        schema_editor.execute(f"CREATE VIRTUAL TABLE {index} USING {FTS5}", None)
        schema_editor.execute(
            f"INSERT INTO {index} (rowid, words) SELECT id, {words} FROM {table} it WHERE {is_indexed}", None
        )
    for table in (CUSTOMERS, RECORDS, FORMER):
        create_triggers(schema_editor, table)


def _index_trigrams(connection):
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for index, (table, condition) in INDEXES.items():
                words, part = POSTGRESQL_WORDS[table], condition.format(row=table)
                part = f" WHERE {part}" if table == RECORDS else ""
                cursor.execute(f"CREATE INDEX {index} ON {table} USING gin ({words} gin_trgm_ops){part}")
    except DatabaseError:  # not allowed or not installed: the scan answers too
        return


def _add_former_names(apps, schema_editor):
    """Only Python folds case as the mirror does."""
    revisions = apps.get_model("monitors", "RecordRevision").objects.exclude(until=None)
    former = revisions.exclude(name=F("record__name")).order_by().values_list("record_id", "name").distinct()
    rows = [(record, name, name.casefold()[:255]) for record, name in former]
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {FORMER} (record_id, name, sort_name) VALUES (%s, %s, %s)", rows)


def undo(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        statements = [
            "DROP TRIGGER record_renamed",
            *(f"DROP TRIGGER {index}_{verb}" for index in INDEXES for verb in ("insert", "delete", "update")),
            *(f"DROP TABLE {index}" for index in INDEXES),
            *(f"DROP INDEX {name}" for name in ("record_by_former_end", "record_by_folded_mailbox")),
        ]
    else:
        statements = [
            f"DROP TRIGGER record_renamed ON {RECORDS}",
            "DROP FUNCTION record_renamed()",
            *(f"DROP INDEX IF EXISTS {index}" for index in INDEXES),
            *("DROP INDEX customer_by_bytes", "DROP INDEX record_by_bytes"),
            *(f"DROP INDEX {name}" for name in ("record_by_former_end", "record_by_folded_mailbox")),
        ]
    for statement in (*statements, f"DROP TABLE {FORMER}"):
        schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    dependencies = [("monitors", "0017_operations_by_verdict")]
    operations = [migrations.RunPython(build, undo)]
