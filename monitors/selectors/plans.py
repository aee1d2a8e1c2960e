"""Reads of plans: the list of them, what one would do, and what became of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Case, Count, Q, QuerySet, When

from monitors.models import (
    FAILED,
    Change,
    ChangeKind,
    ChangeState,
    Customer,
    Effect,
    Operation,
    Plan,
    PlanState,
)
from monitors.selectors import paging
from monitors.selectors.customers import by_keys

ROWS_OF_A_GROUP = 10
GROUPS = (
    *(Effect.UNKNOWN_CUSTOMER, Effect.NOT_ALLOWED, Effect.MOVES, Effect.WAITS),
    *(Effect.APPLIES, Effect.ALREADY, Effect.TWICE),
)
LEFT_OUT = "left-out"
FILTERS = ("mine", "running", "scheduled", "done")
OPEN = (PlanState.RUNNING, PlanState.PAUSED)
OVER = (PlanState.DONE, PlanState.CANCELLED)
# What a filter of the progress page shows.
RESULTS: dict[str, tuple[ChangeState, ...]] = {
    "failed": FAILED,
    "unknown": (ChangeState.UNKNOWN,),
    "done": (ChangeState.DONE,),
    "left": (ChangeState.LEFT, ChangeState.SENDING),
    "left-out": (ChangeState.LEFT_OUT, ChangeState.CANCELLED),
}
_LEAST_PREFIX = 3  # a misspelt name shares its first half with the right one, and so many letters at least
MAX_FORMER = 3  # records that are named
_MAX_CANDIDATES = 500
_CLOSE = 0.75


def get(uuid: UUID) -> Plan | None:
    return Plan.objects.select_related("author", "run_by", "undoes").filter(pk=uuid).first()


def search(*, group: str, person: User, page: str | None) -> paging.Results[Plan]:
    """`group` is one of the chips above the list, empty for all that are worth looking at."""
    found = paging.paginate(Plan.objects.filter(_in_group(group, person)).order_by("-created_at"), page)
    failed = Change.objects.filter(plan__in=found.rows, state__in=FAILED).order_by().values_list("plan")
    numbers = dict(failed.annotate(Count("pk")))
    for plan in found.rows:
        plan.failed = numbers.get(plan.pk, 0)
    return found


def counts(person: User) -> dict[str, int]:
    groups = {name: Count("pk", filter=_in_group(name, person)) for name in ("", *FILTERS) if name}
    return Plan.objects.aggregate(all=Count("pk"), **groups)


def _in_group(group: str, person: User) -> Q:
    return {
        "mine": Q(author=person),
        "running": Q(state__in=OPEN),
        "scheduled": Q(state=PlanState.SCHEDULED),
        "done": Q(state__in=OVER),
    }.get(group, Q())


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one effect; `rows` are the first of them. `key` is the effect, or left-out."""

    key: str
    label: str
    count: int
    rows: list[Change]

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def groups(plan: Plan) -> list[Group]:
    """What a plan that has not begun would do, what needs a decision first."""
    counted = _counted(plan)
    found = [
        Group(effect, str(effect.label), counted[ChangeState.LEFT, effect], _first(_of_effect(plan, effect)))
        for effect in GROUPS
        if counted[ChangeState.LEFT, effect]
    ]
    left_out = sum(number for (state, _), number in counted.items() if state == ChangeState.LEFT_OUT)
    if left_out:
        found.append(Group(LEFT_OUT, "Left out", left_out, _first(_left_out(plan))))
    return found


def group_page(plan: Plan, key: str, page: str | None) -> paging.Results[Change]:
    """All changes of one group, page by page."""
    rows = _left_out(plan) if key == LEFT_OUT else _of_effect(plan, Effect(key))
    return paging.paginate(rows, page)


def former_records(plan: Plan) -> list[tuple[str, int]]:
    """The records that customers of a plan are on besides its own, with how many, the most first."""
    rows = Change.objects.filter(plan=plan, effect=Effect.MOVES, state=ChangeState.LEFT)
    named = rows.values_list("from_record__name").annotate(number=Count("pk")).order_by("-number")
    found = [(name or "several records", number) for name, number in named]
    others = sum(number for _, number in found[MAX_FORMER:])
    return found[:MAX_FORMER] + ([("others", others)] if others else [])


def _counted(plan: Plan) -> Counter[tuple[str, str]]:
    rows = Change.objects.filter(plan=plan).values_list("state", "effect").annotate(n=Count("pk")).order_by()
    return Counter({(state, effect): number for state, effect, number in rows})


def _of_effect(plan: Plan, effect: Effect) -> QuerySet[Change]:
    return _related(plan).filter(effect=effect, state=ChangeState.LEFT)


def _left_out(plan: Plan) -> QuerySet[Change]:
    return _related(plan).filter(state=ChangeState.LEFT_OUT)


def _related(plan: Plan) -> QuerySet[Change]:
    rows = Change.objects.filter(plan=plan).order_by("number")
    return rows.select_related("record", "from_record", "customer")


def _first(rows: QuerySet[Change]) -> list[Change]:
    return list(rows[:ROWS_OF_A_GROUP])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan is. `moving` are half-way moves and what is being sent."""

    done: int
    failed: int
    unknown: int
    sending: int
    left: int
    left_out: int
    cancelled: int

    @property
    def total(self) -> int:
        """What it was to send."""
        return self.done + self.failed + self.unknown + self.sending + self.left + self.cancelled

    @property
    def sent(self) -> int:
        return self.done + self.failed + self.unknown + self.sending

    def of(self, group: str) -> int:
        counts = {
            "failed": self.failed,
            "unknown": self.unknown,
            "done": self.done,
            "left": self.left + self.sending,
            "left-out": self.left_out + self.cancelled,
        }
        return counts.get(group, self.total + self.left_out)


def progress(plan: Plan) -> Progress:
    rows = Change.objects.filter(plan=plan).values_list("state").annotate(n=Count("pk")).order_by()
    counted = Counter(dict(rows))
    between = Change.objects.filter(plan=plan, state=ChangeState.LEFT).exclude(step="").count()
    return Progress(
        done=counted[ChangeState.DONE],
        failed=sum(counted[state] for state in FAILED),
        unknown=counted[ChangeState.UNKNOWN],
        sending=counted[ChangeState.SENDING] + between,
        left=counted[ChangeState.LEFT] - between,
        left_out=counted[ChangeState.LEFT_OUT],
        cancelled=counted[ChangeState.CANCELLED],
    )


# Failures first, then what is under way, then what is done, then the rest.
_ORDER = (*FAILED, ChangeState.UNKNOWN, ChangeState.SENDING, ChangeState.DONE, ChangeState.LEFT)


def results(plan: Plan, *, group: str, page: str | None) -> paging.Results[Change]:
    """The changes of a plan that has begun; failures first where nothing is chosen."""
    rows = _related(plan)
    if group in RESULTS:
        return paging.paginate(rows.filter(state__in=RESULTS[group]).order_by("number"), page)
    return paging.paginate(rows.order_by(_failures_first(), "number"), page)


def all_results(plan: Plan) -> QuerySet[Change]:
    """In the order of the plan, for a file."""
    return _related(plan)


def latest_operations(changes: Sequence[Change]) -> dict[int, Operation]:
    """The last operation of each change, by the change's key."""
    keys = [change.pk for change in changes]
    operations = Operation.objects.filter(change__in=keys).order_by("started_at")
    return {operation.change_id: operation for operation in operations if operation.change_id is not None}


def _failures_first() -> Case:
    ranks = [When(state=state, then=rank) for rank, state in enumerate(_ORDER)]
    return Case(*ranks, default=len(_ORDER))


def is_undecided(plan: Plan) -> bool:
    """Somebody is on another record, and nobody has said what becomes of that."""
    open_rows = Change.objects.filter(plan=plan, state=ChangeState.LEFT, effect=Effect.MOVES)
    return not plan.elsewhere and open_rows.filter(kind=ChangeKind.APPEND).exists()


def near_names(names: Sequence[str]) -> dict[str, Customer]:
    """For each name the known customer that it is most like, where there is one; by one query and their records."""
    prefixes = {name.casefold()[: max(len(name) // 2, _LEAST_PREFIX)] for name in names if name}
    if not prefixes:
        return {}
    ranges = Q()
    for prefix in prefixes:
        ranges |= Q(sort_name__gte=prefix, sort_name__lt=prefix + "\U0010ffff")
    candidates = list(
        Customer.objects.filter(ranges).order_by("sort_name").values_list("sort_name", "pk")[:_MAX_CANDIDATES]
    )
    by_name = dict(candidates)
    nearest = {name: get_close_matches(name.casefold(), by_name, n=1, cutoff=_CLOSE) for name in names}
    rows = {row.pk: row for row in by_keys([by_name[near[0]] for near in nearest.values() if near])}
    return {name: rows[by_name[near[0]]] for name, near in nearest.items() if near}
