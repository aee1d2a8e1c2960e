"""What an administrator should look at: the trend, loose ends, and what cannot be known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, FloatField, QuerySet, Sum
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone

from monitors.models import Attachment, Customer, MonitorRecord, Operation

DAYS = 90  # of the trend
SHOWN = 10  # rows of each list; its link leads to all
WIDTH, HEIGHT = 600, 120  # of the chart's drawing, in its own units
OLD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Trend:
    """Customers on records at the end of each day (one on two records counts twice), the oldest first."""

    days: list[tuple[date, int]]

    @property
    def most(self) -> int:
        return max((count for _, count in self.days), default=0)

    @property
    def line(self) -> str:
        """The points of an SVG polyline in a box of WIDTH × HEIGHT."""
        counts = [count for _, count in self.days]
        counts *= 2 if len(counts) == 1 else 1  # a single day is a level line
        step = WIDTH / max(len(counts) - 1, 1)
        scale = (HEIGHT - 2) / (self.most or 1)
        points = ((at * step, HEIGHT - 1 - count * scale) for at, count in enumerate(counts))
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


@dataclass(frozen=True, slots=True)
class Samples:
    """What each thousand messages of every monitored customer cost; `unread` records have no readable rate."""

    per_thousand: float
    unread: int
    busiest: list[MonitorRecord]


def living() -> QuerySet[MonitorRecord]:
    return MonitorRecord.objects.filter(gone_at=None)


def trend(now: datetime) -> Trend:
    """Counted back from the present: what began and what ended on each day."""
    first = timezone.localdate(now) - timedelta(days=DAYS - 1)
    count = Attachment.objects.filter(detached_at=None).count()
    began = _by_day("attached_at", first)
    ended = _by_day("detached_at", first)
    days: list[tuple[date, int]] = []
    for back in range(DAYS):
        day = timezone.localdate(now) - timedelta(days=back)
        days.append((day, count))
        count += ended.get(day, 0) - began.get(day, 0)
    horizon = _first_day()
    return Trend([it for it in reversed(days) if horizon is None or it[0] >= horizon])


def _first_day() -> date | None:
    """Before it the desk knew nothing."""
    first = Attachment.objects.order_by("pk").values_list("attached_at", flat=True).first()
    return timezone.localdate(first) if first else None


def _by_day(column: str, first: date) -> dict[date, int]:
    since = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    rows = Attachment.objects.filter(**{f"{column}__gte": since}).annotate(day=TruncDate(column))
    return dict(rows.values("day").annotate(times=Count("pk")).order_by().values_list("day", "times"))


def without_customers() -> QuerySet[MonitorRecord]:
    return living().filter(customer_count=0).order_by("sort_name")


def on_several() -> QuerySet[Customer]:
    return Customer.objects.filter(record_count__gt=1).order_by("-record_count", "sort_name")


def old_without_reason(now: datetime) -> QuerySet[Attachment]:
    lasting = Attachment.objects.filter(detached_at=None, since__lt=now - OLD, reason="")
    return lasting.select_related("record", "customer").order_by("since", "pk")


def strange_mailboxes() -> list[MonitorRecord]:
    """Records whose samples go outside MONITOR_EMAIL_DOMAINS; none where any mailbox is allowed."""
    domains: list[str] = settings.MONITOR_EMAIL_DOMAINS
    if not domains:
        return []
    return [row for row in living().order_by("sort_name").iterator() if _domain(row.email) not in domains]


def _domain(email: str) -> str:
    return email.rpartition("@")[2].lower()


def busiest_people(now: datetime) -> Iterable[Any]:
    """Who began how many operations in the last thirty days."""
    recent = Operation.objects.filter(started_at__gte=now - OLD)
    return recent.values("actor_id", "actor_name").annotate(times=Count("pk")).order_by("-times")[:SHOWN]


def samples() -> Samples:
    """The rate alone: the API tells nobody's volume."""
    share = Cast(F("customer_count"), FloatField()) / Cast(F("frequency"), FloatField())
    monitored = living().filter(customer_count__gt=0)
    readable = monitored.exclude(frequency=None).annotate(share=share)
    total = readable.aggregate(total=Sum("share"))["total"] or 0.0
    return Samples(
        per_thousand=1000 * total,
        unread=monitored.filter(frequency=None).count(),
        busiest=list(readable.order_by("-share", "sort_name")[:SHOWN]),
    )
