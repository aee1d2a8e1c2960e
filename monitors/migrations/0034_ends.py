"""Who appended each customer, when an end is tried again, and the order in which attachments come up for review."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_owners(apps, _schema_editor):
    """A person owns what SendGrid said their append had done; what only a list shows has nobody."""
    Attachment = apps.get_model("monitors", "Attachment")
    Operation = apps.get_model("monitors", "Operation")
    own = Operation.objects.filter(pk=OuterRef("began_by"))
    said_so = own.exclude(state="refused").exclude(words=[])
    begun = Attachment.objects.filter(began_by__isnull=False)
    begun.update(owner=Subquery(said_so.values("actor")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0032_plan_runs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="retry_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="monitorrecord",
            name="changed_by_end",
            field=models.BooleanField(null=True),
        ),
        migrations.RunPython(name_owners, migrations.RunPython.noop),
    ]
