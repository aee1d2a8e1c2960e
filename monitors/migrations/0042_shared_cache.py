"""The cache that all processes share (codes that were used, and attempts at them), and how many failures count no more."""

from django.core.management import call_command
from django.db import migrations, models


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def remove(apps, schema_editor):
    schema_editor.execute("DROP TABLE monitors_cache")


class Migration(migrations.Migration):
    dependencies = [("monitors", "0050_export_turns")]
    operations = [
        migrations.RemoveField(model_name="failedsignins", name="is_forgiven"),
        migrations.AddField(
            model_name="failedsignins", name="forgiven", field=models.PositiveIntegerField(default=0)
        ),
        migrations.RunPython(create, remove),
    ]
