"""What is true: the mirror beside the upstream's own state, and an operation beside the upstream's own log."""

from datetime import datetime, timedelta

from django.utils import timezone

from monitors.gateway.sessions import close_session_of_this_thread
from monitors.models import Attachment, AuditEvent, Mirror, MonitorRecord, Operation, Refresh, Throttle
from monitors.sandbox.faults import FAULTS, Moment
from monitors.sandbox.store import Store
from monitors.services.lists import refresh
from monitors.services.outbound import gateway as outbound_gateway

Content = list[tuple[str, str, int | None, tuple[str, ...]]]


def upstreams(store: Store) -> Content:
    """Sorted by name, the customers too."""
    return sorted(
        (name, email, every, tuple(sorted(users))) for name, email, every, users in store.snapshot()
    )


def mirrored() -> Content:
    """The same of the mirror."""
    users: dict[int, list[str]] = {}
    lasting = Attachment.objects.filter(detached_at=None).values_list("record", "customer__username")
    for record_id, username in lasting:
        users.setdefault(record_id, []).append(username)
    return sorted(
        (record.name, record.email, record.frequency, tuple(sorted(users.get(record.pk, []))))
        for record in MonitorRecord.objects.filter(gone_at=None)
    )


def counted() -> Content:
    """The mirror by its stored counts, to be compared with `mirrored`."""
    return [
        record
        for record in mirrored()
        if MonitorRecord.objects.get(name=record[0], gone_at=None).customer_count != len(record[3])
    ]


def kinds_of(operation: Operation) -> list[str]:
    events = AuditEvent.objects.filter(operation_id=operation.pk).order_by("number")
    return list(events.values_list("kind", flat=True))


def reset_throttle() -> None:
    """The pauses that a bad answer asks for are over, and the breaker is closed."""
    Throttle.objects.update(paused_until=None, broken_until=None, probe_until=None, failures=0)


def bring_connection_for(fault: str) -> None:
    """Some faults wait for a new connection, some for one that has served a call before."""
    if FAULTS[fault].moment is Moment.CONNECT:
        close_session_of_this_thread()
    elif FAULTS[fault].moment is Moment.REUSED:
        outbound_gateway.connect(is_probe=True).list_records()


def leave_connection_of(fault: str) -> None:
    """What comes next must not meet a connection that dies a moment after its answer."""
    if fault in ("close_after_answer", "rst_after_answer"):
        close_session_of_this_thread()


class LeapingClock:
    """The services' clock in these tests: the machine's, ahead by all the waits that were leapt over."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return timezone.now() + self.ahead

    def leap_to(self, moment: datetime) -> None:
        self.ahead += max(moment - self(), timedelta(0))


CLOCK = LeapingClock()


def let_deadlines_pass() -> None:
    """Go to a moment at which no call of an operation that waits for its judgement can be under way."""
    latest = Operation.objects.filter(settled_at=None).order_by("-deadline_at").first()
    if latest is not None:
        CLOCK.leap_to(latest.deadline_at + timedelta(milliseconds=20))


def look_again() -> Refresh:
    """One list from an upstream that is well again, over a connection that no fault has touched."""
    close_session_of_this_thread()
    reset_throttle()
    Mirror.objects.update(lease_until=None)
    done = refresh.run(source="command", is_probe=True)
    assert done is not None
    assert done.outcome in ("applied", "unchanged"), done.note
    return done


def settle() -> None:
    """The second list follows because the first must leave alone what was touched while it came."""
    let_deadlines_pass()
    look_again()
    look_again()
