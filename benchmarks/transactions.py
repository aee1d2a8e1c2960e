"""How long lists of SIZE × 10 customers hold the writers' lock, and how long others wait meanwhile, on both databases.

python -m benchmarks.transactions [sqlite|postgresql]
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from benchmarks import bystanders, databases, past, scratch, stopwatch
from benchmarks.databases import CUSTOMERS

if TYPE_CHECKING:
    from monitors.gateway.records import Listing, Record

MAX_SECONDS = 0.2  # what no transaction may take
RECORDS, ON_LARGEST = CUSTOMERS // 100, CUSTOMERS // 2
CHANGED_SHARE = 100  # one in so many customers
WAITING, SETTLED = 3_000, 100_000  # operations
HEAD = ("", "longest", "processor", "99 %", "count", "wall", "writer", "reader", "peak")


def main() -> None:
    databases.on_each("benchmarks.transactions", _measure)


def _measure(database: str) -> None:
    with scratch.desk():
        _pace()
        _print(f"{database}, ms", *HEAD[1:])
        first, changed, dropped = _lists()
        _people()
        _row("first list", lambda: _refresh(first))
        _settled_operations()
        _row("the same again", lambda: _refresh(first))
        _row("its bytes changed", lambda: _refresh(replace(first, digest="other bytes")))
        _row("1 % changed", lambda: _refresh(changed))
        shown = _waiting_operations(changed)
        _row(f"{WAITING:,} waiting", lambda: _refresh(shown))
        _overdue_operations()
        _row(f"{WAITING:,} abandoned", _abandon)
        _row("held", lambda: _refresh(dropped))
        _row("held again", lambda: _refresh(replace(dropped, digest="held again")))
        _accept()
        _row("drop accepted", lambda: _refresh(replace(dropped, digest="accepted")))


def _pace() -> None:
    """`TRANSACTION_ROWS` in the environment tries another size of the chunks."""
    from django.conf import settings

    rows = os.environ.get("TRANSACTION_ROWS")
    if rows:
        settings.PACE = replace(settings.PACE, transaction_rows=int(rows))


def _row(name: str, run: Any) -> None:
    with bystanders.at_work() as waits, stopwatch.transactions() as measured:
        began = time.perf_counter()
        run()
        wall = time.perf_counter() - began
    seconds = (measured.longest, measured.longest_processor, measured.percentile_99)
    others = (waits.writer.longest, waits.reader.longest)
    _print(
        name,
        *(f"{second * 1000:.0f}" for second in seconds),
        len(measured.times),
        f"{wall * 1000:,.0f}",
        *(f"{second * 1000:.0f}" for second in others),
        f"{stopwatch.peak_megabytes()} MB",
        "" if measured.longest <= MAX_SECONDS else f"  over {MAX_SECONDS * 1000:.0f}",
    )


def _print(name: str, *cells: object) -> None:
    print(f"{name:20}" + "".join(f"{cell!s:>11}" for cell in cells), flush=True)


def _lists() -> tuple["Listing", "Listing", "Listing"]:
    """The first; one with some customers moved off the largest record; one without any of those it has."""
    from monitors.gateway.records import Record

    names = [f"customer-{number:06}@bulk.example" for number in range(CUSTOMERS)]
    rest, others = names[ON_LARGEST:], RECORDS - 1
    shares = [tuple(names[:ON_LARGEST]), *(tuple(rest[part::others]) for part in range(others))]
    first = [
        Record(f"record-{number:04}", f"samples-{number % 20}@northmail.example", 1 + number, users)
        for number, users in enumerate(shares)
    ]
    moved = CUSTOMERS // CHANGED_SHARE
    changed = _with_users(first, {0: names[moved:ON_LARGEST], 1: [*shares[1], *names[:moved]]})
    return _listing(first), _listing(changed), _listing(_with_users(changed, {0: ()}))


def _with_users(records: Sequence["Record"], users: dict[int, Sequence[str]]) -> list["Record"]:
    return [
        replace(record, users=tuple(users.get(number, record.users or ())))
        for number, record in enumerate(records)
    ]


def _listing(records: Sequence["Record"]) -> "Listing":
    from monitors.gateway.records import Listing

    return Listing(records=tuple(records), anomalies=(), size=0, digest=uuid4().hex)


def _refresh(listing: "Listing") -> None:
    from monitors.services.lists import refresh

    assert refresh.run(source="bench", fetch=lambda _: listing) is not None


def _people() -> None:
    from django.contrib.auth.models import Group, User

    from monitors.models import Role

    User.objects.create(username="bench").groups.add(Group.objects.get(name=Role.ADMINISTRATORS))


def _accept() -> None:
    from django.contrib.auth.models import User

    from monitors.models import Mirror
    from monitors.services import held_lists

    held = Mirror.objects.get(pk=1).held
    assert held is not None
    held_lists.accept(actor=User.objects.get(username="bench"), refresh=held)


def _settled_operations() -> None:
    """A year of them, as a desk that has been in use has."""
    from django.utils import timezone

    from monitors.models import Operation

    now = timezone.now()
    moments = (now - timedelta(days=365 * number / SETTLED, hours=1) for number in range(1, SETTLED + 1))
    past.insert(Operation, (_operation(n, moment, "confirmed") for n, moment in enumerate(moments)))


def _waiting_operations(listing: "Listing") -> "Listing":
    """A third accepted, a third without an answer that the list shows, a third that it does not show."""
    from django.utils import timezone

    from monitors.models import Operation, State

    third, now, largest = WAITING // 3, timezone.now(), listing.records[0].users or ()
    fresh = [f"fresh-{number:06}@bulk.example" for number in range(2 * third)]
    kinds = [(State.ACCEPTED, user) for user in largest[-third:]] + [(State.UNKNOWN, user) for user in fresh]
    past.insert(
        Operation,
        (
            _operation(number, now - timedelta(seconds=120), state, username=user, settled_at=None)
            for number, (state, user) in enumerate(kinds)
        ),
    )
    return _listing(_with_users(listing.records, {0: [*largest, *fresh[:third]]}))


def _overdue_operations() -> None:
    from django.utils import timezone

    from monitors.models import Operation, State

    begun = timezone.now() - timedelta(seconds=120)
    overdue = {"ended_at": None, "settled_at": None}
    past.insert(Operation, (_operation(n, begun, State.PENDING, **overdue) for n in range(WAITING)))


def _abandon() -> None:
    from monitors.services.lists import settle

    assert settle.mark_abandoned() == WAITING


def _operation(number: int, at: Any, state: str, **columns: Any) -> dict[str, Any]:
    """One append to the largest record."""
    row = {
        "uuid": uuid4().hex,
        "token": uuid4().hex,
        "task": "append",
        "parameters": '{"user": "somebody", "name": "record-0000"}',
        "actor_name": "Ana K.",
        "source": "web",
        "reason": "",
        "record_id": 1,
        "record_name": "record-0000",
        "new_record_name": "",
        "username": f"customer-{number % CUSTOMERS:06}@bulk.example",
        "before": "{}",
        "state": state,
        "until": "",
        "is_insisted": False,
        "started_at": at,
        "claimed_at": at,
        "deadline_at": at + timedelta(seconds=65),
        "ended_at": at + timedelta(seconds=1),
        "settled_at": at + timedelta(seconds=5),
        "words": '["success"]' if state in ("accepted", "confirmed") else "[]",
        "outcome_note": "",
        "request_id": "",
    }
    return row | columns


if __name__ == "__main__":
    main()
