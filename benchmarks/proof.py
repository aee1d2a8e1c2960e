"""What the guards cost a first list and its changes, and what it takes to prove the history; on both databases.

python -m benchmarks.proof [sqlite|postgresql]; SIZE records stand for ten customers and twenty events each

The first two are ratios to the same without triggers; of several rounds in turn the shortest counts. The replay's is to
verifying the chain of the same log.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from benchmarks import databases, refresh, scratch, stopwatch

if TYPE_CHECKING:
    from monitors.services.log.audit import Event

ROUNDS = 3
GOAL = 1.1
_START = datetime(2026, 3, 3, tzinfo=UTC)
_CHUNK = 5_000


def main() -> None:
    databases.on_each("benchmarks.proof", _measure)


def _measure(database: str) -> None:
    with scratch.desk():
        print(f"{database}, {databases.CUSTOMERS:,} customers", flush=True)
        _measure_guards()
        _measure_replay()


def _measure_guards() -> None:
    from django.db import connection

    from monitors.models import guards

    first = refresh.listing_of(databases.CUSTOMERS)
    times: dict[tuple[str, bool], list[float]] = {}
    for number in range(2 * ROUNDS):
        is_guarded = bool(number % 2)
        guards.remove(connection)
        refresh.forget()
        _begin_anew()
        if is_guarded:
            guards.install(connection)
        times.setdefault(("first list", is_guarded), []).append(_seconds(lambda: refresh.run(first)))
        times.setdefault(("all of it ends", is_guarded), []).append(_seconds(_close_all))
    for name in ("first list", "all of it ends"):
        without, with_ = (min(times[name, is_guarded]) for is_guarded in (False, True))
        print(
            f"{name:16} {without:6.2f} s, guarded {with_:6.2f} s: {with_ / without:.3f} x (goal {GOAL})",
            flush=True,
        )


def _begin_anew() -> None:
    from monitors.models import Mirror

    Mirror.objects.update(asked_at=None, whole_asked_at=None, digest="", held=None, accepted=None)


def _close_all() -> None:
    from monitors.models import Attachment
    from monitors.services.lists import mirror
    from monitors.services.lists.mirror import Cause

    keys = list(Attachment.objects.lasting().values_list("pk", flat=True))
    assert len(keys) == databases.CUSTOMERS
    for start in range(0, len(keys), _CHUNK):
        rows = Attachment.objects.select_related("record", "customer").filter(
            pk__in=keys[start : start + _CHUNK]
        )
        mirror.close_attachments([(row, Cause(at=row.attached_at + timedelta(hours=1))) for row in rows])


def _seconds(run: Callable[[], object]) -> float:
    from django.db import connection

    clock = time.perf_counter if connection.vendor == "postgresql" else time.process_time
    began = clock()
    run()
    return clock() - began


def _measure_replay() -> None:
    """Of a log of which every event says something of the history."""
    from django.db import connection

    from monitors.models import guards
    from monitors.services.log import history, verify

    guards.remove(connection)
    refresh.forget()
    write(databases.SIZE * 20)
    chain = _seconds(lambda: _demand(verify.chain().problem))
    before = stopwatch.peak_megabytes()
    digest = _seconds(history.write_digest)
    replay = _seconds(lambda: _demand(history.verify().problem))
    grown = stopwatch.peak_megabytes() - before
    print(
        f"replay of {databases.SIZE * 20:,} events {replay:.1f} s, {replay / chain:.2f} x the chain's {chain:.1f} s; "
        f"digest {digest:.2f} s; memory grew by {grown} MB",
        flush=True,
    )


def _demand(problem: str) -> None:
    assert not problem, problem


def write(events: int) -> None:
    """Records appear, then customers come and go on them; a new log, with the rows that it tells of."""
    from django.db import connection, transaction

    from monitors.models import AuditChain, AuditEvent

    with connection.cursor() as cursor:
        for trigger in ("audit_no_delete", "audit_no_change", "audit_search"):
            on = " ON monitors_auditevent" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}{on}")
    AuditEvent.objects.all().delete()
    AuditChain.objects.update(length=0, head="0" * 64)
    story = _story(events)
    while chunk := list(islice(story, _CHUNK)):
        with transaction.atomic():
            _write_chunk(chunk)


def _write_chunk(chunk: list[tuple["Event", Any]]) -> None:
    from monitors.models import Attachment, AuditChain, Customer, MonitorRecord, RecordRevision
    from monitors.services.log import audit

    audit.append(AuditChain.objects.get(), *(event for event, _ in chunk), at=_START)
    rows = [row for _, made in chunk for row in made]
    models: tuple[Any, ...] = (MonitorRecord, RecordRevision, Customer, Attachment)
    for model in models:
        model.objects.bulk_create([row for row in rows if isinstance(row, model)], batch_size=1000)


def _story(events: int) -> Iterator[tuple["Event", list[Any]]]:
    from monitors.models import Customer, MonitorRecord, RecordRevision

    for key in range(1, databases.SIZE + 1):
        name, at = f"record-{key}", _START
        fields = {"name": name, "email": "a@northmail.example", "frequency": 5}
        record = MonitorRecord(pk=key, sort_name=name, first_seen=at, changed_at=at, **fields)
        event = _event("appeared", key, None, at, {"fields": fields})
        yield event, [record, RecordRevision(record_id=key, since=at, **fields)]
    for number in range((events - databases.SIZE) // 2):
        customer = number % databases.CUSTOMERS + 1
        at = _START + timedelta(seconds=1 + number)
        is_new = number < databases.CUSTOMERS
        made = (
            [Customer(pk=customer, username=f"c{customer}", sort_name=f"c{customer}", first_seen=at)]
            if is_new
            else []
        )
        key = customer % databases.SIZE + 1
        yield _event("attached", key, customer, at, {}), made
        yield _event("detached", key, customer, at + timedelta(hours=1), {}), [_attachment(key, customer, at)]


def _attachment(record: int, customer: int, at: datetime) -> Any:
    from monitors.models import Attachment

    return Attachment(
        record_id=record,
        customer_id=customer,
        sort_name=f"c{customer}",
        attached_at=at,
        since=at,
        detached_at=at + timedelta(hours=1),
        span=1,
    )


def _event(change: str, record: int, customer: int | None, at: datetime, details: dict[str, Any]) -> "Event":
    from monitors.models import Kind
    from monitors.services.log.audit import Event

    return Event(
        kind=Kind.DIFFERENCE,
        record_id=record,
        record_name=f"record-{record}",
        customer_id=customer,
        username=f"c{customer}" if customer else "",
        details={"change": change, "window": {"after": None, "at": at.isoformat()}} | details,
    )


if __name__ == "__main__":
    main()
