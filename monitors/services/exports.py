"""Taking data out of the desk is an audit event, written before the first row leaves."""

from django.contrib.auth.models import User

from monitors.models import Right
from monitors.services import audit, rights

KIND = "export"


def note(*, actor: User, table: str, file_format: str, filters: dict[str, str], rows: int) -> None:
    """`table` is monitored or audit; `filters` as they stand in the address. Raises Denied."""
    rights.demand(actor, Right.AUDIT)
    details = {"table": table, "format": file_format, "filters": filters, "rows": rows}
    audit.write(audit.Event(kind=KIND, source="web", details=details, **audit.by(actor)))
