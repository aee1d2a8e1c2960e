"""The columns of a plan's results as a file."""

from monitors.models import Change, Operation
from monitors.views.workbook import Cell
from monitors.wording.plans import change_word, what_happened

PLAN_HEAD = (
    *("number", "line", "change", "customer", "record", "from record", "effect"),
    *("result", "what happened", "SendGrid's words", "ended at", "reason", "operation"),
)


def cells(change: Change, operation: Operation | None) -> list[Cell]:
    return [
        change.number,
        change.line,
        change.get_kind_display(),
        change.username,
        change.record_name,
        change.from_record.name if change.from_record else "",
        change.get_effect_display(),
        change_word(change),
        str(what_happened(change, operation)),
        "; ".join(str(word) for word in operation.words) if operation else "",
        change.ended_at,
        change.reason,
        str(operation.pk) if operation else "",
    ]
