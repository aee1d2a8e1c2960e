"""Reasons with their tickets as links."""

import re
from urllib.parse import quote

from django.conf import settings

from monitors.wording.text import Link, Name, Part, Text


def ticket_links(reason: str) -> Text:
    """The reason with its characters visible; what TICKET_PATTERN finds leads to TICKET_URL."""
    if not settings.TICKET_URL.startswith(("https://", "http://")):
        return Text((Name(reason),))
    return Text(tuple(_parts(reason)))


def ticket(reason: str) -> str:
    """The first ticket that the reason names, empty without one."""
    found = (each.group() for each in re.finditer(settings.TICKET_PATTERN, reason))
    return next(filter(None, found), "")


def _parts(reason: str) -> list[Part]:
    parts: list[Part] = []
    end = 0
    for ticket in re.finditer(settings.TICKET_PATTERN, reason):
        if ticket.group():
            parts += [*_words(reason[end : ticket.start()]), _link(ticket.group())]
            end = ticket.end()
    return [*parts, *_words(reason[end:])]


def _link(ticket: str) -> Link:
    return Link(settings.TICKET_URL.replace("{id}", quote(ticket, safe="")), Name(ticket), is_external=True)


def _words(text: str) -> list[Part]:
    """Spaces beside a ticket are ordinary ones, not the marked edge of a name."""
    core = text.strip(" ")
    if not core:
        return [text]
    before, _, after = text.partition(core)
    return [before, Name(core), after]
