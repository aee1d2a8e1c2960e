"""Ends that count from the confirmation: provisional since the answer, set anew when a list confirms the append."""

from collections.abc import Iterable
from datetime import datetime

from monitors.models import Attachment, Operation, State, Task
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
    for attachment in Attachment.objects.lasting().filter(began_by__in=confirmed).exclude(expires_at=None):
        chosen = until.parse(confirmed[attachment.began_by_id].until)  # type: ignore[index]
        if attachment.expires_at == chosen.end(attachment.attached_at):
            attachment.expires_at = chosen.end(at)
            attachment.save(update_fields=["expires_at"])
