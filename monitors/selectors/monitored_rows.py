"""The rows of who was monitored at a moment, as plain tuples: four models a row were most of what a page cost."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from monitors.models import Attachment
from monitors.models.operation import State, said_success
from monitors.selectors.monitored import began

Revision = tuple[str, str, int | None]  # name, mailbox, frequency


class AttachmentRow(NamedTuple):
    """What pages and files say of an attachment, with its two operations as far as they name them."""

    id: int
    record_id: int
    record__name: str
    customer_id: int
    customer__username: str
    since: datetime
    attached_after: datetime | None
    detached_at: datetime | None
    detached_after: datetime | None
    is_baseline: bool
    reason: str
    expires_at: datetime | None
    is_endless: bool
    began_by_id: UUID | None
    began_by__actor_name: str | None
    began_by__state: str | None
    began_by__words: list[str] | None
    ended_by_id: UUID | None
    ended_by__actor_name: str | None
    ended_by__state: str | None
    ended_by__words: list[str] | None
    ended_by__reason: str | None
    ended_by__task: str | None
    ended_by__record_name: str | None
    ended_by__source: str | None
    ended_by__before__set_by: str | None


class MonitoredRow(NamedTuple):
    """An attachment with its record as it was then; `revision` None: not known. `began_roles` are of who began it."""

    attachment: AttachmentRow
    revision: Revision | None
    began_roles: str

    @property
    def pk(self) -> int:
        return self.attachment.id

    @property
    def record_name(self) -> str:
        return self.revision[0] if self.revision else self.attachment.record__name

    @property
    def is_renamed(self) -> bool:
        return self.record_name != self.attachment.record__name

    @property
    def began_with_success(self) -> bool:
        row = self.attachment
        return said_success(row.began_by__words or [], row.began_by__state)

    @property
    def ended_with_success(self) -> bool:
        row = self.attachment
        return said_success(row.ended_by__words or [], row.ended_by__state)

    @property
    def has_doubtful_end(self) -> bool:
        """As Attachment.has_doubtful_end."""
        row = self.attachment
        is_ended_outside = row.detached_at is not None and row.ended_by_id is None
        return is_ended_outside and row.began_by__state == State.CONTRADICTED


_OF_REVISION = ("as_it_was__id", "as_it_was__name", "as_it_was__email", "as_it_was__frequency")


def as_they_were(attachments: QuerySet[Attachment], moment: datetime) -> QuerySet[Any]:
    """Each with the record as it was then, and the roles of who began it; `row_of` reads them."""
    lasting = Q(record__revisions__until=None) | Q(record__revisions__until__gt=moment)
    then = FilteredRelation("record__revisions", condition=lasting & Q(record__revisions__since__lte=moment))
    rows = with_roles(attachments.annotate(as_it_was=then))
    return rows.values_list(*AttachmentRow._fields, *_OF_REVISION, "roles")


def with_roles(attachments: QuerySet[Attachment]) -> QuerySet[Any]:
    """With the `roles` that whoever began it had then."""
    started = began().filter(operation_id=OuterRef("began_by"))
    return attachments.annotate(roles=Coalesce(Subquery(started.values("actor_roles")[:1]), Value("")))


def row_of(columns: tuple[Any, ...]) -> MonitoredRow:
    """Of an attachment that was read `as_they_were`."""
    *attachment, revision, name, email, frequency, roles = columns
    known = (name, email, frequency) if revision is not None else None
    return MonitoredRow(AttachmentRow._make(attachment), known, roles)
