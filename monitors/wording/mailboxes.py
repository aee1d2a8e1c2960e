"""A mailbox as people read it: a link to its page."""

from html import escape

from django.utils.safestring import SafeString

from monitors.wording import names
from monitors.wording.addresses import mailbox_address

NOT_READABLE = SafeString('<span class="mute">not readable</span>')


def mailbox_title(email: str) -> SafeString:
    """Where it does not fit in one line, the next begins behind the @."""
    local, at, domain = email.rpartition("@")
    return (
        SafeString(f"{names.visible(local)}{at}<wbr>{names.visible(domain)}") if at else names.visible(email)
    )


def mailbox_link(email: str) -> SafeString:
    if not email:
        return NOT_READABLE
    return SafeString(f'<a href="{escape(mailbox_address(email))}">{names.visible(email)}</a>')
