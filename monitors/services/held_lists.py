"""An administrator decides on a list that is held because it would change too much."""

from django.contrib.auth.models import User
from django.db import transaction

from monitors.models import Kind, Mirror, Refresh, RefreshOutcome, Right
from monitors.services import clock, rights, writers_lock
from monitors.services.errors import Invalid
from monitors.services.lists import schedule
from monitors.services.lists.suspicious_lists import decision_event
from monitors.services.log import audit


def accept(*, actor: User, refresh: Refresh) -> None:
    """Believe the held list: the next one may remove as much (and at most ten more).

    Raises Denied, or Invalid when another list is held by now.
    """
    _decide(actor, refresh, is_accepted=True)
    schedule.list_now(is_forced=True)
    schedule.wake_worker()


def reject(*, actor: User, refresh: Refresh) -> None:
    """Do not believe it: the mirror keeps what it shows, and this same list is not asked about again. An
    acceptance before it, of which nothing has come yet, ends.

    Raises Denied, or Invalid when another list is held by now.
    """
    _decide(actor, refresh, is_accepted=False)


def _decide(actor: User, refresh: Refresh, *, is_accepted: bool) -> None:
    rights.demand(actor, Right.GOVERN)
    with transaction.atomic():
        writers_lock.take()
        mirror = Mirror.objects.select_for_update().get(pk=1)
        held = mirror.held
        is_held = held is not None and held.digest == refresh.digest
        # One that was rejected may still be accepted.
        if held is None or not is_held or (held.outcome == RefreshOutcome.REJECTED and not is_accepted):
            raise Invalid(None, "This list is no longer held: a newer one has come, or somebody has decided.")
        refresh = held  # the same list, asked for again since the page was shown
        refresh.decided_by, refresh.decided_at = actor, clock.now()
        refresh.outcome = RefreshOutcome.HELD if is_accepted else RefreshOutcome.REJECTED
        # An acceptance ends with the next rejection: what an earlier list was granted is asked about again.
        mirror.accepted = refresh if is_accepted else None
        if is_accepted:
            mirror.held = None
        refresh.save(update_fields=["outcome", "decided_by", "decided_at"])
        mirror.save()
        kind = Kind.HELD_ACCEPTED if is_accepted else Kind.HELD_REJECTED
        audit.write(decision_event(kind, refresh, actor))
