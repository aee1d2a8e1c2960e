"""How many customers were monitored at the end of each day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate

from django.db import connection
from django.db.models import F, Max, Q, QuerySet, RowRange, Value, Window
from django.db.models.functions import Coalesce

from monitors.models import Attachment, MonitorRecord, Refresh
from monitors.models.attachment import LASTING, SPANS
from monitors.models.day_totals import COUNT, INSTANT
from monitors.selectors import totals
from monitors.selectors.monitored import LOADED_OUTCOMES
from monitors.selectors.single_rows import Beside, Question

_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_DAY = {"sqlite": "substr({}, 1, 10)", "postgresql": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"}
FIRST_LIST = Question(
    {
        "first_list": Beside(
            Refresh,
            "first_list.id = (SELECT id FROM monitors_refresh WHERE outcome IN (%s, %s) AND answered_at IS NOT NULL "
            "ORDER BY asked_at LIMIT 1)",
        )
    },
    parameters=LOADED_OUTCOMES,
)


@dataclass(frozen=True)
class Trend:
    """Each day (UTC) with what was counted at its end, the oldest first."""

    days: list[tuple[date, float]]

    @cached_property
    def peak(self) -> float:
        return max((count for _, count in self.days), default=0)


def trend(
    now: datetime, days: int, version: totals.Version | None = None, first_list: Refresh | None = None
) -> Trend:
    """Customers monitored on the last `days` days, one on two records counted once."""
    today, first = _day(now), first_day(now, days, first_list)
    key = version and (version, first, today)
    return totals.at(key, f"trend of {days}", lambda: _known(first, today, now) or _counted(first, today))


def first_day(now: datetime, days: int, first_list: Refresh | None = None) -> date:
    """Of the last `days` days, or of as many as there are since the first list: nobody knows what was before."""
    today = _day(now)
    return max(today - timedelta(days=days - 1), _day_of(first_list) or today)


def days_from(first: date, now: datetime) -> list[date]:
    """The last one is today."""
    return [first + timedelta(days=number) for number in range((_day(now) - first).days + 1)]


def of_record(record: MonitorRecord, now: datetime, days: int, first_list: Refresh | None = None) -> Trend:
    """Its customers; from the day on which it was first seen."""
    first = max(first_day(now, days, first_list), _day(record.first_seen))
    (counts,) = customers_by_day([record], now, first).values()
    return Trend(list(zip(days_from(first, now), counts, strict=True)))


def customers_by_day(records: Sequence[MonitorRecord], now: datetime, first: date) -> dict[int, list[int]]:
    """By record, at the end of each day: from what it has now back over what came and went, by one query."""
    days = days_from(first, now)
    changed = _changes_of_records([record.pk for record in records], _midnight(first) + timedelta(days=1))
    return {record.pk: _backwards(record, days, changed) for record in records}


def _backwards(record: MonitorRecord, days: list[date], changed: dict[tuple[int, date], int]) -> list[int]:
    count = 0 if record.gone_at else record.customer_count
    counts = [count]
    for day in reversed(days[1:]):
        count -= changed.get((record.pk, day), 0)
        counts.append(count)
    return counts[::-1]


def _changes_of_records(keys: Sequence[int], since: datetime) -> dict[tuple[int, date], int]:
    """By record and day, how many more customers came than went."""
    day, adapt = _DAY[connection.vendor].format, connection.ops.adapt_datetimefield_value
    among = f"record_id IN ({', '.join(['%s'] * len(keys))})"
    sql = f"""
        SELECT record_id, day, sum(change) FROM (
            SELECT record_id, {day("attached_at")} AS day, 1 AS change FROM monitors_attachment
            WHERE {among} AND attached_at >= %s
            UNION ALL
            SELECT record_id, {day("detached_at")}, -1 FROM monitors_attachment
            WHERE {among} AND detached_at IS NOT NULL AND detached_at >= %s
        ) changes GROUP BY record_id, day"""  # noqa: S608 - all that is put in is our own
    with connection.cursor() as cursor:
        cursor.execute(sql, [*keys, adapt(since), *keys, adapt(since)])
        return {(int(key), date.fromisoformat(text)): int(change) for key, text, change in cursor.fetchall()}


def _known(first: date, today: date, now: datetime) -> Trend | None:
    """From the totals of the days before today, None where they are not counted up to yesterday.

    They are counted from the first attachment on, one after the other: a day before them had none.
    """
    known = dict(_totals(first, today, now))
    before = [first + timedelta(days=number) for number in range((today - first).days)]
    if today not in known or (before and before[-1] not in known):
        return None
    return Trend([(day, known.get(day, 0)) for day in [*before, today]])


def _totals(first: date, today: date, now: datetime) -> Iterable[tuple[date, int]]:
    """Each known day with its customers, and today with those of now; by one query."""
    moments = {"first": _midnight(first), "today": _midnight(today), "end": now + INSTANT}
    adapt = connection.ops.adapt_datetimefield_value
    sql = f"""
        SELECT {_DAY[connection.vendor].format("ends_at")}, customers FROM monitors_daytotals
        WHERE attachments IS NOT NULL AND ends_at > %(first)s AND ends_at <= %(today)s
        UNION ALL SELECT NULL, customers FROM ({COUNT}) counted"""  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(sql, {name: adapt(moment) for name, moment in moments.items()})
        rows = cursor.fetchall()
    return [(_before(midnight) if midnight else today, int(customers)) for midnight, customers in rows]


def _before(midnight: str) -> date:
    return date.fromisoformat(midnight) - timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _counted(first: date, today: date) -> Trend:
    """From the attachments themselves."""
    changes = dict(_changes(lasting_since(_midnight(first))))
    before = sum(change for day, change in changes.items() if day < first)
    dates = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    counts = accumulate((changes.get(day, 0) for day in dates), initial=before)
    return Trend(list(zip(dates, list(counts)[1:], strict=True)))


def lasting_since(moment: datetime) -> QuerySet[Attachment]:
    """Attachments that lasted at `moment` or began after it, by ranges of the index as in `lasting_at`."""
    condition = Q(span=LASTING)
    for number, longest in enumerate(SPANS, 1):
        if moment - datetime.min.replace(tzinfo=UTC) > longest:
            condition |= Q(span=number, attached_at__gte=moment - longest, detached_at__gt=moment)
        else:
            condition |= Q(span=number, detached_at__gt=moment)
    return Attachment.objects.filter(condition)


def _day_of(first_list: Refresh | None) -> date | None:
    first_list = first_list or _loaded().order_by("asked_at").first()
    return _day(first_list.answered_at) if first_list and first_list.answered_at else None


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _loaded() -> QuerySet[Refresh]:
    return Refresh.objects.filter(outcome__in=LOADED_OUTCOMES, answered_at__isnull=False)


def _changes(attachments: QuerySet[Attachment]) -> Iterable[tuple[date, int]]:
    """By day, how many more customers were monitored at its end than at its beginning.

    What an attachment adds to the customer's own earlier ones is a piece from where those end; pieces
    of one customer never overlap, so that each counts once however many records it is on.
    """
    covered = Window(
        Max(Coalesce("detached_at", Value(_END_OF_TIME))),
        partition_by=F("customer_id") + 0,  # plus nothing: else a planner reads all by that index
        order_by=["attached_at", "id"],
        frame=RowRange(end=-1),
    )
    rows = attachments.annotate(covered=covered).values("attached_at", "detached_at", "covered").order_by()
    inner, values = rows.query.sql_with_params()
    end_of_time = connection.ops.adapt_datetimefield_value(_END_OF_TIME)
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
        cursor.execute(sql, [*values, end_of_time])
        return [(date.fromisoformat(day), int(change)) for day, change in cursor.fetchall()]
