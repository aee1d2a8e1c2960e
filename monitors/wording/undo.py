"""The buttons that take something back."""

from collections.abc import Mapping
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString

from monitors.models import RECORD_TASKS, Operation, Right
from monitors.wording import icons
from monitors.wording.addresses import address
from monitors.wording.event_words import DifferenceWords
from monitors.wording.operations import DONE

_OPERATION = (
    '<form method="post" action="{address}" data-in-place>'
    '<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    '<button type="submit" class="btn btn-sm{kind}" data-busy="Drawing…">{icon}Undo</button></form>'
)
_DIFFERENCE = (
    '<form method="post" action="{address}"><input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    '<input type="hidden" name="next" value="{page}"><button type="submit" class="btn btn-sm btn-quiet">{icon}'
    "Make it as it was…</button></form>"
)
_ICON = "arrow-counterclockwise"


def of_operation(operation: Operation, *, may: Mapping[str, bool], token: str, kind: str = "") -> SafeString:
    """At once on a page that stays where it is, else by a plan; nothing where there is nothing to take back.

    `may` answers by the right's name, `token` is the CSRF token, `kind` a further class.
    """
    is_done = operation.has_success and operation.state in DONE
    is_theirs = may[Right.PLAN] and (may[Right.MANAGE] or operation.task not in RECORD_TASKS)
    if not (is_done and is_theirs):
        return SafeString()
    return SafeString(
        _OPERATION.format(
            address=address("undo_operation", operation.pk),
            token=escape(token),
            kind=f" {kind}" if kind else "",
            icon=icons.icon(_ICON),
        )
    )


def of_difference(event: DifferenceWords, *, token: str, page: str) -> SafeString:
    """Begins a plan that makes it as it was; `page` is where its Cancel leads."""
    return SafeString(
        _DIFFERENCE.format(
            address=reverse("undo_difference", args=[event.number]),
            token=escape(token),
            page=escape(page),
            icon=icons.icon(_ICON),
        )
    )
