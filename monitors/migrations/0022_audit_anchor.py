from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0021_audit_by_operation")]

    operations = [
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("verified_at", models.DateTimeField()),
                ("whole_at", models.DateTimeField()),
            ],
        ),
    ]
