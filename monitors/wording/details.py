"""A record's owner and tags as people read them; each leads to the records that share it."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from monitors.models import MonitorRecord, RecordDetails
from monitors.models.person import display_name
from monitors.wording import names
from monitors.wording.text import Name, Part, Quoted, Text, compose, join


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


def details_kept(before: Mapping[str, Any]) -> Text:
    """What a record that is created will have, as its operation or change keeps it; empty for nothing."""
    kept = before.get("details", {})
    return join(" · ", _kept_parts(kept) if kept else ())


def _kept_parts(kept: Mapping[str, Any]) -> Iterator[Part]:
    if kept["owner"]:
        yield compose("owner {}", Name(kept["owner"]))
    if kept["tags"]:
        yield compose("tags {}", join(", ", map(Name, kept["tags"])))
    if kept["description"]:
        yield Quoted(kept["description"])


def _link(label: SafeString, **filters: str) -> SafeString:
    return SafeString(f'<a href="{escape(reverse("records"))}?{escape(urlencode(filters))}">{label}</a>')
