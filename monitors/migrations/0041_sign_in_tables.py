"""One-time links, counts of failed sign-ins, and the roles that single sign-on gave."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0040_address_of_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("is_invitation", models.BooleanField()),
                ("expires_at", models.DateTimeField()),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_link",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FailedSignIns",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("address", models.CharField(blank=True, max_length=45)),
                ("minute", models.DateTimeField()),
                (
                    "step",
                    models.CharField(
                        choices=[("password", "Password"), ("second factor", "Second Factor")], max_length=13
                    ),
                ),
                ("count", models.PositiveIntegerField(default=0)),
                ("is_forgiven", models.BooleanField(default=False)),
                ("is_noted", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["address", "minute"], name="failed_by_address"),
                    models.Index(fields=["minute"], name="failed_by_minute"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id", "address", "minute", "step"),
                        name="failed_sign_ins_once_a_minute",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SsoRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.CharField(max_length=40)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sso_roles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "role"), name="sso_role_once")],
            },
        ),
    ]
