"""Reads for the customers page, for one customer's page and for the typeahead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from monitors.models import Attachment, Customer, State, Task, prepared
from monitors.selectors import keyset, operations, totals
from monitors.selectors.matching import MAX_SUGGESTION_HITS, Kind, condition, find
from monitors.selectors.single_rows import MAX_KEY, Beside, Question

SORTS = {"name": "sort_name", "records": "record_count", "seen": "first_seen"}
GROUPS = ("monitored", "several", "not-monitored")  # the chips above the list but for all
MAX_SUGGESTIONS = 8
Place = tuple[int, int, str, datetime | None]
MAX_PAST = 20  # of the attachments that ended, on a customer's page


@dataclass(frozen=True, slots=True)
class Counts:
    """How many customers each group has."""

    all: int
    monitored: int
    several: int

    @property
    def not_monitored(self) -> int:
        return self.all - self.monitored

    def of(self, group: str) -> int:
        """Of the group that a chip names; an unknown one is all."""
        groups = {"monitored": self.monitored, "several": self.several, "not-monitored": self.not_monitored}
        return groups.get(group, self.all)


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """One that a customer is on, until when."""

    pk: int
    name: str
    expires_at: datetime | None


def get(customer_id: int) -> Customer | None:
    return Customer.objects.filter(pk=customer_id).first()


def to_show(customer_id: int) -> Question:
    """What a customer's page asks for beside its frame."""
    rows = {"customer": Beside(Customer, "customer.id = %s")}
    return Question(rows, {"is_any_under_way": operations.is_any_under_way()}, [min(customer_id, MAX_KEY)])


def search(
    *, query: str, group: str, sort: str, place: keyset.Place, count: int | None = None
) -> keyset.Page[Customer]:
    """`group` is one of the chips above the list, empty for all; `count` where the caller knows it."""

    def build() -> QuerySet[Customer]:
        return matching(query, group)

    shape = None if query else f"customers {group if group in GROUPS else ''}"
    page = keyset.turn_to(keyset.Source(build, (), shape), keyset.order(SORTS, sort), place, count=count)
    add_records_now(page.rows)
    return page


def matching(query: str, group: str) -> QuerySet[Customer]:
    """All that a list shows, on whatever page."""
    return Customer.objects.filter(condition(query, Kind.CUSTOMERS), _in_group(group))


def counts(version: totals.Version | None = None) -> Counts:
    """By one query, and only when something was written since the last one."""
    return totals.at(version, "customers", _count)


def _count() -> Counts:
    rows = Customer.objects.all()
    groups = {"all": rows, **{name: rows.filter(_in_group(name)) for name in ("monitored", "several")}}
    return Counts(**totals.count_all(groups))


def suggest(typed: str) -> list[Customer]:
    """A few customers whose names contain what was typed, those that begin with it first."""
    keys = find(typed, Kind.CUSTOMERS, limit=MAX_SUGGESTION_HITS, enough=MAX_SUGGESTIONS)[
        Kind.CUSTOMERS
    ].keys[:MAX_SUGGESTIONS]
    return by_keys(keys)


def by_keys(keys: Sequence[int]) -> list[Customer]:
    """In the order of the keys, each with `records_now`."""
    rows = Customer.objects.in_bulk(keys)
    customers = [rows[key] for key in keys if key in rows]
    add_records_now(customers)
    return customers


def add_records_now(customers: Sequence[Customer]) -> None:
    """Give each its `records_now` by name, by one query for them all."""
    keys = prepared.padded([each.pk for each in customers], keyset.ROWS_PER_PAGE) if customers else ()
    places = prepared.read("records of customers", records_of, *keys) if customers else []
    with_records_now(customers, places)


def with_records_now(customers: Sequence[Customer], places: Iterable[Place]) -> Sequence[Customer]:
    """Where each is, as `records_of` has it for them all."""
    records: dict[int, list[NamedRecord]] = {customer.pk: [] for customer in customers}
    for customer, record, name, expires_at in places:
        records[customer].append(NamedRecord(record, name, expires_at))
    for each in customers:
        each.records_now = records[each.pk]  # type: ignore[attr-defined]
    return customers


def records_of(*keys: int) -> "QuerySet[Attachment, Place]":
    """A customer's key, a record's, its name and the end; by name."""
    now = Attachment.objects.lasting().filter(customer__in=keys).order_by("record__sort_name")
    return now.values_list("customer_id", "record_id", "record__name", "expires_at")


def attachments(customer: Customer) -> list[Attachment]:
    """Where the customer is now."""
    rows = _complete(Attachment.objects.lasting().filter(customer=customer))
    return list(rows.order_by("record__sort_name", "id"))


@dataclass(frozen=True, slots=True)
class Story:
    """Where a customer is now, by the records' names, and was, the latest first.

    Without what a contradicted detach did not really end.
    """

    now: list[Attachment]
    past: list[Attachment]


def story(customer: Customer) -> Story:
    """By one query."""
    rows = prepared.read("story of a customer", _now_and_latest, customer.pk)
    now = [row for row in rows if row.detached_at is None]
    past = [row for row in rows if row.detached_at is not None]
    return Story(
        sorted(now, key=lambda row: (row.record.sort_name, row.pk)),
        sorted(past, key=lambda row: (row.detached_at or row.since, row.pk), reverse=True),
    )


def _now_and_latest(customer_id: int) -> QuerySet[Attachment]:
    own = Attachment.objects.filter(customer=customer_id)
    not_ended = Q(ended_by__task=Task.DETACH, ended_by__state=State.CONTRADICTED)
    ended = own.exclude(detached_at=None).exclude(not_ended).order_by("-detached_at", "-id")
    return _complete(own.filter(Q(detached_at=None) | Q(pk__in=ended.values("pk")[:MAX_PAST])))


def _complete(rows: QuerySet[Attachment]) -> QuerySet[Attachment]:
    return rows.select_related("record", "customer", "began_by", "ended_by")


def _in_group(group: str) -> Q:
    return {
        "monitored": Q(record_count__gt=0),
        "several": Q(record_count__gt=1),
        "not-monitored": Q(record_count=0),
    }.get(group, Q())
