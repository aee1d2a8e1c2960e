"""How many customers were monitored at the end of each day, and the line that shows it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from django.db import connection
from django.db.models import F, Max, Q, QuerySet, RowRange, Value, Window
from django.db.models.functions import Coalesce

from monitors.models import Attachment, Refresh
from monitors.models.attachment import LASTING, SPANS
from monitors.selectors.monitored import KNOWN

PERIODS = {30: "30 days", 90: "90 days", 365: "A year"}
STEPS = (2, 4, 6, 8, *(number for number in range(10, 100, 2)))  # round enough, with a whole half
WIDTH, HEIGHT = 1000, 200  # of the drawing, in its own units
_FAR = datetime(9999, 1, 1, tzinfo=UTC)
_DAY = {"sqlite": "substr({}, 1, 10)", "postgresql": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"}


@dataclass(frozen=True, slots=True)
class Trend:
    """Each day (UTC) with the customers monitored at its end, one on two records counted once; the oldest first."""

    days: list[tuple[date, int]]

    @property
    def most(self) -> int:
        return max((count for _, count in self.days), default=0)

    @property
    def ceiling(self) -> int:
        """A round number at the top of the chart, whose half is whole."""
        ceilings: Iterator[int] = (step * 10**power for power in range(12) for step in STEPS)
        return next(it for it in ceilings if it >= self.most)

    @property
    def half(self) -> int:
        return self.ceiling // 2

    @property
    def middle(self) -> date:
        return self.days[len(self.days) // 2][0]

    @property
    def line(self) -> str:
        """The points of a polyline in a box of WIDTH × HEIGHT."""
        step = WIDTH / max(len(self.days) - 1, 1)
        points = (
            (place * step, HEIGHT - HEIGHT * count / self.ceiling)
            for place, (_, count) in enumerate(self.days)
        )
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)

    @property
    def area(self) -> str:
        return f"0,{HEIGHT} {self.line} {WIDTH},{HEIGHT}"


def trend(now: datetime, days: int) -> Trend:
    """The last `days` days, or as many as there are since the first list."""
    today = now.astimezone(UTC).date()
    first = max(today - timedelta(days=days - 1), _first_day() or today)
    begin = datetime.combine(first, time(), UTC)
    change = dict(_changes(since(begin)))
    before = sum(times for day, times in change.items() if day < first)
    every = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    counts = accumulate((change.get(day, 0) for day in every), initial=before)
    return Trend(list(zip(every, list(counts)[1:], strict=True)))


def since(moment: datetime) -> QuerySet[Attachment]:
    """Attachments that were living at `moment` or began after it, by ranges of the index as in attachment.at."""
    found = Q(span=LASTING)
    for number, longest in enumerate(SPANS, 1):
        if moment - datetime.min.replace(tzinfo=UTC) > longest:
            found |= Q(span=number, attached_at__gte=moment - longest, detached_at__gt=moment)
        else:
            found |= Q(span=number, detached_at__gt=moment)
    return Attachment.objects.filter(found)


def _first_day() -> date | None:
    """Of the first list: nobody knows what was before."""
    known = Refresh.objects.filter(outcome__in=KNOWN, answered_at__isnull=False).order_by("asked_at")
    moment = known.values_list("answered_at", flat=True).first()
    return moment.astimezone(UTC).date() if moment else None


def _changes(attachments: QuerySet[Attachment]) -> Iterable[tuple[date, int]]:
    """By day, how many more customers were monitored at its end than at its beginning.

    What an attachment adds to the customer's own earlier ones is a piece from where those end; pieces
    of one customer never overlap, so that each counts once however many records it is on.
    """
    covered = Window(
        Max(Coalesce("detached_at", Value(_FAR))),
        partition_by=F("customer_id") + 0,  # plus nothing: else a planner reads all by that index
        order_by=["attached_at", "id"],
        frame=RowRange(end=-1),
    )
    rows = attachments.annotate(covered=covered).values("attached_at", "detached_at", "covered").order_by()
    inner, values = rows.query.sql_with_params()
    far = connection.ops.adapt_datetimefield_value(_FAR)
    day = _DAY[connection.vendor].format
    sql = f"""
        WITH piece AS (
            SELECT CASE WHEN covered > attached_at THEN covered ELSE attached_at END AS began, detached_at AS ended
            FROM ({inner}) attachment WHERE covered IS NULL OR covered < coalesce(detached_at, %s)
        )
        SELECT day, sum(change) FROM (
            SELECT {day("began")} AS day, 1 AS change FROM piece
            UNION ALL SELECT {day("ended")}, -1 FROM piece WHERE ended IS NOT NULL
        ) changes GROUP BY day"""  # noqa: S608 - all that is put in is the ORM's own SQL
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, far])
        return [(date.fromisoformat(day), int(times)) for day, times in cursor.fetchall()]
