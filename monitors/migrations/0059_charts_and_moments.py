from django.db import migrations, models

ENDED = models.Q(detached_at__isnull=False)


class Migration(migrations.Migration):
    """What came to and left a record, what a mailbox received, and what changed between two moments."""

    dependencies = [("monitors", "0044_roles_by_key")]

    operations = [
        migrations.AddIndex(
            "attachment",
            models.Index(
                fields=["record", "detached_at", "id"], condition=ENDED, name="attachment_by_record_end"
            ),
        ),
        migrations.AddIndex(
            "monitorrecord",
            models.Index(
                fields=["email", "sort_name", "id"],
                condition=models.Q(gone_at=None),
                name="record_in_mailbox",
            ),
        ),
        migrations.AddIndex(
            "recordrevision", models.Index(fields=["email", "since", "id"], name="revision_by_mailbox")
        ),
        migrations.AddIndex("recordrevision", models.Index(fields=["since", "id"], name="revision_by_since")),
        migrations.AddIndex(
            "recordrevision",
            models.Index(
                fields=["until", "id"], condition=models.Q(until__isnull=False), name="revision_by_until"
            ),
        ),
    ]
