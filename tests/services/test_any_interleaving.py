"""Whatever happens in whatever order: after settling, the mirror is the upstream and every end is true."""

import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from monitors.gateway.client import Gateway
from monitors.gateway.records import Listing
from monitors.models import (
    Attachment,
    AuditEvent,
    Customer,
    Mirror,
    MonitorRecord,
    Operation,
    RecordRevision,
    Refresh,
    Role,
    State,
    Throttle,
)
from monitors.sandbox.server import SandboxServer
from monitors.sandbox.store import Refused, Store
from monitors.services import attachments, records
from monitors.services.errors import Busy, Invalid
from monitors.services.lists import refresh
from monitors.services.log import verify
from monitors.services.operations import Submission

NAMES = ("alpha", "Alpha", "beta")
USERS = ("u1", "u2", "u3")
EMAILS = ("a@northmail.example", "b@northmail.example")
WRITE_FAULTS = (
    "close_before_answer",
    "rst_within_answer",
    "status_500_html",
    "status_403_html",
    "empty_200",
    "truncated",
    "garbage",
    "success_with_errors",
    "unknown_message",
    "lie",
)
LIST_FAULTS = ("status_503_html", "close_within_answer", "truncated", "html_200", "rst_before_answer")

DEADLINE, MARGIN = 0.3, 0.1  # seconds
PATIENCE = DEADLINE + MARGIN + 0.05  # after this no call can be under way

names, users, emails = st.sampled_from(NAMES), st.sampled_from(USERS), st.sampled_from(EMAILS)
frequencies = st.integers(1, 3)


class Killed(BaseException):
    """The process is gone: nothing after this runs, not even its own clean-up."""


class KillAfter:
    """A wrapper of SQL statements that lets so many through, then none until the process is replaced."""

    def __init__(self, statements: int) -> None:
        self.left = statements

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "SAVEPOINT" not in sql:
            self.left -= 1
            if self.left < 0:
                raise Killed
        return execute(sql, *rest)


class Desk(RuleBasedStateMachine):
    """One account manager, one upstream, everything that may go wrong between them."""

    server: SandboxServer

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.applied: dict[Any, bool] = {}  # operation -> whether the upstream's own log says it acted
        self.lied: set[Any] = set()
        self.disturbed: list[tuple[float, str]] = []  # outside changes: when, to which name or customer
        self.store = self.server.store
        self.actor = User.objects.create(username="ana")
        self.actor.groups.add(Group.objects.get(name=Role.ACCOUNT_MANAGERS))

    def teardown(self) -> None:
        try:
            self.check_the_end()
        finally:
            self.server.clear()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize()
    def start(self) -> None:
        self.server.clear()
        for name, *_ in self.store.snapshot():
            for user in USERS:
                self.quietly(partial(self.store.detach, user=user))
            self.store.delete(name=name)
        self.store.register(USERS)
        self.store.create(name="alpha", email=EMAILS[0], frequency=1)
        self.store.append(user="u1", name="alpha")

    # What a person does

    @rule(name=names, email=emails, frequency=frequencies)
    def create(self, name: str, email: str, frequency: int) -> None:
        self.act(
            lambda: records.create(
                submission=Submission(actor=self.actor), name=name, email=email, frequency=frequency
            )
        )

    @rule(name=names, new_name=st.none() | names, email=st.none() | emails, frequency=st.none() | frequencies)
    def edit(self, name: str, new_name: str | None, email: str | None, frequency: int | None) -> None:
        self.on(
            name,
            lambda it: records.edit(
                submission=Submission(actor=self.actor),
                record=it,
                new_name=new_name,
                new_email=email,
                new_frequency=frequency,
            ),
        )

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.on(name, lambda it: records.delete(submission=Submission(actor=self.actor), record=it))

    @rule(name=names, user=users)
    def append(self, name: str, user: str) -> None:
        self.on(
            name,
            lambda it: attachments.append(
                submission=Submission(actor=self.actor, reason="T-1"), record=it, user=user
            ),
        )

    @rule(name=names, user=users)
    def detach(self, name: str, user: str) -> None:
        self.on(
            name, lambda it: attachments.detach(submission=Submission(actor=self.actor), record=it, user=user)
        )

    @rule(user=users)
    def detach_everywhere(self, user: str) -> None:
        self.act(lambda: attachments.detach(submission=Submission(actor=self.actor), record=None, user=user))

    # What goes wrong

    @rule(fault=st.sampled_from(WRITE_FAULTS), applied=st.booleans())
    def write_fails(self, fault: str, applied: bool) -> None:
        self.server.clear()
        self.server.fault(fault, task="write", applied=applied)

    @rule(fault=st.sampled_from(LIST_FAULTS))
    def list_fails(self, fault: str) -> None:
        self.server.clear()
        self.server.fault(fault, task="list")

    @rule(statements=st.integers(0, 40), name=names, user=users)
    def killed_in_an_append(self, statements: int, name: str, user: str) -> None:
        with self.killed_after(statements):
            self.append(name, user)

    @rule(statements=st.integers(0, 40), name=names, new_name=names)
    def killed_in_a_rename(self, statements: int, name: str, new_name: str) -> None:
        with self.killed_after(statements):
            self.edit(name, new_name, None, 2)

    @rule(statements=st.integers(0, 90))
    def killed_in_a_refresh(self, statements: int) -> None:
        with self.killed_after(statements):
            self.refresh()

    # What others do

    @rule(name=names, user=users)
    def outside_append(self, name: str, user: str) -> None:
        self.outside(lambda: self.store.append(user=user, name=name), user, name)

    @rule(user=users)
    def outside_detach(self, user: str) -> None:
        self.outside(lambda: self.store.detach(user=user), user)

    @rule(name=names, new_name=names, frequency=frequencies)
    def outside_edit(self, name: str, new_name: str, frequency: int) -> None:
        self.outside(
            lambda: self.store.edit(name=name, new_name=new_name, new_frequency=frequency), name, new_name
        )

    @rule(name=names, email=emails)
    def outside_create(self, name: str, email: str) -> None:
        self.outside(lambda: self.store.create(name=name, email=email, frequency=3), name)

    @rule(name=names)
    def outside_delete(self, name: str) -> None:
        self.outside(lambda: self.store.delete(name=name), name)

    # Lists, also old ones

    @rule()
    def refresh(self) -> None:
        self.look()

    @rule(name=names, user=users)
    def refresh_with_a_list_older_than_an_append(self, name: str, user: str) -> None:
        self.look(self.then(lambda: self.append(name, user)))

        last = Operation.objects.order_by("-started_at").first()
        accepted = ("append", name, user, State.ACCEPTED)
        if last and (last.task, last.record_name, last.username, last.state) == accepted:
            # Not undone by the list that could not know it.
            attachments = Attachment.objects.filter(record=last.record, customer__username=user)
            assert attachments.filter(detached_at=None).exists()

    @rule(name=names, new_name=names)
    def refresh_with_a_list_older_than_a_rename(self, name: str, new_name: str) -> None:
        self.look(self.then(lambda: self.edit(name, new_name, None, 3)))

    @rule(name=names)
    def refresh_with_a_list_older_than_a_deletion(self, name: str) -> None:
        self.look(self.then(lambda: self.delete(name)))

    @rule(name=names, user=users)
    def refresh_with_a_list_that_shows_an_append_begun_after_it_was_asked_for(
        self, name: str, user: str
    ) -> None:
        self.look(self.first(lambda: self.append(name, user)))

    @rule(name=names, new_name=names)
    def refresh_with_a_list_that_shows_a_rename_begun_after_it_was_asked_for(
        self, name: str, new_name: str
    ) -> None:
        self.look(self.first(lambda: self.edit(name, new_name, None, 3)))

    @rule(user=users)
    def refresh_with_a_list_older_than_an_outside_detach(self, user: str) -> None:
        self.look(self.then(lambda: self.outside_detach(user)))

    @rule()
    def time_passes(self) -> None:
        time.sleep(PATIENCE)

    # What always holds

    @invariant()
    def counts_are_those_of_the_rows(self) -> None:
        for record in MonitorRecord.objects.all():
            attachments = Attachment.objects.filter(record=record, detached_at=None)
            assert record.customer_count == attachments.count()
            open_revisions = list(RecordRevision.objects.filter(record=record, until=None))
            assert len(open_revisions) == (0 if record.gone_at else 1)
            if open_revisions:
                now = open_revisions[0]
                assert (now.name, now.email, now.frequency) == (record.name, record.email, record.frequency)
        for customer in Customer.objects.all():
            assert (
                customer.record_count
                == Attachment.objects.filter(customer=customer, detached_at=None).count()
            )
        assert not Attachment.objects.filter(detached_at=None).exclude(record__gone_at=None).exists()

    def check_the_end(self) -> None:
        self.server.clear()
        Mirror.objects.update(lease_until=None)
        time.sleep(PATIENCE)
        for _ in range(3):
            Throttle.objects.update(broken_until=None, failures=0)
            with override_settings(SENDGRID_DEADLINE=30):
                done = self.look()
            assert done is not None
            assert done.outcome in ("applied", "unchanged"), done.note
        assert mirrored() == upstreams(self.store)
        assert not Operation.objects.filter(settled_at=None).exists()
        for operation in Operation.objects.all():
            self.check_its_end(operation)
        assert verify.chain().problem == ""
        self.counts_are_those_of_the_rows()

    def check_its_end(self, operation: Operation) -> None:
        kinds = set(AuditEvent.objects.filter(operation_id=operation.uuid).values_list("kind", flat=True))
        assert "operation.started" in kinds
        assert kinds & {"operation.ended", "operation.abandoned"}
        if operation.state in (State.CONFIRMED, State.CONTRADICTED, State.NOT_APPLIED):
            assert "operation.settled" in kinds
        acted = self.applied.get(operation.uuid, False)
        if operation.state == State.REFUSED:
            assert not acted
        if operation.state == State.NOT_SENT:
            assert not acted
        if operation.state == State.ACCEPTED:
            assert acted or operation.uuid in self.lied
        if not self.was_disturbed(operation):
            if operation.state == State.NOT_APPLIED:
                assert not acted
            if operation.state == State.CONTRADICTED:
                assert not acted

    def was_disturbed(self, operation: Operation) -> bool:
        """Somebody outside changed the same between the operation and its judgement: no list can tell."""
        keys = {operation.record_name, operation.new_record_name, operation.username}
        return any(at >= operation.started_at.timestamp() and key in keys for at, key in self.disturbed)

    # How it is done

    def look(self, fetch: Callable[[Gateway], Listing] = Gateway.list_records) -> Refresh | None:
        """Every list is asked for here."""
        return refresh.run(source="command", is_probe=True, fetch=fetch)

    def act(self, do: Callable[[], Operation]) -> None:
        before = self.server.calls[-1].id if self.server.calls else 0
        known = set(Operation.objects.values_list("uuid", flat=True))
        try:
            do()
        except (Busy, Invalid):
            assert self.server.calls_after(before) == []
        finally:
            self.note(before, known)

    def note(self, before: int, known: set[Any]) -> None:
        """Remember what the upstream's own log says of the operation that has just been tried."""
        calls = [call for call in self.server.calls_after(before) if call.task != "list"]
        with unwrapped():
            fresh = set(Operation.objects.values_list("uuid", flat=True)) - known
        assert len(calls) <= len(fresh) <= 1
        for uuid in fresh:
            self.applied[uuid] = any(call.applied for call in calls)
            if any(call.fault == "lie" for call in calls):
                self.lied.add(uuid)

    def on(self, name: str, do: Callable[[MonitorRecord], Operation]) -> None:
        record = MonitorRecord.objects.filter(name=name, gone_at=None).first()
        if record is not None:
            self.act(lambda: do(record))

    def outside(self, do: Callable[[], None], *keys: str) -> None:
        self.quietly(do)
        self.disturbed += [(time.time(), key) for key in keys]

    @staticmethod
    def quietly(do: Callable[[], None]) -> None:
        with suppress(Refused):
            do()

    @staticmethod
    def then(do: Callable[[], None]) -> Callable[[Any], Any]:
        def fetch(gateway: Any) -> Any:
            listing = gateway.list_records()
            do()
            return listing

        return fetch

    @staticmethod
    def first(do: Callable[[], None]) -> Callable[[Any], Any]:
        def fetch(gateway: Any) -> Any:
            do()
            return gateway.list_records()

        return fetch

    @contextmanager
    def killed_after(self, statements: int):
        try:
            with transaction.atomic(), connection.execute_wrapper(KillAfter(statements)):
                try:
                    yield
                except Killed:
                    # What was committed before the kill stays; the atomic block here is only the test's.
                    connection.needs_rollback = False
        except Killed:
            pass
        Mirror.objects.update(lease_until=None)  # the lease of a dead process runs out


@contextmanager
def unwrapped():
    """The test's own look at the database, also while the product's process counts as dead."""
    wrappers, connection.execute_wrappers = connection.execute_wrappers, []
    try:
        yield
    finally:
        connection.execute_wrappers = wrappers


def upstreams(store: Store) -> list[tuple[str, str, int | None, tuple[str, ...]]]:
    return sorted(
        (name, email, every, tuple(sorted(users))) for name, email, every, users in store.snapshot()
    )


def mirrored() -> list[tuple[str, str, int | None, tuple[str, ...]]]:
    living = MonitorRecord.objects.filter(gone_at=None)
    return sorted(
        (
            it.name,
            it.email,
            it.frequency,
            tuple(
                sorted(
                    Attachment.objects.filter(record=it, detached_at=None).values_list(
                        "customer__username", flat=True
                    )
                )
            ),
        )
        for it in living
    )


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("second_append", ["moved", "both", "refused"])
def test_mirror_equals_upstream_after_any_interleaving(monkeypatch, settings_for_haste, second_append):
    class Here(Desk):
        pass

    with SandboxServer(control_port=None, second_append=second_append) as server:
        settings_for_haste(server)
        Here.server = server
        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=False,
            ),
        )


@pytest.fixture
def settings_for_haste(settings):
    """The waits of minutes, in tenths of a second."""

    def point_at(server: SandboxServer) -> None:
        settings.SENDGRID_API_URL = server.url
        settings.SENDGRID_DEADLINE = DEADLINE
        settings.REFRESH_SECONDS = 1000
        settings.PACE = replace(
            settings.PACE,
            call_margin=timedelta(seconds=MARGIN),
            confirm_after=timedelta(0),
            judge_after=timedelta(0),
            transaction_rows=2,
            transaction_time=timedelta(0),
            transaction_pause=timedelta(0),
        )

    return point_at
