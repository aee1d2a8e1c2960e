"""Asking the upstream for its list, and making the mirror show it."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from monitors.gateway.errors import (
    BadCredentials,
    GatewayError,
    NotSent,
    RateLimited,
    Refused,
    UnusableList,
)
from monitors.gateway.records import Anomaly, Listing
from monitors.limits import MAX_NAME, MAX_NOTE
from monitors.models import Failure, Kind, Mirror, Refresh, RefreshAnomaly, RefreshOutcome
from monitors.services import clock, settings_log
from monitors.services.lists import (
    difference,
    held_changes,
    lease,
    recent_writes,
    schedule,
    settle,
    suspicious_lists,
    transactions,
)
from monitors.services.lists.apply import MirrorWriter
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.difference import Difference
from monitors.services.lists.evidence import Listed
from monitors.services.lists.recent_writes import EndedBefore
from monitors.services.lists.transactions import Transactions
from monitors.services.log import audit, history
from monitors.services.outbound import gateway as outbound_gateway

if TYPE_CHECKING:
    from monitors.gateway.client import Gateway

logger = logging.getLogger(__name__)

MAX_ANOMALY_ROWS = 1000  # of one list; the rest are counted
FIRST_RETRY_SECONDS = 5  # after a failed list, doubled by each further failure up to the usual interval
MAX_DOUBLINGS = 10
READ_TO_THE_END = (*suspicious_lists.APPLIED, RefreshOutcome.HELD, RefreshOutcome.REJECTED)
Fetch = Callable[["Gateway"], Listing]
_LIST: Fetch = methodcaller("list_records")


def run_if_due(*, source: str = "worker") -> Refresh | None:
    """What each wake-up does: mark abandoned operations, fetch the list if its time has come, schedule the next."""
    settle.mark_abandoned()
    mirror = Mirror.objects.get(pk=1)
    if not schedule.is_due(mirror):
        return None
    refresh = run(source=source, is_probe=mirror.is_forced)
    schedule.wake_worker()
    return refresh


def run(
    *, source: str, actor: User | None = None, is_probe: bool = False, fetch: Fetch = _LIST
) -> Refresh | None:
    """Fetch the list and apply it; None while another refresh runs. Never raises for the upstream's faults."""
    settle.mark_abandoned()
    holder = lease.take()
    if holder is None:
        return None
    began = time.thread_time()
    try:
        with lease.heartbeat(holder):
            refresh = _begin(source=source, actor=actor)
            _fetch_and_use(refresh, holder, lambda: fetch(outbound_gateway.connect(is_probe=is_probe)))
            if refresh.outcome in READ_TO_THE_END:
                schedule.rest(refresh, time.thread_time() - began)
            return refresh
    finally:
        lease.give_back(holder)


def _begin(*, source: str, actor: User | None) -> Refresh:
    settings_log.note_settings(process="worker" if source == "job" else source)
    with transaction.atomic():
        mirror = Mirror.objects.select_for_update().get(pk=1)
        schedule.claim(mirror)
        mirror.save(update_fields=["due_at", "is_forced"])
    Refresh.objects.filter(outcome=RefreshOutcome.RUNNING).update(outcome=RefreshOutcome.BROKEN_OFF)
    return Refresh.objects.create(asked_at=clock.now(), source=source, actor=actor)


def _fetch_and_use(refresh: Refresh, holder: str, fetch: Callable[[], Listing]) -> Refresh:
    ended_before = recent_writes.ended_before(refresh.asked_at)
    try:
        listing = fetch()
    except GatewayError as error:
        return _fail(refresh, error)
    _describe(refresh, listing)
    try:
        return _use(refresh, listing, holder, ended_before)
    except lease.Lost:
        refresh.outcome = RefreshOutcome.BROKEN_OFF
        refresh.save(update_fields=["outcome"])
        return refresh


def _describe(refresh: Refresh, listing: Listing) -> None:
    refresh.answered_at = clock.now()
    refresh.milliseconds = round((refresh.answered_at - refresh.asked_at).total_seconds() * 1000)
    refresh.bytes, refresh.digest = listing.size, listing.digest
    refresh.records = len(listing.records)
    refresh.attachments = sum(len(record.users or ()) for record in listing.records)
    refresh.anomalies = len(listing.anomalies) + listing.anomalies_left_out
    refresh.anomalies_of_id = _same_anomalies(refresh)
    with transaction.atomic():  # whoever refers to them finds all of them
        refresh.save()
        if refresh.anomalies_of_id is None:
            RefreshAnomaly.objects.bulk_create(
                _anomaly_row(refresh, anomaly) for anomaly in listing.anomalies[:MAX_ANOMALY_ROWS]
            )


def _same_anomalies(refresh: Refresh) -> int | None:
    """The list whose anomaly rows these are: the last one that was read to its end, where it had the same bytes."""
    last = _list_before(refresh) if refresh.anomalies else None
    if last is None or (last.digest, last.anomalies) != (refresh.digest, refresh.anomalies):
        return None
    return last.anomalies_of_id or last.pk


def _list_before(refresh: Refresh) -> Refresh | None:
    done = Refresh.objects.filter(outcome__in=READ_TO_THE_END).exclude(pk=refresh.pk)
    return done.order_by("-asked_at", "-pk").first()


def _anomaly_row(refresh: Refresh, anomaly: Anomaly) -> RefreshAnomaly:
    return RefreshAnomaly(
        refresh=refresh,
        kind=anomaly.kind,
        record=anomaly.record[:MAX_NAME],
        detail=anomaly.detail[:MAX_NOTE],
    )


def _use(refresh: Refresh, listing: Listing, holder: str, ended_before: EndedBefore) -> Refresh:
    mirror = Mirror.objects.get(pk=1)
    assert refresh.answered_at is not None
    attribution = Attribution(
        after=mirror.whole_asked_at,
        at=refresh.answered_at,
        listed=Listed(listing.records),
        provisional=settle.provisional(),
    )
    changes = _difference(mirror, listing)
    suspicious_lists.measure(refresh, changes, attribution, listing)
    if suspicious_lists.is_suspicious(refresh, mirror, changes):
        return suspicious_lists.hold(refresh, mirror, changes)
    writer = MirrorWriter(refresh, attribution, Transactions(refresh.asked_at, holder, ended_before))
    if writer.follow_renames():
        changes = difference.between(listing)
    writer.write(changes)
    return _finish(refresh, listing, writer)


def _difference(mirror: Mirror, listing: Listing) -> Difference:
    """Nothing where the very same bytes were applied whole and nothing was touched since."""
    return Difference() if mirror.digest == listing.digest else difference.between(listing)


def _finish(refresh: Refresh, listing: Listing, writer: MirrorWriter) -> Refresh:
    _judge(refresh, listing, writer)
    with writer.transactions.locked() as recent:
        is_whole = not writer.is_partial and not recent.records and not recent.usernames
        refresh.differences = writer.event_count
        refresh.outcome = RefreshOutcome.APPLIED if writer.event_count else RefreshOutcome.UNCHANGED
        refresh.finished_at = clock.now()
        refresh.save()
        _log(refresh, is_baseline=writer.attribution.is_baseline)
        mirror = Mirror.objects.select_for_update().get(pk=1)
        mirror.asked_at = refresh.asked_at
        mirror.digest = listing.digest if is_whole else ""
        mirror.whole_asked_at = refresh.asked_at if is_whole else mirror.whole_asked_at
        mirror.failing_since, mirror.failures, mirror.failure, mirror.failure_kind = None, 0, "", ""
        mirror.held = mirror.accepted = None
        schedule.next_list(mirror, schedule.moment_after(refresh.asked_at))
        mirror.save()
    held_changes.forget()
    logger.info("refresh %s %s: %d differences", refresh.pk, refresh.outcome, refresh.differences)
    return refresh


def _judge(refresh: Refresh, listing: Listing, writer: MirrorWriter) -> None:
    judge = settle.Judge(refresh, Listed(listing.records), writer.transactions.ended_before)
    for keys in settle.waiting():
        with writer.transactions.locked() as recent:
            judge.judge(keys, recent)
        transactions.pause()


def _log(refresh: Refresh, *, is_baseline: bool) -> None:
    if is_baseline or _has_new_anomalies(refresh):
        details: dict[str, Any] = {
            "records": refresh.records,
            "attachments": refresh.attachments,
            "anomalies": refresh.anomalies,
        }
        if is_baseline:
            details["keys"] = history.last_keys()
        kind = Kind.BASELINE if is_baseline else Kind.ANOMALIES
        audit.write(audit.Event(kind=kind, source="refresh", refresh_id=refresh.pk, details=details))


def _has_new_anomalies(refresh: Refresh) -> bool:
    """Not where the list before was applied with the very same, and said so."""
    if not refresh.anomalies or refresh.anomalies_of_id is None:
        return refresh.anomalies > 0
    before = _list_before(refresh)
    return before is None or before.outcome not in suspicious_lists.APPLIED


def _fail(refresh: Refresh, error: GatewayError) -> Refresh:
    """Nothing changes but the age and the note; each further failure puts the next try off for longer."""
    is_unusable = isinstance(error, UnusableList)
    refresh.outcome = RefreshOutcome.UNUSABLE if is_unusable else RefreshOutcome.FAILED
    refresh.finished_at = clock.now()
    refresh.note = error.reason[:MAX_NOTE]
    refresh.save()
    with transaction.atomic():
        mirror = Mirror.objects.select_for_update().get(pk=1)
        if not _is_our_own_limit(error):
            mirror.failing_since = mirror.failing_since or refresh.asked_at
            mirror.failures += 1
            mirror.failure, mirror.failure_kind = refresh.note, _kind(error)
        doublings = min(mirror.failures - 1, MAX_DOUBLINGS)
        pause = min(settings.REFRESH_SECONDS, FIRST_RETRY_SECONDS * 2**doublings)
        # Not later than the usual interval: the throttle holds back what SendGrid does not want yet.
        pause = min(max(pause, getattr(error, "retry_after", None) or 0), settings.REFRESH_SECONDS)
        schedule.next_list(mirror, clock.now() + timedelta(seconds=pause))
        mirror.save()
    logger.warning("refresh %s %s: %s", refresh.pk, refresh.outcome, refresh.note)
    return refresh


def _is_our_own_limit(error: GatewayError) -> bool:
    """Held back by the throttle: it says nothing new of the upstream."""
    return isinstance(error, NotSent) and error.retry_after is not None


def _kind(error: GatewayError) -> Failure:
    kinds = {
        BadCredentials: Failure.CREDENTIALS,
        RateLimited: Failure.LIMITED,
        Refused: Failure.REFUSED,
        UnusableList: Failure.UNUSABLE,
    }
    return next(
        (kind for error_class, kind in kinds.items() if isinstance(error, error_class)), Failure.SILENT
    )
