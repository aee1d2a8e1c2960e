"""Answers for a page that stays where it is: the rows, counts and words that operations change, and nothing else."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from monitors.models import Attachment, Customer, MonitorRecord, Operation, Right, Task
from monitors.selectors import customers, history, on_record, operations, records, touched
from monitors.services import rights
from monitors.views import rows
from monitors.views.access import DeskRequest
from monitors.wording import timeline, undo
from monitors.wording.operations import told
from monitors.wording.states import is_under_way

_PLACE = re.compile(r"(record|customer|review)(?:-([0-9]{1,15}))?")
NEW_ROW = "afterbegin:#rows"


@dataclass(frozen=True, slots=True)
class Piece:
    """HTML and where it goes, as htmx's hx-swap-oob says it; left out where the page has `unless` already."""

    swap: str
    html: str = ""
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The page that asks: a record's, a customer's, or the review; `key` is the record's or customer's."""

    kind: str
    key: int

    @property
    def path(self) -> str:
        return reverse(self.kind, args=[self.key]) if self.key else reverse(self.kind)


def place_of(sent: QueryDict) -> Place | None:
    """Where the request comes from, None for one that loads a page."""
    match = _PLACE.fullmatch(sent.get("on", ""))
    return Place(match[1], int(match[2] or 0)) if match else None


def of_operations(
    request: DeskRequest,
    place: Place | None,
    changed: Sequence[Operation],
    *,
    notice: Operation | None = None,
    pieces: Iterable[Piece] = (),
    is_new: bool = False,
) -> HttpResponse:
    """All that these operations change on the page; `new` ones get a row, and a line of its history."""
    context = {
        "chips": changed,
        "notice": notice,
        "pieces": [*_pieces(request, place, changed, is_new=is_new), *pieces],
        "said": told(changed),
    }
    return render(request, "monitors/_in_place.html", context)


def of_words(request: DeskRequest, words: str, pieces: Iterable[Piece]) -> HttpResponse:
    """What was done without an operation."""
    context = {"pieces": list(pieces), "said": words, "message": words}
    return render(request, "monitors/_in_place.html", context)


def rows_anew(request: DeskRequest, place: Place, attachments: Sequence[Attachment]) -> Iterator[Piece]:
    """Each of these attachments' rows as it is now; on the review they are decided about and go."""
    if place.kind == "review":
        yield from (Piece(f"delete:tr[data-attachment='{each.pk}']") for each in attachments)
        return
    writer = _Writer.on(request, place)
    if writer is None:
        return
    for each in attachments:
        yield Piece(f"outerHTML:#a{each.pk}", writer.row(each, None))


def _pieces(
    request: DeskRequest, place: Place | None, changed: Sequence[Operation], *, is_new: bool
) -> Iterator[Piece]:
    writer = _Writer.on(request, place) if place else None
    if writer is None:
        return
    found = touched.by(changed)
    for operation in changed:
        yield from _rows(writer, operation, found, is_new=is_new)
    yield writer.summary()
    if writer.count == 0:
        yield writer.emptiness()
    yield from _history(request, writer, changed, is_new=is_new)


def _rows(
    writer: "_Writer", operation: Operation, found: Iterable[Attachment], *, is_new: bool
) -> Iterator[Piece]:
    own = [each for each in found if writer.shows(each) and each.customer.username == operation.username]
    is_append = operation.task == Task.APPEND
    lasting = [each for each in own if each.detached_at is None and _concerns(operation, each)]
    yield from (Piece(f"delete:#a{each.pk}") for each in own if each.detached_at is not None)
    for each in lasting:
        row, at = writer.row(each, operation), f"#a{each.pk}"
        if is_append and is_new:
            yield Piece(NEW_ROW, row, unless=at)
        yield Piece(f"outerHTML:{at},#o{operation.pk}" if is_append else f"outerHTML:{at}", row)
    if is_append and not lasting and writer.is_of(operation):
        at = f"#o{operation.pk}"
        if is_new:
            yield Piece(NEW_ROW, writer.pending_row(operation), unless=at)
        else:
            yield Piece(f"outerHTML:{at}", writer.pending_row(operation))


def _concerns(operation: Operation, attachment: Attachment) -> bool:
    return operation.record_id in (None, attachment.record_id)


def _history(
    request: DeskRequest, writer: "_Writer", changed: Sequence[Operation], *, is_new: bool
) -> Iterator[Piece]:
    own = [operation for operation in changed if writer.is_of(operation)]
    history.read_departures(own)
    may, token = rights.by_name(request.user), get_token(request)
    for operation in own:
        back = undo.of_operation(operation, may=may, token=token, kind="btn-quiet")
        line = timeline.operation(operation, undo=back)
        at = f"#history li[data-operation='{operation.pk}']"
        if is_new:
            yield Piece("afterbegin:#history .line", line, unless=at)
        else:
            yield Piece(f"outerHTML:{at}", line)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes what one record's or customer's page shows."""

    request: DeskRequest
    place: Place
    record: MonitorRecord | None
    customer: Customer | None

    @classmethod
    def on(cls, request: DeskRequest, place: Place) -> "_Writer | None":
        record = records.get(place.key) if place.kind == "record" else None
        customer = customers.get(place.key) if place.kind == "customer" else None
        return cls(request, place, record, customer) if record or customer else None

    def shows(self, attachment: Attachment) -> bool:
        key = attachment.record_id if self.record else attachment.customer_id
        return key == self.place.key

    def is_of(self, operation: Operation) -> bool:
        if self.record:
            return operation.record_id == self.record.pk
        return self.customer is not None and operation.username == self.customer.username

    def row(self, attachment: Attachment, operation: Operation | None) -> str:
        shown = operation if operation and is_under_way(operation) else None
        if self.record:
            may_act = rights.may(self.request.user, Right.ATTACH)
            return rows.of_attachments(
                [on_record.row_of(attachment)],
                {attachment.pk: shown} if shown else {},
                rows.Actions(self.record, self.place.path) if may_act else None,
                has_boxes=self._has_boxes,
            )
        context = {"attachment": attachment, "customer": self.customer, "operation": shown}
        return self._write("_customer_row", context)

    def pending_row(self, operation: Operation) -> str:
        if self.record:
            return self._write("_append_row", {"operation": operation, "has_boxes": self._has_boxes})
        return self._write("_customer_append_row", {"operation": operation, "customer": self.customer})

    def summary(self) -> Piece:
        """The counts, and what is under way on the record itself."""
        if self.record:
            under_way = operations.under_way_on_record(self.record, [])
            context = {
                "record": self.record,
                "details": records.details(self.record),
                "record_operation": under_way.on_record,
            }
            return Piece("outerHTML:#facts", self._write("_record_facts", context))
        return Piece("outerHTML:#now", self._write("_customer_now", {"customer": self.customer}))

    @property
    def count(self) -> int:
        """Of the rows that the whole page has."""
        return (
            self.record.customer_count if self.record else self.customer.record_count if self.customer else 0
        )

    def emptiness(self) -> Piece:
        """What stands where the last row has gone."""
        template = "_no_customers" if self.record else "_no_records"
        html = self._write(template, {"record": self.record})
        return Piece("beforeend:#sheet", html, unless="#sheet .empty, #rows > tr")

    @property
    def _has_boxes(self) -> bool:
        return (
            self.record is not None
            and self.record.gone_at is None
            and rights.may(self.request.user, Right.PLAN)
        )

    def _write(self, template: str, context: dict[str, Any]) -> str:
        page = {"page_path": self.place.path}
        return render_to_string(f"monitors/{template}.html", context | page, self.request)
