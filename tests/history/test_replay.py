"""Every row of the history follows from the events; whatever does not is named in a sentence."""

import re
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from monitors.models import (
    Attachment,
    AuditEvent,
    Customer,
    Kind,
    MonitorRecord,
    Operation,
    RecordRevision,
)
from monitors.services.log import history, lines
from tests.tampering import NEXT_KEY, copy_of, execute, lifted

pytestmark = pytest.mark.usefixtures("past")


def problem():
    return history.verify().problem


def tamper(sql):
    with lifted():
        execute(sql)


def test_a_desk_that_has_seen_everything_is_explained_by_its_events():
    verdict = history.verify()

    assert verdict.problem == ""
    counts = {
        model: model.objects.count() for model in (Attachment, RecordRevision, MonitorRecord, Operation)
    }
    assert list(verdict.rows.values()) == [
        *list(counts.values())[:3],
        Customer.objects.count(),
        counts[Operation],
    ]
    assert min(counts.values()) >= 5


def test_the_digests_of_the_beginning_and_of_the_end_are_compared():
    digests = AuditEvent.objects.filter(kind=Kind.DIGEST).order_by("number").values_list("number", flat=True)

    assert history.verify().digests == tuple(digests)


def test_a_log_from_before_the_first_list_said_what_there_was_begins_at_its_first_digest():
    baseline = AuditEvent.objects.get(kind=Kind.BASELINE)
    del baseline.details["keys"]
    with lifted():
        baseline.save()

    verdict = history.verify()

    assert (verdict.problem, verdict.since) == ("", baseline.number)
    tamper("UPDATE monitors_operation SET reason = 'another' WHERE reason = 'ESC-2'")
    assert "reason is another, and by the events" in problem()


def test_such_a_log_without_a_digest_is_said_to_have_no_beginning():
    with lifted():
        AuditEvent.objects.filter(kind=Kind.DIGEST).delete()
        execute("UPDATE monitors_auditevent SET details = '{}' WHERE kind = 'list.baseline'")

    assert problem() == history.NO_START


# What was done to a table, and what the sentence about it says.
ATTACHMENTS, REVISIONS, RECORDS, CUSTOMERS, OPERATIONS = (
    f"monitors_{name}" for name in ("attachment", "recordrevision", "monitorrecord", "customer", "operation")
)
ENDED = "detached_at IS NOT NULL AND NOT is_baseline"
CHANGED = [
    (
        f"UPDATE {ATTACHMENTS} SET attached_at = '2020-01-01 00:00:00' WHERE reason = 'ESC-2'",
        "hooli on four since 2020-01-01",
    ),
    (
        f"UPDATE {ATTACHMENTS} SET attached_at = '2020-01-01 00:00:00' WHERE is_baseline",
        "not those of the digest in event",
    ),
    (
        f"UPDATE {ATTACHMENTS} SET since = '2020-01-01 00:00:00' WHERE reason = 'ESC-2'",
        "hooli on four .* since is 2020-01-01",
    ),
    (
        f"UPDATE {ATTACHMENTS} SET detached_at = '2020-01-01 00:00:00' WHERE {ENDED}",
        "detached_at is 2020-01-01",
    ),
    (f"UPDATE {ATTACHMENTS} SET detached_at = NULL WHERE {ENDED}", "detached_at is empty, and by the events"),
    (f"UPDATE {ATTACHMENTS} SET detached_after = NULL WHERE {ENDED}", "detached_after is empty"),
    (f"UPDATE {ATTACHMENTS} SET ended_by_id = NULL WHERE {ENDED}", "ended_by_id is empty"),
    (f"UPDATE {ATTACHMENTS} SET began_by_id = NULL WHERE reason = 'ESC-2'", "began_by_id is empty"),
    (f"UPDATE {ATTACHMENTS} SET span = 9 WHERE {ENDED}", "span is 9"),
    (
        f"UPDATE {ATTACHMENTS} SET reason = 'another' WHERE reason = 'ESC-2'",
        "hooli on four .* reason is another",
    ),
    (f"UPDATE {ATTACHMENTS} SET owner_id = NULL WHERE owner_id IS NOT NULL", "owner_id is empty"),
    (
        f"UPDATE {ATTACHMENTS} SET expires_at = '2036-01-01 00:00:00' WHERE kept_at > attached_at",
        "expires_at is 2036",
    ),
    (
        f"UPDATE {ATTACHMENTS} SET customer_id = (SELECT min(id) FROM {CUSTOMERS}) WHERE reason = 'ESC-2'",
        "on four since .* no event says so",
    ),
    (
        f"UPDATE {REVISIONS} SET name = 'another' WHERE name = 'four'",
        "the revision of another .* name is another",
    ),
    (f"UPDATE {REVISIONS} SET email = 'x@y.example' WHERE name = 'four'", "email is x@y.example"),
    (
        f"UPDATE {REVISIONS} SET frequency = 1 WHERE name = 'second'",
        "frequency is 1, and by the events up to .* it is 8",
    ),
    (f"UPDATE {REVISIONS} SET until = '2036-01-01 00:00:00' WHERE name = 'two'", "until is 2036"),
    (f"UPDATE {RECORDS} SET name = 'another' WHERE name = 'four'", "the record another: name is another"),
    (f"UPDATE {RECORDS} SET first_seen = '2020-01-01 00:00:00' WHERE name = 'four'", "first_seen is 2020"),
    (f"UPDATE {RECORDS} SET gone_at = NULL WHERE name = 'five'", "the record five: gone_at is empty"),
    (f"UPDATE {RECORDS} SET continues_id = NULL WHERE name = 'third'", "continues_id is empty"),
    (f"UPDATE {CUSTOMERS} SET username = 'another' WHERE username = 'umbrella'", "username is another"),
    (
        f"UPDATE {CUSTOMERS} SET username = 'another' WHERE username = 'acme'",
        "the customers are not those of the digest",
    ),
    (
        f"UPDATE {OPERATIONS} SET state = 'confirmed' WHERE state = 'refused'",
        "state is confirmed, .* it is refused",
    ),
    (f"UPDATE {OPERATIONS} SET words = '[]' WHERE state = 'refused'", r"words is \[\]"),
    (
        f"UPDATE {OPERATIONS} SET reason = 'another' WHERE reason = 'ESC-2'",
        "reason is another, .* it is ESC-2",
    ),
    (f"UPDATE {OPERATIONS} SET actor_id = NULL WHERE reason = 'ESC-2'", "actor_id is empty"),
    (f"UPDATE {OPERATIONS} SET parameters = '{{}}' WHERE reason = 'ESC-2'", "parameters is {}"),
    (f"UPDATE {OPERATIONS} SET ended_at = '2036-01-01 00:00:00' WHERE state = 'refused'", "ended_at is 2036"),
    (f"UPDATE {OPERATIONS} SET settled_by_id = 1 WHERE reason = 'ESC-2'", "settled_by_id is 1"),
    (
        "UPDATE monitors_refresh SET records = 7 WHERE id IN (SELECT min(id) FROM monitors_refresh)",
        "records is 7",
    ),
]


@pytest.mark.parametrize(("sql", "words"), CHANGED)
def test_a_row_that_was_changed_is_named(sql, words):
    tamper(sql)

    assert re.search(words, problem())


REMOVED = [
    (f"DELETE FROM {ATTACHMENTS} WHERE reason = 'ESC-2'", "hooli on four .* says so, and the row is missing"),
    (f"DELETE FROM {ATTACHMENTS} WHERE is_baseline", "the attachments are not those of the digest"),
    (f"DELETE FROM {ATTACHMENTS}", "the attachments are not those of the digest"),
    (f"DELETE FROM {REVISIONS} WHERE name = 'second'", "the revision of second .* the row is missing"),
    (f"DELETE FROM {REVISIONS}", "the revisions are not those of the digest"),
    (f"DELETE FROM {OPERATIONS} WHERE state = 'refused'", "append four nobody.* the row is missing"),
    (f"DELETE FROM {OPERATIONS}", "the row is missing"),
    (
        "DELETE FROM monitors_refresh WHERE id IN (SELECT refresh_id FROM monitors_auditevent)",
        "list .* is missing",
    ),
]


@pytest.mark.parametrize(("sql", "words"), REMOVED)
def test_a_row_that_was_removed_is_named(sql, words):
    """Also all at once; the triggers are away, and so are the keys that refer to it."""
    with lifted(), without_references():
        execute(sql)
        assert re.search(words, problem())


INSERTED = [
    (
        ATTACHMENTS,
        "reason = 'ESC-2'",
        {"detached_at": "'2036-01-01 00:00:00'"},
        "hooli on four .* is there, and no event says so",
    ),
    (ATTACHMENTS, "is_baseline AND detached_at IS NOT NULL", {}, "is there, and no event says so"),
    (
        REVISIONS,
        "name = 'two'",
        {"since": "'2020-01-01 00:00:00'"},
        "the revision of two since 2020.* no event says so",
    ),
    (RECORDS, "name = 'four'", {"name": "'another'"}, "the record another: the row is there"),
    (CUSTOMERS, "username = 'acme'", {"username": "'another'"}, "the customer another: the row is there"),
    (
        OPERATIONS,
        "state = 'refused'",
        {"uuid": f"'{UUID(int=7).hex}'", "token": f"'{UUID(int=8).hex}'"},
        "0007 .* the row is there",
    ),
]


@pytest.mark.parametrize(("table", "like", "but", "words"), INSERTED)
def test_a_row_that_was_slipped_in_is_named(table, like, but, words):
    """Triggers let rows in: the desk itself writes them."""
    execute(copy_of(table, like, but if table == OPERATIONS else {"id": NEXT_KEY} | but))

    assert re.search(words, problem())


def test_two_rows_in_each_others_place_are_named():
    """Reordered: each has the other's moments."""
    with lifted():
        one, other = Attachment.objects.filter(reason__startswith="ESC-").order_by("attached_at")[:2]
        for row, at in ((one, other.attached_at), (other, one.attached_at)):
            Attachment.objects.filter(pk=row.pk).update(attached_at=at)

    assert re.search("since .* (the row is missing|no event says so)", problem())


def test_the_command_names_the_first_difference_and_ends_with_one(capsys):
    tamper(f"UPDATE {OPERATIONS} SET reason = 'another' WHERE reason = 'ESC-2'")

    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", history=True)

    assert ended.value.code == 1
    assert "The history does not hold: the operation " in capsys.readouterr().err


def test_the_command_says_what_holds_and_how_far_back(capsys):
    call_command("verify_audit", history=True)

    assert re.search(
        r"The history holds: \d+ attachments, .* It fits the digests in the events \d+ and \d+\.",
        capsys.readouterr().out,
    )


def test_missing_triggers_are_told_by_the_command(capsys):
    execute(
        "DROP TRIGGER attachment_kept" + (f" ON {ATTACHMENTS}" if connection.vendor == "postgresql" else "")
    )

    with pytest.raises(SystemExit):
        call_command("verify_audit")

    assert (
        "not guarded: the trigger attachment_kept on monitors_attachment is missing"
        in capsys.readouterr().err
    )


def test_rows_of_several_chunks_are_compared(monkeypatch):
    monkeypatch.setattr(history, "CHUNK_EVENTS", 3)
    monkeypatch.setattr(lines, "CHUNK_ROWS", 2)

    assert problem() == ""


@contextmanager
def without_references():
    """As somebody does who has taken those away as well."""
    if connection.vendor == "postgresql":
        execute("SET session_replication_role = replica")
    with connection.constraint_checks_disabled():
        yield
    if connection.vendor == "postgresql":
        execute("SET session_replication_role = DEFAULT")
