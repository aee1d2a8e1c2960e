"""On SQLite, INSERT OR REPLACE removes a row without asking the trigger on DELETE: refuse it where it begins.

On PostgreSQL nothing replaces a row but an UPDATE, which is refused already.
"""

from django.db import migrations

TRIGGER = """CREATE TRIGGER audit_only_at_the_end BEFORE INSERT ON monitors_auditevent
    WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM monitors_auditevent)
      OR EXISTS (SELECT 1 FROM monitors_auditevent WHERE hash = NEW.hash)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"""


def protect(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(TRIGGER)


def unprotect(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER audit_only_at_the_end")


class Migration(migrations.Migration):
    dependencies = [("monitors", "0007_why_no_newer_list")]
    operations = [migrations.RunPython(protect, unprotect)]
