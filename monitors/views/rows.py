"""The rows of long tables, each cell written once: a template only puts them beside each other.

Fifty rows of nested templates were most of what a page cost (docs/decisions/0005-flat-rows.md).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from monitors.models import Attachment, Customer, MonitorRecord, Operation
from monitors.wording import changes, names, states, times, until

MAX_RECORD_LINKS = 3  # of a customer, in its row
_NOT_READABLE = mark_safe('<span class="mute">not readable</span>')
_NOT_MONITORED = mark_safe('<span class="mute">not monitored now</span>')


@dataclass(frozen=True, slots=True)
class RecordRow:
    key: int
    address: str
    label: str
    name: SafeString
    mailbox: SafeString
    sample: str
    customers: str
    last_change: SafeString
    state: str


@dataclass(frozen=True, slots=True)
class CustomerRow:
    username: str
    address: str
    name: SafeString
    records: SafeString
    count: str
    seen: SafeString


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    username: str
    address: str
    name: SafeString
    label: str
    since: SafeString
    until: SafeString
    extend: str
    state: str


def of_records(records: Iterable[MonitorRecord], under_way: Mapping[int, Operation]) -> Iterator[RecordRow]:
    address, outside = _addresses("record"), _outside_chip()
    for record in records:
        yield RecordRow(
            key=record.pk,
            address=address(record.pk),
            label=names.visible_text(record.name),
            name=names.visible(record.name),
            mailbox=names.visible(record.email) if record.email else _NOT_READABLE,
            sample=states.sample(record.frequency),
            customers=f"{record.customer_count:,}",
            last_change=changes.last_change(record).__html__(),
            state=_state(under_way.get(record.pk), outside if record.changed_outside else ""),
        )


def of_customers(customers: Iterable[Customer]) -> Iterator[CustomerRow]:
    address, record_address = _addresses("customer"), _addresses("record")
    for customer in customers:
        yield CustomerRow(
            username=customer.username,
            address=address(customer.pk),
            name=names.visible(customer.username),
            records=_records_of(customer, record_address),
            count=f"{customer.record_count:,}",
            seen=times.ago(customer.first_seen).__html__(),
        )


def of_attachments(
    record: MonitorRecord, attachments: Iterable[Attachment], under_way: Mapping[int, Operation]
) -> Iterator[AttachmentRow]:
    address, outside, name = _addresses("customer"), _outside_chip(), names.visible_text(record.name)
    extend = reverse("extend")
    for attachment in attachments:
        username = attachment.customer.username
        yield AttachmentRow(
            username=username,
            address=address(attachment.customer_id),
            name=names.visible(username),
            label=f"{names.visible_text(username)} from {name}",
            since=changes.since(attachment).__html__(),
            until=until.until(attachment).__html__(),
            extend=f"{extend}?attachment={attachment.pk}",
            state=_state(under_way.get(attachment.pk), outside if states.is_outside(attachment) else ""),
        )


def _addresses(view: str) -> Callable[[int], str]:
    """The address of a row by its key; the view's is looked up once."""
    before, _, after = reverse(view, args=[0]).rpartition("0")
    return lambda key: f"{before}{key}{after}"


def _records_of(customer: Customer, address: Callable[[int], str]) -> SafeString:
    now: list[Attachment] = customer.attachments_now  # type: ignore[attr-defined]  # prefetched
    links = ((address(each.record_id), names.visible(each.record.name)) for each in now[:MAX_RECORD_LINKS])
    text = format_html_join(", ", '<a href="{}">{}</a>', links) or _NOT_MONITORED
    more = customer.record_count - MAX_RECORD_LINKS
    return format_html("{} and {} more", text, f"{more:,}") if more > 0 else text


def _state(operation: Operation | None, otherwise: str) -> str:
    return render_to_string("monitors/_chip.html", {"operation": operation}) if operation else otherwise


def _outside_chip() -> str:
    return render_to_string("monitors/_outside_chip.html")
