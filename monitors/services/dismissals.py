"""What needs somebody, until they say that they have seen it: their operations, their plans, changes outside."""

from django.contrib.auth.models import User
from django.db import transaction

from monitors.models import AuditChain, Operation, Plan, Visit
from monitors.services import clock, writers_lock


def dismiss_operation(operation: Operation, *, by: User) -> bool:
    """False where it is not theirs, or not over yet: what is unknown stays until a list has told."""
    with transaction.atomic():
        writers_lock.take()
        own = Operation.objects.unsuccessful().filter(pk=operation.pk, actor=by, dismissed_at=None)
        return own.update(dismissed_at=clock.now()) > 0


def dismiss_plan(plan: Plan, *, by: User) -> bool:
    """False where it is not theirs."""
    own = Plan.objects.filter(pk=plan.pk, author=by, dismissed_at=None)
    return own.update(dismissed_at=clock.now()) > 0


def begin_visit(person: User) -> None:
    """Somebody signed in. What happened before the very first time is nothing new to them."""
    now = clock.now()
    visit = Visit.objects.filter(person=person).first()
    if visit is None:
        Visit.objects.get_or_create(person=person, defaults={"began_at": now, "seen_number": _length()})
    else:
        Visit.objects.filter(person=person).update(before_at=visit.began_at, began_at=now)


def have_seen(person: User, number: int) -> None:
    """Changes outside up to this event of the log need not be shown to them again."""
    seen = min(number, _length())
    visit, _ = Visit.objects.get_or_create(
        person=person, defaults={"began_at": clock.now(), "seen_number": seen}
    )
    Visit.objects.filter(pk=visit.pk, seen_number__lt=seen).update(seen_number=seen)


def _length() -> int:
    return AuditChain.objects.get(pk=1).length
