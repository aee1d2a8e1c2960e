"""Reasons with their tickets as links."""

import logging
import re
from typing import Any
from urllib.parse import quote

from django.conf import settings

from monitors.limits import USUAL_TICKET
from monitors.wording.text import Link, Name, Part, Text

logger = logging.getLogger(__name__)
SECONDS = 0.05  # for one reason; a pattern that takes longer is not used again
_slow_patterns: set[str] = set()


def ticket_links(reason: str) -> Text:
    """The reason with its characters visible; what TICKET_PATTERN finds leads to TICKET_URL."""
    if not settings.TICKET_URL.startswith(("https://", "http://")):
        return Text((Name(reason),))
    return Text(tuple(_parts(reason)))


def ticket(reason: str) -> str:
    """The first ticket that the reason names, empty without one."""
    return next((found.group() for found in _tickets(reason)), "")


def _parts(reason: str) -> list[Part]:
    parts: list[Part] = []
    end = 0
    for found in _tickets(reason):
        parts += [*_words(reason[end : found.start()]), _link(found.group())]
        end = found.end()
    return [*parts, *_words(reason[end:])]


def _tickets(reason: str) -> list[Any]:
    """What TICKET_PATTERN finds, but for nothing; a pattern that runs away finds nothing from then on."""
    pattern: str = settings.TICKET_PATTERN
    if pattern == USUAL_TICKET:
        return list(re.finditer(pattern, reason))
    if pattern in _slow_patterns:
        return []
    import regex  # noqa: PLC0415 - 6 MB that only a pattern of one's own needs

    try:
        return [found for found in regex.finditer(pattern, reason, timeout=SECONDS) if found.group()]
    except TimeoutError:
        _slow_patterns.add(pattern)
        logger.error("TICKET_PATTERN takes too long; tickets are not found until the next start")  # noqa: TRY400
        return []


def _link(ticket: str) -> Link:
    return Link(settings.TICKET_URL.replace("{id}", quote(ticket, safe="")), Name(ticket), is_external=True)


def _words(text: str) -> list[Part]:
    """Spaces beside a ticket are ordinary ones, not the marked edge of a name."""
    core = text.strip(" ")
    if not core:
        return [text]
    before, _, after = text.partition(core)
    return [before, Name(core), after]
