"""What the machine's rules stand on: the desk and its upstream, each step tried, noted and checked."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from monitors import wiring
from monitors.gateway.client import Gateway
from monitors.gateway.records import Listing
from monitors.models import Attachment, Mirror, MonitorRecord, Operation, Refresh, RefreshOutcome, Role
from monitors.sandbox.server import SandboxServer
from monitors.sandbox.store import Refused
from monitors.services import clock, expiry
from monitors.services.errors import Busy, Invalid
from monitors.services.lists import recent_writes, refresh
from monitors.services.lists.suspicious_lists import MAX_CHANGED_UNASKED
from monitors.services.outbound.throttle import SharedThrottle
from monitors.services.submission import Submission
from tests.machine import final, mirror_rows
from tests.machine.clock import SteppedClock
from tests.machine.explanations import Explanations
from tests.machine.kill import unwrapped
from tests.machine.mirror_rows import MirrorRows
from tests.machine.tally import TALLY
from tests.machine.upstream_history import Facts, UpstreamHistory, facts_of_records

USERS = ("u1", "u2", "u3")
CROWD = tuple(f"c{number}" for number in range(MAX_CHANGED_UNASKED + 1))  # too many to be believed at once
EMAILS = ("a@northmail.example", "b@northmail.example")
DEADLINE_SECONDS = 30.0  # of a call: product time for the desk, real time for a loaded machine
HOUR_SECONDS = 3601
PATIENCE_SECONDS = DEADLINE_SECONDS + 6  # after this no call can be under way
WRITTEN = (RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED)
HELD = (RefreshOutcome.HELD, RefreshOutcome.REJECTED)
CLOCK_LOOKS = timedelta(milliseconds=100)  # by the desk since it looked at the lease
Fetch = Callable[[Gateway], Listing]


class Stage(RuleBasedStateMachine):
    """Within a transaction of its own that is rolled back, on a clock of its own."""

    server: ClassVar[SandboxServer]

    def __init__(self) -> None:
        super().__init__()
        self.clock = SteppedClock()
        self.clock_in_use = clock.reading(self.clock, stopwatch=self.clock.stopwatch)
        self.clock_in_use.__enter__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.store = self.server.store
        self.actor = _person("ana", Role.ACCOUNT_MANAGERS)
        self.boss = _person("bob", Role.ADMINISTRATORS)
        self.set_up()

    def set_up(self) -> None:
        """Two records, one of them with customers; the desk does not know of them yet."""
        self.server.clear()
        self.server.carry_out_late_writes()
        self._forget_kept_ends()
        for name, _email, _frequency, users in self.store.snapshot():
            for user in users:
                self.store.detach(user=user, name=name)
            self.store.delete(name=name)
        self.store.register(USERS + CROWD)
        self.store.create(name="alpha", email=EMAILS[0], frequency=1)
        self.store.create(name="beta", email=EMAILS[1], frequency=2)
        for user in USERS[:2]:
            self.store.append(user=user, name="alpha")
        self.upstream = UpstreamHistory(self.server, self.clock)
        self.rows = mirror_rows.read()

    @staticmethod
    def _forget_kept_ends() -> None:
        """Those of the former example, also where it failed."""
        for path in settings.SPOOL_DIR.glob("*"):
            path.unlink()

    def teardown(self) -> None:
        try:
            self.check_the_end()
        finally:
            TALLY.count(examples=1, operations=len(self.rows.operations))
            self.server.clear()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.clock_in_use.__exit__(None, None, None)

    def check_the_end(self) -> None:
        final.check(self)

    def check_invariants(self, profile: Any, _output: Any, runtimes: Any) -> None:
        """Without a line each in the falsifying example."""
        super().check_invariants(profile, lambda _line: None, runtimes)

    @invariant()
    def every_change_of_the_mirror_is_explained(self) -> None:
        TALLY.count(steps=1)
        before, self.rows = self.rows, self._rows_now()
        Explanations(self.upstream, before, self.rows).demand()
        final.check_rows_agree(self.rows)
        final.check_revisions_follow_each_other(self.rows)

    # What the rules do

    def submit(self, task: Callable[..., Operation], **arguments: Any) -> None:
        since = self.clock.moment
        known = set(Operation.objects.values_list("uuid", flat=True))
        try:
            task(submission=Submission(actor=self.actor, reason="T-1"), **arguments)
        except (Busy, Invalid):
            assert self.upstream.new_calls() == []
        finally:
            self._note(known, since)

    def _note(self, known: set[UUID], since: datetime) -> None:
        """Remember what the upstream's own log says of the operation that has just been tried."""
        calls = self.upstream.new_calls()
        with unwrapped():
            new = set(Operation.objects.values_list("uuid", flat=True)) - known
        assert len(calls) <= len(new) <= 1
        for operation in new:
            self.upstream.note_operation(operation, calls, since)

    def submit_on(self, name: str, task: Callable[..., Operation]) -> None:
        """On the record of this name, or on the oldest where the desk knows none of this name."""
        record = MonitorRecord.objects.named(name) or MonitorRecord.objects.living().order_by("pk").first()
        if record is not None:
            self.submit(task, record=record)

    def change_outside(self, change: Callable[[], None]) -> None:
        since = self.clock.moment
        self._quietly(change)
        self.upstream.note_outside(since)

    def carry_out_late_writes(self) -> None:
        since = self.clock.moment
        self.upstream.note_late_writes(self.server.carry_out_late_writes(), since)

    def fetch_list(self, fetch: Fetch = Gateway.list_records) -> Refresh | None:
        """Every list is requested here."""
        lists: list[Listing] = []
        self.upstream.note_shown_again()

        def remember(_gateway: Gateway) -> Listing:
            lists.append(fetch(self._gateway()))
            return lists[-1]

        since = self.clock()
        try:
            done = refresh.run(source="command", is_probe=True, fetch=remember)
        finally:
            if lists:
                self._demand_only_what_the_list_says(lists[-1], since)
        if done is None:
            self._demand_a_lease()
        elif done.outcome in HELD:
            self._demand_nothing_is_written(since)
        elif done.outcome in WRITTEN:
            self.list_was_written(done, lists[-1])
        return done

    def list_was_written(self, done: Refresh, listing: Listing) -> None:
        """For machines that keep the lists."""

    def _gateway(self) -> Gateway:
        """The desk's own, whose pauses between two tries pass on the machine's clock."""
        return Gateway(
            wiring.upstream(),
            throttle=SharedThrottle(is_probe=True),
            sleep=self.clock.sleep,
            now=lambda: self.clock().timestamp(),
            jitter=lambda: 0.5,
        )

    def _demand_only_what_the_list_says(self, listing: Listing, since: datetime) -> None:
        """Also of a refresh that died: it began nothing that its list lacks, and ended nothing that it shows."""
        before, after = self.rows, self._rows_now()
        listed = facts_of_records(listing.records)
        changed = (after.facts() - before.facts() - listed) | ((before.facts() - after.facts()) & listed)
        assert not self._not_ours(changed, since), f"the list does not say so: {changed}"
        if after.whole_asked_at != before.whole_asked_at:
            assert after.facts() == listed

    def _demand_nothing_is_written(self, since: datetime) -> None:
        """By a list that is held."""
        before, after = self.rows, self._rows_now()
        changed = self._not_ours(before.facts() ^ after.facts(), since)
        assert not changed, f"a held list was written: {changed}"
        assert after.whole_asked_at == before.whole_asked_at

    def _demand_a_lease(self) -> None:
        """Without a list somebody else must be fetching one, or have died less than a lease ago."""
        lease_until = Mirror.objects.get().lease_until
        assert lease_until is not None
        assert self.clock.moment - CLOCK_LOOKS <= lease_until <= self.clock.moment + 2 * settings.PACE.lease

    @staticmethod
    def _rows_now() -> MirrorRows:
        with unwrapped():
            return mirror_rows.read()

    @staticmethod
    def _not_ours(facts: Facts, since: datetime) -> Facts:
        """Without what our operations have touched meanwhile."""
        with unwrapped():
            recent = recent_writes.since(since)
        return frozenset(
            fact for fact in facts if not recent.covers(fact.record, getattr(fact, "username", ""))
        )

    def let_an_hour_pass(self) -> None:
        self.clock.sleep(HOUR_SECONDS)

    def due_ends(self) -> list[int]:
        with unwrapped():
            due = Attachment.objects.lasting().filter(expires_at__lte=self.clock.moment)
            return list(due.order_by("pk").values_list("pk", flat=True))

    def carry_out_an_end(self, key: int) -> None:
        since = self.clock.moment
        known = set(Operation.objects.values_list("uuid", flat=True))
        try:
            expiry.run_due(keys=[key])
        finally:
            self._note(known, since)

    def let_every_deadline_pass(self) -> None:
        self.clock.sleep(PATIENCE_SECONDS)

    @staticmethod
    def _quietly(change: Callable[[], None]) -> None:
        with suppress(Refused):
            change()


def after_the_list(do: Callable[[], None]) -> Fetch:
    """The list is older than what is done while it is on its way."""

    def fetch(gateway: Gateway) -> Listing:
        listing = gateway.list_records()
        do()
        return listing

    return fetch


def before_the_list(do: Callable[[], None]) -> Fetch:
    """The list is requested first and shows nevertheless what is done then."""

    def fetch(gateway: Gateway) -> Listing:
        do()
        return gateway.list_records()

    return fetch


def _person(username: str, role: Role) -> User:
    person = User.objects.create(username=username)
    person.groups.add(Group.objects.get(name=role))
    return person
