"""The customers on a record, as plain tuples: three models for each of fifty rows were much of what its page cost."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from monitors.models import Attachment
from monitors.models.operation import said_success


class Beginning(NamedTuple):
    """What a row tells of the operation that began it."""

    source: str
    actor_name: str
    words: list[str]
    state: str
    before: dict[str, Any]

    @property
    def has_success(self) -> bool:
        return said_success(self.words, self.state)


class OnRecord(NamedTuple):
    """A customer on a record now."""

    id: int
    record_id: int
    customer_id: int
    customer__username: str
    since: datetime
    attached_after: datetime | None
    is_baseline: bool
    reason: str
    expires_at: datetime | None
    is_endless: bool
    retry_at: datetime | None
    began_by_id: UUID | None
    began_by__source: str
    began_by__actor_name: str
    began_by__words: list[str]
    began_by__state: str
    began_by__before: dict[str, Any]

    @property
    def pk(self) -> int:
        return self.id

    @property
    def username(self) -> str:
        return self.customer__username

    @property
    def is_outside(self) -> bool:
        """As Attachment.is_outside."""
        return self.began_by_id is None and not self.is_baseline

    @property
    def began_by(self) -> Beginning | None:
        if self.began_by_id is None:
            return None
        return Beginning._make(self[-len(Beginning._fields) :])


def as_shown(attachments: QuerySet[Attachment]) -> QuerySet[Attachment, Any]:
    return attachments.values_list(*OnRecord._fields)


def row_of(attachment: Attachment) -> OnRecord:
    """Of one that was read with its customer and the operation that began it."""
    columns = {
        **{name: getattr(attachment, name) for name in OnRecord._fields if "__" not in name},
        "customer__username": attachment.username,
        **{f"began_by__{name}": getattr(attachment.began_by, name, None) for name in Beginning._fields},
    }
    return OnRecord(**columns)
