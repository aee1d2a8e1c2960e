"""Reads for the customers page, for one customer's page and for the typeahead."""

from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from monitors.models import Attachment, Customer, State, Task
from monitors.models.attachment import AttachmentQuerySet
from monitors.selectors import paging, totals
from monitors.selectors.matching import MAX_SUGGESTION_HITS, Kind, condition, find

SORTS = {"name": ("sort_name", "id"), "records": ("record_count", "id"), "seen": ("first_seen", "id")}
MAX_SUGGESTIONS = 8


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


def get(customer_id: int) -> Customer | None:
    return Customer.objects.filter(pk=customer_id).first()


def search(
    *, query: str, group: str, sort: str, page: str | None, count: int | None = None
) -> paging.Results[Customer]:
    """`group` is one of the chips above the list, empty for all; `count` where the caller knows it."""
    rows = matching(query, group)
    columns = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    sign = "-" if sort.startswith("-") else ""
    rows = rows.order_by(*(f"{sign}{column}" for column in columns))
    return paging.paginate(rows.prefetch_related(_attachments_now()), page, count=count)


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
    rows = with_attachments_now().in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def with_attachments_now() -> QuerySet[Customer]:
    """Each with `attachments_now`, of which only the record's key and name are read."""
    names = Attachment.objects.only("customer_id", "record__name")
    now = names.lasting().select_related("record").order_by("record__sort_name")
    return Customer.objects.prefetch_related(Prefetch("attachments", queryset=now, to_attr="attachments_now"))


def attachments(customer: Customer) -> list[Attachment]:
    """Where the customer is now."""
    return list(_of(customer).lasting().order_by("record__sort_name", "id"))


def past_attachments(customer: Customer, count: int = 20) -> list[Attachment]:
    """Where the customer was, the latest first; without those that a contradicted detach did not really end."""
    not_ended = Q(ended_by__task=Task.DETACH, ended_by__state=State.CONTRADICTED)
    ended = _of(customer).exclude(detached_at=None).exclude(not_ended)
    return list(ended.order_by("-detached_at", "-id")[:count])


def _of(customer: Customer) -> AttachmentQuerySet:
    attachments = Attachment.objects.filter(customer=customer)
    return attachments.select_related("record", "customer", "began_by", "ended_by")


def _attachments_now() -> "Prefetch[str, QuerySet[Attachment], str]":
    now = Attachment.objects.lasting().select_related("record").order_by("record__sort_name")
    return Prefetch("attachments", queryset=now, to_attr="attachments_now")


def _in_group(group: str) -> Q:
    return {
        "monitored": Q(record_count__gt=0),
        "several": Q(record_count__gt=1),
        "not-monitored": Q(record_count=0),
    }.get(group, Q())
