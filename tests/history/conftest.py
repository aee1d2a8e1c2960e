"""An audit log of five events, and the way past its triggers that only a tamperer takes."""

from collections.abc import Callable

import pytest
from django.db import connection

from monitors.models import AuditEvent, Kind
from monitors.services.log import audit

DROP = {
    "sqlite": (
        "DROP TRIGGER audit_no_update",
        "DROP TRIGGER audit_no_delete",
        "DROP TRIGGER audit_only_at_the_end",
        "DROP TRIGGER audit_search",
    ),
    "postgresql": ("ALTER TABLE monitors_auditevent DISABLE TRIGGER USER",),
}


@pytest.fixture
def log(db: None) -> list[AuditEvent]:
    audit.write(*(audit.Event(kind=Kind.SIGN_IN, reason=f"number {it}") for it in range(1, 6)))
    return list(AuditEvent.objects.order_by("number"))


@pytest.fixture
def tamper(log: list[AuditEvent]) -> Callable[[str], None]:
    """Run SQL as somebody who owns the database and has taken the triggers away."""

    def run(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    for statement in DROP[connection.vendor]:
        run(statement)
    return run
