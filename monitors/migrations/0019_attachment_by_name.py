from django.db import migrations, models
from django.db.models import OuterRef, Subquery

from monitors.limits import MAX_NAME


def copy_names(apps, schema_editor):
    customers = apps.get_model("monitors", "Customer").objects.filter(pk=OuterRef("customer_id"))
    apps.get_model("monitors", "Attachment").objects.update(sort_name=Subquery(customers.values("sort_name")))


class Migration(migrations.Migration):
    dependencies = [("monitors", "0018_name_search")]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="sort_name",
            field=models.CharField(default="", editable=False, max_length=MAX_NAME),
            preserve_default=False,
        ),
        migrations.RunPython(copy_names, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("detached_at", None)),
                fields=["record", "sort_name", "id"],
                name="attachment_by_name",
            ),
        ),
    ]
