"""What an operation touches as the mirror knows it, and what in the mirror speaks against it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet

from monitors.models import Customer, MonitorRecord, Operation, Task, prepared
from monitors.models.together import Asked, prepared_named
from monitors.services.errors import Invalid

PLACES, NAME = "places of the customer", "name of the record now"
ON_CUSTOMERS = (Task.APPEND, Task.DETACH)
Found = Mapping[str, Sequence[Any]]  # the rows of `asked` by its names


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an operation touches; `records` are those that the customer is on, by their keys.

    `problem`: why, by the mirror, it must not be sent.
    """

    customer_id: int | None = None
    records: dict[int, str] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    problem: Invalid | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """A task on a record (by its key; None: a new one, or every one) with the API's own parameters."""

    record_id: int | None
    parameters: dict[str, str]
    found: Found | None = None

    @property
    def name(self) -> str:
        return self.parameters.get("name", "")


def find(
    *, task: str, record_id: int | None, parameters: dict[str, str], found: Found | None = None
) -> Target:
    """Looked up under the writers' lock: when it is asked for, and again when a sender takes it.

    `found`: what `asked` asks for, where the caller has read it beside others.
    """
    return FIND[Task(task)](_Wish(record_id, parameters, found))


def find_each(operations: Sequence[Operation]) -> list[Target]:
    """The same of operations with their records, all read under the lock; what is on customers by one statement.

    No two of them are on the same record or customer in a way that would let their order matter.
    """
    users = {each.username for each in operations if each.task in ON_CUSTOMERS}
    places: dict[str, list[Any]] = {user: [] for user in users}
    for row in prepared.of_keys("places of customers by name", _placed, users):
        places[row[0]].append(row)
    return [
        find(
            task=each.task,
            record_id=each.record_id,
            parameters=each.parameters,
            found={PLACES: places.get(each.username, ()), NAME: _living_name(each.record)},
        )
        for each in operations
    ]


def _living_name(record: MonitorRecord | None) -> list[str]:
    return [record.name] if record is not None and record.gone_at is None else []


def asked(task: str, record_id: int | None, parameters: dict[str, str]) -> list[Asked]:
    """What `find` would ask the database for an append or a detach; nothing for others."""
    return _asked(record_id, parameters) if task in ON_CUSTOMERS else []


def _asked(record_id: int | None, parameters: dict[str, str]) -> list[Asked]:
    places = Asked(PLACES, _placed, (parameters["user"],))
    return [places] if record_id is None else [places, Asked(NAME, _name_now, (record_id,))]


def _of_create(wish: _Wish) -> Target:
    return Target(problem=_taken(wish.name, field="name"))


def _of_edit(wish: _Wish) -> Target:
    row, problem = _current(wish)
    if len(wish.parameters) == 1:
        problem = Invalid(None, "Nothing was changed, so nothing was sent.")
    new_name = wish.parameters.get("new_name")
    if new_name is not None:
        problem = problem or _taken(new_name, field="new_name")
    return Target(before=_fields(row), problem=problem)


def _of_delete(wish: _Wish) -> Target:
    row, problem = _current(wish)
    if problem is None and row is not None and row.customer_count:
        noun = "customer is" if row.customer_count == 1 else "customers are"
        words = f"{row.customer_count:,} {noun} still on {wish.name}. Detach first, then delete."
        problem = Invalid(None, words)
    return Target(before=_fields(row), problem=problem)


def _of_append(wish: _Wish) -> Target:
    customer, user = _Placed.of(wish), wish.parameters["user"]
    problem = customer.problem
    if wish.record_id in customer.records:
        problem = problem or Invalid("user", f"{user} is already on {wish.name}.")
    return customer.as_target(problem)


def _of_detach(wish: _Wish) -> Target:
    """From `name`, or from every record."""
    customer, user = _Placed.of(wish), wish.parameters["user"]
    problem = customer.problem
    if not customer.records or (wish.record_id is not None and wish.record_id not in customer.records):
        words = f"{user} is not on {wish.name}." if wish.name else f"{user} is not on any record."
        problem = problem or Invalid("user", words)
    return customer.as_target(problem)


FIND: dict[Task, Callable[[_Wish], Target]] = {
    Task.CREATE: _of_create,
    Task.EDIT: _of_edit,
    Task.DELETE: _of_delete,
    Task.APPEND: _of_append,
    Task.DETACH: _of_detach,
}


def _current(wish: _Wish) -> tuple[MonitorRecord | None, Invalid | None]:
    """The record as it is now, and what is wrong where it is gone or has another name."""
    row = _living(wish.record_id)
    return row, _against(wish, None if row is None else row.name)


def _against(wish: _Wish, name_now: str | None) -> Invalid | None:
    """`name_now` of the record that is asked for, None where it is gone."""
    if name_now is None:
        return Invalid(None, f"{wish.name} is no longer in SendGrid's list.")
    if name_now != wish.name:
        return Invalid(None, f"{wish.name} is now called {name_now}. Check it again before you change it.")
    return None


def _living(record_id: int | None) -> MonitorRecord | None:
    if record_id is None:
        return None
    return next(iter(prepared.by_key("living record", _by_key, record_id)), None)


def _by_key(record_id: int) -> QuerySet[MonitorRecord]:
    return MonitorRecord.objects.living().filter(pk=record_id)


def _taken(name: str, *, field: str) -> Invalid | None:
    if MonitorRecord.objects.named(name) is None:
        return None
    return Invalid(field, "There is already a record of this name in the list.")


def _fields(record: MonitorRecord | None) -> dict[str, str | int | None]:
    if record is None:
        return {}
    return {"name": record.name, "email": record.email, "frequency": record.frequency}


@dataclass(frozen=True, slots=True)
class _Placed:
    """A customer, if the mirror knows it, and the names of the records that it is on by their keys.

    `problem`: the record that is asked for is gone or has another name.
    """

    customer_id: int | None
    records: dict[int, str]
    problem: Invalid | None

    @classmethod
    def of(cls, wish: _Wish) -> "_Placed":
        """By one statement at most, with whether the record still has its name."""
        found = wish.found
        if found is None:
            found = prepared_named(_asked(wish.record_id, wish.parameters), by_key=True)
        rows, name_now = found[PLACES], next(iter(found.get(NAME, ())), None)
        names = {record_id: name for *_, record_id, name in rows if record_id is not None}
        problem = None if wish.record_id is None else _against(wish, name_now)
        return cls(rows[0][1] if rows else None, names, problem)

    def as_target(self, problem: Invalid | None) -> Target:
        before = {"records": list(self.records.values())}
        return Target(customer_id=self.customer_id, records=self.records, before=before, problem=problem)


def _placed(*usernames: str) -> QuerySet[Any, tuple[str, int, int | None, str]]:
    """Each customer with its record, or with none."""
    lasting = FilteredRelation("attachments", condition=Q(attachments__detached_at=None))
    placed = Customer.objects.filter(username__in=usernames).annotate(lasting=lasting)
    return placed.order_by("lasting__record__sort_name").values_list(
        "username", "pk", "lasting__record_id", "lasting__record__name"
    )


def _name_now(record_id: int) -> QuerySet[Any, str]:
    return _by_key(record_id).values_list("name", flat=True)
