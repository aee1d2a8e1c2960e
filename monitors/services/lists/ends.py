"""Ends that count from the confirmation: provisional since the answer, set anew when a list confirms the append."""

from collections.abc import Iterable
from datetime import datetime

from monitors.models import Attachment, Operation, State, Task
from monitors.models.saving import save_each
from monitors.services import until


def count_from_confirmation(operations: Iterable[Operation], at: datetime) -> None:
    """Under the writers' lock. An end that somebody has changed meanwhile stays as it is."""
    confirmed = {
        operation.pk: operation
        for operation in operations
        if (operation.task, operation.state) == (Task.APPEND, State.CONFIRMED) and operation.until
    }
    if not confirmed:
        return
    begun = Attachment.objects.lasting().filter(began_by__in=confirmed).exclude(expires_at=None)
    moved = []
    for attachment in begun.only("began_by_id", "attached_at", "expires_at"):
        chosen = until.parse(confirmed[attachment.began_by_id].until)  # type: ignore[index]
        if attachment.expires_at == chosen.end(attachment.attached_at):
            attachment.expires_at = chosen.end(at)
            moved.append(attachment)
    save_each(moved, ("expires_at",))
