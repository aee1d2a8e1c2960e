"""Entries of a timeline that nobody here made, each written at once: there may be thirty beside a record."""

from datetime import datetime
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString

from monitors.models import AuditEvent
from monitors.wording import icons
from monitors.wording.addresses import address
from monitors.wording.ends import where_from
from monitors.wording.events import event_sentence
from monitors.wording.text import Link, Part, compose, join
from monitors.wording.tickets import ticket_links
from monitors.wording.times import ago, between

_ENTRY = '<li class="out" data-event="{number}"><p>{sentence}</p><small>{about}</small>{undo}</li>'
_UNDO = (
    '<form method="post" action="{address}"><input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    '<input type="hidden" name="next" value="{page}"><button type="submit" class="btn btn-sm btn-quiet">{icon}'
    "Make it as it was…</button></form>"
)


def difference(event: AuditEvent, *, window_start: datetime | None, undo: str = "") -> SafeString:
    """What a list showed: `window_start` is when the list before was asked for; `undo` is HTML."""
    return SafeString(
        _ENTRY.format(
            number=event.number,
            sentence=event_sentence(event).__html__(),
            about=join(" · ", _about(event, window_start)).__html__(),
            undo=undo,
        )
    )


def _about(event: AuditEvent, window_start: datetime | None) -> list[Part]:
    parts: list[Part] = [
        between(window_start, event.at) if window_start else ago(event.at),
        where_from(event),
    ]
    if event.reason:
        parts.append(ticket_links(event.reason))
    if event.refresh_id:
        parts.append(compose("seen in {}", Link(address("refreshed", event.refresh_id), "a list")))
    return parts


def make_as_it_was(event: AuditEvent, *, token: str, page: str) -> str:
    """The button that begins a plan; `page` is where its Cancel leads."""
    return _UNDO.format(
        address=reverse("undo_difference", args=[event.number]),
        token=escape(token),
        page=escape(page),
        icon=icons.icon("arrow-counterclockwise"),
    )
