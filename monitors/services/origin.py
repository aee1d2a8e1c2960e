"""From which address the request came that is being answered; the log names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_address: ContextVar[str | None] = ContextVar("address", default=None)


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """Events written within the block carry `address`, as text; None: nobody outside caused them."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def address() -> str | None:
    return _address.get()
