"""The e-mail that says what ends soon."""

from collections.abc import Sequence

from django.conf import settings

from monitors.models import Attachment
from monitors.wording.names import visible_text
from monitors.wording.text import plural
from monitors.wording.times import absolute

MAX_LINES = 50


def message(attachments: Sequence[Attachment]) -> tuple[str, str]:
    """Subject and text; no name stands in the subject."""
    count = plural(len(attachments), "customer", "customers")
    lines = [_line(attachment) for attachment in attachments[:MAX_LINES]]
    more = len(attachments) - MAX_LINES
    text = [
        f"The monitoring of {count} that you appended ends within a day:",
        "",
        *lines,
        *([f"and {more:,} more"] if more > 0 else []),
        "",
        f"Extend them, or let them end: {settings.DESK_URL.rstrip('/')}/review/",
        "You get at most one of these messages a day.",
    ]
    return f"Monitor Desk: {count} ending within a day", "\n".join(text)


def _line(attachment: Attachment) -> str:
    customer, record = visible_text(attachment.customer.username), visible_text(attachment.record.name)
    reason = f" ({visible_text(attachment.reason)})" if attachment.reason else ""
    return f"- {customer} on {record}, {absolute(attachment.expires_at)}{reason}"
