"""All that one list revealed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0008_no_replacing")]
    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["refresh_id", "-number"], name="audit_by_refresh"),
        ),
    ]
