"""Events say from which address somebody asked. A column that may be NULL is added in place, so no trigger is lost."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0043_who_it_was")]
    operations = [
        migrations.AddField(
            model_name="auditevent", name="address", field=models.CharField(max_length=45, null=True)
        ),
    ]
