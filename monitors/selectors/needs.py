"""What needs somebody: their own operations, ends and plans, and what changed outside that they have not seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from monitors.models import (
    FAILED,
    NEEDS_SOMEBODY,
    Attachment,
    AuditEvent,
    Change,
    Operation,
    Plan,
    PlanState,
    Visit,
)
from monitors.models.plan import WAITING
from monitors.models.states_index import is_in
from monitors.selectors import audit, ends
from monitors.selectors.single_rows import Beside, Counts, Question

MAX_COUNTED = 100  # of each kind; the bar says "99+"
MAX_ROWS = 10  # of each kind on the page
FIRST_LOOK_BACK = timedelta(days=1)  # of somebody who has not signed in since visits are kept
PLAN_MEMORY = timedelta(days=14)  # a plan that ended with failures needs nobody after it


def _words(states: tuple[object, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_OPERATIONS = (
    "SELECT 1 FROM monitors_operation WHERE actor_id = %s AND COALESCE(state, state) IN ({}) "
    "AND dismissed_at IS NULL AND change_id IS NULL AND shown_by_id IS NULL"
)
_ENDS = (
    "SELECT 1 FROM monitors_attachment WHERE owner_id = %s AND detached_at IS NULL AND expired_at IS NULL "
    "AND expires_at IS NOT NULL AND expires_at < %s"
)
_PLANS = "SELECT 1 FROM monitors_plan WHERE author_id = %s AND COALESCE(state, state) IN ({})"
# What `operations`, `ending` and `waiting_plans` find; every page counts it, and has no time for the ORM.
_COUNTED = {
    "operations": _OPERATIONS.format(_words(NEEDS_SOMEBODY)),
    "ends": _ENDS,
    "plans": _PLANS.format(_words(WAITING)),
}


@dataclass(frozen=True, slots=True)
class Needs:
    """How many of each wait for a decision of one person, each MAX_COUNTED at most."""

    operations: int = 0
    ends: int = 0
    plans: int = 0

    @property
    def number(self) -> int:
        return self.operations + self.ends + self.plans


def counted_for(person_id: int, now: datetime) -> Counts:
    """What every page asks beside its frame; Needs(**answer.counts) has the numbers."""
    rows = {name: f"{sql} LIMIT {MAX_COUNTED}" for name, sql in _COUNTED.items()}
    tonight = connection.ops.adapt_datetimefield_value(ends.end_of_today(now))
    return Counts(rows, [person_id, person_id, tonight, person_id])


def operations(person: User) -> QuerySet[Operation]:
    """Unknown and failed ones that they asked for by themselves, the newest first."""
    rows = Operation.objects.needing(person).select_related("settled_by", "shown_by")
    return rows.order_by("-started_at", "-uuid")[:MAX_ROWS]


def ending(person: User, now: datetime) -> QuerySet[Attachment]:
    """What they appended and what ends today, or should have ended by now."""
    rows = Attachment.objects.lasting().filter(
        owner=person, expired_at=None, expires_at__isnull=False, expires_at__lt=ends.end_of_today(now)
    )
    return rows.select_related("record", "customer", "began_by").order_by("expires_at")[:MAX_ROWS]


def waiting_plans(person: User) -> QuerySet[Plan]:
    """Paused ones and drafts, the newest first."""
    return Plan.objects.filter(is_in(WAITING), author=person).order_by("-created_at")[:MAX_ROWS]


def failed_plans(person: User, now: datetime) -> QuerySet[Plan]:
    """Ended lately with changes that came to nothing, and not dismissed."""
    failed = Change.objects.filter(plan=OuterRef("pk"), state__in=FAILED)
    ended = Q(state=PlanState.DONE, dismissed_at=None, created_at__gte=now - PLAN_MEMORY)
    rows = Plan.objects.filter(ended, Exists(failed), author=person)
    return rows.order_by("-created_at")[:MAX_ROWS]


def visit(person: User) -> Visit | None:
    return Visit.objects.filter(person=person).first()


def to_show(person: User) -> Question:
    """What the page asks for beside its frame."""
    return Question({"visit": Beside(Visit, "visit.person_id = %s")}, parameters=[person.pk])


@dataclass(frozen=True, slots=True)
class Outside:
    """Changes outside that somebody has not seen, the newest first; `last` is the number of the newest."""

    events: list[AuditEvent]
    has_more: bool

    @classmethod
    def of(cls, found: list[AuditEvent]) -> "Outside":
        return cls(found[:MAX_ROWS], len(found) > MAX_ROWS)

    @property
    def last(self) -> int | None:
        return self.events[0].number if self.events else None


def outside(visit: Visit | None, now: datetime) -> QuerySet[AuditEvent]:
    """As many as `Outside.of` shows, and one more."""
    rows = AuditEvent.objects.filter(source="outside")
    new = rows.filter(number__gt=visit.seen_number) if visit else audit.since(rows, now - FIRST_LOOK_BACK)
    return new.order_by("-number")[: MAX_ROWS + 1]
