"""What an administrator should look at: loose ends, and what cannot be known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast

from monitors.models import Attachment, Customer, MonitorRecord, Operation, Task

ROWS_PER_PANEL = 10  # its link leads to all
REASON_GRACE = timedelta(days=30)  # an attachment may last so long without a reason
ACTIVITY_PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Samples:
    """What `volume` messages of every monitored customer would cost.

    `unreadable_count` records have no readable frequency and are left out.
    """

    volume: int
    count: float
    unreadable_count: int
    busiest: list[MonitorRecord]


def without_customers() -> QuerySet[MonitorRecord]:
    return MonitorRecord.objects.living().filter(customer_count=0).order_by("sort_name")


def on_several() -> QuerySet[Customer]:
    return Customer.objects.filter(record_count__gt=1).order_by("-record_count", "sort_name")


def old_without_reason(now: datetime) -> QuerySet[Attachment]:
    attachments = Attachment.objects.lasting().filter(since__lt=now - REASON_GRACE, reason="")
    return attachments.select_related("record", "customer").order_by("since", "pk")


def outside_allow_list() -> QuerySet[MonitorRecord]:
    """Records whose samples go outside MONITOR_EMAIL_DOMAINS; none where any mailbox is allowed."""
    domains: list[str] = settings.MONITOR_EMAIL_DOMAINS
    if not domains:
        return MonitorRecord.objects.none()
    allowed = (Q(email__iendswith=f"@{domain}") for domain in domains)
    return MonitorRecord.objects.living().exclude(reduce(or_, allowed)).order_by("sort_name")


def busiest_people(now: datetime) -> QuerySet[Operation, Any]:
    """Who began how many operations in the last thirty days, and how many of each task."""
    recent = Operation.objects.filter(started_at__gte=now - ACTIVITY_PERIOD)
    tasks = {task.value: Count("pk", filter=Q(task=task)) for task in Task}
    people = recent.values("actor_id", "actor_name").annotate(times=Count("pk"), **tasks)
    return people.order_by("-times", "actor_name")[:ROWS_PER_PANEL]


def samples(volume: int) -> Samples:
    """The rate alone: the API tells nobody's volume, so somebody has to assume one."""
    share = Cast(F("customer_count"), FloatField()) / Cast(F("frequency"), FloatField())
    monitored = MonitorRecord.objects.living().filter(customer_count__gt=0)
    readable = monitored.exclude(frequency=None).annotate(share=share)
    total = readable.aggregate(total=Sum("share"))["total"] or 0.0
    return Samples(
        volume=volume,
        count=volume * total,
        unreadable_count=monitored.filter(frequency=None).count(),
        busiest=list(readable.order_by("-share", "sort_name")[:ROWS_PER_PANEL]),
    )
