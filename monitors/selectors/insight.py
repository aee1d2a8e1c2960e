"""What an administrator should look at: loose ends, and what cannot be known."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Generic, TypeVar, cast

from django.conf import settings
from django.db.models import (
    Count,
    DateTimeField,
    F,
    FloatField,
    IntegerField,
    Model,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import RawSQL

from monitors.models import Attachment, Customer, MonitorRecord, Operation, prepared
from monitors.models.record import MailboxDomain, Share
from monitors.selectors import totals
from monitors.selectors.keyset import Either

M = TypeVar("M", bound=Model)
R = TypeVar("R")
ROWS_PER_PANEL = 10  # its link leads to all
MAX_COUNTED = 1_000
REASON_GRACE = timedelta(days=30)  # an attachment may last so long without a reason
ACTIVITY_DAYS = 30


@dataclass(frozen=True, slots=True)
class Panel(Generic[R]):
    """The first rows, and how many there are (None: more than MAX_COUNTED)."""

    rows: list[R]
    count: int | None

    @property
    def has_more(self) -> bool:
        return self.count is None or self.count > len(self.rows)

    @property
    def beyond(self) -> int:
        """How many are not among the first."""
        return (self.count or 0) - len(self.rows)


@dataclass(frozen=True, slots=True)
class Samples:
    """What one message of every monitored customer would cost.

    `unreadable_count` records have no readable frequency and are left out.
    """

    share: float
    unreadable_count: int
    busiest: list[MonitorRecord]


@dataclass(frozen=True, slots=True)
class Several:
    """A customer on more than one record."""

    key: int
    username: str
    record_count: int


@dataclass(frozen=True, slots=True)
class Old:
    """A customer who has long been on a record, and nobody said why."""

    customer_key: int
    username: str
    record_name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Panels:
    idle: Panel[MonitorRecord]
    outside_allow_list: Panel[MonitorRecord]
    samples: Samples
    several: Panel[Several]
    old: Panel[Old]
    people: list[dict[str, Any]]


def panels(now: datetime, version: totals.Version | None) -> Panels:
    """All that only something written or the next minute can change, read once, by two queries."""
    key = version and (version, now.replace(second=0, microsecond=0), tuple(settings.MONITOR_EMAIL_DOMAINS))
    return totals.at(key, "insight", lambda: _panels(now))


def _panels(now: datetime) -> Panels:
    of_records = prepared.read(("panels", tuple(settings.MONITOR_EMAIL_DOMAINS)), _first_records)
    return Panels(*_of_records(of_records), *_of_people(_first_others(now)))


def _first_records() -> QuerySet[MonitorRecord]:
    """The first of each panel of records, and one more for the sake of the sums."""
    living = MonitorRecord.objects.living()
    firsts: list[QuerySet[MonitorRecord]] = [without_customers(), busiest_records(), living]
    counts: dict[str, Any] = {"idle_count": _size(without_customers()), "outside_count": Value(0)}
    if settings.MONITOR_EMAIL_DOMAINS:
        firsts.append(outside_allow_list())
        counts["outside_count"] = _size(outside_allow_list())
    keys = Either(*(Subquery(rows.values("pk")[:ROWS_PER_PANEL]) for rows in firsts))
    sums = {name: RawSQL(sql, (), field) for name, (sql, field) in _SUMS.items()}  # noqa: S611 - no value in it
    share, domain = Share("customer_count", "frequency"), MailboxDomain("email")
    rows = MonitorRecord.objects.filter(pk__in=keys).annotate(**counts, **sums, share=share)
    return rows.annotate(domain=domain).order_by("domain", "pk")


_SUMS: dict[str, tuple[str, Any]] = {
    "whole_share": (
        "SELECT coalesce(sum(CAST(customers AS double precision) / frequency), 0) FROM monitors_samplerate "
        "WHERE frequency > 0",
        FloatField(),
    ),
    "unreadable_count": (
        "SELECT coalesce(sum(records), 0) FROM monitors_samplerate WHERE frequency = 0",
        IntegerField(),
    ),
}


def _size(rows: QuerySet[Any]) -> totals.Size:
    return totals.Size(rows.order_by().values(n=Value(1))[: MAX_COUNTED + 1])


def _of_records(rows: list[Any]) -> tuple[Panel[MonitorRecord], Panel[MonitorRecord], Samples]:
    """The first of all are among these, so each panel's own first are the first of those that belong to it."""
    any_row = rows[0] if rows else None
    idle = sorted((row for row in rows if row.customer_count == 0), key=lambda row: int(row.pk))
    outside = [row for row in rows if settings.MONITOR_EMAIL_DOMAINS and row.domain not in _allowed()]
    sampled = sorted((row for row in rows if row.share), key=lambda row: (-row.share, -row.pk))
    return (
        _panel(idle, any_row.idle_count if any_row else 0),
        _panel(outside, any_row.outside_count if any_row else 0),
        Samples(
            any_row.whole_share if any_row else 0.0,
            any_row.unreadable_count if any_row else 0,
            sampled[:ROWS_PER_PANEL],
        ),
    )


def _panel(rows: list[R], count: int) -> Panel[R]:
    return Panel(rows[:ROWS_PER_PANEL], count if count <= MAX_COUNTED else None)


def _first_others(now: datetime) -> "dict[str, list[tuple[Any, ...]]]":
    """By panel: key, name, another name, moment, number, and how many there are."""
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    rows = prepared.read("other panels", _others, now - REASON_GRACE, _first_midnight(now))
    for panel, *row in cast("Iterable[tuple[Any, ...]]", rows):
        found[panel].append(tuple(row))
    return found


def _others(reason_due: datetime, first_midnight: datetime) -> QuerySet[Any]:
    old, several, people = long_without_reason(reason_due), on_several(), _operations_since(first_midnight)
    first_old = Attachment.objects.filter(pk__in=old.values("pk")[:ROWS_PER_PANEL])
    first_several = Customer.objects.filter(pk__in=several.values("pk")[:ROWS_PER_PANEL])
    nothing, never = Value(""), Value(None, output_field=DateTimeField())
    customer, record = F("customer__username"), F("record__name")
    rows = first_old.values_list(Value("old"), "customer_id", customer, record, "since", Value(0), _size(old))
    return rows.union(
        first_several.values_list(
            Value("several"), "pk", "username", nothing, never, "record_count", _size(several)
        ),
        people.values_list(Value("people"), "key", "actor_name", "task", never, "times", Value(0)),
        all=True,
    )


def _of_people(
    found: "dict[str, list[tuple[Any, ...]]]",
) -> tuple[Panel[Several], Panel[Old], list[dict[str, Any]]]:
    several = [Several(key, name, number) for key, name, _, _, number, _ in found["several"]]
    old = [Old(key, name, record, since) for key, name, record, since, _, _ in found["old"]]
    by_count: Callable[[Several], Any] = lambda row: (-row.record_count, -row.key)  # noqa: E731
    return (
        _panel(sorted(several, key=by_count), _count(found["several"])),
        _panel(sorted(old, key=lambda row: row.since), _count(found["old"])),
        _busiest(found["people"]),
    )


def _count(rows: list[tuple[Any, ...]]) -> int:
    return int(rows[0][-1]) if rows else 0


def _busiest(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """How many operations each began, and how many of each task."""
    people: dict[tuple[int | None, str], Counter[str]] = defaultdict(Counter)
    for key, name, task, _, times, _ in rows:
        people[key, name].update({"times": times, task: times})
    busiest = sorted(people.items(), key=lambda item: (-item[1]["times"], item[0][1]))
    return [{"actor_name": name, **counts} for (_, name), counts in busiest[:ROWS_PER_PANEL]]


def without_customers() -> QuerySet[MonitorRecord]:
    """In the order of their index, the first known first."""
    return MonitorRecord.objects.living().filter(customer_count=0).order_by("pk")


def on_several() -> QuerySet[Customer]:
    return Customer.objects.filter(record_count__gt=1).order_by("-record_count", "-pk")


def long_without_reason(due: datetime) -> QuerySet[Attachment]:
    attachments = Attachment.objects.lasting().filter(since__lt=due, reason="")
    return attachments.select_related("record", "customer").order_by("since", "pk")


def outside_allow_list() -> QuerySet[MonitorRecord]:
    """Records whose samples go outside MONITOR_EMAIL_DOMAINS, by domain: at most some more than MAX_COUNTED."""
    living = MonitorRecord.objects.living().annotate(domain=MailboxDomain("email"))
    outside = living.exclude(domain__in=_allowed())
    between = [outside.filter(**condition) for condition in _between(_allowed())]
    keys = (Subquery(rows.order_by("domain", "pk").values("pk")[: MAX_COUNTED + 1]) for rows in between)
    return living.filter(pk__in=Either(*keys)).order_by("domain", "pk")


def _allowed() -> list[str]:
    return sorted(f"@{domain}" for domain in settings.MONITOR_EMAIL_DOMAINS)


def _between(domains: list[str]) -> list[dict[str, str]]:
    """What an index is asked for, so that it is not read where it holds only these."""
    inner = [{"domain__gt": low, "domain__lt": high} for low, high in pairwise(domains)]
    return [{"domain__lt": domains[0]}, *inner, {"domain__gt": domains[-1]}]


def _first_midnight(now: datetime) -> datetime:
    """When the first day (UTC) began of those of which people's operations are counted: today and thirty before."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=ACTIVITY_DAYS)


def _operations_since(moment: datetime) -> QuerySet[Operation, Any]:
    """How many of each task everybody began."""
    recent = Operation.objects.filter(started_at__gte=moment)
    # Plus nothing: else a planner reads all there ever were in the order of their people.
    return recent.values("actor_name", "task", key=F("actor_id") + 0).annotate(times=Count("pk"))


def busiest_records() -> QuerySet[MonitorRecord]:
    """By the samples that one message of each of their customers makes."""
    readable = MonitorRecord.objects.living().filter(frequency__isnull=False)
    return readable.annotate(share=Share("customer_count", "frequency")).order_by("-share", "-pk")
