"""The same desk, whose every list is put aside and held against history at the end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from monitors.gateway.records import Listing
from monitors.models import Attachment, RecordRevision, Refresh
from monitors.models.day_totals import totals_at, totals_of
from monitors.services import day_totals
from monitors.services.lists.recent_writes import RecentWrites, since
from tests.machine.kill import unwrapped
from tests.machine.planning_desk import PlanningDesk


@dataclass(frozen=True)
class Received:
    """A list as it came, and what operations of ours touched while it was on its way."""

    answered_at: datetime
    listing: Listing
    recent_writes: RecentWrites


class HistoryDesk(PlanningDesk):
    def __init__(self) -> None:
        super().__init__()
        self.received: list[Received] = []

    def list_was_written(self, done: Refresh, listing: Listing) -> None:
        assert done.answered_at is not None
        if self.clock.is_repeating:
            return  # history does not tell this moment from the one before the clock was set back
        with unwrapped():
            recent_writes = since(done.asked_at)
        self.received.append(Received(done.answered_at, listing, recent_writes))

    def set_clock(self, ahead: timedelta) -> None:
        super().set_clock(ahead)
        self.received = [each for each in self.received if each.answered_at < self.clock.moment]

    def check_the_end(self) -> None:
        super().check_the_end()
        day_totals.fill()
        for received in self.received:
            at_the_list = Attachment.objects.lasting_at(received.answered_at)
            assert totals_at(received.answered_at) == totals_of(at_the_list)
            wrong = placements_in_history(received) ^ placements_in(received)
            assert not wrong, f"{wrong} in the list of {received.answered_at}"
            assert not wrong_records(received)


def placements_in(received: Received) -> set[tuple[str, str]]:
    every = {(record.name, user) for record in received.listing.records for user in record.users or ()}
    return {placement for placement in every if not received.recent_writes.covers(*placement)}


def placements_in_history(received: Received) -> set[tuple[str, str]]:
    attachments = Attachment.objects.lasting_at(received.answered_at).values_list(
        "record_id", "customer__username"
    )
    names = names_at(received.answered_at)
    every = [(names[record_id], user) for record_id, user in attachments]
    assert len(every) == len(set(every)), "somebody was twice on the same record"
    return {placement for placement in every if not received.recent_writes.covers(*placement)}


def revisions_at(moment: datetime) -> QuerySet[RecordRevision]:
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
    touched = set(names_at(received.answered_at).values()) if received.recent_writes.usernames else set()
    touched |= received.recent_writes.records
    return {row for row in history ^ listed if row[0] not in touched}
