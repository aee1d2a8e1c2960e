"""Reads of accounts: whom to ask, and the pages of people."""

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from monitors.models import Role

MAX_NAMED = 5  # of the administrators whom a page names
HOLDS_ADMINISTRATION = Q(groups__desk_role=Role.ADMINISTRATORS.key) | Q(is_superuser=True)


def administrators() -> QuerySet[User]:
    """Everybody who may sign in and govern, by name."""
    holders = User.objects.filter(HOLDS_ADMINISTRATION, is_active=True).distinct()
    return holders.order_by("first_name", "last_name", "username")


def to_ask() -> list[User]:
    """A few administrators for a page that says whom to ask, those with an e-mail address first."""
    named = sorted(administrators()[: 4 * MAX_NAMED], key=lambda person: not person.email)
    return named[:MAX_NAMED]
