"""People at work: account managers who do whatever comes to their mind, each from a seed of its own."""

import random
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import requests

from tests.endurance.visitor import Visitor
from tests.product import Product

MAILBOXES = ("a@northmail.example", "b@northmail.example")
_RECORDS = "SELECT id, name FROM monitors_monitorrecord WHERE gone_at IS NULL ORDER BY id"
_ATTACHMENTS = """
    SELECT a.record_id, c.username FROM monitors_attachment a JOIN monitors_customer c ON c.id = a.customer_id
    WHERE a.detached_at IS NULL ORDER BY a.id
"""
Action = Callable[[int, str, int], tuple[str, dict[str, Any]]]


class Manager:
    """Does one random thing at a time; `answers` are the statuses that came back, or why none did."""

    def __init__(self, product: Product, visitor: Visitor, *, seed: int, users: list[str]) -> None:
        self.product, self.visitor, self.users = product, visitor, users
        self.chance = random.Random(seed)
        self.name = f"{visitor.username} {seed}"
        self.answers: list[int | str] = []

    def work(self, actions: int) -> "Manager":
        for number in range(actions):
            self.do(*self._choose(number))
        return self

    def work_until(self, ends_at: float, *, pause: float = 0) -> "Manager":
        """`ends_at` by time.monotonic; `pause` in seconds after each action, on average."""
        for number in count():
            if time.monotonic() > ends_at:
                break
            self.do(*self._choose(number))
            time.sleep(self.chance.uniform(0, 2 * pause))
        return self

    def do(self, path: str, fields: dict[str, Any]) -> None:
        try:
            self.answers.append(self.visitor.act(path, **fields).status_code)
        except requests.RequestException as error:
            self.answers.append(f"{path}: {error!r}")

    def _choose(self, number: int) -> tuple[str, dict[str, Any]]:
        records = self.product.rows(_RECORDS)
        if len(records) < 3 or self.chance.random() < 0.1:
            return self._create(number)
        actions: list[Action] = [*[self._append] * 4, *[self._detach] * 3, *[self._edit] * 2, self._delete]
        record, name = self.chance.choice(records)
        return self.chance.choice(actions)(record, name, number)

    def _create(self, number: int) -> tuple[str, dict[str, Any]]:
        name = f"{self.name} made {number}"
        return "/records/new/", {"name": name, "email": self._mailbox(), "frequency": self._frequency()}

    def _append(self, record: int, _name: str, _number: int) -> tuple[str, dict[str, Any]]:
        return f"/records/{record}/append/", {"user": self.chance.choice(self.users)}

    def _detach(self, record: int, _name: str, _number: int) -> tuple[str, dict[str, Any]]:
        attachments = [(key, user) for key, user in self.product.rows(_ATTACHMENTS) if user in self.users]
        key, user = self.chance.choice(attachments or [(record, self.users[0])])
        return f"/records/{key}/detach/", {"user": user}

    def _edit(self, record: int, name: str, number: int) -> tuple[str, dict[str, Any]]:
        fields = {"name": name, "new_frequency": self._frequency()}
        if self.chance.random() < 0.5:
            fields |= {"new_name": f"{self.name} named {number}", "new_email": self._mailbox()}
        return f"/records/{record}/edit/", fields

    def _delete(self, record: int, name: str, _number: int) -> tuple[str, dict[str, Any]]:
        return f"/records/{record}/delete/", {"name": name}

    def _mailbox(self) -> str:
        return self.chance.choice(MAILBOXES)

    def _frequency(self) -> str:
        return str(self.chance.randint(1, 999))
