"""The four groups, and the single rows that processes share."""

from django.db import migrations

GROUPS = ("Administrators", "Account managers", "Support", "Auditors")
# Administrators keep people and their groups in the admin; everything else is the desk's own rights.
PEOPLE = ("add_user", "change_user", "view_user", "view_group")


def make(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name in GROUPS:
        Group.objects.get_or_create(name=name)
    for model in ("AuditChain", "Mirror", "Gate"):
        apps.get_model("monitors", model).objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("monitors", "0001_tables"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
