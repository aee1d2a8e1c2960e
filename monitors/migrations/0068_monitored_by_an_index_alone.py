"""Whether an attachment lasted at a moment is read from the index alone: SQLite keeps no other columns beside it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0067_failed_single_sign_on")]

    operations = [
        migrations.RemoveIndex(model_name="attachment", name="attachment_by_customer_name"),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                fields=["sort_name", "id", "attached_at", "detached_at"], name="attachment_by_customer_name"
            ),
        ),
    ]
