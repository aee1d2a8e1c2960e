"""The chips of a row: how an operation stands, and what changed outside."""

from html import escape

from django.utils.safestring import SafeString

from monitors.models import Operation
from monitors.wording import icons
from monitors.wording.addresses import address
from monitors.wording.states import is_under_way, look, state_word, version

_OPERATION = (
    '<a class="chip {tone}" href="{address}" data-state="{state}" data-operation="{key}"{open}>'
    "{icon}{word}</a>"
)
_OUTSIDE = '<span class="chip" data-state="outside">{icon}Changed outside</span>'


def chip(operation: Operation) -> SafeString:
    """Its icon, word and colour; static/js/in_place.js asks after it until it is settled."""
    shown = look(operation)
    return SafeString(
        _OPERATION.format(
            tone=shown.tone,
            address=address("operation", operation.pk),
            state=escape(operation.state),
            key=operation.pk,
            open=f' data-open="{version(operation)}"' if is_under_way(operation) else "",
            icon=icons.icon(shown.icon),
            word=escape(state_word(operation)),
        )
    )


def outside_chip() -> SafeString:
    return SafeString(_OUTSIDE.format(icon=icons.icon("box-arrow-up-right")))
