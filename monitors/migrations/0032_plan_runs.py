import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0031_queue"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="change",
            name="is_insisted",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="plan",
            name="is_waiting",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="plan",
            name="outline",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="plan",
            name="run_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="state",
            field=models.CharField(
                choices=[
                    ("left", "Left"),
                    ("sending", "Sending"),
                    ("done", "Done"),
                    ("refused", "Refused"),
                    ("not_sent", "Not sent"),
                    ("not_shown", "Not shown by a list"),
                    ("unknown", "Unknown, checking"),
                    ("left_out", "Left out"),
                    ("cancelled", "Cancelled"),
                ],
                default="left",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="step",
            field=models.CharField(
                blank=True,
                choices=[
                    ("append", "Append"),
                    ("list", "A list says whether a detach is needed"),
                    ("detach", "Detach"),
                    ("back", "Put back"),
                ],
                max_length=10,
            ),
        ),
    ]
