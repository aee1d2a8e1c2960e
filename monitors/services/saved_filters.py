"""Filters of the audit log that people save under a name."""

from django.contrib.auth.models import User
from django.db import transaction

from monitors.models import Kind, Right, SavedFilter
from monitors.services import rights
from monitors.services.errors import Denied, Invalid
from monitors.services.log import audit

MAX_FILTER_NAME, MAX_QUERY = 100, 2000  # characters
MAX_FILTERS = 50  # a person
TOO_MANY = f"You have {MAX_FILTERS} filters. Delete one first, or save under one of their names."


def save(*, actor: User, name: str, query: str) -> SavedFilter:
    """Save `query` under the name; the person's own filter of this name is replaced. Raises Denied, Invalid."""
    rights.demand(actor, Right.AUDIT)
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= MAX_FILTER_NAME:
        raise Invalid("name", f"A name has 1 to {MAX_FILTER_NAME} characters.")
    if not 0 < len(query) <= MAX_QUERY:
        raise Invalid(None, "Set a filter first, then save it under a name.")
    with transaction.atomic():
        own = SavedFilter.objects.filter(owner=actor)
        before = own.filter(name=name).values_list("query", flat=True).first()
        if before is None and own.count() >= MAX_FILTERS:
            raise Invalid("name", TOO_MANY)
        saved, _ = SavedFilter.objects.update_or_create(owner=actor, name=name, defaults={"query": query})
        if query != before:
            _note(Kind.FILTER_SAVED, actor, saved, before=before or "")
    return saved


def delete(*, actor: User, saved: SavedFilter) -> None:
    """The owner may delete it, and administrators. Raises Denied."""
    rights.demand(actor, Right.AUDIT)
    if saved.owner_id != actor.pk and not rights.may(actor, Right.GOVERN):
        raise Denied(Right.GOVERN)
    with transaction.atomic():
        _note(Kind.FILTER_DELETED, actor, saved, **_owner_if_other(actor, saved))
        saved.delete()


def _owner_if_other(actor: User, saved: SavedFilter) -> dict[str, str]:
    return {} if saved.owner_id == actor.pk else {"owner": saved.owner.get_username()}


def _note(kind: Kind, actor: User, saved: SavedFilter, **more: str) -> None:
    details = {"name": saved.name, "query": saved.query} | more
    audit.write(audit.Event(kind=kind, source="web", details=details, **audit.by(actor)))
