"""A record's owner and tags as people read them; each leads to the records that share it."""

from html import escape
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from monitors.models import MonitorRecord, RecordDetails
from monitors.models.person import display_name
from monitors.wording import names


def under_name(record: MonitorRecord) -> SafeString:
    """In a table, below the name; the row was read with its details."""
    details: RecordDetails | None = getattr(record, "details", None)
    parts = [owner_link(details), tag_links(details)] if details else []
    shown = " · ".join(part for part in parts if part)
    return SafeString(f'<small class="ours">{shown}</small>' if shown else "")


def owner_link(details: RecordDetails) -> SafeString:
    if details.owner is None:
        return SafeString("")
    return _link(names.visible(display_name(details.owner)), owner=details.owner.get_username())


def tag_links(details: RecordDetails) -> SafeString:
    return SafeString(", ".join(_link(names.visible(tag), tag=tag) for tag in details.tags))


def _link(label: SafeString, **filters: str) -> SafeString:
    return SafeString(f'<a href="{escape(reverse("records"))}?{escape(urlencode(filters))}">{label}</a>')
