"""The same desk, whose every list is put aside and held against history at the end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from monitors.gateway.records import Listing
from monitors.models import Attachment, RecordRevision, Refresh, prepared
from monitors.models.attachment import earliest_beginnings, lasting_between
from monitors.models.day_totals import Totals, totals_at
from monitors.services import day_totals
from monitors.services.lists.recent_writes import RecentWrites, since
from tests.machine.kill import unwrapped
from tests.machine.planning_desk import PlanningDesk
from tests.machine.upstream_history import Described


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
            attachments = attachments_at(received.answered_at)
            assert totals_at(received.answered_at) == counted(attachments)
            records = records_at(received.answered_at)
            wrong = placements_in_history(received, attachments, records) ^ placements_in(received)
            assert not wrong, f"{wrong} in the list of {received.answered_at}"
            assert not wrong_records(received, records)


def placements_in(received: Received) -> set[tuple[str, str]]:
    every = {(record.name, user) for record in received.listing.records for user in record.users or ()}
    return {placement for placement in every if not received.recent_writes.covers(*placement)}


def attachments_at(moment: datetime) -> list[tuple[int, str]]:
    """Record and customer of each."""
    return prepared.read("lasting at a moment", _lasting, moment, *earliest_beginnings(moment))


def _lasting(*moments: datetime) -> QuerySet[Attachment, Any]:
    lasting = Attachment.objects.filter(lasting_between(*moments))
    return lasting.values_list("record_id", "customer__username")


def counted(attachments: list[tuple[int, str]]) -> Totals:
    records, customers = {record for record, _ in attachments}, {user for _, user in attachments}
    return Totals(len(attachments), len(customers), len(records))


def records_at(moment: datetime) -> dict[int, Described]:
    rows = prepared.read("revisions at a moment", _revisions, moment)
    records = {record_id: Described(name, email, frequency) for record_id, name, email, frequency in rows}
    assert len(rows) == len(records), "a record had two revisions at once"
    return records


def _revisions(moment: datetime) -> QuerySet[RecordRevision, Any]:
    lasting = Q(until=None) | Q(until__gt=moment)
    revisions = RecordRevision.objects.filter(lasting, since__lte=moment)
    return revisions.values_list("record_id", "name", "email", "frequency")


def placements_in_history(
    received: Received, attachments: list[tuple[int, str]], records: dict[int, Described]
) -> set[tuple[str, str]]:
    every = [(records[record_id].record, user) for record_id, user in attachments]
    assert len(every) == len(set(every)), "somebody was twice on the same record"
    return {placement for placement in every if not received.recent_writes.covers(*placement)}


def wrong_records(received: Received, records: dict[int, Described]) -> set[Described]:
    """Records that history has otherwise than the list; those that operations touched are left out."""
    listed = {Described(record.name, record.email, record.frequency) for record in received.listing.records}
    history = set(records.values())
    # A record may outlive its list while a customer of it is being moved.
    touched = {each.record for each in history} if received.recent_writes.usernames else set()
    touched |= received.recent_writes.records
    return {each for each in history ^ listed if each.record not in touched}
