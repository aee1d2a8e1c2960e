"""Which group stands for which role, by a key. A group's name gives nobody a right, and those four keep theirs.

Triggers refuse it in the database. On SQLite INSERT OR REPLACE removes a row without asking the trigger on DELETE, so it
is refused where it begins. They stand on Django's own table of groups: a migration that makes it anew drops them, and
must call `create_triggers` again.
"""

import django.db.models.deletion
from django.db import migrations, models

GROUPS = {
    "administrators": "Administrators",
    "account-managers": "Account managers",
    "support": "Support",
    "auditors": "Auditors",
}
WORDS = "the groups of the four roles are never renamed or removed"
OF_A_ROLE = "EXISTS (SELECT 1 FROM monitors_rolegroup WHERE group_id = OLD.id)"
REPLACED = """EXISTS (SELECT 1 FROM auth_group g JOIN monitors_rolegroup r ON r.group_id = g.id
                     WHERE g.id = NEW.id OR g.name = NEW.name)"""
SQLITE = {
    "role_group_keeps_its_name": f"BEFORE UPDATE ON auth_group WHEN {OF_A_ROLE}",
    "role_group_is_not_removed": f"BEFORE DELETE ON auth_group WHEN {OF_A_ROLE}",
    "role_group_is_not_replaced": f"BEFORE INSERT ON auth_group WHEN {REPLACED}",
    "role_key_is_not_changed": "BEFORE UPDATE ON monitors_rolegroup",
    "role_key_is_not_removed": "BEFORE DELETE ON monitors_rolegroup",
    "role_key_is_not_replaced": """BEFORE INSERT ON monitors_rolegroup WHEN EXISTS (
        SELECT 1 FROM monitors_rolegroup WHERE key = NEW.key OR group_id = NEW.group_id)""",
}
POSTGRESQL = {
    "role_group_keeps_its_name": "BEFORE UPDATE OR DELETE ON auth_group FOR EACH ROW",
    "role_key_is_not_changed": "BEFORE UPDATE OR DELETE ON monitors_rolegroup FOR EACH ROW",
    "role_group_is_not_emptied": "BEFORE TRUNCATE ON auth_group FOR EACH STATEMENT",
    "role_key_is_not_emptied": "BEFORE TRUNCATE ON monitors_rolegroup FOR EACH STATEMENT",
}
FUNCTION = f"""CREATE FUNCTION role_group_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_TABLE_NAME = 'auth_group' AND TG_OP <> 'TRUNCATE' THEN
        IF NOT {OF_A_ROLE} THEN
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$"""


def bind(apps, schema_editor):
    Group, RoleGroup = apps.get_model("auth", "Group"), apps.get_model("monitors", "RoleGroup")
    for key, name in GROUPS.items():
        RoleGroup.objects.create(key=key, group=Group.objects.get_or_create(name=name)[0])


def create_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, when in SQLITE.items():
            schema_editor.execute(
                f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END", None
            )
        return
    schema_editor.execute(FUNCTION, None)
    for name, when in POSTGRESQL.items():
        schema_editor.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION role_group_stays()", None)


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in SQLITE:
            schema_editor.execute(f"DROP TRIGGER {name}")
        return
    for name, when in POSTGRESQL.items():
        schema_editor.execute(f"DROP TRIGGER {name} ON {when.split(' ON ')[1].split()[0]}")
    schema_editor.execute("DROP FUNCTION role_group_stays()")


class Migration(migrations.Migration):
    dependencies = [("monitors", "0041_sign_in_tables"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.CreateModel(
            name="RoleGroup",
            fields=[
                ("key", models.CharField(max_length=20, primary_key=True, serialize=False)),
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="desk_role",
                        to="auth.group",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            key__in=["account-managers", "administrators", "auditors", "support"]
                        ),
                        name="role_group_of_a_role",
                    )
                ]
            },
        ),
        migrations.RunPython(bind, migrations.RunPython.noop),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
