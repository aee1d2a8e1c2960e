"""Totals of each day, which triggers remove when something is said about the time before.

On SQLite a migration that makes Django build `Attachment` anew drops the triggers and must call `create_triggers`.
"""

from django.db import migrations, models

# The first moment that an attachment's change concerns.
FIRST = {
    "insert": "NEW.attached_at",
    "delete": "OLD.attached_at",
    "update": """CASE WHEN OLD.attached_at <> NEW.attached_at THEN min(OLD.attached_at, NEW.attached_at)
        ELSE min(coalesce(OLD.detached_at, NEW.detached_at), coalesce(NEW.detached_at, OLD.detached_at)) END""",
}
SQLITE = """CREATE TRIGGER day_totals_{verb} AFTER {event} ON monitors_attachment
    WHEN {first} < (SELECT max(ends_at) FROM monitors_daytotals)
    BEGIN DELETE FROM monitors_daytotals WHERE ends_at > {first}; END"""
EVENTS = {"insert": "INSERT", "delete": "DELETE", "update": "UPDATE OF attached_at, detached_at"}
POSTGRESQL = [
    # By statement: a first list inserts a million rows.
    """CREATE FUNCTION forget_day_totals() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM monitors_daytotals WHERE ends_at > (SELECT min(attached_at) FROM changed);
        RETURN NULL; END $$""",
    """CREATE FUNCTION forget_day_totals_of_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM monitors_daytotals WHERE ends_at > (
            SELECT min(CASE WHEN former.attached_at <> changed.attached_at
                THEN least(former.attached_at, changed.attached_at)
                ELSE least(former.detached_at, changed.detached_at) END)
            FROM former JOIN changed USING (id)
            WHERE former.attached_at <> changed.attached_at OR former.detached_at IS DISTINCT FROM changed.detached_at);
        RETURN NULL; END $$""",
    """CREATE TRIGGER day_totals_insert AFTER INSERT ON monitors_attachment
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION forget_day_totals()""",
    """CREATE TRIGGER day_totals_delete AFTER DELETE ON monitors_attachment
        REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION forget_day_totals()""",
    """CREATE TRIGGER day_totals_update AFTER UPDATE ON monitors_attachment
        REFERENCING OLD TABLE AS former NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION forget_day_totals_of_update()""",
]


def create_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for verb, event in EVENTS.items():
            schema_editor.execute(SQLITE.format(verb=verb, event=event, first=FIRST[verb]), None)
    else:
        for statement in POSTGRESQL:
            schema_editor.execute(statement, None)


def drop_triggers(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for verb in EVENTS:
        on = " ON monitors_attachment" if is_postgresql else ""
        schema_editor.execute(f"DROP TRIGGER day_totals_{verb}{on}", None)
    if is_postgresql:
        schema_editor.execute("DROP FUNCTION forget_day_totals()", None)
        schema_editor.execute("DROP FUNCTION forget_day_totals_of_update()", None)


class Migration(migrations.Migration):
    dependencies = [("monitors", "0019_attachment_by_name")]

    operations = [
        migrations.CreateModel(
            name="DayTotals",
            fields=[
                ("ends_at", models.DateTimeField(primary_key=True, serialize=False)),
                ("attachments", models.PositiveIntegerField(null=True)),
                ("customers", models.PositiveIntegerField(null=True)),
                ("records", models.PositiveIntegerField(null=True)),
                ("claim", models.UUIDField()),
            ],
        ),
        migrations.RunPython(create_triggers, drop_triggers),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["sort_name", "id"], name="attachment_by_customer_name"),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["since", "id"], name="attachment_by_since"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("record_count__gt", 1)),
                fields=["record_count", "id"],
                name="customer_on_several",
            ),
        ),
    ]
