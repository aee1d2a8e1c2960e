"""The rows of the list of operations, each written at once, as in monitors/views/rows.py."""

from collections.abc import Iterable, Mapping
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString

from monitors.models import RECORD_TASKS, Operation
from monitors.wording import again, icons, states, tickets, times
from monitors.wording.addresses import address
from monitors.wording.operations import objective, operation_title
from monitors.wording.outcomes import outcome_in_brief
from monitors.wording.who import who

_ROW = (
    '<tr data-operation="{key}" data-state="{state}">'
    '<td class="c-name"><a class="title" href="{address}">{title}</a>{why}</td>'
    '<td class="c-state"><a class="chip {tone}" href="{help}">{icon}{word}</a></td>'
    '<td class="sec c-by">{who}</td><td class="sec c-why">{reason}</td>'
    '<td class="sec c-when">{when}</td><td class="act">{again}</td></tr>'
)
_WHY = '<span class="why">{why}</span>'
_AGAIN = '<a class="btn btn-sm" href="{address}" aria-label="Try again: {label}">{icon}Try again</a>'


def of_operations(operations: Iterable[Operation], may: Mapping[str, bool]) -> SafeString:
    """`may` answers by the right's name."""
    return SafeString("".join(_row(operation, may) for operation in operations))


def _row(operation: Operation, may: Mapping[str, bool]) -> str:
    look, why = states.look(operation), outcome_in_brief(operation)
    return _ROW.format(
        key=operation.pk,
        state=operation.state,
        address=address("operation", operation.pk),
        title=objective(operation).__html__(),
        why=_WHY.format(why=why.__html__()) if why else "",
        tone=look.tone,
        help=f"{reverse('states')}#{states.state_key(operation)}",
        icon=icons.icon(look.icon),
        word=states.state_word(operation),
        who=who(operation).__html__(),
        reason=tickets.ticket_links(operation.reason).__html__(),
        when=times.ago(operation.started_at).__html__(),
        again=_again(operation, may),
    )


def _again(operation: Operation, may: Mapping[str, bool]) -> str:
    form = again.again_address(operation) if operation.dismissed_at is None else ""
    if not form or not may["manage" if operation.task in RECORD_TASKS else "attach"]:
        return ""
    label = escape(operation_title(operation))
    return _AGAIN.format(address=form, label=label, icon=icons.icon("arrow-repeat"))
