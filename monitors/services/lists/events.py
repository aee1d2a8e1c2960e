"""The audit events of what a list changes in the mirror."""

from dataclasses import dataclass
from typing import Any

from monitors.gateway.records import Record
from monitors.models import Attachment, Kind, MonitorRecord, Refresh
from monitors.services.lists.mirror import Cause, NewAttachment
from monitors.services.log import audit


@dataclass(frozen=True, slots=True)
class Events:
    """Those of one list."""

    refresh: Refresh

    def of_record(self, change: str, row: MonitorRecord, cause: Cause, **details: Any) -> audit.Event:
        return self._event(change, cause, details, record_id=row.pk, record_name=row.name)

    def of_attachment(
        self, change: str, attachment: Attachment | NewAttachment, cause: Cause, **details: Any
    ) -> audit.Event:
        return self._event(change, cause, details, **audit.on(attachment.record, attachment.customer))

    def _event(self, change: str, cause: Cause, details: dict[str, Any], **columns: Any) -> audit.Event:
        operation = cause.operation
        window = {"after": cause.after.isoformat() if cause.after else None, "at": cause.at.isoformat()}
        return audit.Event(
            kind=Kind.DIFFERENCE,
            **(audit.by_whoever_asked(cause.doer) if cause.doer else {}),
            source="refresh" if operation else "outside",
            operation_id=operation.uuid if operation else None,
            refresh_id=self.refresh.pk,
            details={"change": change, "window": window} | details,
            **columns,
        )


def fields_of(record: Record | MonitorRecord) -> dict[str, str | int | None]:
    return {"name": record.name, "email": record.email, "frequency": record.frequency}
