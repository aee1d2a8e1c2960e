"""Verifying the audit chain: the first event that does not fit, and what is wrong with it.

The whole of it, or what came after an anchor. An anchor that the desk remembers is as safe as its database and no
safer (docs/audit.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from monitors.models import AuditAnchor, AuditChain, AuditEvent, Kind
from monitors.services import clock
from monitors.services.log import audit

WHOLE_EVERY = timedelta(days=7)
Anchor = tuple[int, str]  # the number and the hash of an event
BEGINNING: Anchor = (0, audit.GENESIS)
_CHUNK_EVENTS = 2000
_NUMBER, _PREVIOUS, _KIND, _DETAILS = (
    audit.HASHED_COLUMNS.index(name) for name in ("number", "previous_hash", "kind", "details")
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problem` is empty when the events from number `since` (0: all) to `length` are intact.

    `head` is the hash of the last one, to print as an anchor.
    """

    length: int
    head: str
    problem: str = ""
    since: int = 0


def written(number: int, head: str) -> str:
    """An anchor as it is printed: 1204:sha256:9f86…"""
    return f"{number}:{audit.ALGORITHM}:{head}"


def chain(*, anchor: Anchor | None = None, since: Anchor = BEGINNING) -> Verdict:
    """Verify the chain in constant memory, from the event of `since` on; `anchor` was printed earlier."""
    number, head = since
    problem = _begin_problem(since)
    if problem:
        return Verdict(number, head, problem, since[0])
    for *values, its_hash in _events_after(number):
        problem = _problem(values, its_hash, (number, head), anchor)
        if problem:
            return Verdict(number, head, problem, since[0])
        number, head = number + 1, its_hash
    problem = _tail_problem(number, head, anchor)
    if problem and _rows().filter(number__gt=number).exists():  # written since the last one was read
        return replace(chain(anchor=anchor, since=(number, head)), since=since[0])
    return Verdict(number, head, problem, since[0])


def nightly() -> Verdict:
    """What came since the last time; the whole chain where that was verified a week ago. Remembers its end."""
    remembered, now = AuditAnchor.objects.filter(pk=1).first(), clock.now()
    if remembered is None:
        verdict, whole_at = chain(), now
    elif timedelta(0) <= now - remembered.whole_at < WHOLE_EVERY:
        verdict, whole_at = chain(since=remembered.anchor), remembered.whole_at
    else:
        verdict, whole_at = chain(anchor=remembered.anchor), now
    if not verdict.problem:
        end = {"number": verdict.length, "hash": verdict.head, "verified_at": now, "whole_at": whole_at}
        AuditAnchor.objects.update_or_create(pk=1, defaults=end)
    return verdict


def remembered_anchor() -> Anchor:
    """The end of what the last night verified, or the beginning."""
    remembered = AuditAnchor.objects.filter(pk=1).first()
    return BEGINNING if remembered is None else remembered.anchor


def _rows() -> Any:
    """The columns that the hash covers, and the hash."""
    return AuditEvent.objects.order_by("number").values_list(*audit.HASHED_COLUMNS, "hash")


def _events_after(number: int) -> Iterator[tuple[Any, ...]]:
    """In chunks of their own: no transaction stays open for as long as the log is."""
    while chunk := list(_rows().filter(number__gt=number)[:_CHUNK_EVENTS]):
        yield from chunk
        number = chunk[-1][_NUMBER]


def _begin_problem(since: Anchor) -> str:
    """The event of the anchor itself: what follows is chained to it."""
    number, expected = since
    if since == BEGINNING:
        return ""
    event = AuditEvent.objects.filter(number=number).first()
    if event is None:
        return f"event {number} is missing, and an anchor was printed for it"
    if audit.digest(event) != event.hash:
        return f"event {number} was changed after it was written"
    return "" if event.hash == expected else _not_the_one(number)


def _problem(values: list[Any], its_hash: str, before: Anchor, anchor: Anchor | None) -> str:
    number = before[0] + 1
    if values[_NUMBER] != number:
        return f"event {number} is missing: the next one there is {values[_NUMBER]}"
    if values[_PREVIOUS] != before[1]:
        return (
            f"event {number} does not follow the one before it: something was removed, inserted or reordered"
        )
    if audit.digest_of(values) != its_hash:
        return f"event {number} was changed after it was written"
    if values[_KIND] == Kind.DIGEST and (named := algorithm_of(values[_DETAILS])) != audit.ALGORITHM:
        return unknown_algorithm(f"event {number}", named)
    if anchor and anchor[0] == number and anchor[1] != its_hash:
        return _not_the_one(number)
    return ""


def algorithm_of(details: dict[str, Any]) -> str:
    """By which the log and its tables are hashed, as the event of a digest says."""
    return str(details.get("algorithm", audit.ALGORITHM))


def unknown_algorithm(what: str, named: str) -> str:
    return f"{what} names the algorithm {named}, and this desk knows {audit.ALGORITHM} alone"


def _not_the_one(number: int) -> str:
    return f"event {number} is not the one that the anchor was printed for"


def _tail_problem(length: int, head: str, anchor: Anchor | None) -> str:
    chain_end = AuditChain.objects.get(pk=1)
    if (chain_end.length, chain_end.head) != (length, head):
        return f"the log ends at event {length}, but {chain_end.length} were written"
    if anchor and anchor[0] > length:
        return f"the log ends at event {length}, but the anchor was printed for event {anchor[0]}"
    return ""
