"""Reasons with their tickets as links."""

import re
from urllib.parse import quote

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitors.wording.names import visible


def ticket_links(reason: str) -> SafeString:
    """The reason as `visible` shows it; what TICKET_PATTERN finds leads to TICKET_URL."""
    if not settings.TICKET_URL.startswith(("https://", "http://")):
        return visible(reason)
    return format_html_join("", "{}", ((piece,) for piece in _pieces(reason)))


def _pieces(reason: str) -> list[SafeString]:
    pieces, end = [], 0
    for found in re.finditer(settings.TICKET_PATTERN, reason):
        if found.group():
            pieces += [_between(reason[end : found.start()]), _link(found.group())]
            end = found.end()
    return [*pieces, _between(reason[end:])]


def _link(ticket: str) -> SafeString:
    url = settings.TICKET_URL.replace("{id}", quote(ticket, safe=""))
    return format_html('<a href="{}" rel="external noreferrer">{}</a>', url, visible(ticket))


def _between(text: str) -> SafeString:
    """Spaces beside a ticket are ordinary ones, not the odd edge of a name."""
    core = text.strip(" ")
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :] if core else ""
    return format_html("{}{}{}", before, visible(core) if core else "", after)
