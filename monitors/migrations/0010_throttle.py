"""The rate gate becomes the throttle: its two blocks say which of them they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("monitors", "0009_audit_by_refresh")]
    operations = [
        migrations.RenameModel("Gate", "Throttle"),
        migrations.RenameField("Throttle", "closed_until", "paused_until"),
        migrations.RenameField("Throttle", "open_until", "broken_until"),
    ]
