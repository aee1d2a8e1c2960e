"""Others who use the API themselves, beside the desk."""

import random
from collections.abc import Callable
from contextlib import suppress

from monitors.sandbox.store import Refused, Store
from tests.endurance.staff import MAILBOXES

STRANGERS = [f"stranger {n}" for n in range(6)]  # only others touch them
OUTSIDERS_RECORDS = [f"outside {n}" for n in range(3)]


class Outsiders:
    """They work on customers and records of their own and on records of ours."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.chance = store, random.Random(seed)

    def change(self) -> None:
        names = [name for name, *_ in self.store.snapshot()]
        ours = self.chance.choice(names)
        own = self.chance.choice(OUTSIDERS_RECORDS)
        user = self.chance.choice(STRANGERS)
        actions: list[Callable[[], None]] = [
            lambda: self.store.append(user=user, name=ours),
            lambda: self.store.detach(user=user),
            lambda: self.store.create(name=own, email=MAILBOXES[0], frequency=1),
            lambda: self.store.edit(name=own, new_frequency=self.chance.randint(1, 9)),
            lambda: self.store.delete(name=own),
        ]
        with suppress(Refused):
            self.chance.choice(actions)()
