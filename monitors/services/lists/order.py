"""In which order operations left, also where the clock was set back in between."""

from datetime import datetime
from typing import NamedTuple


class Order(NamedTuple):
    """The greater left later. A moment that is still to come was told before the clock was set back."""

    is_past: bool
    moment: datetime


def of(left_at: datetime, *, at: datetime) -> Order:
    """As seen at the moment when a list was answered."""
    return Order(left_at <= at, left_at)
