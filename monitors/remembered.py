"""What is made once for a key and kept by the process, up to a number."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """At most `limit` values, none of them None. A full one is begun anew, beside a thread that still reads it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._made: dict[Hashable, Value] = {}

    def __len__(self) -> int:
        return len(self._made)

    def of(self, key: Hashable, make: Callable[[], Value]) -> Value:
        value = self._made.get(key)
        if value is None:
            value = make()
            if len(self._made) >= self.limit:
                self._made = {}
            self._made[key] = value
        return value
