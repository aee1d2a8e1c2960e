"""*Monitored* by record, and what *Insight* asked all records for.

On SQLite a migration that makes Django build `MonitorRecord` anew drops the triggers and must call `create_triggers`.
"""

from django.db import migrations, models

import monitors.models.record

COUNTED = "{row}.gone_at IS NULL AND {row}.customer_count > 0"
RATE = "coalesce({row}.frequency, 0)"
RATES, RECORDS = "monitors_samplerate", "monitors_monitorrecord"
ADD = f"""ON CONFLICT (frequency) DO UPDATE SET customers = {RATES}.customers + excluded.customers,
    records = {RATES}.records + excluded.records"""
FILL = f"""INSERT INTO {RATES} (frequency, customers, records)
    SELECT coalesce(frequency, 0), sum(customer_count), count(*) FROM {RECORDS}
    WHERE gone_at IS NULL AND customer_count > 0 GROUP BY 1"""


def _sqlite(row, body, event):
    """A trigger for the row as it was, or as it is now."""
    name, condition = f"sample_rate_{event.split()[0].lower()}_{row.lower()}", COUNTED.format(row=row)
    return f"CREATE TRIGGER {name} AFTER {event} ON {RECORDS} WHEN {condition} BEGIN {body}; END"


_TAKE = f"""UPDATE {RATES} SET customers = customers - OLD.customer_count, records = records - 1
    WHERE frequency = {RATE.format(row="OLD")}"""
_PUT = f"""INSERT INTO {RATES} (frequency, customers, records)
    VALUES ({RATE.format(row="NEW")}, NEW.customer_count, 1) {ADD}"""
_UPDATE = "UPDATE OF frequency, customer_count, gone_at"
SQLITE = [
    _sqlite("NEW", _PUT, "INSERT"),
    _sqlite("OLD", _TAKE, "DELETE"),
    _sqlite("OLD", _TAKE, _UPDATE),
    _sqlite("NEW", _PUT, _UPDATE),
]


def _of(table, sign):
    return f"""SELECT {RATE.format(row="it")} AS frequency, {sign}it.customer_count AS customers, {sign}1 AS records
        FROM {table} it WHERE {COUNTED.format(row="it")}"""


def _postgresql(verb, tables, changes):
    """By statement: a first list inserts a hundred thousand records."""
    function = f"count_sample_rates_of_{verb}"
    return [
        f"""CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO {RATES} (frequency, customers, records)
            SELECT frequency, sum(customers), sum(records) FROM ({changes}) changes GROUP BY frequency
            HAVING sum(customers) <> 0 OR sum(records) <> 0 {ADD};
            RETURN NULL; END $$""",
        f"""CREATE TRIGGER sample_rate_{verb} AFTER {verb} ON {RECORDS} REFERENCING {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION {function}()""",
    ]


POSTGRESQL = [
    *_postgresql("insert", "NEW TABLE AS changed", _of("changed", "")),
    *_postgresql("delete", "OLD TABLE AS former", _of("former", "-")),
    *_postgresql(
        "update",
        "OLD TABLE AS former NEW TABLE AS changed",
        f"{_of('former', '-')} UNION ALL {_of('changed', '')}",
    ),
]


def create_triggers(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        schema_editor.execute(statement, None)


def fill(apps, schema_editor):
    schema_editor.execute(FILL, None)


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in ("insert_new", "delete_old", "update_old", "update_new"):
            schema_editor.execute(f"DROP TRIGGER sample_rate_{name}", None)
        return
    for verb in ("insert", "delete", "update"):
        schema_editor.execute(f"DROP TRIGGER sample_rate_{verb} ON {RECORDS}", None)
        schema_editor.execute(f"DROP FUNCTION count_sample_rates_of_{verb}()", None)


class Migration(migrations.Migration):
    dependencies = [("monitors", "0024_pages_by_key")]

    operations = [
        migrations.CreateModel(
            name="SampleRate",
            fields=[
                ("frequency", models.BigIntegerField(primary_key=True, serialize=False)),
                ("customers", models.BigIntegerField()),
                ("records", models.IntegerField()),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(create_triggers, drop_triggers),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                fields=["record", "sort_name", "id"],
                include=["attached_at", "detached_at"],
                name="attachment_by_record_name",
            ),
        ),
        migrations.AddIndex(
            model_name="monitorrecord",
            index=models.Index(
                monitors.models.record.AnyName("sort_name"), models.F("id"), name="record_by_any_name"
            ),
        ),
        migrations.AddIndex(
            model_name="monitorrecord",
            index=models.Index(
                monitors.models.record.Share("customer_count", "frequency"),
                models.F("id"),
                condition=models.Q(("frequency__isnull", False), ("gone_at", None)),
                name="record_by_share",
            ),
        ),
        migrations.AddIndex(
            model_name="monitorrecord",
            index=models.Index(
                monitors.models.record.MailboxDomain("email"),
                models.F("id"),
                condition=models.Q(("gone_at", None)),
                name="record_by_domain",
            ),
        ),
    ]
