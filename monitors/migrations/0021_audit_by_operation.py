from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0020_day_totals")]

    operations = [
        migrations.RemoveIndex(model_name="auditevent", name="audit_by_operation"),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("operation_id__isnull", False)),
                fields=["operation_id"],
                name="audit_by_operation",
            ),
        ),
    ]
