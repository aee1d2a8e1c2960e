"""The keys that the pages know, for reading; static/js/keys.js acts on them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.views.access import DeskRequest, needs

# Strokes one after the other, and what they do.
GROUPS = (
    (
        "Anywhere",
        (
            (("/",), "find or do anything"),
            (("Ctrl", "K"), "the same, also inside a field"),
            (("g", "h"), "what needs you"),
            (("g", "r"), "records"),
            (("g", "c"), "customers"),
            (("g", "o"), "operations"),
            (("g", "p"), "plans"),
            (("g", "v"), "review"),
            (("g", "m"), "who was monitored"),
            (("g", "a"), "audit log"),
            (("?",), "these keys"),
        ),
    ),
    (
        "In a table",
        (
            (("j",), "next row"),
            (("k",), "previous row"),
            (("Enter",), "open the row"),
            (("x",), "select the row"),
            (("Shift", "x"), "select all rows from the last one selected"),
            (("d",), "detach, with a reason"),
            (("e",), "edit the record"),
        ),
    ),
    (
        "On a record or customer",
        ((("a",), "append"), (("e",), "edit the record"), (("Esc",), "leave a small form")),
    ),
)


@require_safe
@needs(Right.LOOK)
def keys(request: DeskRequest) -> HttpResponse:
    template = "monitors/_keys_dialog.html" if request.htmx else "monitors/keys.html"
    return render(request, template, {"groups": GROUPS})
