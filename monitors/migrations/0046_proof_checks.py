from django.db import migrations, models


class Migration(migrations.Migration):
    """How the evidence was found when it was verified last."""

    dependencies = [("monitors", "0055_held_changes")]

    operations = [
        migrations.CreateModel(
            name="ProofCheck",
            fields=[
                (
                    "proof",
                    models.CharField(
                        choices=[("guards", "Triggers"), ("log", "Audit log"), ("history", "History")],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("problem", models.TextField(blank=True)),
            ],
        ),
    ]
