"""An export is an audit event, written before its first row leaves."""

from django.contrib.auth.models import User

from monitors.models import Kind, Right
from monitors.services import rights
from monitors.services.log import audit


def note(*, actor: User, table: str, file_format: str, filters: dict[str, str], rows: int) -> None:
    """`table` is monitored or audit; `filters` as they stand in the address. Raises Denied."""
    rights.demand(actor, Right.AUDIT)
    details = {"table": table, "format": file_format, "filters": filters, "rows": rows}
    audit.write(audit.Event(kind=Kind.EXPORT, source="web", details=details, **audit.by(actor)))
