"""What a held list would change: all of it, with the fields of records, and found by a name."""

import django.db.models.deletion
from django.db import migrations, models


def fill_words(apps, _schema_editor):
    """Of a list that is held just now; the rows were ten thousand at most."""
    HeldChange = apps.get_model("monitors", "HeldChange")
    rows = list(HeldChange.objects.all())
    for row in rows:
        row.words = f"{row.record.casefold()}\n{row.username.casefold()}"
    HeldChange.objects.bulk_update(rows, ["words"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0042_shared_cache"),
    ]

    operations = [
        migrations.AddField(
            model_name="heldchange",
            name="details",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="heldchange",
            name="words",
            field=models.CharField(default="", editable=False, max_length=1020),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="refresh",
            name="held_changes_of",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="monitors.refresh",
            ),
        ),
        migrations.AddField(
            model_name="refresh",
            name="held_summary",
            field=models.JSONField(null=True),
        ),
        migrations.AddIndex(
            model_name="heldchange",
            index=models.Index(fields=["refresh", "id"], name="held_change_by_list"),
        ),
        migrations.AddIndex(
            model_name="heldchange",
            index=models.Index(fields=["refresh", "what", "id"], name="held_change_by_kind"),
        ),
        migrations.RunPython(fill_words, migrations.RunPython.noop),
    ]
