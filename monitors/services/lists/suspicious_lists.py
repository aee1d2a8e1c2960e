"""Suspicious lists: one that would remove too much is held until an administrator decides (services.held_lists)."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import transaction

from monitors.gateway.records import Listing
from monitors.models import Attachment, Kind, Mirror, MonitorRecord, Refresh, RefreshOutcome
from monitors.services import clock, writers_lock
from monitors.services.lists import schedule
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.difference import Difference
from monitors.services.log import audit

MAX_REMOVED_SHARE = 0.20  # of the living records, or of the lasting attachments
MAX_REMOVED_UNASKED = 10  # so many may always go, whatever their share


def measure(refresh: Refresh, changes: Difference, attribution: Attribution, listing: Listing) -> None:
    """Count on the refresh what its list would remove that no operation of ours explains."""
    listed = {record.name for record in listing.records}
    renamed = {
        name
        for operation in attribution.renames()
        for name, other in (
            (operation.record_name, operation.new_record_name),
            (operation.new_record_name, operation.record_name),
        )
        if other in listed
    }
    refresh.removed_records = sum(
        name not in renamed and not attribution.may_have_deleted(name) for name in changes.missing_names
    )
    refresh.removed_attachments = sum(
        placement.record not in renamed and not attribution.may_have_ended(placement)
        for placement in changes.ended_placements
    )
    refresh.save(update_fields=["removed_records", "removed_attachments"])


def is_suspicious(refresh: Refresh, mirror: Mirror) -> bool:
    accepted = mirror.accepted
    if accepted is not None and (
        refresh.removed_records <= accepted.removed_records + MAX_REMOVED_UNASKED
        and refresh.removed_attachments <= accepted.removed_attachments + MAX_REMOVED_UNASKED
    ):
        return False
    return _is_too_much(refresh.removed_records, MonitorRecord.objects.living().count) or _is_too_much(
        refresh.removed_attachments, Attachment.objects.lasting().count
    )


def _is_too_much(removed: int, count: Callable[[], int]) -> bool:
    return removed > MAX_REMOVED_UNASKED and removed > MAX_REMOVED_SHARE * count()


def hold(refresh: Refresh, mirror: Mirror) -> Refresh:
    """Leave the mirror as it is. A list that was rejected before is rejected again without asking."""
    rejected = _rejected_before(refresh)
    refresh.outcome = RefreshOutcome.REJECTED if rejected else RefreshOutcome.HELD
    if rejected:
        refresh.decided_by, refresh.decided_at = rejected.decided_by, rejected.decided_at
    refresh.finished_at = clock.now()
    removed = f"{refresh.removed_records:,} records and {refresh.removed_attachments:,} attachments"
    refresh.note = f"It would remove {removed}."
    is_news = rejected is None and (mirror.held is None or mirror.held.digest != refresh.digest)
    with transaction.atomic():
        writers_lock.take()
        refresh.save()
        if is_news:
            audit.write(decision_event(Kind.HELD, refresh, None))
        fresh = Mirror.objects.select_for_update().get(pk=1)
        fresh.held = refresh
        fresh.failing_since, fresh.failures, fresh.failure, fresh.failure_kind = None, 0, "", ""
        schedule.next_list(fresh, schedule.moment_after(refresh.asked_at, can_settle=False))
        fresh.save()
    return refresh


def _rejected_before(refresh: Refresh) -> Refresh | None:
    earlier = Refresh.objects.filter(digest=refresh.digest, outcome=RefreshOutcome.REJECTED)
    return earlier.order_by("-pk").first()


def decision_event(kind: Kind, refresh: Refresh, actor: User | None) -> audit.Event:
    return audit.Event(
        kind=kind,
        **audit.by(actor),
        source="refresh" if actor is None else "web",
        refresh_id=refresh.pk,
        details={"records": refresh.removed_records, "attachments": refresh.removed_attachments},
    )
