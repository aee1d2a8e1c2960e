"""The rows of long tables, each written at once: fifty rows of templates were most of what a page cost.

Names come from `names`, all else that people chose is escaped here (docs/decisions/0005-flat-rows.md).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from html import escape
from typing import ParamSpec
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString

from monitors.models import Attachment, Customer, MonitorRecord, Operation
from monitors.selectors.customers import NamedRecord
from monitors.selectors.on_record import OnRecord
from monitors.wording import changes, chips, details, icons, names, states, times, until
from monitors.wording.addresses import address
from monitors.wording.mailboxes import mailbox_link

MAX_RECORD_LINKS = 3  # of a customer, in its row
_NOT_MONITORED = SafeString('<span class="mute">not monitored now</span>')


_BOX = (
    '<td class="select"><input type="checkbox" form="select" name="pick" value="{value}" '
    'aria-label="Select {label}"></td>'
)
_RECORD = (
    '<tr data-record-id="{key}">{box}<td class="c-name"><a class="name" href="{address}">{name}</a>{ours}</td>'
    '<td class="sec c-mail">{mailbox}</td><td class="num c-sample" data-label="Sample">{sample}</td>'
    '<td class="num c-count" data-label="Customers">{customers:,}</td><td class="sec c-when">{last_change}</td>'
    '<td class="c-state">{state}</td></tr>'
)
_CUSTOMER = (
    '<tr data-customer="{username}">{box}<td class="c-name"><a class="name" href="{address}">{name}</a></td>'
    '<td class="sec c-on">{records}</td><td class="num c-count" data-label="Records">{count:,}</td>'
    '<td class="sec c-when" data-label="Seen">{seen}</td></tr>'
)
_ATTACHMENT = (
    '<tr id="a{key}" data-customer="{username}">{box}'
    '<td class="c-name"><a class="name" href="{address}">{name}</a></td><td class="sec c-since">{since}</td>'
    '<td class="sec c-until until-cell">{until}{extend}</td><td class="c-state">{state}</td>{detach}</tr>'
)
_ON_MAILBOX = (
    '<tr data-attachment="{key}" data-customer="{username}">'
    '<td class="c-name"><a class="name" href="{address}">{name}</a></td>{record}'
    '<td class="sec c-since">{since}</td><td class="sec c-until until-cell">{until}</td></tr>'
)
_RECORD_CELL = '<td class="c-rec"><a href="{address}">{name}</a></td>'
_EXTEND_LINK = (
    ' <a href="{address}?attachment={key}&amp;next={page}" data-inline="extend" '
    'aria-label="Extend… {label}">Extend…</a>'
)
_DETACH_BUTTON = (
    '<td class="act acts"><button type="submit" class="btn btn-sm btn-quiet" form="detach" name="row" '
    'value="{username}" data-busy="Detaching…" aria-label="Detach {label}">{cross}Detach</button>'
    '<a class="btn btn-sm btn-quiet" href="{address}?{query}" data-inline="detach" title="With a reason" '
    'aria-label="… Detach {label} with a reason">…</a></td>'
)
_DETACH_LINK = (
    '<td class="act acts"><a class="btn btn-sm btn-quiet" href="{address}?{query}" data-inline="detach" '
    'aria-label="Detach… {label}">{cross}Detach…</a></td>'
)


P = ParamSpec("P")


def joined(write: Callable[P, Iterator[str]]) -> Callable[P, SafeString]:
    @wraps(write)
    def join(*args: P.args, **options: P.kwargs) -> SafeString:
        return SafeString("".join(write(*args, **options)))

    return join


@joined
def of_records(
    records: Iterable[MonitorRecord], under_way: Mapping[int, Operation], *, has_boxes: bool
) -> Iterator[str]:
    """`has_boxes`: each begins with a box that selects it."""
    outside = chips.outside_chip()
    for record in records:
        yield _RECORD.format(
            key=record.pk,
            address=address("record", record.pk),
            box=_box(record.pk, record.name) if has_boxes else "",
            name=names.visible(record.name),
            ours=details.under_name(record),
            mailbox=mailbox_link(record.email),
            sample=states.sample(record.frequency).__html__(),
            customers=record.customer_count,
            last_change=changes.last_change(record).__html__(),
            state=_state(under_way.get(record.pk), outside if record.changed_outside else ""),
        )


@joined
def of_customers(customers: Iterable[Customer], *, has_boxes: bool) -> Iterator[str]:
    for customer in customers:
        yield _CUSTOMER.format(
            username=escape(customer.username),
            box=_box(customer.username, customer.username) if has_boxes else "",
            address=address("customer", customer.pk),
            name=names.visible(customer.username),
            records=_records_of(customer),
            count=customer.record_count,
            seen=times.ago(customer.first_seen).__html__(),
        )


@joined
def of_attachments(
    attachments: Iterable[OnRecord],
    under_way: Mapping[int, Operation],
    actions: "Actions | None",
    *,
    has_boxes: bool,
) -> Iterator[str]:
    """`actions` writes what can be done with each; None for somebody who may not."""
    outside = chips.outside_chip()
    for attachment in attachments:
        username = attachment.username
        label = escape(names.visible_text(username))
        yield _ATTACHMENT.format(
            key=attachment.pk,
            username=escape(username),
            box=_BOX.format(value=escape(username), label=label) if has_boxes else "",
            address=address("customer", attachment.customer_id),
            name=names.visible(username),
            since=changes.since(attachment).__html__(),
            until=until.until(attachment).__html__(),
            extend=actions.extend(attachment.pk, label) if actions else "",
            state=_state(under_way.get(attachment.pk), outside if attachment.is_outside else ""),
            detach=actions.detach(username, label) if actions else "",
        )


@joined
def of_mailbox(attachments: Iterable[Attachment], *, names_record: bool) -> Iterator[str]:
    """`names_record`: the mailbox has several."""
    for attachment in attachments:
        username, record = attachment.customer.username, attachment.record
        place = _RECORD_CELL.format(address=address("record", record.pk), name=names.visible(record.name))
        yield _ON_MAILBOX.format(
            key=attachment.pk,
            username=escape(username),
            address=address("customer", attachment.customer_id),
            name=names.visible(username),
            record=place if names_record else "",
            since=changes.since(attachment).__html__(),
            until=until.until(attachment).__html__(),
        )


class Actions:
    """What can be done with a customer on a record: another end, and taking it off.

    The latter at once by a button of the form above the table, or with a reason.
    """

    def __init__(self, record: MonitorRecord, page: str) -> None:
        self.detach_address, self.extend_address = reverse("detach", args=[record.pk]), reverse("extend")
        self.quoted_page = quote(page, safe="")
        self.record, self.cross = escape(names.visible_text(record.name)), icons.icon("x-lg")
        self.takes_reason = "detach" in settings.REQUIRE_REASON

    def extend(self, key: int, label: str) -> str:
        """`label` is the customer's name as HTML, to be read out."""
        return _EXTEND_LINK.format(
            address=self.extend_address, key=key, page=self.quoted_page, label=f"{label} on {self.record}"
        )

    def detach(self, username: str, label: str) -> str:
        return (_DETACH_LINK if self.takes_reason else _DETACH_BUTTON).format(
            username=escape(username),
            address=self.detach_address,
            query=f"user={quote(username, safe='')}&amp;next={self.quoted_page}",
            label=f"{label} from {self.record}",
            cross=self.cross,
        )


def _box(value: object, name: str) -> str:
    return _BOX.format(value=escape(str(value)), label=escape(names.visible_text(name)))


def _records_of(customer: Customer) -> str:
    more = customer.record_count - MAX_RECORD_LINKS
    return record_links(customer) + (f" and {more:,} more" if more > 0 else "")


def record_links(customer: Customer) -> str:
    """The first records that it is on now; in words that it is on none."""
    now: list[NamedRecord] = customer.records_now  # type: ignore[attr-defined]  # the selector adds it
    links = [
        f'<a href="{address("record", each.pk)}">{names.visible(each.name)}</a>'
        for each in now[:MAX_RECORD_LINKS]
    ]
    return ", ".join(links) or _NOT_MONITORED


def _state(operation: Operation | None, otherwise: str) -> str:
    return chips.chip(operation) if operation else otherwise
