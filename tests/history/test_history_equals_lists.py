"""For each list that was ever received, history at that moment is that list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from monitors.gateway.client import Gateway
from monitors.gateway.records import Listing
from monitors.models import Attachment, RecordRevision, Refresh
from monitors.sandbox.server import SandboxServer
from monitors.services.lists.recent_writes import RecentWrites, since
from tests.services.test_any_interleaving import Desk, settings_for_haste, unwrapped

__all__ = ["settings_for_haste"]  # a fixture


@dataclass(frozen=True)
class Received:
    """A list as it came, and what operations of ours touched while it was on its way."""

    answered_at: datetime
    listing: Listing
    recent_writes: RecentWrites


class Historian(Desk):
    """The same desk, whose every list is put aside and held against history at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Received] = []

    def look(self, fetch: Callable[[Gateway], Listing] = Gateway.list_records) -> Refresh | None:
        lists: list[Listing] = []

        def and_keep(gateway: Gateway) -> Listing:
            lists.append(fetch(gateway))
            return lists[-1]

        done = super().look(and_keep)
        if done is not None and done.outcome in ("applied", "unchanged"):
            assert done.answered_at is not None
            with unwrapped():
                recent_writes = since(done.asked_at)
            self.received.append(Received(done.answered_at, lists[-1], recent_writes))
        return done

    def check_the_end(self) -> None:
        super().check_the_end()
        for received in self.received:
            assert pairs_in_history(received) == pairs_in(received)
            assert not wrong_records(received)


def pairs_in(received: Received) -> set[tuple[str, str]]:
    every = {(record.name, user) for record in received.listing.records for user in record.users or ()}
    return {pair for pair in every if not received.recent_writes.covers(*pair)}


def pairs_in_history(received: Received) -> set[tuple[str, str]]:
    attachments = Attachment.objects.lasting_at(received.answered_at).values_list(
        "record_id", "customer__username"
    )
    names = names_at(received.answered_at)
    every = [(names[record_id], user) for record_id, user in attachments]
    assert len(every) == len(set(every)), "somebody was twice on the same record"
    return {pair for pair in every if not received.recent_writes.covers(*pair)}


def revisions_at(moment: datetime):
    lasting = Q(until=None) | Q(until__gt=moment)
    return RecordRevision.objects.filter(lasting, since__lte=moment)


def names_at(moment: datetime) -> dict[int, str]:
    revisions = list(revisions_at(moment).values_list("record_id", "name"))
    assert len(revisions) == len(dict(revisions)), "a record had two revisions at once"
    return dict(revisions)


def wrong_records(received: Received) -> set[tuple[str, str, int | None]]:
    """Records that history has otherwise than the list; those that operations touched are left out."""
    history = set(revisions_at(received.answered_at).values_list("name", "email", "frequency"))
    listed = {(record.name, record.email, record.frequency) for record in received.listing.records}
    # A record may outlive its list while a customer of it is being moved.
    kept_names = set(names_at(received.answered_at).values()) if received.recent_writes.usernames else set()
    kept_names |= received.recent_writes.records
    return {row for row in history ^ listed if row[0] not in kept_names}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("second_append", ["moved", "both"])
def test_history_at_each_list_is_that_list(settings_for_haste, second_append):
    class Here(Historian):
        pass

    with SandboxServer(control_port=None, second_append=second_append) as server:
        settings_for_haste(server)
        Here.server = server
        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=20,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
