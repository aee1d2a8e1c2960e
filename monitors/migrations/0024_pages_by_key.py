from importlib import import_module

from django.db import migrations, models
from django.db.models.functions import Coalesce

from monitors.limits import MAX_NAME

name_search = import_module("monitors.migrations.0018_name_search")
LIVING = models.Q(gone_at=None)


def create_triggers(apps, schema_editor):
    """SQLite's tables of customers and records may have been built anew, without them."""
    if schema_editor.connection.vendor == "sqlite":
        for table in (name_search.CUSTOMERS, name_search.RECORDS):
            drop_triggers(schema_editor, table)
            name_search.create_triggers(schema_editor, table)


def drop_triggers(schema_editor, table):
    indexes = (index for index, (indexed, _) in name_search.INDEXES.items() if indexed == table)
    triggers = [f"{index}_{verb}" for index in indexes for verb in ("insert", "delete", "update")]
    for trigger in [*triggers, *(["record_renamed"] if table == name_search.RECORDS else [])]:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger}", None)
    for statement in name_search.SQLITE_RANGES.get(table, []):
        schema_editor.execute(f"DROP INDEX IF EXISTS {statement.split()[2]}", None)


class Migration(migrations.Migration):
    """A page is found by the row beside it: each order's index ends with the key and holds no null."""

    dependencies = [("monitors", "0023_rare_lists")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, create_triggers),  # the last thing when it is undone
        migrations.RemoveIndex("monitorrecord", "record_by_sample"),
        migrations.AddField(
            "monitorrecord",
            "sort_frequency",
            models.GeneratedField(
                expression=Coalesce("frequency", 0),
                output_field=models.PositiveBigIntegerField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            "monitorrecord",
            models.Index(fields=["sort_frequency", "id"], condition=LIVING, name="record_by_sample"),
        ),
        migrations.RemoveIndex("attachment", "attachment_by_record"),
        migrations.AddIndex(
            "attachment", models.Index(fields=["record", "attached_at", "id"], name="attachment_by_record")
        ),
        migrations.AlterField("customer", "record_count", models.PositiveIntegerField(default=0)),
        migrations.AlterField("customer", "sort_name", models.CharField(editable=False, max_length=MAX_NAME)),
        migrations.RunPython(create_triggers, migrations.RunPython.noop),
        migrations.AddIndex(
            "customer", models.Index(fields=["record_count", "id"], name="customer_by_count")
        ),
        migrations.AddIndex(
            "customer", models.Index(fields=["first_seen", "id"], name="customer_by_first_seen")
        ),
        migrations.AddIndex("customer", models.Index(fields=["sort_name", "id"], name="customer_by_name")),
    ]
