"""What an operation touches as the mirror knows it, and what in the mirror speaks against it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet, Subquery

from monitors.models import Customer, MonitorRecord, Task, prepared
from monitors.models.together import Asked
from monitors.services.errors import Invalid

ROWS = "placed"


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
    rows: Sequence[Any] | None = None

    @property
    def name(self) -> str:
        return self.parameters.get("name", "")


def find(
    *, task: str, record_id: int | None, parameters: dict[str, str], rows: Sequence[Any] | None = None
) -> Target:
    """Looked up under the writers' lock: when it is asked for, and again when a sender takes it.

    `rows` are those of `asked`, where the caller has read them beside others.
    """
    return FIND[Task(task)](_Wish(record_id, parameters, rows))


def asked(task: str, record_id: int | None, parameters: dict[str, str]) -> list[Asked]:
    """What `find` would ask the database for an append or a detach; nothing for others."""
    if task not in (Task.APPEND, Task.DETACH):
        return []
    known = () if record_id is None else (record_id,)
    return [Asked(ROWS, _placed, (parameters["user"], *known))]


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
    if (row := _living(wish.record_id)) is None:
        return None, Invalid(None, f"{wish.name} is no longer in SendGrid's list.")
    if row.name != wish.name:
        words = f"{wish.name} is now called {row.name}. Check it again before you change it."
        return row, Invalid(None, words)
    return row, None


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
        """By one statement, also whether the record still has its name."""
        rows = _rows(wish) if wish.rows is None else wish.rows
        is_sure = wish.record_id is None or (rows and rows[0][1] == wish.name)
        names = {record_id: name for *_, record_id, name in rows if record_id is not None}
        return cls(rows[0][0] if rows else None, names, None if is_sure else _current(wish)[1])

    def as_target(self, problem: Invalid | None) -> Target:
        before = {"records": list(self.records.values())}
        return Target(customer_id=self.customer_id, records=self.records, before=before, problem=problem)


def _rows(wish: _Wish) -> Sequence[Any]:
    known = () if wish.record_id is None else (wish.record_id,)
    return prepared.by_key(("placed", len(known)), _placed, wish.parameters["user"], *known)


def _placed(username: str, record_id: int | None = None) -> QuerySet[Any, tuple[int, str, int | None, str]]:
    lasting = FilteredRelation("attachments", condition=Q(attachments__detached_at=None))
    placed = Customer.objects.filter(username=username).annotate(lasting=lasting)
    return (
        placed.annotate(name_now=_name_now(record_id))
        .order_by("lasting__record__sort_name")
        .values_list("pk", "name_now", "lasting__record_id", "lasting__record__name")
    )


def _name_now(record_id: int | None) -> Subquery:
    living = MonitorRecord.objects.living()
    this = living.none() if record_id is None else living.filter(pk=record_id)
    return Subquery(this.values("name")[:1])
