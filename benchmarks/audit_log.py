"""Pages of an audit log of a million events: each filter against the newest page, in one run.

python -m benchmarks.audit_log
"""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks import past, scratch

EVENTS = 1_000_000
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
        past.insert(AuditEvent, _events())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"{EVENTS:,} events over three years, written in {time.perf_counter() - began:.0f} s")
        newest = None
        for name, query in PAGES.items():
            seconds, count = _page(_with_moments(query))
            newest = newest or seconds
            print(
                f"{name}: {seconds * 1000:.0f} ms, {count} events, {seconds / newest:.1f} x the newest page"
            )


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
        count = len(audit.log_page(filters.qs, before=None, after=None, is_counted=bool(query)).events)
        durations.append(time.perf_counter() - began)
    return statistics.median(durations), count


def _events() -> Iterator[dict[str, Any]]:
    from django.utils import timezone

    start = timezone.now() - past.YEARS
    for number in range(1, EVENTS + 1):
        record, customer = number % past.RECORDS + 1, number % past.CUSTOMERS + 1
        yield {
            "number": number,
            "at": start + past.YEARS * (number / EVENTS),
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


if __name__ == "__main__":
    main()
