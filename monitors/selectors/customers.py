"""Reads for the customers page, for one customer's page and for the typeahead."""

from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from monitors.models import Attachment, Customer, State, Task
from monitors.models.attachment import AttachmentQuerySet
from monitors.selectors import paging
from monitors.selectors.text import search_text

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


def get(customer_id: int) -> Customer | None:
    return Customer.objects.filter(pk=customer_id).first()


def search(*, query: str, group: str, sort: str, page: str | None) -> paging.Results[Customer]:
    """`group` is one of the chips above the list, empty for all."""
    rows = _matching(query).filter(_in_group(group))
    columns = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    sign = "-" if sort.startswith("-") else ""
    rows = rows.order_by(*(f"{sign}{column}" for column in columns))
    return paging.paginate(rows.prefetch_related(_attachments_now()), page)


def counts() -> Counts:
    rows = Customer.objects.all()
    return Counts(
        all=rows.count(),
        monitored=rows.filter(record_count__gt=0).count(),
        several=rows.filter(record_count__gt=1).count(),
    )


def suggest(typed: str) -> list[Customer]:
    """A few customers whose names contain what was typed, those that begin with it first."""
    text = search_text(typed).casefold()
    if not text:
        return []
    rows = Customer.objects.prefetch_related(_attachments_now()).order_by("sort_name", "id")
    first = list(rows.filter(sort_name__startswith=text)[:MAX_SUGGESTIONS])
    rest = rows.filter(sort_name__contains=text).exclude(pk__in=[customer.pk for customer in first])
    return first + list(rest[: MAX_SUGGESTIONS - len(first)])


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


def _matching(query: str) -> QuerySet[Customer]:
    text = search_text(query)
    return Customer.objects.filter(sort_name__contains=text.casefold()) if text else Customer.objects.all()


def _in_group(group: str) -> Q:
    return {
        "monitored": Q(record_count__gt=0),
        "several": Q(record_count__gt=1),
        "not-monitored": Q(record_count=0),
    }.get(group, Q())
