"""The customers of several records in one order, however many these records have: each has them by name in an index.

Whoever is among the first so many of all records is on one of the records whose own first come first. So each record
is asked for its first, and only so many records for as many more.
"""

from django.db import connection
from django.db.models.expressions import RawSQL

from monitors.selectors.keyset import Key

_HOLDS = {"sqlite": "instr(customer.sort_name, %s) > 0", "postgresql": "strpos(customer.sort_name, %s) > 0"}
# SQLite looks rows up by a list of keys; PostgreSQL would read all attachments to find three thousand keys in them.
_JOINED = {
    "sqlite": "CROSS JOIN monitors_attachment {name} ON {name}.id IN ({firsts})",
    "postgresql": "CROSS JOIN LATERAL ({firsts}) AS {name}",
}
_KEYS = """
    WITH place AS (SELECT id, sort_name FROM monitors_attachment WHERE id = %s),
    nearest AS (
        SELECT record.id AS record FROM monitors_monitorrecord record {head}
        WHERE record.email = %s AND record.gone_at IS NULL
        ORDER BY head.sort_name {way}, head.id {way} LIMIT {count}
    )
    SELECT shown.id FROM nearest {shown} ORDER BY shown.sort_name {way}, shown.id {way} LIMIT {count}
"""
_FIRSTS = """
    SELECT customer.id{also} FROM monitors_attachment customer
    WHERE customer.record_id = {record} AND customer.detached_at IS NULL{beyond}{holds}
    ORDER BY customer.sort_name {way}, customer.id {way} LIMIT {count}
"""
_BEYOND = """
    AND customer.sort_name {step}= (SELECT sort_name FROM place)
    AND (customer.sort_name {step} (SELECT sort_name FROM place) OR customer.id {step} (SELECT id FROM place))
"""


def first_keys(
    email: str, count: int, *, text: str = "", behind: Key | None = None, is_descending: bool
) -> RawSQL:
    """Of lasting attachments on living records of a mailbox, by name: the first `count`, or those behind one.

    `text` is casefolded and stands in each name.
    """
    way, vendor = "DESC" if is_descending else "ASC", connection.vendor
    beyond = "" if behind is None else _BEYOND.format(step="<" if is_descending else ">")
    holds = f" AND {_HOLDS[vendor]}" if text else ""
    also = ", customer.sort_name" if vendor == "postgresql" else ""

    def firsts(name: str, record: str, limit: int) -> str:
        own = _FIRSTS.format(record=record, count=limit, also=also, beyond=beyond, holds=holds, way=way)
        return _JOINED[vendor].format(name=name, firsts=own)

    head, shown = firsts("head", "record.id", 1), firsts("shown", "nearest.record", count)
    sql = _KEYS.format(head=head, shown=shown, way=way, count=count)
    held = [text] if text else []
    return RawSQL(sql, [behind, *held, email, *held])  # noqa: S611 - its values are parameters
