"""A page of attachments by record: along the records by name, and on each along its customers by name."""

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from monitors.models import Attachment

_RECORD = "({table}sort_name || '')", "{table}id"  # as the index of all records has it
_ATTACHMENT = "{table}sort_name", "{table}id"
_ANCHOR = "(SELECT {column} FROM monitors_attachment WHERE id = %s)"
_ANCHORS_RECORD = (
    "(SELECT record.{column} FROM monitors_attachment anchor "
    "JOIN monitors_monitorrecord record ON record.id = anchor.record_id WHERE anchor.id = %s)"
)
# However few records the statistics promise, they come first.
_ON = {
    "sqlite": "CROSS JOIN ({attachments}) attachment ON attachment.record_id = walked.id",
    "postgresql": "CROSS JOIN LATERAL ({attachments} AND record_id = walked.id ORDER BY {order} LIMIT {count}) "
    "attachment",
}


def keys(attachments: QuerySet[Attachment], anchor: int | None, count: int, *, is_descending: bool) -> RawSQL:
    """Those of the first `count` behind the attachment `anchor`, and of some that come later.

    What is on its own record apart from what is on those beyond: both are looked up where they begin.
    """
    walk = _Walk(attachments, count, "DESC" if is_descending else "ASC")
    return RawSQL(*walk.all() if anchor is None else walk.behind(anchor))  # noqa: S611 - the ORM's own SQL


Sql = tuple[str, tuple[object, ...]]


class _Walk:
    def __init__(self, attachments: QuerySet[Attachment], count: int, direction: str) -> None:
        chosen = attachments.order_by().values("id", "record_id", "sort_name")
        inner, self.values = chosen.query.sql_with_params()
        self.chosen = f"SELECT id, record_id, sort_name FROM ({inner}) chosen WHERE 1 = 1"  # noqa: S608
        self.count, self.direction = count, direction

    def all(self) -> Sql:
        return self._on("monitors_monitorrecord"), self.values

    def behind(self, anchor: int) -> Sql:
        own, beyond = self._on_its_record(), self._on(self._beyond())
        sql = f"SELECT id FROM ({own}) own UNION ALL SELECT id FROM ({beyond}) beyond"  # noqa: S608
        return sql, (*self.values, *[anchor] * 4, *[anchor] * 3, *self.values)

    def _on_its_record(self) -> str:
        record, behind = _ANCHOR.format(column="record_id"), self._behind(_ATTACHMENT, _ANCHOR)
        return f"{self.chosen} AND record_id = {record} AND {behind} {self._end(self._order(_ATTACHMENT))}"

    def _beyond(self) -> str:
        beyond = self._behind(_RECORD, _ANCHORS_RECORD)
        return f"(SELECT id, sort_name FROM monitors_monitorrecord WHERE {beyond})"  # noqa: S608

    def _behind(self, columns: tuple[str, str], anchor: str) -> str:
        own_name, own_key = (column.format(table="") for column in columns)
        name, key = anchor.format(column="sort_name"), anchor.format(column="id")
        side = "<" if self.direction == "DESC" else ">"
        return f"{own_name} {side}= {name} AND ({own_name} {side} {name} OR {own_key} {side} {key})"

    def _on(self, records: str) -> str:
        order = self._order(_ATTACHMENT)
        joined = _ON[connection.vendor].format(attachments=self.chosen, order=order, count=self.count)
        end = self._end(self._order(_RECORD, "walked."), self._order(_ATTACHMENT, "attachment."))
        return f"SELECT attachment.id FROM {records} walked {joined} {end}"  # noqa: S608

    def _end(self, *orders: str) -> str:
        return f"ORDER BY {', '.join(orders)} LIMIT {self.count}"

    def _order(self, columns: tuple[str, str], table: str = "") -> str:
        return ", ".join(f"{column.format(table=table)} {self.direction}" for column in columns)
