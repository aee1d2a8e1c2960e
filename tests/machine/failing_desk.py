"""The same desk, whose web and worker are killed at any step and whose database fails; others go on after them."""

from django.conf import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from monitors.services import ends
from tests.machine.desk import names, users
from tests.machine.failing_database import UNTIL_THE_STEP_IS_OVER, failing_after, failing_once_it_is_sent
from tests.machine.kill import Process, killed_after, killed_at_a_file
from tests.machine.unreliable_desk import UnreliableDesk

WRITE_STEPS, LIST_STEPS, FILE_STEPS = st.integers(0, 44), st.integers(0, 150), st.integers(0, 5)

failures = st.sampled_from((1, 3, UNTIL_THE_STEP_IS_OVER))  # statements


class FailingDesk(UnreliableDesk):
    # The web

    @rule(steps=WRITE_STEPS, name=names, user=users)
    def web_killed_in_an_append(self, steps: int, name: str, user: str) -> None:
        with killed_after(steps):
            self.append(name, user)

    @rule(steps=WRITE_STEPS, name=names, new_name=names)
    def web_killed_in_a_rename(self, steps: int, name: str, new_name: str) -> None:
        with killed_after(steps):
            self.edit(name, new_name, None, 2)

    @rule(steps=WRITE_STEPS, user=users)
    def web_killed_in_a_detach(self, steps: int, user: str) -> None:
        with killed_after(steps):
            self.detach_everywhere(user)

    @rule(steps=LIST_STEPS, is_lease_over=st.booleans())
    def web_killed_in_a_list(self, steps: int, is_lease_over: bool) -> None:
        with killed_after(steps):
            self.refresh()
        self._let_the_lease_run_out(is_lease_over)

    # The worker

    @rule()
    def worker_works(self) -> None:
        """As each of its wake-ups with a list that is due."""
        ends.record_kept()
        self.every_change_of_the_mirror_is_explained()
        self.refresh()

    @rule(steps=LIST_STEPS, is_lease_over=st.booleans())
    def worker_killed(self, steps: int, is_lease_over: bool) -> None:
        with killed_after(steps):
            self.worker_works()
        self._let_the_lease_run_out(is_lease_over)

    def _let_the_lease_run_out(self, is_lease_over: bool) -> None:
        """Of a process that is dead; until then nobody fetches a list."""
        if is_lease_over:
            self.clock.sleep(settings.PACE.lease.total_seconds())

    # The desk's own database

    @rule(statements=WRITE_STEPS, failures=failures, name=names, user=users)
    def database_fails_in_an_append(self, statements: int, failures: int, name: str, user: str) -> None:
        with failing_after(statements, failures=failures):
            self.append(name, user)

    @rule(statements=WRITE_STEPS, failures=failures, name=names, new_name=names)
    def database_fails_in_a_rename(self, statements: int, failures: int, name: str, new_name: str) -> None:
        with failing_after(statements, failures=failures):
            self.edit(name, new_name, None, 2)

    @rule(statements=WRITE_STEPS, failures=failures, user=users)
    def database_fails_in_a_detach(self, statements: int, failures: int, user: str) -> None:
        with failing_after(statements, failures=failures):
            self.detach_everywhere(user)

    @rule(statements=LIST_STEPS, failures=failures, is_lease_over=st.booleans())
    def database_fails_in_a_list(self, statements: int, failures: int, is_lease_over: bool) -> None:
        with failing_after(statements, failures=failures):
            self.refresh()
        self._let_the_lease_run_out(is_lease_over)

    # Ends of calls that wait in files for the next process

    @rule(steps=FILE_STEPS, name=names, user=users)
    def end_of_an_append_is_kept(self, steps: int, name: str, user: str) -> None:
        with failing_once_it_is_sent(), killed_at_a_file(Process(steps)):
            self.append(name, user)

    @rule(steps=FILE_STEPS, name=names, new_name=names)
    def end_of_a_rename_is_kept(self, steps: int, name: str, new_name: str) -> None:
        with failing_once_it_is_sent(), killed_at_a_file(Process(steps)):
            self.edit(name, new_name, None, 2)

    @rule(steps=FILE_STEPS, name=names, user=users)
    def end_of_a_detach_is_kept(self, steps: int, name: str, user: str) -> None:
        with failing_once_it_is_sent(), killed_at_a_file(Process(steps)):
            self.detach(name, user)

    @rule(steps=FILE_STEPS, name=names)
    def end_of_a_deletion_is_kept(self, steps: int, name: str) -> None:
        with failing_once_it_is_sent(), killed_at_a_file(Process(steps)):
            self.delete(name)

    @rule()
    def next_process_records_kept_ends(self) -> None:
        ends.record_kept()
