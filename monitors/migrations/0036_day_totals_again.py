"""The triggers on attachments, which SQLite lost with the table that Django built anew in 0030."""

from importlib import import_module

from django.db import migrations

day_totals = import_module("monitors.migrations.0020_day_totals")


def create_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        day_totals.create_triggers(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("monitors", "0035_moves_and_reminders")]
    operations = [migrations.RunPython(create_triggers, migrations.RunPython.noop)]
