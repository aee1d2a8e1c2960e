"""The columns of the file of what a held list would change."""

from typing import cast

from monitors.models import HeldChange
from monitors.selectors.exports import HeldRow
from monitors.views.columns import Table
from monitors.views.workbook import Cell
from monitors.wording.held import LABELS


def _field(row: HeldRow, side: str, field: str) -> Cell:
    """Of a record that would come or go there is one side only."""
    alone = "after" if row.what == HeldChange.What.RECORD_ADDED else "before"
    fields = row.details.get(side, row.details if side == alone else {})
    return cast(Cell, fields.get(field))


HELD: Table[HeldRow] = Table(
    {
        "Change": lambda row: LABELS[HeldChange.What(row.what)],
        "Record": lambda row: row.record,
        "Customer": lambda row: row.username,
        "Mailbox": lambda row: _field(row, "before", "email"),
        "One sample in": lambda row: _field(row, "before", "frequency"),
        "New mailbox": lambda row: _field(row, "after", "email"),
        "New sample in": lambda row: _field(row, "after", "frequency"),
    }
)
