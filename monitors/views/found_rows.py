"""The rows of what a search found, each written at once (`rows`)."""

from collections.abc import Iterable, Iterator
from html import escape

from monitors.models import Customer, MonitorRecord
from monitors.views.rows import joined, record_links
from monitors.wording import names, states
from monitors.wording.addresses import address
from monitors.wording.mailboxes import mailbox_link

_CUSTOMER = (
    '<tr data-customer="{username}"><td class="wide"><a class="name" href="{address}">{name}</a></td>'
    '<td class="sec wide">{records}</td></tr>'
)
_RECORD = (
    '<tr data-record-id="{key}"><td class="wide"><a class="name" href="{address}">{name}</a></td>'
    '<td class="sec wide">{mailbox}</td><td class="num" data-label="Sample">{sample}</td>'
    '<td class="num" data-label="Customers">{customers:,}</td></tr>'
)


@joined
def of_customers(customers: Iterable[Customer]) -> Iterator[str]:
    for customer in customers:
        yield _CUSTOMER.format(
            username=escape(customer.username),
            address=address("customer", customer.pk),
            name=names.visible(customer.username),
            records=record_links(customer),
        )


@joined
def of_records(records: Iterable[MonitorRecord]) -> Iterator[str]:
    for record in records:
        yield _RECORD.format(
            key=record.pk,
            address=address("record", record.pk),
            name=names.visible(record.name),
            mailbox=mailbox_link(record.email),
            sample=states.sample(record.frequency).__html__(),
            customers=record.customer_count,
        )
