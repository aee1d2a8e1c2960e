"""What needs somebody: when people were here, what they have dismissed, and the orders in which operations are found."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("monitors", "0061_saved_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="visit",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("before_at", models.DateTimeField(null=True)),
                ("seen_number", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="operation",
            name="dismissed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="plan",
            name="dismissed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(
                    ("detached_at", None), ("expired_at", None), ("expires_at__isnull", False)
                ),
                fields=["owner", "expires_at"],
                name="attachment_ending",
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["actor", "-started_at", "-uuid"], name="operation_by_actor"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(
                    django.db.models.lookups.In(
                        models.Case(models.When(settled_at=None, then="state")),
                        ["queued", "pending", "unknown", "accepted"],
                    )
                ),
                fields=["-started_at", "-uuid"],
                name="operation_under_way",
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.comparison.Coalesce("state", "state"),
                        ["refused", "not_sent", "not_applied", "contradicted"],
                    )
                ),
                fields=["-started_at", "-uuid"],
                name="operation_unsuccessful",
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.comparison.Coalesce("state", "state"),
                        ["unknown", "refused", "not_sent", "not_applied", "contradicted"],
                    ),
                    ("change", None),
                    ("dismissed_at", None),
                    ("shown_by", None),
                ),
                fields=["actor", "-started_at", "-uuid"],
                name="operation_needing",
            ),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.comparison.Coalesce("state", "state"), ["draft", "paused"]
                    )
                ),
                fields=["author", "-created_at"],
                name="plan_waiting",
            ),
        ),
    ]
