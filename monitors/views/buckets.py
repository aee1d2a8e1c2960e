"""How much each of many may ask for, in the memory of this process: nothing is written, and nothing is shared.

Each web process counts for itself, so that a person gets at most as many times the limit as there are processes.
"""

import threading
import time
from collections.abc import Hashable

MOST_KEYS = 10_000  # remembered at a time; beyond it all begin anew


class Buckets:
    """A bucket for each key: it holds a minute's worth and is filled again steadily."""

    def __init__(self, *, per_minute: float) -> None:
        self._size, self._per_second = per_minute, per_minute / 60
        self._levels: dict[Hashable, tuple[float, float]] = {}  # what is left, and when that was
        self._lock = threading.Lock()

    def take(self, key: Hashable) -> float:
        """0 where there was one left; else the seconds until there is."""
        now = time.monotonic()
        with self._lock:
            level, at = self._levels.get(key, (self._size, now))
            level = min(level + (now - at) * self._per_second, self._size)
            is_left = level >= 1
            self._remember(key, level - 1 if is_left else level, now)
        return 0 if is_left else (1 - level) / self._per_second

    def _remember(self, key: Hashable, level: float, at: float) -> None:
        if len(self._levels) >= MOST_KEYS and key not in self._levels:
            self._levels.clear()
        self._levels[key] = level, at
