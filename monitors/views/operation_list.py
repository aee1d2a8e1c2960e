"""The list of operations, and saying that one of them needs nobody any more."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from monitors.models import Operation, Right
from monitors.selectors import keyset
from monitors.selectors import operation_lists as selectors
from monitors.selectors import operations as single
from monitors.services import dismissals, rights
from monitors.views import listing
from monitors.views.access import DeskRequest, needs, or_404
from monitors.views.answers import safe_next
from monitors.views.listing import ListQuery, list_query
from monitors.views.operation_rows import of_operations
from monitors.wording.states import is_under_way

LABELS = {
    selectors.MINE: "Mine",
    selectors.OPEN: "Open",
    selectors.FAILED: "Failed",
    selectors.TODAY: "Today",
    selectors.ALL: "All",
}


@require_safe
@needs(Right.LOOK)
def operations(request: DeskRequest) -> HttpResponse:
    query = list_query(request, default_sort="", parse=keyset.parse_uuid)
    if (named := keyset.parse_uuid(query.text)) is not None:
        return redirect("operation", named)
    group = _group(request, query.filter)
    is_short = 0 < len(query.text) < selectors.MIN_TEXT_CHARACTERS
    text = "" if is_short else query.text
    counts = None if text else selectors.counts(request.user)
    results = selectors.search(
        group=group,
        person=request.user,
        text=text,
        place=query.place,
        count=counts.of(group) if counts else None,
    )
    is_open = any(map(is_under_way, results.rows))
    version = _version(results.rows)
    if is_open and request.GET.get("version") == version:
        return HttpResponse(status=204)
    return render(
        request,
        "monitors/operations.html",
        {
            "query": query,
            "group": group,
            "is_short": is_short,
            "least": selectors.MIN_TEXT_CHARACTERS,
            "results": results,
            "rows": of_operations(results.rows, rights.by_name(request.user)),
            "choices": _choices(query, group, counts),
            "turns": listing.turns(query, results),
            "is_open": is_open,
            "poll_address": query.address(version=version, **_place(request)),
        },
    )


def _group(request: DeskRequest, asked: str) -> str:
    """Whoever asks for operations sees their own first; an auditor has none."""
    if asked in selectors.GROUPS:
        return asked
    return selectors.MINE if rights.may(request.user, Right.ATTACH) else selectors.ALL


def choices(query: ListQuery, group: str, person: User) -> list[dict[str, object]]:
    """The groups with their counts; `group` is the one that is shown."""
    return _choices(query, group, selectors.counts(person))


def _choices(query: ListQuery, group: str, counts: selectors.Counts | None) -> list[dict[str, object]]:
    return [_choice(query, each, group, counts) for each in selectors.GROUPS]


def _choice(query: ListQuery, group: str, current: str, counts: selectors.Counts | None) -> dict[str, object]:
    return {
        "label": LABELS[group],
        "count": counts.of(group) if counts else None,
        "is_many": counts is not None and counts.of(group) is None,
        "address": query.address(filter=group, version=None),
        "is_current": group == current,
    }


def _place(request: DeskRequest) -> dict[str, object]:
    return {name: request.GET[name] for name in ("after", "before", "from", "page") if name in request.GET}


def _version(rows: Iterable[Operation]) -> str:
    """Changes with whatever a row shows, but for the passing of time."""
    shown = [(row.pk, row.state, row.settled_at, row.dismissed_at) for row in rows]
    return hashlib.blake2s(repr(shown).encode(), digest_size=8).hexdigest()


@require_POST
@needs(Right.LOOK)
def dismiss(request: DeskRequest, uuid: UUID) -> HttpResponseRedirect:
    dismissals.dismiss_operation(or_404(single.get(uuid)), by=request.user)
    return HttpResponseRedirect(safe_next(request, "/home/"))
