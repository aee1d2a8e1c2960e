from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0060_details_of_records")]

    operations = [
        migrations.RemoveConstraint("savedfilter", "one_saved_filter_per_name"),
        migrations.AddField(
            "savedfilter",
            "page",
            models.CharField(
                choices=[("audit", "Audit"), ("records", "Records"), ("customers", "Customers")],
                default="audit",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            "savedfilter",
            models.UniqueConstraint(
                fields=["owner", "page", "name"], name="one_saved_filter_per_page_and_name"
            ),
        ),
    ]
