"""What an administrator should look at: loose ends, and what cannot be known."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db.models import Count, F, FloatField, Model, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast

from monitors.models import Attachment, Customer, MonitorRecord, Operation, Task
from monitors.selectors import totals

M = TypeVar("M", bound=Model)
ROWS_PER_PANEL = 10  # its link leads to all
MAX_COUNTED = 1_000
REASON_GRACE = timedelta(days=30)  # an attachment may last so long without a reason
ACTIVITY_DAYS = 30


@dataclass(frozen=True, slots=True)
class Panel(Generic[M]):
    """The first rows, and how many there are (None: more than MAX_COUNTED)."""

    rows: list[M]
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
class Panels:
    idle: Panel[MonitorRecord]
    several: Panel[Customer]
    outside_allow_list: Panel[MonitorRecord]
    people: list[dict[str, Any]]
    samples: Samples


def panels(now: datetime, version: totals.Version | None) -> Panels:
    """All that only something written or another day can change, read once."""
    key = version and (version, now.astimezone(UTC).date(), tuple(settings.MONITOR_EMAIL_DOMAINS))
    return totals.at(key, "insight", lambda: _panels(now))


def _panels(now: datetime) -> Panels:
    return Panels(
        idle=panel(without_customers()),
        several=panel(on_several()),
        outside_allow_list=panel(outside_allow_list()),
        people=list(busiest_people(now)),
        samples=samples(),
    )


def panel(rows: QuerySet[M]) -> Panel[M]:
    """By one query."""
    counted = totals.Size(rows.order_by().values(n=Value(1))[: MAX_COUNTED + 1])
    found: list[Any] = list(rows.annotate(found=counted)[:ROWS_PER_PANEL])
    count = found[0].found if found else 0
    return Panel(found, count if count <= MAX_COUNTED else None)


def without_customers() -> QuerySet[MonitorRecord]:
    """In the order of their index, the first known first."""
    return MonitorRecord.objects.living().filter(customer_count=0).order_by("pk")


def on_several() -> QuerySet[Customer]:
    return Customer.objects.filter(record_count__gt=1).order_by("-record_count", "-pk")


def old_without_reason(now: datetime) -> QuerySet[Attachment]:
    attachments = Attachment.objects.lasting().filter(since__lt=now - REASON_GRACE, reason="")
    return attachments.select_related("record", "customer").order_by("since", "pk")


def outside_allow_list() -> QuerySet[MonitorRecord]:
    """Records whose samples go outside MONITOR_EMAIL_DOMAINS; none where any mailbox is allowed."""
    domains: list[str] = settings.MONITOR_EMAIL_DOMAINS
    if not domains:
        return MonitorRecord.objects.none()
    allowed = (Q(email__iendswith=f"@{domain}") for domain in domains)
    return MonitorRecord.objects.living().exclude(reduce(or_, allowed)).order_by("sort_name", "pk")


def busiest_people(now: datetime) -> QuerySet[Operation, Any]:
    """Who began how many operations today and on the thirty days (UTC) before, and how many of each task."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    recent = Operation.objects.filter(started_at__gte=midnight - timedelta(days=ACTIVITY_DAYS))
    tasks = {task.value: Count("pk", filter=Q(task=task)) for task in Task}
    people = recent.values("actor_id", "actor_name").annotate(times=Count("pk"), **tasks)
    return people.order_by("-times", "actor_name")[:ROWS_PER_PANEL]


def samples() -> Samples:
    """The rate alone: the API tells nobody's volume, so somebody has to assume one."""
    share = Cast(F("customer_count"), FloatField()) / Cast(F("frequency"), FloatField())
    monitored = MonitorRecord.objects.living().filter(customer_count__gt=0)
    counted = monitored.aggregate(share=Sum(share), unreadable=Count("pk", filter=Q(frequency=None)))
    readable = monitored.exclude(frequency=None).annotate(share=share)
    return Samples(
        share=counted["share"] or 0.0,
        unreadable_count=counted["unreadable"],
        busiest=list(readable.order_by("-share", "sort_name")[:ROWS_PER_PANEL]),
    )
