"""The same desk with lists that would change too much, which an administrator accepts or rejects."""

from contextlib import suppress
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import rule

from monitors.models import Mirror, Refresh, RefreshOutcome
from monitors.services import held_lists
from monitors.services.errors import Invalid
from tests.machine.desk import names
from tests.machine.kill import killed_after
from tests.machine.queueing_desk import QueueingDesk
from tests.machine.stage import CROWD, EMAILS, HELD

DECISION_STEPS = st.integers(0, 25)
OLDER = st.integers(0, 2)  # the newest held list, the one before it, the one before that


class DecidingDesk(QueueingDesk):
    # What others do at once

    @rule(name=names)
    def outside_a_crowd_comes(self, name: str) -> None:
        for user in CROWD:
            self.change_outside(partial(self.store.append, user=user, name=name))

    @rule()
    def outside_a_crowd_goes(self) -> None:
        for user in CROWD:
            self.change_outside(partial(self.store.detach, user=user))

    @rule()
    def outside_many_records_come(self) -> None:
        for user in CROWD:
            create = partial(self.store.create, name=_record_of(user), email=EMAILS[0], frequency=1)
            self.change_outside(create)

    @rule()
    def outside_many_records_go(self) -> None:
        for user in CROWD:
            self.change_outside(partial(self.store.delete, name=_record_of(user)))

    # What an administrator does

    @rule(older=OLDER)
    def a_held_list_is_accepted(self, older: int) -> None:
        self._decide(older, is_accepted=True)

    @rule(older=OLDER)
    def a_held_list_is_rejected(self, older: int) -> None:
        self._decide(older, is_accepted=False)

    @rule(older=OLDER)
    def a_held_list_is_accepted_and_the_next_one_comes(self, older: int) -> None:
        self._decide(older, is_accepted=True)
        self.refresh()

    @rule(steps=DECISION_STEPS, older=OLDER, is_accepted=st.booleans())
    def web_killed_in_a_decision(self, steps: int, older: int, is_accepted: bool) -> None:
        with killed_after(steps):
            self._decide(older, is_accepted=is_accepted)

    def _decide(self, older: int, *, is_accepted: bool) -> None:
        """On a list of which the page was shown; a newer one may be held by now, or somebody has decided."""
        lists = Refresh.objects.filter(outcome__in=HELD).order_by("-pk")[older : older + 1]
        for refresh in lists:
            decide = held_lists.accept if is_accepted else held_lists.reject
            with suppress(Invalid):
                decide(actor=self.boss, refresh=refresh)
                assert self._is_as_decided(refresh, is_accepted=is_accepted)

    @staticmethod
    def _is_as_decided(refresh: Refresh, *, is_accepted: bool) -> bool:
        mirror = Mirror.objects.get()
        decided = mirror.accepted if is_accepted else mirror.held
        assert decided is not None
        outcome = RefreshOutcome.HELD if is_accepted else RefreshOutcome.REJECTED
        return (decided.digest, decided.outcome) == (refresh.digest, outcome)


def _record_of(user: str) -> str:
    return f"record of {user}"
