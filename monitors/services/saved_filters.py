"""Filters of the audit log that people name, so that they and others find them again."""

from django.contrib.auth.models import User

from monitors.models import Right, SavedFilter
from monitors.services import rights
from monitors.services.errors import Denied, Invalid

LONGEST_NAME, LONGEST_QUERY = 100, 2000


def save(*, actor: User, name: str, query: str) -> SavedFilter:
    """Keep `query` under the name; a filter of one's own with this name is replaced. Raises Denied, Invalid."""
    rights.demand(actor, Right.AUDIT)
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid("name", f"A name has 1 to {LONGEST_NAME} characters.")
    if not 0 < len(query) <= LONGEST_QUERY:
        raise Invalid(None, "Set a filter first; then it can be kept under a name.")
    saved, _ = SavedFilter.objects.update_or_create(owner=actor, name=name, defaults={"query": query})
    return saved


def delete(*, actor: User, saved: SavedFilter) -> None:
    """Its owner may, and whoever governs the desk. Raises Denied."""
    rights.demand(actor, Right.AUDIT)
    if saved.owner_id != actor.pk and not rights.may(actor, Right.GOVERN):
        raise Denied(Right.GOVERN)
    saved.delete()
