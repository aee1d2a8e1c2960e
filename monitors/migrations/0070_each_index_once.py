"""Keys of other rows without an index of their own where another index begins with them: an append writes four fewer.

The indexes are dropped by name: a table that SQLite builds anew would lose its triggers.
"""

from typing import Any

from django.db import migrations, models

FIELDS: list[tuple[str, str, str, Any, dict[str, Any]]] = [
    ("attachment", "record", "monitors.monitorrecord", models.PROTECT, {"related_name": "attachments"}),
    ("attachment", "customer", "monitors.customer", models.PROTECT, {"related_name": "attachments"}),
    (
        "operation",
        "record",
        "monitors.monitorrecord",
        models.PROTECT,
        {"null": True, "related_name": "operations"},
    ),
    (
        "operation",
        "customer",
        "monitors.customer",
        models.PROTECT,
        {"null": True, "related_name": "operations"},
    ),
    ("recordrevision", "record", "monitors.monitorrecord", models.PROTECT, {"related_name": "revisions"}),
    ("change", "plan", "monitors.plan", models.CASCADE, {"related_name": "changes"}),
    ("heldchange", "refresh", "monitors.refresh", models.CASCADE, {"related_name": "held_changes"}),
]


def drop(apps, schema_editor):
    for model, field, *_ in FIELDS:
        table, column = f"monitors_{model}", f"{field}_id"
        for name in _own_indexes(schema_editor.connection, table, column):
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}", None)


def _own_indexes(connection, table, column):
    """Those that Django made for the key alone."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    return [
        name
        for name, each in constraints.items()
        if each["index"] and not each["unique"] and each["columns"] == [column] and name.startswith(table)
    ]


def create(apps, schema_editor):
    for model, field, *_ in FIELDS:
        table, column = f"monitors_{model}", f"{field}_id"
        schema_editor.execute(f"CREATE INDEX {table}_{column}_again ON {table} ({column})", None)


class Migration(migrations.Migration):
    dependencies = [("monitors", "0069_monitored_by_record_by_an_index_alone")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(drop, create)],
            [
                migrations.AlterField(
                    model,
                    field,
                    models.ForeignKey(to, on_delete=on_delete, db_index=False, **options),
                )
                for model, field, to, on_delete, options in FIELDS
            ],
        )
    ]
