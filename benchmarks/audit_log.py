"""An audit log of a million events: each filter of its pages against the newest page, and verifying its chain.

python -m benchmarks.audit_log [events]
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks import past, scratch

EVENTS = (
    int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 1_000_000
)  # others name a database there
NEW = 10_000  # since the night before
VERIFY_GOAL, NIGHT_GOAL = 30_000, 5  # events a second of processor; seconds of processor
KINDS = ("operation.started", "operation.ended", "operation.settled")
PAGES: dict[str, dict[str, str]] = {
    "newest": {},
    "one kind": {"kind": "operation.settled"},
    "refused (1 in 100)": {"outcome": "refused"},
    "one person": {"actor": "person-7"},
    "one person's refusals": {"actor": "person-7", "outcome": "refused"},
    "what never was": {"task": "append", "source": "expiry"},
    "one record": {"record": "#17"},
    "a record's name": {"record": "record-0017"},
    "a customer's name": {"customer": "customer-00017"},
    "a week two years ago": {"since": "730", "until": "723"},
    "one ticket's text": {"text": "ESC-123456"},
    "text that a third holds": {"text": "escalation"},
    "that text, one person, refused": {"text": "escalation", "actor": "person-7", "outcome": "refused"},
}


def main() -> None:
    with scratch.desk():
        from django.contrib.auth.models import User
        from django.db import connection, transaction

        from monitors.models import AuditEvent

        began = time.perf_counter()
        User.objects.bulk_create(User(pk=number, username=f"person-{number}") for number in range(1, 41))
        with transaction.atomic():
            past.fill(1000)
        past.insert(AuditEvent, chained(events(EVENTS)))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"{EVENTS:,} events over three years, written in {time.perf_counter() - began:.0f} s")
        _verify()
        newest = None
        for name, query in PAGES.items():
            seconds, count = _page(_with_moments(query))
            newest = newest or seconds
            print(
                f"{name}: {seconds * 1000:.0f} ms, {count} events, {seconds / newest:.1f} x the newest page"
            )


def _verify() -> None:
    """The whole chain, then a night's check of which the last events are new."""
    from django.utils import timezone

    from monitors.models import AuditAnchor, AuditChain, AuditEvent
    from monitors.services.log import verify

    last, old = (AuditEvent.objects.get(number=number) for number in (EVENTS, EVENTS - NEW))
    AuditChain.objects.update(length=last.number, head=last.hash)
    began = time.process_time()
    assert verify.chain() == verify.Verdict(EVENTS, last.hash)
    rate = EVENTS / (time.process_time() - began)
    print(f"verify_audit: {rate:,.0f} events a second of processor (goal {VERIFY_GOAL:,})")
    now = timezone.now()
    AuditAnchor.objects.create(number=old.number, hash=old.hash, verified_at=now, whole_at=now)
    began = time.process_time()
    assert verify.nightly() == verify.Verdict(EVENTS, last.hash, since=EVENTS - NEW)
    seconds = time.process_time() - began
    print(f"a night of {NEW:,} new events: {seconds:.2f} s of processor (goal {NIGHT_GOAL})")


def _with_moments(query: dict[str, str]) -> dict[str, str]:
    from django.utils import timezone

    def before(days: str) -> str:
        return (timezone.now() - timedelta(days=int(days))).isoformat()

    return {name: before(value) if name in ("since", "until") else value for name, value in query.items()}


def _page(query: dict[str, str]) -> tuple[float, int]:
    from monitors.filters.audit import AuditFilter
    from monitors.models import AuditEvent
    from monitors.selectors import audit

    durations, count = [], 0
    for _ in range(5):
        began = time.perf_counter()
        filters = AuditFilter(query, AuditEvent.objects.all())
        assert filters.is_valid(), filters.form.errors
        count = len(audit.log_page(filters.qs if query else None, before=None, after=None).events)
        durations.append(time.perf_counter() - began)
    return statistics.median(durations), count


def events(count: int) -> Iterator[dict[str, Any]]:
    """Rows of `count` events over three years; their hashes are none."""
    from django.utils import timezone

    start = timezone.now() - past.YEARS
    for number in range(1, count + 1):
        record, customer = number % past.RECORDS + 1, number % past.CUSTOMERS + 1
        yield {
            "number": number,
            "at": start + past.YEARS * (number / count),
            "kind": KINDS[number % 3],
            "actor_id": number % 40 + 1,
            "actor_name": f"Person {number % 40 + 1}",
            "actor_roles": "Support",
            "task": "append" if number % 2 else "detach",
            "outcome": "refused" if number % 100 == 0 else "accepted",
            "source": "web" if number % 10 else "job",
            "record_id": record,
            "record_name": f"record-{record:04}",
            "customer_id": customer,
            "username": f"customer-{customer:05}",
            "reason": f"escalation ESC-{number}" if number % 3 == 0 else "",
            "details": f'{{"words": ["success"], "parameters": {{"name": "record-{record:04}"}}}}',
            "previous_hash": f"{number - 1:064}",
            "hash": f"{number:064}",
        }


def chained(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same rows, with true hashes."""
    from monitors.models import AuditEvent
    from monitors.services.log import audit

    head = audit.GENESIS
    for row in rows:
        event = AuditEvent(**row | {"previous_hash": head, "details": json.loads(row["details"])})
        digest = audit.digest(event)
        yield row | {"previous_hash": head, "hash": digest}
        head = digest


if __name__ == "__main__":
    main()
