"""Exported files, rows for each second of processor, and what they hold; on both databases.

python -m benchmarks.exports [sqlite|postgresql]; SIZE in the environment, ten rows each

Goal: 20,000 rows a second of processor, memory that does not grow with the file. Half of the attachments were
begun by an operation here; the audit log is that of `benchmarks.audit_log`.
"""

import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from itertools import islice
from operator import itemgetter
from typing import Any, cast
from uuid import UUID

from benchmarks import audit_log, databases, past, scratch

GOAL = 20_000
REPEATS = 3
# Each file with what narrows it to about a fifth.
FILES = {
    "/audit/export.csv": {"days": "219"},
    "/monitored/export.csv": {"customer": "customer-0"},
    "/monitored/export.xlsx": {"customer": "customer-0"},
}
_CHUNK = 1000


def main() -> None:
    databases.on_each("benchmarks.exports", _measure)


def _measure(database: str) -> None:
    rows = databases.CUSTOMERS
    with scratch.desk():
        _fill(rows)
        print(f"{database}, {rows:,} rows")
        for path in FILES:
            _print(path, rows)


def _fill(rows: int) -> None:
    from django.db import connection, transaction

    from monitors.models import AuditChain, AuditEvent, guards

    guards.remove(connection)
    with transaction.atomic():
        past.fill(rows, are_lasting=True)
        past.insert(AuditEvent, _events(rows))
        _begin_by_operations(rows)
        AuditChain.objects.filter(pk=1).update(length=rows, head=f"{rows:064}")
    guards.install(connection)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _events(rows: int) -> Iterator[dict[str, Any]]:
    """Three of each operation."""
    for row in audit_log.events(rows):
        yield row | {"operation_id": UUID(int=(row["number"] + 2) // 3).hex}


def _begin_by_operations(rows: int) -> None:
    """Every second attachment."""
    from monitors.models import Attachment, Operation

    keys = Attachment.objects.order_by("pk").values_list("pk", flat=True)[: rows // 2]
    uuids = _operations(keys)
    while chunk := list(islice(uuids, _CHUNK)):
        Operation.objects.bulk_create([operation for _, operation in chunk])
        begun = [Attachment(pk=key, began_by_id=operation.pk) for key, operation in chunk]
        Attachment.objects.bulk_update(begun, ["began_by"], batch_size=_CHUNK // 4)


def _operations(keys: Iterable[int]) -> Iterator[tuple[int, Any]]:
    from django.utils import timezone

    from monitors.models import Operation

    began = timezone.now() - timedelta(days=100)
    for key in keys:
        yield (
            key,
            Operation(
                pk=UUID(int=key),
                task="append",
                actor_name=f"Person {key % 40}",
                state="confirmed",
                reason="ESC-1",
                words=["success"] if key % 10 else [],
                started_at=began,
                deadline_at=began,
                ended_at=began,
                settled_at=began,
            ),
        )


def _print(path: str, rows: int) -> None:
    _export(path, FILES[path])  # what is imported once
    size, seconds = min((_export(path, {}) for _ in range(REPEATS)), key=itemgetter(1))
    fifth, whole = (_peak(partial(_export, path, query)) for query in (FILES[path], {}))
    print(
        f"{path:24} {rows / seconds:8,.0f} rows a second of processor (goal {GOAL:,})  {size / 1e6:6.1f} MB  "
        f"Python holds at most {fifth / 1e6:.1f} MB for a fifth, {whole / 1e6:.1f} MB for all",
        flush=True,
    )


def _export(path: str, query: dict[str, str]) -> tuple[int, float]:
    """The file's bytes, and the seconds of processor until its last one."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get_or_create(username="bench", is_superuser=True)[0])
    began = time.process_time()
    response = cast("Any", client.post(path, query_params=query))
    assert response.status_code == HTTPStatus.OK, response.status_code
    size = sum(map(len, response.streaming_content))
    response.close()
    return size, time.process_time() - began


def _peak(export: Callable[[], object]) -> int:
    tracemalloc.start()
    export()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


if __name__ == "__main__":
    main()
