"""The one writers' lock: whoever writes operations, the mirror or the audit log takes it first.

It is the row lock of the one AuditChain row, held until the caller's transaction ends. It orders our writes
against lists and keeps the audit chain from forking. No call to the upstream is ever made under it.
"""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from monitors.models import AuditChain, fixed, prepared
from monitors.services import clock

# The clock is read once the row is locked: what is selected of it waits for it.
_WITH_CLOCK = """
    WITH chain AS MATERIALIZED (SELECT id, length, head FROM monitors_auditchain WHERE id = 1 FOR UPDATE)
    SELECT id, length, head, clock_timestamp() FROM chain
"""


def take() -> AuditChain:
    """Take the lock inside the caller's transaction; the row is the head of the audit chain."""
    return prepared.only("chain", _locked)


def take_at() -> tuple[AuditChain, datetime]:
    """The same, and the time of the database as `clock` tells it under the lock; on PostgreSQL by one statement."""
    if connection.vendor != "postgresql" or not clock.is_of_the_database():
        return take(), clock.now()
    with fixed.cursor() as cursor:
        cursor.execute(_WITH_CLOCK)
        *columns, now = cursor.fetchone()
    return AuditChain.from_db(connection.alias, ["id", "length", "head"], columns), now


def _locked() -> QuerySet[AuditChain]:
    return AuditChain.objects.select_for_update().filter(pk=1)
