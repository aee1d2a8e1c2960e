"""Suspicious lists: one that would change too much is held until an administrator decides (services.held_lists).

Measured in both directions, and only what no operation of ours explains: what a list would add or remove at
once, and what it and the lists of the last day together removed, so that a slow drain is noticed too. A return
to what a list showed within that day is never suspicious.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from monitors.gateway.records import Listing
from monitors.models import Attachment, Kind, Mirror, MonitorRecord, Refresh, RefreshOutcome
from monitors.services import clock, writers_lock
from monitors.services.lists import held_changes, schedule
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.difference import Difference, Placement
from monitors.services.log import audit

MAX_CHANGED_SHARE = 0.20  # of the living records, or of the lasting attachments
MAX_CHANGED_UNASKED = 10  # so many may always come or go, whatever their share
MEMORY = timedelta(days=1)
APPLIED = (RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED)
COUNTS = ("removed_records", "removed_attachments", "added_records", "added_attachments")


def measure(refresh: Refresh, changes: Difference, attribution: Attribution, listing: Listing) -> None:
    """Count on the refresh what its list would add and remove that no operation of ours explains."""
    renamed = _renamed({record.name for record in listing.records}, attribution)
    came_by_rename = _renamed(set(changes.missing_names), attribution)
    refresh.removed_records = sum(
        name not in renamed and not attribution.may_have_deleted(name) for name in changes.missing_names
    )
    refresh.removed_attachments = sum(
        placement.record not in renamed and not attribution.may_have_ended(placement)
        for placement in changes.ended_placements
    )
    refresh.added_records = sum(
        not attribution.may_have_created(record.name) for record in changes.new_records
    )
    refresh.added_attachments = sum(
        placement.record not in came_by_rename and not attribution.may_have_begun(placement)
        for placement in changes.new_placements
    )
    refresh.save(update_fields=COUNTS)


def _renamed(others: set[str], attribution: Attribution) -> set[str]:
    """Names in renames of ours whose other name is among `others`."""
    return {
        name
        for operation in attribution.renames()
        for name, other in (
            (operation.record_name, operation.new_record_name),
            (operation.new_record_name, operation.record_name),
        )
        if other in others
    }


def is_suspicious(refresh: Refresh, mirror: Mirror, changes: Difference) -> bool:
    if mirror.asked_at is None or not len(changes):  # the very first list, or nothing new
        return False
    if _is_accepted(refresh, mirror.accepted) or _is_return(refresh):
        return False
    records, attachments = MonitorRecord.objects.living().count(), Attachment.objects.lasting().count()
    returned, restored = _Returned(refresh, changes), _Restored(refresh, changes)
    return (
        _is_too_much(refresh.added_records - restored.records, records)
        or _is_too_much(refresh.added_attachments - restored.attachments, attachments)
        or _is_too_much(refresh.removed_records - returned.records, records)
        or _is_too_much(refresh.removed_attachments - returned.attachments, attachments)
        or _drains(refresh, returned, records, attachments)
    )


def _is_too_much(count: int, of: int) -> bool:
    return count > MAX_CHANGED_UNASKED and count > MAX_CHANGED_SHARE * of


def _is_accepted(refresh: Refresh, accepted: Refresh | None) -> bool:
    """An administrator accepted a list that changes as much (and at most ten more)."""
    return accepted is not None and all(
        getattr(refresh, count) <= getattr(accepted, count) + MAX_CHANGED_UNASKED for count in COUNTS
    )


def _is_return(refresh: Refresh) -> bool:
    """The same bytes were applied within the last day."""
    same = Refresh.objects.filter(digest=refresh.digest, outcome__in=APPLIED, pk__lt=refresh.pk)
    return same.filter(asked_at__gte=refresh.asked_at - MEMORY).exists()


class _Returned:
    """What a list removes again that came from outside within the last day."""

    def __init__(self, refresh: Refresh, changes: Difference) -> None:
        since = refresh.asked_at - MEMORY
        # Not those of the very first list, whose window has no beginning.
        first = Q(revisions__since=F("first_seen"), revisions__since_after__isnull=False)
        new = MonitorRecord.objects.living().filter(first, first_seen__gte=since, revisions__began_by=None)
        young = set(new.values_list("name", flat=True)) if changes.missing_names else set()
        self.records = sum(name in young for name in changes.missing_names)
        begun = Attachment.objects.lasting().filter(attached_at__gte=since, began_by=None, is_baseline=False)
        came = begun.values_list("record__name", "customer__username") if changes.ended_placements else ()
        placements = {Placement(record, username) for record, username in came}
        self.attachments = sum(placement in placements for placement in changes.ended_placements)


class _Restored:
    """What a list shows again that went outside within the last day."""

    def __init__(self, refresh: Refresh, changes: Difference) -> None:
        since = refresh.asked_at - MEMORY
        went = MonitorRecord.objects.filter(gone_at__gte=since, changed_outside=True)
        lost = set(went.values_list("name", flat=True)) if changes.new_records else set()
        self.records = sum(record.name in lost for record in changes.new_records)
        ended = Attachment.objects.filter(detached_at__gte=since, ended_by=None)
        left = ended.values_list("record__name", "customer__username") if changes.new_placements else ()
        placements = {Placement(record, username) for record, username in left}
        self.attachments = sum(placement in placements for placement in changes.new_placements)


def _drains(refresh: Refresh, returned: _Returned, records_now: int, attachments_now: int) -> bool:
    """Whether this list and those before it take too much of what there was a day ago, or of what there is."""
    begin = _begin_of_memory(refresh.asked_at)
    there = Attachment.objects.lasting_at(begin)
    lost = there.filter(detached_at__gt=begin, ended_by=None).count()
    most = max(there.count(), attachments_now)
    if _is_too_much(lost + refresh.removed_attachments - returned.attachments, most):
        return refresh.removed_attachments > returned.attachments
    records = MonitorRecord.objects.filter(first_seen__lte=begin)
    gone = records.filter(gone_at__gt=begin, changed_outside=True).count()
    living = records.exclude(gone_at__lte=begin).count()
    return refresh.removed_records > returned.records and _is_too_much(
        gone + refresh.removed_records - returned.records, max(living, records_now)
    )


def _begin_of_memory(asked_at: datetime) -> datetime:
    """A day ago, or the end of the first list, or of the one that an administrator accepted last."""
    applied = Refresh.objects.filter(outcome__in=APPLIED).order_by("asked_at")
    decided = Refresh.objects.exclude(decided_at=None).exclude(outcome=RefreshOutcome.REJECTED)
    latest = decided.order_by("-decided_at").first()
    ends = [applied.first(), applied.filter(asked_at__gte=latest.decided_at).first() if latest else None]
    return max([asked_at - MEMORY, *(end.finished_at for end in ends if end and end.finished_at)])


def hold(refresh: Refresh, mirror: Mirror, changes: Difference) -> Refresh:
    """Leave the mirror as it is. A list that was rejected before is rejected again without asking."""
    rejected = _rejected_before(refresh)
    refresh.outcome = RefreshOutcome.REJECTED if rejected else RefreshOutcome.HELD
    if rejected:
        refresh.decided_by, refresh.decided_at = rejected.decided_by, rejected.decided_at
    refresh.finished_at = clock.now()
    refresh.note = f"It would {_in_words(refresh)}."
    is_news = rejected is None and (mirror.held is None or mirror.held.digest != refresh.digest)
    held_changes.keep(refresh, changes, mirror.held)
    with transaction.atomic():
        writers_lock.take()
        refresh.save()
        if is_news:
            audit.write(decision_event(Kind.HELD, refresh, None))
        fresh = Mirror.objects.select_for_update().get(pk=1)
        former, fresh.held = fresh.held, refresh
        fresh.failing_since, fresh.failures, fresh.failure, fresh.failure_kind = None, 0, "", ""
        schedule.next_list(fresh, schedule.moment_after(refresh.asked_at, can_settle=False))
        fresh.save()
    held_changes.forget(former, held=refresh)  # the newest of them is the one that is decided on
    return refresh


def _in_words(refresh: Refresh) -> str:
    removed = f"remove {refresh.removed_records:,} records and {refresh.removed_attachments:,} attachments"
    added = f"add {refresh.added_records:,} records and {refresh.added_attachments:,} attachments"
    return f"{removed}, and {added}" if refresh.added_records or refresh.added_attachments else removed


def _rejected_before(refresh: Refresh) -> Refresh | None:
    """What was decided last on the same list is what counts."""
    decided = Refresh.objects.filter(digest=refresh.digest).exclude(decided_at=None)
    latest = decided.order_by("-pk").first()
    return latest if latest and latest.outcome == RefreshOutcome.REJECTED else None


def decision_event(kind: Kind, refresh: Refresh, actor: User | None) -> audit.Event:
    return audit.Event(
        kind=kind,
        **audit.by(actor),
        source="refresh" if actor is None else "web",
        refresh_id=refresh.pk,
        details={
            "records": refresh.removed_records,
            "attachments": refresh.removed_attachments,
            "added_records": refresh.added_records,
            "added_attachments": refresh.added_attachments,
        },
    )
