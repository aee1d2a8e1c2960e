"""Asking the upstream for its list, and making the mirror show it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from monitors.gateway.client import Gateway
from monitors.gateway.errors import (
    BadCredentials,
    GatewayError,
    NotSent,
    RateLimited,
    Refused,
    UnusableList,
)
from monitors.gateway.records import Anomaly, Listing
from monitors.models import Failure, Mirror, Refresh, RefreshAnomaly, RefreshOutcome
from monitors.services import audit, clock, deployment, difference, due, holding, lease, settle, upstream
from monitors.services.apply import Writer
from monitors.services.difference import Difference
from monitors.services.explain import Explainer

logger = logging.getLogger(__name__)

KEPT_ANOMALIES = 1000
Fetch = Callable[[Gateway], Listing]


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of somebody's wish for a new list, as a sentence; `refresh` when it was fetched here."""

    sentence: str
    refresh: Refresh | None = None


def ask(*, actor: User | None) -> Asked:
    """Somebody wants the list now: a living worker fetches it, else this process does."""
    mirror = Mirror.objects.get(pk=1)
    if due.is_worker_alive(mirror, clock.now()):
        due.soon(forced=True)
        due.ring()
        return Asked("Asked the upstream for its list. This page shows it as soon as it is here.")
    refresh = run(source="web", actor=actor, is_probe=True)
    if refresh is None:
        return Asked("The list is being fetched right now by somebody else.")
    return Asked(sentence_of(refresh), refresh)


def wanted() -> None:
    """A page noticed that the mirror is too old: ring for the worker, never call from here."""
    mirror = Mirror.objects.get(pk=1)
    if mirror.due_at is None or mirror.due_at <= clock.now():
        due.soon()
        due.ring()


def run_if_due(*, source: str = "worker") -> Refresh | None:
    """What each wake-up does: note abandoned operations, fetch the list if its time has come, ring for the next."""
    settle.mark_abandoned()
    mirror = Mirror.objects.get(pk=1)
    refresh = None
    if mirror.due_at is None or mirror.due_at <= clock.now():
        refresh = run(source=source, is_probe=mirror.is_forced)
        due.ring()
    return refresh


def run(
    *, source: str, actor: User | None = None, is_probe: bool = False, fetch: Fetch = Gateway.list_records
) -> Refresh | None:
    """Fetch the list and apply it; None while another refresh runs. Never raises for the upstream's faults."""
    settle.mark_abandoned()
    holder = lease.take()
    if holder is None:
        return None
    try:
        refresh = _begin(source=source, actor=actor)
        return _fetch_and_use(refresh, holder, lambda: fetch(upstream.gateway(is_probe=is_probe)))
    finally:
        lease.give_back(holder)


def _begin(*, source: str, actor: User | None) -> Refresh:
    deployment.note_settings()
    Refresh.objects.filter(outcome=RefreshOutcome.RUNNING).update(outcome=RefreshOutcome.BROKEN_OFF)
    return Refresh.objects.create(asked_at=clock.now(), source=source, actor=actor)


def _fetch_and_use(refresh: Refresh, holder: str, fetch: Callable[[], Listing]) -> Refresh:
    try:
        listing = fetch()
    except GatewayError as error:
        return _fail(refresh, error)
    _describe(refresh, listing)
    try:
        return _use(refresh, listing, holder)
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
    refresh.save()
    _keep_anomalies(refresh, listing.anomalies[:KEPT_ANOMALIES])


def _keep_anomalies(refresh: Refresh, anomalies: Sequence[Anomaly]) -> None:
    RefreshAnomaly.objects.bulk_create(
        RefreshAnomaly(refresh=refresh, kind=it.kind, record=it.record[:255], detail=it.detail[:500])
        for it in anomalies
    )


def _use(refresh: Refresh, listing: Listing, holder: str) -> Refresh:
    mirror = Mirror.objects.get(pk=1)
    assert refresh.answered_at is not None
    explainer = Explainer(after=mirror.whole_asked_at, at=refresh.answered_at)
    found = _difference(mirror, listing)
    holding.measure(refresh, found, explainer, listing)
    if holding.is_suspicious(refresh, mirror):
        return holding.hold(refresh, mirror)
    writer = Writer(refresh, explainer, holder)
    if writer.follow_renames({record.name for record in listing.records}):
        found = difference.between(listing)
    writer.write(found)
    return _finish(refresh, listing, writer)


def _difference(mirror: Mirror, listing: Listing) -> Difference:
    """Nothing to look for where the very same bytes were applied whole and nothing was touched since."""
    return Difference() if mirror.digest == listing.digest else difference.between(listing)


def _finish(refresh: Refresh, listing: Listing, writer: Writer) -> Refresh:
    with writer.locked() as kept:
        is_whole = not writer.is_partial and not kept.records and not kept.usernames
        settle.judge(refresh, listing, kept)
        refresh.differences = writer.written
        refresh.outcome = RefreshOutcome.APPLIED if writer.written else RefreshOutcome.UNCHANGED
        refresh.finished_at = clock.now()
        refresh.save()
        _tell(refresh, is_baseline=writer.explainer.after is None)
        mirror = Mirror.objects.select_for_update().get(pk=1)
        mirror.asked_at = refresh.asked_at
        mirror.digest = listing.digest if is_whole else ""
        mirror.whole_asked_at = refresh.asked_at if is_whole else mirror.whole_asked_at
        mirror.failing_since, mirror.failures, mirror.failure, mirror.failure_kind = None, 0, "", ""
        mirror.held = mirror.accepted = None
        mirror.is_forced = False
        mirror.due_at = due.next_after(refresh.asked_at)
        mirror.save()
    logger.info("refresh %s %s: %d differences", refresh.pk, refresh.outcome, refresh.differences)
    return refresh


def _tell(refresh: Refresh, *, is_baseline: bool) -> None:
    if is_baseline or refresh.anomalies:
        audit.write(
            audit.Event(
                kind="list.baseline" if is_baseline else "list.anomalies",
                source="refresh",
                refresh_id=refresh.pk,
                details={
                    "records": refresh.records,
                    "attachments": refresh.attachments,
                    "anomalies": refresh.anomalies,
                },
            )
        )


def _fail(refresh: Refresh, error: GatewayError) -> Refresh:
    """Nothing changes but the age and the words; the next try comes later the more often it failed."""
    is_unusable = isinstance(error, UnusableList)
    refresh.outcome = RefreshOutcome.UNUSABLE if is_unusable else RefreshOutcome.FAILED
    refresh.finished_at = clock.now()
    refresh.note = error.reason[:500]
    refresh.save()
    with transaction.atomic():
        mirror = Mirror.objects.select_for_update().get(pk=1)
        if not _is_our_own_limit(error):
            mirror.failing_since = mirror.failing_since or refresh.asked_at
            mirror.failures += 1
            mirror.failure, mirror.failure_kind = refresh.note, _kind(error)
        mirror.is_forced = False
        pause = min(settings.REFRESH_SECONDS, 5 * 2 ** min(mirror.failures - 1, 10))
        mirror.due_at = clock.now() + timedelta(seconds=max(pause, getattr(error, "retry_after", None) or 0))
        mirror.save()
    logger.warning("refresh %s %s: %s", refresh.pk, refresh.outcome, refresh.note)
    return refresh


def _is_our_own_limit(error: GatewayError) -> bool:
    """Held back at the gate: says nothing of the upstream that was not known before."""
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


def sentence_of(refresh: Refresh) -> str:
    """What a finished refresh found, for a person."""
    if refresh.outcome == RefreshOutcome.UNCHANGED:
        return "The upstream's list was fetched; nothing had changed."
    if refresh.outcome == RefreshOutcome.APPLIED:
        noun = "difference" if refresh.differences == 1 else "differences"
        return f"The upstream's list was fetched: {refresh.differences:,} {noun} applied."
    if refresh.outcome in (RefreshOutcome.HELD, RefreshOutcome.REJECTED):
        return "The upstream's list was fetched and held: it would remove too much."
    return f"The list could not be fetched: {refresh.note or refresh.get_outcome_display()}"
