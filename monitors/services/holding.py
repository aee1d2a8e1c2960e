"""The suspicious list: one that would remove too much is held until an administrator decides."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import transaction

from monitors.gateway.records import Listing
from monitors.models import Attachment, Mirror, MonitorRecord, Refresh, RefreshOutcome, Right
from monitors.services import audit, clock, due, rights
from monitors.services.difference import Difference
from monitors.services.errors import Invalid
from monitors.services.explain import Explainer

SHARE = 0.20  # of the living
FEW = 10  # at most so many may always go


def measure(refresh: Refresh, found: Difference, explainer: Explainer, listing: Listing) -> None:
    """Count on the refresh what its list would remove that no operation of ours explains."""
    listed = {record.name for record in listing.records}
    renamed = {it.record_name for it in explainer.renames() if it.new_record_name in listed}
    renamed |= {it.new_record_name for it in explainer.renames() if it.record_name in listed}
    refresh.removed_records = sum(name not in renamed and not explainer.deletes(name) for name in found.gone)
    refresh.removed_attachments = sum(
        pair.record not in renamed and not explainer.takes_off(pair) for pair in found.end
    )
    refresh.save(update_fields=["removed_records", "removed_attachments"])


def is_suspicious(refresh: Refresh, mirror: Mirror) -> bool:
    accepted = mirror.accepted
    if accepted is not None and (
        refresh.removed_records <= accepted.removed_records + FEW
        and refresh.removed_attachments <= accepted.removed_attachments + FEW
    ):
        return False
    records = MonitorRecord.objects.filter(gone_at=None)
    stays = Attachment.objects.filter(detached_at=None)
    return _is_much(refresh.removed_records, records.count) or _is_much(
        refresh.removed_attachments, stays.count
    )


def _is_much(removed: int, living: Callable[[], int]) -> bool:
    return removed > FEW and removed > SHARE * living()


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
        audit.lock()
        refresh.save()
        if is_news:
            audit.write(_event("list.held", refresh, None))
        fresh = Mirror.objects.select_for_update().get(pk=1)
        fresh.held = refresh
        fresh.failing_since, fresh.failures, fresh.failure, fresh.failure_kind = None, 0, "", ""
        fresh.is_forced = False
        fresh.due_at = due.next_after(refresh.asked_at, can_settle=False)
        fresh.save()
    return refresh


def _rejected_before(refresh: Refresh) -> Refresh | None:
    earlier = Refresh.objects.filter(
        digest=refresh.digest, pk__lt=refresh.pk, outcome=RefreshOutcome.REJECTED
    )
    return earlier.order_by("-pk").first()


def accept(*, actor: User, refresh: Refresh) -> None:
    """An administrator believes the held list: the next one may remove as much (and at most ten more).

    Raises Denied, or Invalid when another list is held by now.
    """
    _decide(actor, refresh, "list.accepted")


def reject(*, actor: User, refresh: Refresh) -> None:
    """An administrator does not: the mirror stays, and this same list is not asked about again.

    Raises Denied, or Invalid when another list is held by now.
    """
    _decide(actor, refresh, "list.rejected")


def _decide(actor: User, refresh: Refresh, kind: str) -> None:
    rights.demand(actor, Right.GOVERN)
    is_accepted = kind == "list.accepted"
    with transaction.atomic():
        audit.lock()
        mirror = Mirror.objects.select_for_update().get(pk=1)
        if mirror.held is None or mirror.held.digest != refresh.digest:
            raise Invalid(None, "This list is no longer held: a newer one has come, or somebody has decided.")
        refresh = mirror.held  # the same list, asked for again since the page was shown
        refresh.decided_by, refresh.decided_at = actor, clock.now()
        if is_accepted:
            mirror.held, mirror.accepted = None, refresh
        else:
            refresh.outcome = RefreshOutcome.REJECTED
        refresh.save(update_fields=["outcome", "decided_by", "decided_at"])
        mirror.save()
        audit.write(_event(kind, refresh, actor))
    if is_accepted:
        due.soon(forced=True)
        due.ring()


def _event(kind: str, refresh: Refresh, actor: User | None) -> audit.Event:
    return audit.Event(
        kind=kind,
        **audit.by(actor),
        source="refresh" if actor is None else "web",
        refresh_id=refresh.pk,
        details={"records": refresh.removed_records, "attachments": refresh.removed_attachments},
    )
