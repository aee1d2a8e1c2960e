"""A desk of each released version, with data in it, becomes one of today: nothing is lost, and the proof holds."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from monitors.models import Attachment, AuditEvent, Customer, MonitorRecord, Operation, RecordRevision
from monitors.services.log import guarding, history, proof, verify
from tests import other_database
from tests.other_database import in_use

# The last migration of each version in CHANGELOG.md.
RELEASED = {
    "2026-11-23": "0009_audit_by_refresh",
    "2026-11-24": "0016_ends_without_lasting",
    "2026-11-29": "0036_day_totals_again",
}
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
OPERATION = UUID(int=1)

pytestmark = pytest.mark.xdist_group("released versions")  # else each process makes each of them


@pytest.fixture(scope="module", params=sorted(RELEASED))
def updated(request, django_db_setup, django_db_blocker, tmp_path_factory):
    """Its tables made by its own migrations, filled, then brought to today's."""
    folder = tmp_path_factory.mktemp("old")
    with django_db_blocker.unblock(), other_database.empty(folder) as name, in_use(name):
        apps = migrate(("monitors", RELEASED[request.param]))
        fill(apps)
        migrate_all()
        yield request.param


def migrate(*targets):
    """The models as they were then."""
    MigrationExecutor(connection).migrate([*targets])
    return MigrationExecutor(connection).loader.project_state([*targets]).apps


def migrate_all():
    """As `manage.py migrate` does, with its signals."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def minute(number):
    return NOON + timedelta(minutes=number)


def fill(apps):
    """The first list, an append for a ticket that a list confirmed, a rename, somebody who left."""
    rows = {
        name: apps.get_model("monitors", name)
        for name in ("Customer", "MonitorRecord", "Operation", "Refresh")
    }
    ana = apps.get_model("auth", "User").objects.create(username="ana", first_name="Ana")
    listed = rows["Refresh"].objects.create(
        asked_at=minute(0),
        answered_at=minute(1),
        finished_at=minute(2),
        outcome="applied",
        records=1,
        attachments=1,
    )
    record = rows["MonitorRecord"].objects.create(
        name="second",
        **optional(rows["MonitorRecord"], sort_name="second"),
        email="a@northmail.example",
        frequency=8,
        customer_count=2,
        first_seen=minute(1),
        changed_at=minute(6),
    )
    acme, globex, hooli = (
        rows["Customer"].objects.create(
            username=name,
            first_seen=minute(1),
            record_count=count,
            **optional(rows["Customer"], sort_name=name.casefold()),
        )
        for name, count in (("ACME", 1), ("globex", 0), ("hooli", 1))
    )
    append = rows["Operation"].objects.create(
        uuid=OPERATION,
        task="append",
        parameters={"name": "two", "user": "hooli"},
        actor=ana,
        actor_name="Ana",
        reason="ESC-1",
        record=record,
        customer=hooli,
        record_name="two",
        username="hooli",
        state="confirmed",
        started_at=minute(3),
        deadline_at=minute(5),
        ended_at=minute(4),
        settled_at=minute(5),
        settled_by=listed,
        words=["success"],
        **optional(rows["Operation"], claimed_at=minute(3)),
    )
    revise(apps, record, append)
    attach(apps, record, (acme, globex, hooli), append)
    write_events(apps, record, hooli, append)


def optional(model, **values):
    """Those that the version has."""
    names = {field.name for field in model._meta.get_fields()}
    return {name: value for name, value in values.items() if name in names}


def revise(apps, record, operation):
    revisions = apps.get_model("monitors", "RecordRevision").objects
    fields = {"record": record, "email": "a@northmail.example"}
    revisions.create(name="two", frequency=7, since=minute(1), until=minute(6), ended_by=operation, **fields)
    revisions.create(name="second", frequency=8, since=minute(6), began_by=operation, **fields)


def attach(apps, record, customers, operation):
    model = apps.get_model("monitors", "Attachment")
    acme, globex, hooli = customers
    first = {"record": record, "attached_at": minute(1), "since": minute(1), "is_baseline": True}
    name = lambda customer: optional(model, sort_name=customer.username.casefold())  # noqa: E731
    model.objects.create(customer=acme, **first, **name(acme))
    model.objects.create(
        customer=globex, detached_at=minute(7), detached_after=minute(0), span=1, **first, **name(globex)
    )
    model.objects.create(
        record=record,
        customer=hooli,
        attached_at=minute(4),
        since=minute(4),
        began_by=operation,
        reason="ESC-1",
        **name(hooli),
    )


def write_events(apps, record, customer, operation):
    """With the hashes that this version made: over every column that it had."""
    model, chain = (
        apps.get_model("monitors", "AuditEvent"),
        apps.get_model("monitors", "AuditChain").objects.get(),
    )
    about = {
        "task": "append",
        "record_id": record.pk,
        "record_name": "two",
        "customer_id": customer.pk,
        "username": "hooli",
        "operation_id": operation.pk,
        "actor_name": "Ana",
        "reason": "ESC-1",
    }
    words = {"words": ["success"], "parameters": operation.parameters}
    for kind, columns in (
        ("list.baseline", {"details": {"records": 1, "attachments": 1, "anomalies": 0}, "refresh_id": 1}),
        ("operation.started", about | {"outcome": "pending"}),
        ("operation.ended", about | {"outcome": "accepted", "details": words}),
    ):
        chain.length += 1
        row = model(
            number=chain.length, at=minute(chain.length), kind=kind, previous_hash=chain.head, **columns
        )
        row.hash = chain.head = hashed(row)
        row.save(force_insert=True)
        chain.save()


def hashed(row):
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name != "hash"
    }
    plain = {
        name: value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None or name not in LATER
    }
    return hashlib.sha256(
        json.dumps(plain, sort_keys=True, separators=(",", ":"), default=str).encode()
    ).hexdigest()


LATER = ("actor_username", "person_id", "address")


def test_nothing_of_it_is_lost(updated):
    rows = (Customer, MonitorRecord, RecordRevision, Attachment, Operation, AuditEvent)

    assert [model.objects.count() for model in rows] == [3, 1, 2, 3, 1, 3]
    assert Operation.objects.get().claimed_at == minute(3)
    assert [row.sort_name for row in Customer.objects.order_by("pk")] == ["acme", "globex", "hooli"]
    lasting = Attachment.objects.lasting().order_by("pk")
    assert [(row.sort_name, row.reason) for row in lasting] == [("acme", ""), ("hooli", "ESC-1")]


def test_its_proof_holds(updated):
    assert verify.chain().problem == ""
    assert guarding.problems() == []


def test_its_history_is_proven_from_the_first_digest_on(updated):
    proof.begin_digests()

    verdict = history.verify()

    assert (verdict.problem, verdict.since, len(verdict.digests)) == ("", 3, 1)


def test_every_migration_of_today_was_applied(updated):
    applied = MigrationRecorder(connection).applied_migrations()

    assert {key for key in MigrationExecutor(connection).loader.graph.nodes if key[0] == "monitors"} <= set(
        applied
    )
