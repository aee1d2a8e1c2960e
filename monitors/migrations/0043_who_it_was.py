"""Events carry the user name of whoever it was, and whose account they are about.

Columns that may be null are added in place, so SQLite keeps the log's triggers. The one that fills the search is made
again with the user name in it.
"""

from importlib import import_module

from django.db import migrations, models

LOG = "monitors_auditevent"
search = import_module("monitors.migrations.0005_audit_search")


def sqlite_trigger(words):
    return f"""CREATE TRIGGER audit_search AFTER INSERT ON {LOG} BEGIN
        INSERT INTO {search.SEARCH} (rowid, words) VALUES (NEW.number, {words}); END"""


def postgresql_function(words):
    return f"""CREATE OR REPLACE FUNCTION audit_search() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO {search.SEARCH} VALUES (NEW.number, {words}); RETURN NULL; END $$"""


def replace_search(schema_editor, *, sqlite, postgresql):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER audit_search", None)
        schema_editor.execute(sqlite_trigger(sqlite), None)
    else:
        schema_editor.execute(postgresql_function(postgresql), None)


def with_user_name(apps, schema_editor):
    sqlite = f"{search.sqlite_words('NEW')} || char(10) || coalesce(NEW.actor_username, '')"
    postgresql = f"concat_ws(E'\\n', {search.postgresql_words('NEW')}, NEW.actor_username)"
    replace_search(schema_editor, sqlite=sqlite, postgresql=postgresql)


def without_user_name(apps, schema_editor):
    replace_search(
        schema_editor, sqlite=search.sqlite_words("NEW"), postgresql=search.postgresql_words("NEW")
    )


class Migration(migrations.Migration):
    dependencies = [("monitors", "0036_day_totals_again")]
    operations = [
        migrations.AddField("auditevent", "actor_username", models.CharField(max_length=150, null=True)),
        migrations.AddField("auditevent", "person_id", models.BigIntegerField(null=True)),
        migrations.AddField("operation", "actor_username", models.CharField(max_length=150, null=True)),
        migrations.AddIndex(
            "auditevent",
            models.Index(
                fields=["person_id", "-number"],
                condition=models.Q(person_id__isnull=False),
                name="audit_by_person",
            ),
        ),
        migrations.RunPython(with_user_name, without_user_name),
    ]
