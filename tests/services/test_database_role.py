"""On PostgreSQL the role that runs the desk does the desk's work, and cannot touch what proves it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from monitors.models import AuditEvent, Refresh
from monitors.services import database_role
from monitors.services.lists import thinning
from monitors.services.log import guarding, history, proof, verify
from tests.history import desk_past
from tests.services.rows import minute
from tests.tampering import execute

ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite knows no roles")
ROLE = "desk_runs"


@pytest.fixture
def running(db, upstream):
    """As the role that runs, in the test's own transaction."""
    execute(f"CREATE ROLE {ROLE}")
    call_command("grant", ROLE, stdout=StringIO())
    execute(f"SET LOCAL ROLE {ROLE}")
    return upstream


@ON_POSTGRESQL
def test_it_does_the_desks_work(running):
    desk_past.live(running)
    for number in range(3):
        Refresh.objects.create(asked_at=minute(number), outcome="unchanged")
    thinning.thin()
    proof.look_at_guards()
    proof.verify_log()
    proof.prove_history()

    assert (verify.chain().problem, history.verify().problem, guarding.problems()) == ("", "", [])
    assert AuditEvent.objects.count() > 40


@ON_POSTGRESQL
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE monitors_auditevent SET reason = 'x'",
        "DELETE FROM monitors_auditevent",
        "TRUNCATE monitors_auditevent",
        "DELETE FROM monitors_attachment",
        "DELETE FROM monitors_operation",
        "TRUNCATE monitors_operation CASCADE",
        "ALTER TABLE monitors_auditevent DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_no_change ON monitors_auditevent",
        "DROP TRIGGER attachment_kept ON monitors_attachment",
        "CREATE OR REPLACE FUNCTION attachment_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        "DROP TABLE monitors_attachment CASCADE",
        "SET session_replication_role = replica",
        "UPDATE django_migrations SET name = 'x'",
    ],
)
def test_it_is_refused_whatever_would_rewrite_the_history(running, sql):
    with pytest.raises(DatabaseError, match="permission denied|must be owner"), transaction.atomic():  # noqa: RUF043
        execute(sql)


@ON_POSTGRESQL
def test_the_owner_is_not_taken_for_it():
    with pytest.raises(CommandError, match="name another role"):
        call_command("grant", connection.settings_dict["USER"])


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="of SQLite")
def test_sqlite_is_said_to_know_no_roles():
    with pytest.raises(CommandError, match="Only PostgreSQL knows roles"):
        call_command("grant", ROLE)


def test_no_table_of_the_history_may_be_emptied_row_by_row():
    kept = ("monitors_attachment", "monitors_operation", "monitors_recordrevision", "monitors_auditchain")

    assert {database_role._rights(table) for table in kept} == {"SELECT, INSERT, UPDATE"}
    assert database_role._rights("monitors_auditevent") == "SELECT, INSERT"
    assert database_role._rights("django_migrations") == "SELECT"
