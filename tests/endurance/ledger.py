"""The desk's operations beside the upstream's log of calls, both seen from outside of the product's processes."""

import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from monitors.models import State
from monitors.sandbox.calls import Call
from monitors.sandbox.tasks import WRITES
from tests.endurance.truth import Content, upstreams
from tests.endurance.visitor import Visitor
from tests.product import Product

WAITING = (State.QUEUED, State.PENDING, State.UNKNOWN, State.ACCEPTED)
DONE = (State.ACCEPTED, State.CONFIRMED)
NOT_DONE = (State.REFUSED, State.NOT_SENT, State.NOT_APPLIED, State.CONTRADICTED)
_OPERATIONS = """
    SELECT CAST(uuid AS TEXT), task, parameters, state, COALESCE(claimed_at, started_at),
        COALESCE(ended_at, deadline_at), settled_at IS NOT NULL, ended_at IS NOT NULL, claimed_at IS NOT NULL
    FROM monitors_operation ORDER BY COALESCE(claimed_at, started_at)
"""
_MIRROR = """
    SELECT r.name, r.email, r.frequency, c.username FROM monitors_monitorrecord r
    LEFT JOIN monitors_attachment a ON a.record_id = r.id AND a.detached_at IS NULL
    LEFT JOIN monitors_customer c ON c.id = a.customer_id WHERE r.gone_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One operation, and the calls of the upstream's log that can only be its own."""

    uuid: str
    task: str
    parameters: dict[str, str]
    state: str
    started_at: float  # when a sender took it
    ended_at: float  # its deadline where its process died
    is_settled: bool
    is_recorded: bool  # the end of its call is
    is_claimed: bool  # else it never left the queue
    calls: tuple[Call, ...] = ()

    @property
    def acted(self) -> bool:
        return any(call.applied for call in self.calls)


def lines(product: Product) -> list[Line]:
    """Every operation with its calls: same task, same parameters, in its time, each call once."""
    calls = defaultdict(list)
    for call in writes(product):
        calls[_key(call.task or "", _without_credentials(call))].append(call)
    return [_with_calls(line, calls[_key(line.task, line.parameters)]) for line in operations(product)]


def operations(product: Product) -> list[Line]:
    return [_read(row) for row in product.rows(_OPERATIONS)]


def writes(product: Product) -> list[Call]:
    return [call for call in product.sandbox.calls if call.task in WRITES]


def calls_of_nobody(product: Product) -> list[Call]:
    """What left without a committed operation."""
    known = {call.id for line in lines(product) for call in line.calls}
    return [call for call in writes(product) if call.id not in known]


def false_words(product: Product, *, but_for: Iterable[str] = ()) -> list[Line]:
    """Settled operations whose state the upstream's log denies; `but_for`: names that others touched too."""
    touched = set(but_for)
    own = [line for line in lines(product) if touched.isdisjoint(line.parameters.values())]
    return [line for line in own if line.state in (NOT_DONE if line.acted else DONE)]


def waiting(product: Product) -> list[Line]:
    return [line for line in operations(product) if not line.is_settled]


def mirror_of(product: Product) -> Content:
    users: dict[tuple[str, str, int | None], list[str]] = {}
    for name, email, frequency, username in product.rows(_MIRROR):
        users.setdefault((name, email, frequency), []).extend([username] if username else [])
    return sorted((*record, tuple(sorted(usernames))) for record, usernames in users.items())


def let_settle(product: Product, administrator: Visitor, *, within: float = 60) -> None:
    """Press Refresh until every operation is settled and the mirror shows the upstream, or say what is left.

    What others removed between two lists may be enough to hold the second: the slower the machine, the more.
    """
    ends_at = time.monotonic() + within
    while left := _unsettled(product, administrator):
        assert time.monotonic() < ends_at, f"still not settled: {left}\n{product.log_text()[-5000:]}"
        time.sleep(0.5)


def accept_held_list(product: Product, administrator: Visitor) -> None:
    for (held,) in product.rows("SELECT held_id FROM monitors_mirror WHERE held_id IS NOT NULL"):
        administrator.post(f"/upstream/held/{held}/", decision="accept")


def _unsettled(product: Product, administrator: Visitor) -> list[object]:
    administrator.refresh()
    accept_held_list(product, administrator)
    # Sets: of a record each side has its own version.
    differences = set(mirror_of(product)) ^ set(upstreams(product.sandbox.store))
    return [*waiting(product), *differences]


def _with_calls(line: Line, candidates: list[Call]) -> Line:
    # The oldest that fits: operations come in the order in which they began, and no two at once on one target.
    for call in candidates if line.is_claimed else ():
        if line.started_at <= call.received_at <= line.ended_at:
            candidates.remove(call)
            return Line(**_fields(line) | {"calls": (call,)})
    return line


def _fields(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in Line.__dataclass_fields__}


def _read(row: tuple[Any, ...]) -> Line:
    uuid, task, parameters, state, started_at, ended_at, is_settled, is_recorded, is_claimed = row
    given = json.loads(parameters) if isinstance(parameters, str) else parameters
    times = timestamp(started_at), timestamp(ended_at)
    left = bool(is_settled), bool(is_recorded), bool(is_claimed)
    return Line(str(UUID(uuid)), task, given, state, *times, *left)


def timestamp(moment: datetime | str) -> float:
    """SQLite keeps moments as text, in UTC."""
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _without_credentials(call: Call) -> dict[str, str]:
    return {
        name: value for name, value in call.parameters.items() if name not in ("api_user", "method", "task")
    }


def _key(task: str, parameters: dict[str, str]) -> str:
    return json.dumps([task, parameters], sort_keys=True)
