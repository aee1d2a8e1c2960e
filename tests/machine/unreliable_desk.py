"""The same desk with what it cannot rely on: complete lists, a steady clock, true refusals."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from monitors.gateway.client import Gateway
from monitors.gateway.records import Listing, Record
from tests.machine.desk import Desk, names, users
from tests.machine.stage import Fetch
from tests.machine.upstream_history import facts_of_records

HOURS_AHEAD = (-1, 0, 1)


class UnreliableDesk(Desk):
    @rule()
    def refusal_is_false(self) -> None:
        """The upstream refuses in words and does it nevertheless."""
        self.server.clear()
        self.server.fault("e1", task="write", applied=True)

    # Lists that leave something out, which the next one shows again

    @rule(name=names)
    def refresh_with_a_list_that_leaves_out_a_record(self, name: str) -> None:
        self.fetch_list(self._leaving_out(lambda record: None if record.name == name else record))

    @rule(name=names, user=users)
    def refresh_with_a_list_that_leaves_out_a_customer(self, name: str, user: str) -> None:
        def without(record: Record) -> Record:
            others = tuple(each for each in record.users or () if each != user)
            return replace(record, users=others) if record.name == name else record

        self.fetch_list(self._leaving_out(without))

    def _leaving_out(self, what_is_left: Callable[[Record], Record | None]) -> Fetch:
        def fetch(gateway: Gateway) -> Listing:
            since, whole = self.clock.moment, gateway.list_records()
            left = tuple(each for record in whole.records if (each := what_is_left(record)) is not None)
            self.upstream.note_left_out(facts_of_records(whole.records) - facts_of_records(left), since)
            return replace(whole, records=left, digest=f"{hash(left):x}")

        return fetch

    # Clocks

    @rule(hours=st.sampled_from(HOURS_AHEAD))
    def clock_is_set(self, hours: int) -> None:
        self.set_clock(timedelta(hours=hours))

    def set_clock(self, ahead: timedelta) -> None:
        self.clock.set_ahead(ahead)
