import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0022_audit_anchor")]

    operations = [
        migrations.AddField("mirror", "confirm_from", models.DateTimeField(null=True)),
        migrations.AddField(
            "refresh",
            "anomalies_of",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="monitors.refresh",
            ),
        ),
    ]
