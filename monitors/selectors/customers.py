"""Reads for the customers page, for one customer's page and for the typeahead."""

from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from monitors.models import Attachment, Customer, State, Task
from monitors.selectors import paging
from monitors.selectors.text import needle

SORTS = {"name": ("sort_name", "id"), "records": ("record_count", "id"), "seen": ("first_seen", "id")}
FILTERS = ("monitored", "several", "not-monitored", "all")
SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class Counts:
    """How many customers each filter shows."""

    all: int
    monitored: int
    several: int

    @property
    def not_monitored(self) -> int:
        return self.all - self.monitored


def get(customer_id: int) -> Customer:
    """Raises Http404."""
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise Http404("There is no such customer.")
    return customer


def named(username: str) -> Customer | None:
    return Customer.objects.filter(username=username).first()


def search(*, q: str, chosen: str, sort: str, number: str | None) -> paging.Slice[Customer]:
    rows = _matching(q).filter(_narrowed(chosen))
    columns = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    rows = rows.order_by(*(f"-{it}" if sort.startswith("-") else it for it in columns))
    return paging.page(rows.prefetch_related(_attachments_now()), number)


def counts() -> Counts:
    rows = Customer.objects.all()
    return Counts(
        all=rows.count(),
        monitored=rows.filter(record_count__gt=0).count(),
        several=rows.filter(record_count__gt=1).count(),
    )


def suggest(q: str) -> list[Customer]:
    """A few customers whose names hold what was typed, those that begin with it first."""
    text = needle(q)
    if not text:
        return []
    rows = Customer.objects.prefetch_related(_attachments_now()).order_by("sort_name", "id")
    first = list(rows.filter(sort_name__startswith=text.casefold())[:SUGGESTIONS])
    rest = rows.filter(sort_name__contains=text.casefold()).exclude(pk__in=[it.pk for it in first])
    return first + list(rest[: SUGGESTIONS - len(first)])


def attachments(customer: Customer) -> list[Attachment]:
    """Where the customer is now."""
    return list(_with_origin(customer).filter(detached_at=None).order_by("record__sort_name", "id"))


def past_attachments(customer: Customer, count: int = 20) -> list[Attachment]:
    """Where the customer was, the latest first; what a detach that was none seemed to end goes on."""
    went_on = Q(ended_by__task=Task.DETACH, ended_by__state=State.CONTRADICTED)
    ended = _with_origin(customer).exclude(detached_at=None).exclude(went_on)
    return list(ended.order_by("-detached_at", "-id")[:count])


def _with_origin(customer: Customer) -> QuerySet[Attachment]:
    return Attachment.objects.filter(customer=customer).select_related(
        "record", "customer", "began_by", "ended_by"
    )


def _attachments_now() -> "Prefetch[str, QuerySet[Attachment], str]":
    now = Attachment.objects.filter(detached_at=None).select_related("record").order_by("record__sort_name")
    return Prefetch("attachments", queryset=now, to_attr="attachments_now")


def _matching(q: str) -> QuerySet[Customer]:
    text = needle(q)
    return Customer.objects.filter(sort_name__contains=text.casefold()) if text else Customer.objects.all()


def _narrowed(chosen: str) -> Q:
    return {
        "monitored": Q(record_count__gt=0),
        "several": Q(record_count__gt=1),
        "not-monitored": Q(record_count=0),
    }.get(chosen, Q())
