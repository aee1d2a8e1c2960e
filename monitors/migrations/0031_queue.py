"""When each call left: of those before there was a queue, when they were asked for."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def fill(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    operations = apps.get_model("monitors", "Operation").objects
    operations.filter(claimed_at=None).exclude(state="queued").update(claimed_at=F("started_at"))


class Migration(migrations.Migration):
    # PostgreSQL does not index a table whose rows have changed in the same transaction.
    atomic = False

    dependencies = [("monitors", "0030_plans")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["claimed_at"], name="operation_by_claim"),
        ),
    ]
