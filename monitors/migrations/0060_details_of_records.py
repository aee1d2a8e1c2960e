import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from monitors.limits import MAX_DESCRIPTION, MAX_TAG


class Migration(migrations.Migration):
    """Tables of their own: a column more would build the one of records anew."""

    dependencies = [
        ("monitors", "0059_charts_and_moments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "RecordDetails",
            [
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="details",
                        serialize=False,
                        to="monitors.monitorrecord",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=MAX_DESCRIPTION)),
                ("tags", models.JSONField(default=list)),
            ],
            options={"indexes": [models.Index(fields=["owner", "record"], name="details_by_owner")]},
        ),
        migrations.CreateModel(
            "RecordTag",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="monitors.monitorrecord",
                    ),
                ),
                ("tag", models.CharField(max_length=MAX_TAG)),
            ],
            options={
                "indexes": [models.Index(fields=["tag", "record"], name="record_by_tag")],
                "constraints": [models.UniqueConstraint(fields=["record", "tag"], name="one_tag_per_record")],
            },
        ),
    ]
