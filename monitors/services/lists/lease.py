"""One refresh at a time across all processes: a lease in the mirror's row, by the database's clock."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db.models import Q

from monitors.models import Mirror
from monitors.services import clock


class Lost(Exception):
    """Somebody else holds the lease now: what is left of this refresh must not be written."""


def take() -> str | None:
    """The new holder's name, or None while another refresh runs."""
    holder = uuid4().hex
    now = clock.now()
    until = now + timedelta(seconds=settings.SENDGRID_DEADLINE) + settings.PACE.lease
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    taken = Mirror.objects.filter(free, pk=1).update(lease_holder=holder, lease_until=until)
    return holder if taken else None


def renew(holder: str) -> None:
    """Inside the caller's transaction: keeps the row locked until it ends. Raises Lost."""
    until = clock.now() + settings.PACE.lease
    if not Mirror.objects.filter(pk=1, lease_holder=holder).update(lease_until=until):
        raise Lost


def give_back(holder: str) -> None:
    Mirror.objects.filter(pk=1, lease_holder=holder).update(lease_holder="", lease_until=None)
