"""What a list says of an operation: whether it shows what the operation wanted."""

from collections.abc import Callable, Iterable
from enum import Enum, auto

from monitors.gateway.records import Record
from monitors.models import Operation, State, Task


class Listed(dict[str, Record]):
    """The records of a list by name; who is on one of them is looked up without reading all who are."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        super().__init__((record.name, record) for record in records)
        self._users: dict[str, frozenset[str]] = {}

    def has_user(self, name: str, username: str) -> bool:
        if name not in self._users:
            self._users[name] = frozenset(self[name].users or ())
        return username in self._users[name]


class Evidence(Enum):
    SHOWN = auto()
    NOT_SHOWN = auto()
    RECORD_MISSING = auto()  # the record itself is not listed, so nothing done to it can be shown
    UNREADABLE = auto()  # the list cannot be read there


def of(operation: Operation, listed: Listed) -> Evidence:
    return OF_TASK[Task(operation.task)](operation, listed)


def _of_create(operation: Operation, listed: Listed) -> Evidence:
    record = listed.get(operation.record_name)
    if record is None:
        return Evidence.NOT_SHOWN
    return _of_fields(record, operation.parameters["email"], operation.parameters["frequency"])


def _of_edit(operation: Operation, listed: Listed) -> Evidence:
    parameters, target = operation.parameters, operation.new_record_name or operation.record_name
    if target in listed and _is_of_another(operation, listed):
        return Evidence.NOT_SHOWN
    if target in listed:
        return _of_fields(listed[target], parameters.get("new_email"), parameters.get("new_frequency"))
    return Evidence.NOT_SHOWN if operation.record_name in listed else Evidence.RECORD_MISSING


def _is_of_another(rename: Operation, listed: Listed) -> bool:
    """Whether the name that SendGrid said the record had got is another record's: its own is in the list too."""
    is_said = rename.state in (State.ACCEPTED, State.CONTRADICTED)
    own = _name_now(rename)
    return is_said and rename.new_record_name not in ("", own) and own in listed


def _of_delete(operation: Operation, listed: Listed) -> Evidence:
    return Evidence.NOT_SHOWN if operation.record_name in listed else Evidence.SHOWN


def _of_append(operation: Operation, listed: Listed) -> Evidence:
    name = _name_now(operation)
    return _of_customer(operation.username, [name], listed) if name in listed else Evidence.RECORD_MISSING


def _of_detach(operation: Operation, listed: Listed) -> Evidence:
    named = [name for name in (_name_now(operation),) if name in listed]
    there = _of_customer(operation.username, named if operation.record_name else list(listed), listed)
    opposite = {Evidence.SHOWN: Evidence.NOT_SHOWN, Evidence.NOT_SHOWN: Evidence.SHOWN}
    return opposite.get(there, there)


def _of_fields(record: Record, email: str | None, frequency: str | None) -> Evidence:
    if frequency is not None and record.frequency is None:
        return Evidence.UNREADABLE
    is_same = email in (None, record.email) and frequency in (None, str(record.frequency))
    return Evidence.SHOWN if is_same else Evidence.NOT_SHOWN


def _of_customer(username: str, names: list[str], listed: Listed) -> Evidence:
    if any(listed[name].users is None for name in names):
        return Evidence.UNREADABLE
    is_on = any(listed.has_user(name, username) for name in names)
    return Evidence.SHOWN if is_on else Evidence.NOT_SHOWN


def _name_now(operation: Operation) -> str:
    """A record that was renamed since keeps its row."""
    record = operation.record
    return record.name if record and record.gone_at is None else operation.record_name


OF_TASK: dict[Task, Callable[[Operation, Listed], Evidence]] = {
    Task.CREATE: _of_create,
    Task.EDIT: _of_edit,
    Task.DELETE: _of_delete,
    Task.APPEND: _of_append,
    Task.DETACH: _of_detach,
}
