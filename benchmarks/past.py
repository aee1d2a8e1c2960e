"""A long past for benchmarks and for tests of plans: attachments of every length over three years, written fast."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, models
from django.utils import timezone

YEARS = timedelta(days=3 * 365)
RECORDS, CUSTOMERS = 997, 49_999  # primes: the same pair comes again only after all others
VERSIONS = 3  # of each record
_CHUNK = 1_000


def fill(attachments: int, *, are_lasting: bool = False) -> datetime:
    """Write `attachments` attachments that ended or last, and what they hang on; the moment the past begins.

    With `are_lasting` none has ended.
    """
    from monitors.models import Attachment, Customer, MonitorRecord, RecordRevision

    now = timezone.now()
    start, dice = now - YEARS, random.Random(20221213)
    insert(MonitorRecord, _records(start))
    insert(Customer, _customers(start))
    insert(RecordRevision, _revisions(start))
    insert(Attachment, _attachments(attachments, start, now, dice, are_lasting=are_lasting))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return start


def _records(start: datetime) -> Iterator[dict[str, Any]]:
    for key in range(1, RECORDS + 1):
        name = f"record-{key:04}"
        yield {
            "id": key,
            "name": name,
            "sort_name": name,
            "email": f"{name}@northmail.example",
            "frequency": key,
            "customer_count": 0,
            "first_seen": start,
            "content_hash": "",
            "changed_at": start,
            "changed_outside": False,
        }


def _customers(start: datetime) -> Iterator[dict[str, Any]]:
    for key in range(1, CUSTOMERS + 1):
        name = f"customer-{key:05}"
        yield {"id": key, "username": name, "sort_name": name, "first_seen": start, "record_count": 0}


def _revisions(start: datetime) -> Iterator[dict[str, Any]]:
    length = YEARS / VERSIONS
    for key in range(1, RECORDS + 1):
        for version in range(VERSIONS):
            is_last = version == VERSIONS - 1
            yield {
                "record_id": key,
                "name": f"record-{key:04}",
                "email": f"v{version}@northmail.example",
                "frequency": key + version,
                "since": start + version * length,
                "until": None if is_last else start + (version + 1) * length,
            }


def _attachments(
    count: int, start: datetime, now: datetime, dice: random.Random, *, are_lasting: bool
) -> Iterator[dict[str, Any]]:
    from monitors.models.attachment import LASTING, span_of

    for number in range(count):
        began = start + YEARS * (number / count)
        ended = began + _length(dice)
        is_over = ended < now and not are_lasting
        yield {
            "record_id": number % RECORDS + 1,
            "customer_id": number % CUSTOMERS + 1,
            "sort_name": f"customer-{number % CUSTOMERS + 1:05}",
            "attached_at": began,
            "since": began,
            "detached_at": ended if is_over else None,
            "span": span_of(began, ended) if is_over else LASTING,
            "is_baseline": False,
            "is_endless": False,
            "reason": "" if number % 3 else "ESC-1",
        }


def _length(dice: random.Random) -> timedelta:
    """Mostly days, seldom months."""
    longest = dice.choices((6, 40, 200), (70, 25, 5))[0]
    return timedelta(days=dice.random() * longest)


def insert(model: type[models.Model], rows: Iterator[dict[str, Any]]) -> None:
    """By plain SQL of many rows a statement: the ORM would take minutes for a million."""
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        while chunk := list(islice(rows, _CHUNK)):
            marks = f"({', '.join(['%s'] * len(chunk[0]))})"
            sql = f"INSERT INTO {model._meta.db_table} ({', '.join(chunk[0])}) VALUES "
            values = [
                adapt(value) if isinstance(value, datetime) else value
                for row in chunk
                for value in row.values()
            ]
            cursor.execute(sql + ", ".join([marks] * len(chunk)), values)
