"""Renames outside the desk: a record that vanished beside a new one with the same mailbox, rate and customers."""

from monitors.models.attachment import Attachment
from monitors.models.record import MonitorRecord


def probable_successor(gone: MonitorRecord) -> MonitorRecord | None:
    """The one record that the list which lost `gone` shows instead; None where none or several could be."""
    if gone.gone_at is None or gone.successors.exists() or not _ended_outside(gone):
        return None
    same = MonitorRecord.objects.filter(
        first_seen=gone.gone_at,
        email=gone.email,
        frequency=gone.frequency,
        continues=None,
        revisions__since=gone.gone_at,
        revisions__began_by=None,
    )
    customers = _customers_when_gone(gone)
    candidates = [record for record in same.distinct() if _first_customers(record) == customers]
    return candidates[0] if len(candidates) == 1 else None


def probable_predecessor(record: MonitorRecord) -> MonitorRecord | None:
    """The one gone record whose probable successor this is."""
    if record.continues_id is not None:
        return None
    same = MonitorRecord.objects.filter(
        gone_at=record.first_seen, email=record.email, frequency=record.frequency
    )
    candidates = [gone for gone in same if probable_successor(gone) == record]
    return candidates[0] if len(candidates) == 1 else None


def line(record: MonitorRecord) -> list[int]:
    """The keys of the record and of those whose history it continues, the record itself first."""
    keys: list[int] = []
    current: MonitorRecord | None = record
    while current is not None and current.pk not in keys:
        keys.append(current.pk)
        current = current.continues
    return keys


def _ended_outside(gone: MonitorRecord) -> bool:
    return gone.revisions.filter(until=gone.gone_at, ended_by=None).exists()


def _customers_when_gone(gone: MonitorRecord) -> set[int]:
    ended = Attachment.objects.filter(record=gone, detached_at=gone.gone_at, ended_by=None)
    return set(ended.values_list("customer_id", flat=True))


def _first_customers(record: MonitorRecord) -> set[int]:
    begun = Attachment.objects.filter(record=record, attached_at=record.first_seen, began_by=None)
    return set(begun.values_list("customer_id", flat=True))
