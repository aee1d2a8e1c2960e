"""How many were monitored at the end of each day, so that no page counts the past again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, models

from monitors.models import prepared
from monitors.models.attachment import LASTING, SPANS, Attachment, earliest_beginnings, lasting_between

Sql = tuple[str, tuple[Any, ...]]
INSTANT = timedelta(microseconds=1)  # the shortest that both databases keep
_KNOWN = """
    SELECT ends_at, attachments, customers, records FROM monitors_daytotals
    WHERE ends_at <= %(end)s AND attachments IS NOT NULL ORDER BY ends_at DESC LIMIT 1"""
_SINCE = "(SELECT ends_at FROM known)"
_SPANS = ", ".join(map(str, range(LASTING, len(SPANS) + 1)))


def _lasted(at: str) -> str:
    return f"attached_at < {at} AND (detached_at IS NULL OR detached_at >= {at})"


def _gain(condition: Callable[[str], str], among: str) -> str:
    """SQL: for how many more of these the condition holds at the end than when the known day ended."""
    then, before = condition("%(end)s"), condition(_SINCE)
    gain = f"CASE WHEN {then} THEN 1 ELSE 0 END - CASE WHEN {before} THEN 1 ELSE 0 END"
    return f"(SELECT coalesce(sum({gain}), 0) FROM {among} changed)"  # noqa: S608


def _gain_of(column: str) -> str:
    """Only those are looked up that have a changed attachment."""

    def there(at: str) -> str:
        return f"EXISTS (SELECT 1 FROM monitors_attachment WHERE {column} = changed.key AND {_lasted(at)})"  # noqa: S608

    return _gain(there, f"(SELECT DISTINCT {column} AS key FROM changes)")  # noqa: S608


# Of the instant before %(end)s, nothing where no earlier day is known. All that is put in are the constants above.
COUNT = f"""
    WITH known AS ({_KNOWN}),
    changes AS (
        SELECT id, record_id, customer_id, attached_at, detached_at FROM monitors_attachment
        WHERE span IN ({_SPANS}) AND attached_at >= {_SINCE} AND attached_at < %(end)s
        UNION
        SELECT id, record_id, customer_id, attached_at, detached_at FROM monitors_attachment
        WHERE detached_at IS NOT NULL AND detached_at >= {_SINCE} AND detached_at < %(end)s
    )
    SELECT
        attachments + {_gain(_lasted, "changes")} AS attachments,
        customers + {_gain_of("customer_id")} AS customers,
        records + {_gain_of("record_id")} AS records
    FROM known"""  # noqa: S608


class DayTotals(models.Model):
    """Each customer and each record counted once. `ends_at` is midnight UTC, which itself belongs to the next day.

    None: somebody is counting. Triggers remove what a later word about the past makes untrue (migration 0020).
    """

    ends_at = models.DateTimeField(primary_key=True)
    attachments = models.PositiveIntegerField(null=True)
    customers = models.PositiveIntegerField(null=True)
    records = models.PositiveIntegerField(null=True)
    claim = models.UUIDField()  # of the one who counted it

    def __str__(self) -> str:
        return f"{self.customers} customers before {self.ends_at:%Y-%m-%d}"

    @property
    def day(self) -> date:
        return self.ends_at.astimezone(UTC).date() - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Totals:
    """Each customer and each record counted once."""

    attachments: int
    customers: int
    records: int


def totals_at(moment: datetime) -> Totals:
    """Who was monitored then, from the day before and what changed since."""
    return count_before(moment + INSTANT)


def count_before(end: datetime) -> Totals:
    """Of the instant before `end`; counts everything of that instant where no earlier day is known."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"end": connection.ops.adapt_datetimefield_value(end)})
        row = cursor.fetchone()
    return Totals(*map(int, row)) if row else _counted(end - INSTANT)


def _counted(moment: datetime) -> Totals:
    moments = (moment, *earliest_beginnings(moment))
    sql, places = prepared.kept("totals at a moment", lambda: _prepared(moments))
    with connection.cursor() as cursor:
        cursor.execute(sql, places.bind(moments))
        return Totals(*cursor.fetchone())


def _prepared(moments: Sequence[datetime]) -> tuple[str, prepared.Places]:
    marked = prepared.markers(moments)
    sql, values = totals_sql(Attachment.objects.filter(lasting_between(*marked)))
    return sql, prepared.Places(marked, values)


def totals_of(attachments: "models.QuerySet[Attachment, Any]") -> Totals:
    """By SQL of our own round theirs: an aggregate takes the ORM longer to write than the rest of such a page."""
    with connection.cursor() as cursor:
        cursor.execute(*totals_sql(attachments))
        return Totals(*cursor.fetchone())


def totals_sql(attachments: "models.QuerySet[Attachment, Any]") -> Sql:
    """One row, whose columns are those of Totals."""
    sql, values = compiled(attachments.values("customer", "record"))
    return _TOTALS_OF.format(chosen=sql), values


_TOTALS_OF = "SELECT COUNT(*), COUNT(DISTINCT customer), COUNT(DISTINCT record) FROM ({chosen}) chosen"


def compiled(rows: "models.QuerySet[Any, Any]") -> Sql:
    """Also of rows that cannot be there; the columns are called as in `values`."""
    compiler = rows.query.get_compiler(connection=connection, elide_empty=False)
    sql, values = compiler.as_sql(with_col_aliases=True)
    return sql, tuple(values)
