"""How many changes somebody may put into one plan: the largest limit of their roles (PLAN_LIMITS)."""

from django.conf import settings
from django.contrib.auth.models import User

from monitors.limits import MAX_CHANGES
from monitors.models import Right
from monitors.models.plan import PLAIN_KINDS
from monitors.services import rights
from monitors.services.errors import Invalid


def of(actor: User) -> int:
    limits: dict[str, int] = settings.PLAN_LIMITS
    own = [limits[role.value] for role in rights.roles(actor) if role.value in limits]
    return min(max(own, default=0), MAX_CHANGES)


def check(actor: User, *, changes: int, kinds: set[str]) -> None:
    """Raise Denied for a kind of change that the person may not make, Invalid for too many of them."""
    rights.demand(actor, Right.PLAN)
    if not kinds <= set(PLAIN_KINDS):
        rights.demand(actor, Right.MANAGE)
    most = of(actor)
    if changes > most:
        raise Invalid(None, f"Your role may put {most:,} changes into one plan, and these are {changes:,}.")
