from importlib import import_module

from django.db import migrations, models
from django.db.models.functions import Coalesce

from monitors.limits import MAX_NAME

name_search = import_module("monitors.migrations.0018_name_search")
LIVING = models.Q(gone_at=None)


def create_triggers(apps, schema_editor):
    """SQLite's tables of customers and records were built anew, without them."""
    if schema_editor.connection.vendor == "sqlite":
        for table in (name_search.CUSTOMERS, name_search.RECORDS):
            name_search.create_triggers(schema_editor, table)


class Migration(migrations.Migration):
    """A page is found by the row beside it: each order's index ends with the key and holds no null."""

    dependencies = [("monitors", "0023_rare_lists")]

    operations = [
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
        migrations.RunPython(create_triggers, create_triggers),
        migrations.AddIndex(
            "customer", models.Index(fields=["record_count", "id"], name="customer_by_count")
        ),
        migrations.AddIndex(
            "customer", models.Index(fields=["first_seen", "id"], name="customer_by_first_seen")
        ),
        migrations.AddIndex("customer", models.Index(fields=["sort_name", "id"], name="customer_by_name")),
    ]
