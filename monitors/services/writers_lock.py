"""The one writers' lock: whoever writes operations, the mirror or the audit log takes it first.

It is the row lock of the one AuditChain row, held until the caller's transaction ends. It orders our writes
against lists and keeps the audit chain from forking. No call to the upstream is ever made under it.
"""

from django.db.models import QuerySet

from monitors.models import AuditChain, prepared


def take() -> AuditChain:
    """Take the lock inside the caller's transaction; the row is the head of the audit chain."""
    return prepared.only("chain", _locked)


def _locked() -> QuerySet[AuditChain]:
    return AuditChain.objects.select_for_update().filter(pk=1)
