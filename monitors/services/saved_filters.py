"""What people save under a name of a long table: its filters, its search and its order."""

from django.contrib.auth.models import User
from django.db import transaction

from monitors.models import Kind, Right, SavedFilter
from monitors.models.person import display_name
from monitors.services import rights
from monitors.services.errors import Invalid
from monitors.services.log import audit

Page = SavedFilter.Page
MAX_FILTER_NAME, MAX_QUERY = 100, 2000  # characters
MAX_FILTERS = 50  # a person
TOO_MANY = f"You have {MAX_FILTERS} saved views. Delete one first, or save under one of their names."
RIGHTS = {Page.AUDIT: Right.AUDIT, Page.RECORDS: Right.LOOK, Page.CUSTOMERS: Right.LOOK}


def save(*, actor: User, page: SavedFilter.Page, name: str, query: str) -> SavedFilter:
    """Save `query` under the name; the person's own one of this name is replaced. Raises Denied, Invalid."""
    rights.demand(actor, RIGHTS[page])
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= MAX_FILTER_NAME:
        raise Invalid("name", f"A name has 1 to {MAX_FILTER_NAME} characters.")
    if not 0 < len(query) <= MAX_QUERY:
        raise Invalid(None, "Set a filter first, then save it under a name.")
    with transaction.atomic():
        own = SavedFilter.objects.filter(owner=actor)
        before = own.filter(page=page, name=name).values_list("query", flat=True).first()
        if before is None and own.count() >= MAX_FILTERS:
            raise Invalid("name", TOO_MANY)
        saved, _ = SavedFilter.objects.update_or_create(
            owner=actor, page=page, name=name, defaults={"query": query}
        )
        if query != before:
            _note(Kind.FILTER_SAVED, actor, saved, before=before or "")
    return saved


def delete(*, actor: User, saved: SavedFilter) -> None:
    """The owner may delete it, and administrators. Raises Denied, Invalid."""
    rights.demand(actor, RIGHTS[Page(saved.page)])
    if saved.owner_id != actor.pk and not rights.may(actor, Right.GOVERN):
        raise Invalid(None, f"Only {display_name(saved.owner)} or an administrator can delete this view.")
    with transaction.atomic():
        _note(Kind.FILTER_DELETED, actor, saved, **_owner_if_other(actor, saved))
        saved.delete()


def _owner_if_other(actor: User, saved: SavedFilter) -> dict[str, str]:
    return {} if saved.owner_id == actor.pk else {"owner": saved.owner.get_username()}


def _note(kind: Kind, actor: User, saved: SavedFilter, **more: str) -> None:
    details = {"name": saved.name, "page": str(saved.page), "query": saved.query} | more
    audit.write(audit.Event(kind=kind, source="web", details=details, **audit.by(actor)))
