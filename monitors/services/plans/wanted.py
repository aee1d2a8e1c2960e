"""Lists of wanted changes, from what somebody typed, uploaded or selected."""

from collections.abc import Iterable
from typing import Any

from monitors.limits import MAX_CHANGES
from monitors.models import Attachment, Change, ChangeKind, ChangeState, Customer, MonitorRecord
from monitors.services import details
from monitors.services.plans.files import Line


def of_names(
    names: Iterable[tuple[int, str]], *, kind: ChangeKind, record: MonitorRecord | None
) -> list[Change]:
    """One change for each name, with the number of its line."""
    return [wanted(kind, username=name, record=record, line=line) for line, name in names]


def of_lines(lines: Iterable[Line], *, kind: ChangeKind, record: MonitorRecord | None) -> list[Change]:
    """`record` where a line names none."""
    return [
        wanted(
            kind,
            username=line.username,
            record=None if line.record_name else record,
            record_name=line.record_name,
            reason=line.reason,
            until=line.until,
            line=line.number,
        )
        for line in lines
    ]


def detaches(record: MonitorRecord, usernames: Iterable[str]) -> list[Change]:
    return [wanted(ChangeKind.DETACH, username=name, record=record) for name in usernames]


def detaches_from_all(usernames: Iterable[str]) -> list[Change]:
    """One for each record that a customer is on, so that each can be taken back."""
    names = list(usernames)
    customers = Customer.objects.filter(username__in=names).values("pk")
    lasting = Attachment.objects.lasting().filter(customer__in=customers)
    rows = lasting.select_related("record", "customer").order_by("sort_name", "record__sort_name")
    return [wanted(ChangeKind.DETACH, username=row.customer.username, record=row.record) for row in rows]


def moves(source: MonitorRecord, target: MonitorRecord, usernames: Iterable[str]) -> list[Change]:
    return [
        wanted(ChangeKind.MOVE, username=name, record=target, before={"from": source.pk})
        for name in usernames
    ]


def edits(records: Iterable[MonitorRecord], parameters: dict[str, str]) -> list[Change]:
    """`parameters` are the API's own: new_email, new_frequency."""
    return [wanted(ChangeKind.EDIT, record=record, parameters=dict(parameters)) for record in records]


def deletion(record: MonitorRecord) -> list[Change]:
    """Everybody off the record, then the record itself."""
    lasting = Attachment.objects.lasting().filter(record=record).order_by("sort_name", "id")
    usernames = lasting.values_list("customer__username", flat=True)
    return [*detaches(record, usernames), wanted(ChangeKind.DELETE, record=record)]


def copy(
    record: MonitorRecord, *, name: str, email: str, frequency: int, ours: details.Wanted = details.NOTHING
) -> list[Change]:
    """A new record with the customers that are on this one. Raises Invalid for what is wrong in `ours`."""
    lasting = Attachment.objects.lasting().filter(record=record).order_by("sort_name", "id")
    usernames = lasting.values_list("customer__username", flat=True)[:MAX_CHANGES]
    creation = wanted(
        ChangeKind.CREATE,
        record_name=name,
        parameters={"email": email, "frequency": frequency},
        before=details.to_keep(ours),
    )
    return [creation, *(wanted(ChangeKind.APPEND, username=each, record_name=name) for each in usernames)]


def wanted(
    kind: ChangeKind,
    *,
    username: str = "",
    record: MonitorRecord | None = None,
    record_name: str = "",
    parameters: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    reason: str = "",
    until: str = "",
    line: int | None = None,
) -> Change:
    """A change as it is wanted; drawing finds out what it would do."""
    return Change(
        kind=kind,
        username=username,
        record=record,
        record_name=record.name if record else record_name,
        parameters=parameters or {},
        before=before or {},
        reason=reason,
        until=until,
        line=line,
        state=ChangeState.LEFT,
    )
