"""*Monitored* by record is read from the index alone on SQLite too, which keeps no other columns beside it.

The index of a record's own page then knows ends as well: SQLite would else walk along the ended ones beside the others.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0068_monitored_by_an_index_alone")]

    operations = [
        migrations.RemoveIndex(model_name="attachment", name="attachment_by_name"),
        migrations.RemoveIndex(model_name="attachment", name="attachment_by_record_name"),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                fields=["record", "sort_name", "id", "detached_at"],
                condition=models.Q(detached_at=None),
                name="attachment_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                fields=["record", "sort_name", "id", "attached_at", "detached_at"],
                name="attachment_by_record_name",
            ),
        ),
    ]
