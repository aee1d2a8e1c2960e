"""The database refuses to rewrite the history, whoever asks; what the desk itself does it allows (all other tests)."""

from contextlib import suppress

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from monitors.models import Operation, State, guards
from monitors.services.log import guarding
from tests.tampering import NEXT_KEY, copy_of, execute

pytestmark = pytest.mark.usefixtures("past")
TABLES = (
    *("attachment", "recordrevision", "monitorrecord", "customer", "operation", "move", "plan", "change"),
    *("refresh", "refreshanomaly", "auditchain", "auditevent"),
)
REFUSAL = r"history is not rewritten|append-only"
NOTHING_PENDING = "SET CONSTRAINTS ALL IMMEDIATE"  # else PostgreSQL refuses for a reason of its own
LIKE = {
    "attachment": "detached_at IS NULL",
    "recordrevision": "until IS NULL",
    "monitorrecord": "gone_at IS NULL",
}
IN_THE_FILE = pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="only SQLite replaces a row by inserting"
)


def refuses(sql):
    with pytest.raises(DatabaseError, match=REFUSAL), transaction.atomic():
        execute(sql)


def drop(name, table):
    execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


@pytest.fixture(autouse=True)
def an_anomaly():
    execute(
        "INSERT INTO monitors_refreshanomaly (refresh_id, kind, record, detail) SELECT max(id), 'odd', 'one', '' "
        "FROM monitors_refresh"
    )


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_removed(table):
    refuses(f"DELETE FROM monitors_{table}")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL can empty a table at once")
def test_no_table_is_emptied_at_once(table):
    execute(NOTHING_PENDING)
    refuses(f"TRUNCATE monitors_{table} CASCADE")


@pytest.mark.parametrize("table", TABLES)
@IN_THE_FILE
def test_no_row_is_replaced_by_one_of_the_same_key(table):
    refuses(copy_of(f"monitors_{table}", "true", {}, replacing=True))


@pytest.mark.parametrize("table", sorted(LIKE))
@IN_THE_FILE
def test_no_row_is_replaced_by_another_that_takes_its_place(table):
    refuses(copy_of(f"monitors_{table}", LIKE[table], {"id": NEXT_KEY}, replacing=True))


REWRITTEN = [
    "UPDATE monitors_attachment SET attached_at = '2020-01-01 00:00:00'",
    "UPDATE monitors_attachment SET since = '2020-01-01 00:00:00'",
    "UPDATE monitors_attachment SET began_by_id = NULL",
    "UPDATE monitors_attachment SET owner_id = NULL WHERE owner_id IS NOT NULL",
    "UPDATE monitors_attachment SET detached_at = NULL WHERE detached_at IS NOT NULL",
    "UPDATE monitors_attachment SET span = 3 WHERE detached_at IS NOT NULL",
    "UPDATE monitors_attachment SET reason = 'x' WHERE reason <> '' AND attached_at = since",
    "UPDATE monitors_attachment SET expires_at = NULL WHERE detached_at IS NOT NULL AND expires_at IS NOT NULL",
    "UPDATE monitors_attachment SET expired_at = '2026-01-01 00:00:00' WHERE detached_at IS NULL",
    "UPDATE monitors_recordrevision SET name = 'x'",
    "UPDATE monitors_recordrevision SET until = NULL WHERE until IS NOT NULL",
    "UPDATE monitors_monitorrecord SET first_seen = '2020-01-01 00:00:00'",
    "UPDATE monitors_monitorrecord SET continues_id = NULL WHERE continues_id IS NOT NULL",
    "UPDATE monitors_customer SET username = 'x' WHERE username = 'acme'",
    "UPDATE monitors_operation SET reason = 'x'",
    "UPDATE monitors_operation SET parameters = '{}'",
    "UPDATE monitors_operation SET actor_id = NULL",
    "UPDATE monitors_operation SET before = '{\"a\": 1}'",
    "UPDATE monitors_operation SET words = '[\"x\"]' WHERE ended_at IS NOT NULL",
    "UPDATE monitors_operation SET ended_at = NULL WHERE ended_at IS NOT NULL",
    "UPDATE monitors_operation SET settled_by_id = NULL WHERE settled_by_id IS NOT NULL",
    "UPDATE monitors_operation SET record_id = NULL WHERE record_id IS NOT NULL",
    "UPDATE monitors_move SET reason = 'x'",
    "UPDATE monitors_move SET state = 'appending'",
    "UPDATE monitors_plan SET reason = 'x'",
    "UPDATE monitors_plan SET digest = 'x'",
    "UPDATE monitors_plan SET state = 'draft'",
    "UPDATE monitors_change SET username = 'x'",
    "UPDATE monitors_refresh SET asked_at = '2020-01-01 00:00:00'",
    "UPDATE monitors_refresh SET digest = 'x'",
    "UPDATE monitors_refresh SET outcome = 'rejected'",
    "UPDATE monitors_refreshanomaly SET kind = 'x'",
    "UPDATE monitors_auditchain SET length = length - 1",
    "UPDATE monitors_auditchain SET length = length + 1",
    "UPDATE monitors_auditchain SET head = 'x'",
]


@pytest.mark.parametrize("sql", REWRITTEN)
def test_what_happened_is_not_rewritten(sql):
    refuses(sql)


TRANSITIONS = [(old, new) for old in State.values for new in State.values if old != new]


@pytest.mark.parametrize("is_answered", [False, True])
def test_an_operation_moves_only_where_the_desk_moves_it(is_answered):
    """Each pair of states, with and without an answer that was recorded."""
    allowed = guards.AFTER_THE_ANSWER if is_answered else guards.BEFORE_THE_ANSWER
    key = Operation.objects.exclude(ended_at=None).values_list("pk", flat=True).first()
    guards.remove(connection)
    columns = {"settled_at": None, "settled_by": None} | ({} if is_answered else {"ended_at": None})

    assert {pair for pair in TRANSITIONS if moves(key, columns, *pair)} == set(allowed)


def moves(key, columns, old, new):
    """Whether the trigger lets it pass; taken back in any case."""
    row = Operation.objects.filter(pk=key)
    with suppress(DatabaseError), transaction.atomic():
        row.update(state=old, **columns)
        guards._make(connection, {"operation_forward"})
        row.update(state=new)
        transaction.set_rollback(True)
        return True
    return False


def test_lists_without_news_may_go_and_plans_that_have_not_begun_may_be_drawn_anew():
    execute(
        "INSERT INTO monitors_refresh (asked_at, outcome, source, differences, anomalies, removed_records, "
        "removed_attachments, added_records, added_attachments, digest, note) "
        "VALUES ('2020-01-01 00:00:00', 'unchanged', '', 0, 0, 0, 0, 0, 0, '', '')"
    )
    execute("DELETE FROM monitors_refresh WHERE outcome = 'unchanged' AND asked_at < '2021-01-01 00:00:00'")


# Triggers that are not as they should be


def test_all_stand():
    assert guarding.problems() == []


@pytest.mark.parametrize("name", ["attachment_kept", "operation_forward", "role_key_is_not_changed"])
def test_one_that_is_missing_is_named(name):
    table = next(each.table for each in (*guards.TRIGGERS, *guarding._of_roles()) if each.name == name)
    drop(name, table)

    assert guarding.problems() == [f"the trigger {name} on {table} is missing"]
    assert [each.id for each in run_checks(tags=["database"], databases=["default"])] == ["monitors.W008"]


def test_one_that_lets_everything_pass_is_named():
    drop("attachment_kept", "monitors_attachment")
    if connection.vendor == "sqlite":
        execute("CREATE TRIGGER attachment_kept BEFORE DELETE ON monitors_attachment BEGIN SELECT 1; END")
    else:
        execute(
            "CREATE OR REPLACE FUNCTION attachment_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN OLD; END $$"
        )
        execute(
            "CREATE TRIGGER attachment_kept BEFORE DELETE ON monitors_attachment FOR EACH ROW "
            "EXECUTE FUNCTION attachment_kept()"
        )

    assert guarding.problems() == ["the trigger attachment_kept on monitors_attachment is changed"]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no triggers that sleep")
def test_one_that_is_disabled_is_named():
    execute(NOTHING_PENDING)
    execute("ALTER TABLE monitors_attachment DISABLE TRIGGER attachment_kept")

    assert guarding.problems() == ["the trigger attachment_kept on monitors_attachment is changed"]


def test_migrating_makes_them_again(caplog):
    drop("attachment_kept", "monitors_attachment")

    call_command("migrate", verbosity=0)

    assert guarding.problems() == []
    assert "triggers were missing and were made again: attachment_kept" in caplog.text
