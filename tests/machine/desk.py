"""The machine's rules: what a person does, what goes wrong, what others do, which lists come."""

from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from monitors.models import Attachment, Operation, State
from monitors.services import attachments, records
from tests.machine.stage import EMAILS, USERS, Stage, after_the_list, before_the_list

NAMES = ("alpha", "Alpha", "beta", "gamma")
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
)
LIST_FAULTS = ("status_503_html", "close_within_answer", "truncated", "html_200", "rst_before_answer")
LIST_TRIES = 3  # of the gateway, within one call
OUTSIDE_FREQUENCY = 3

names, users, emails = st.sampled_from(NAMES), st.sampled_from(USERS), st.sampled_from(EMAILS)
frequencies = st.integers(1, 3)


class Desk(Stage):
    """One account manager, one upstream, everything that may go wrong between them."""

    @initialize(is_loaded=st.booleans())
    def start(self, is_loaded: bool) -> None:
        if is_loaded:
            self.refresh()

    # What a person does

    @rule(name=names, email=emails, frequency=frequencies)
    def create(self, name: str, email: str, frequency: int) -> None:
        self.submit(partial(records.create, name=name, email=email, frequency=frequency))

    @rule(name=names, new_name=st.none() | names, email=st.none() | emails, frequency=st.none() | frequencies)
    def edit(self, name: str, new_name: str | None, email: str | None, frequency: int | None) -> None:
        edit = partial(records.edit, new_name=new_name, new_email=email, new_frequency=frequency)
        self.submit_on(name, edit)

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.submit_on(name, records.delete)

    @rule(name=names, user=users, until=st.sampled_from(("1h", "none")))
    def append(self, name: str, user: str, until: str = "none") -> None:
        append = partial(attachments.append, user=user, until=until, elsewhere=attachments.TOO)
        self.submit_on(name, append)

    @rule(name=names, user=users)
    def detach(self, name: str, user: str) -> None:
        self.submit_on(name, partial(attachments.detach, user=user))

    @rule(user=users)
    def detach_everywhere(self, user: str) -> None:
        self.submit(partial(attachments.detach, record=None, user=user))

    # What goes wrong

    @rule(fault=st.sampled_from(WRITE_FAULTS), applied=st.booleans())
    def write_fails(self, fault: str, applied: bool) -> None:
        self.server.clear()
        self.server.fault(fault, task="write", applied=applied)

    @rule()
    def success_is_false(self) -> None:
        """The upstream says success and does nothing."""
        self.server.clear()
        self.server.fault("lie", task="write")

    @rule()
    def write_is_late(self) -> None:
        """No answer, and the upstream has not carried it out yet."""
        self.server.clear()
        self.server.fault("late", task="write")

    @rule()
    def late_writes_are_carried_out(self) -> None:
        self.carry_out_late_writes()

    @rule(fault=st.sampled_from(LIST_FAULTS), tries=st.sampled_from((1, LIST_TRIES)))
    def list_fails(self, fault: str, tries: int) -> None:
        self.server.clear()
        self.server.fault(fault, task="list", times=tries)

    # What others do

    @rule(name=names, user=users)
    def outside_append(self, name: str, user: str) -> None:
        self.change_outside(partial(self.store.append, user=user, name=name))

    @rule(user=users)
    def outside_detach(self, user: str) -> None:
        self.change_outside(partial(self.store.detach, user=user))

    @rule(name=names, new_name=names, frequency=frequencies)
    def outside_edit(self, name: str, new_name: str, frequency: int) -> None:
        self.change_outside(partial(self.store.edit, name=name, new_name=new_name, new_frequency=frequency))

    @rule(name=names, email=emails)
    def outside_create(self, name: str, email: str) -> None:
        self.change_outside(partial(self.store.create, name=name, email=email, frequency=OUTSIDE_FREQUENCY))

    @rule(name=names)
    def outside_delete(self, name: str) -> None:
        self.change_outside(partial(self.store.delete, name=name))

    # Lists, also old ones

    @rule()
    def refresh(self) -> None:
        self.fetch_list()

    @rule(name=names, user=users)
    def refresh_with_a_list_older_than_an_append(self, name: str, user: str) -> None:
        known = set(Operation.objects.values_list("pk", flat=True))
        self.fetch_list(after_the_list(lambda: self.append(name, user)))

        for append in Operation.objects.filter(state=State.ACCEPTED).exclude(pk__in=known):
            # Not undone by the list that could not know it.
            lasting = Attachment.objects.lasting().filter(record=append.record, customer__username=user)
            assert lasting.exists()

    @rule(name=names, new_name=names)
    def refresh_with_a_list_older_than_a_rename(self, name: str, new_name: str) -> None:
        self.fetch_list(after_the_list(lambda: self.edit(name, new_name, None, 3)))

    @rule(name=names)
    def refresh_with_a_list_older_than_a_deletion(self, name: str) -> None:
        self.fetch_list(after_the_list(lambda: self.delete(name)))

    @rule(name=names, user=users)
    def refresh_with_a_list_that_shows_an_append_begun_after_it_was_requested(
        self, name: str, user: str
    ) -> None:
        self.fetch_list(before_the_list(lambda: self.append(name, user)))

    @rule(name=names, new_name=names)
    def refresh_with_a_list_that_shows_a_rename_begun_after_it_was_requested(
        self, name: str, new_name: str
    ) -> None:
        self.fetch_list(before_the_list(lambda: self.edit(name, new_name, None, 3)))

    @rule(user=users)
    def refresh_with_a_list_older_than_an_outside_detach(self, user: str) -> None:
        self.fetch_list(after_the_list(lambda: self.outside_detach(user)))

    @rule()
    def refresh_with_a_list_older_than_late_writes(self) -> None:
        self.fetch_list(after_the_list(self.carry_out_late_writes))

    @rule()
    def ends_come(self) -> None:
        """Whoever was to stay for an hour is detached, once each."""
        self.let_an_hour_pass()
        for key in self.due_ends():
            self.carry_out_an_end(key)

    @rule()
    def time_passes(self) -> None:
        self.let_every_deadline_pass()

    @rule()
    def refresh_after_every_deadline(self) -> None:
        self.let_every_deadline_pass()
        self.refresh()
