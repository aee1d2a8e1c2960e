"""Verifying the audit chain: the first event that does not fit, and what is wrong with it."""

from dataclasses import dataclass

from monitors.models import AuditChain, AuditEvent
from monitors.services.log import audit


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problem` is empty when all `length` events are intact; `head` is the hash to print as an anchor."""

    length: int
    head: str
    problem: str = ""


def chain(*, anchor: tuple[int, str] | None = None) -> Verdict:
    """Verify the whole chain in constant memory; `anchor` is (number, hash) printed earlier."""
    expected_number, previous = 1, audit.GENESIS
    for event in AuditEvent.objects.order_by("number").iterator(chunk_size=2000):
        problem = _problem(event, expected_number, previous, anchor)
        if problem:
            return Verdict(expected_number - 1, previous, problem)
        expected_number, previous = expected_number + 1, event.hash
    return Verdict(expected_number - 1, previous, _tail_problem(expected_number - 1, previous, anchor))


def _problem(event: AuditEvent, number: int, previous: str, anchor: tuple[int, str] | None) -> str:
    if event.number != number:
        return f"event {number} is missing: the next one there is {event.number}"
    if event.previous_hash != previous:
        return (
            f"event {number} does not follow the one before it: something was removed, inserted or reordered"
        )
    if audit.digest(event) != event.hash:
        return f"event {number} was changed after it was written"
    if anchor and anchor[0] == number and anchor[1] != event.hash:
        return f"event {number} is not the one that the anchor was printed for"
    return ""


def _tail_problem(length: int, head: str, anchor: tuple[int, str] | None) -> str:
    chain_end = AuditChain.objects.get(pk=1)
    if (chain_end.length, chain_end.head) != (length, head):
        return f"the log ends at event {length}, but {chain_end.length} were written"
    if anchor and anchor[0] > length:
        return f"the log ends at event {length}, but the anchor was printed for event {anchor[0]}"
    return ""
