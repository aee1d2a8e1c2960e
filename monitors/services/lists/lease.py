"""One refresh at a time across all processes: a lease in the mirror's row, by the database's clock.

It lives by a heartbeat, so that a killed process delays the next list by seconds.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q

from monitors.models import Mirror
from monitors.services import clock

logger = logging.getLogger(__name__)


class Lost(Exception):
    """Somebody else holds the lease now: what is left of this refresh must not be written."""


def take() -> str | None:
    """The new holder's name, or None while another refresh runs."""
    holder = uuid4().hex
    now = clock.now()
    # One that ends later than any lease could was taken before a clock was set back.
    free = Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * settings.PACE.lease)
    taken = Mirror.objects.filter(free, pk=1).update(
        lease_holder=holder, lease_until=now + settings.PACE.lease
    )
    return holder if taken else None


@contextmanager
def heartbeat(holder: str) -> Iterator[None]:
    """Renew the lease from a thread of its own while the block runs."""
    is_over = threading.Event()
    thread = threading.Thread(target=_beat, args=(holder, is_over), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _beat(holder: str, is_over: threading.Event) -> None:
    has_connected = False
    while not is_over.wait(settings.PACE.lease.total_seconds() / 3):
        has_connected = True
        try:
            renew(holder)
        except Lost:
            break
        except DatabaseError:  # the next beat tries again
            logger.warning("the lease could not be renewed")
    if has_connected:
        connection.close()


def renew(holder: str) -> None:
    """Inside a caller's transaction this keeps the row locked until it ends. Raises Lost."""
    until = clock.now() + settings.PACE.lease
    if not Mirror.objects.filter(pk=1, lease_holder=holder).update(lease_until=until):
        raise Lost


def give_back(holder: str) -> None:
    Mirror.objects.filter(pk=1, lease_holder=holder).update(lease_holder="", lease_until=None)


def is_abandoned() -> bool:
    """Whether a process died while it held the lease, and nobody has taken it since."""
    return Mirror.objects.filter(pk=1, lease_until__lt=clock.now()).exists()
