"""When a call may be tried again is a value of its own, no longer a phrase in a note."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0010_throttle")]
    operations = [migrations.AddField("operation", "retry_after", models.FloatField(null=True))]
