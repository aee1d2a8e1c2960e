"""Views of Records and Customers that people save under a name, and deleting any saved one."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from monitors.models import Right, SavedFilter
from monitors.selectors import saved_filters as selectors
from monitors.selectors.mirror import Desk
from monitors.services import saved_filters as services
from monitors.services.errors import Invalid
from monitors.views.access import DeskRequest, needs

KEPT = ("q", "filter", "owner", "tag", "sort")  # of a list's address


def saved_views(request: DeskRequest, desk: Desk, query: str) -> dict[str, Any]:
    """What _saved_filters.html shows; the page asked for them beside its frame."""
    saved = selectors.of(desk.beside)
    own = (each.query for each in saved if each.owner_id == request.user.pk)
    return {"saved_filters": saved, "query_string": query, "is_saved": query in own}


def kept(parameters: dict[str, str]) -> str:
    """Of a list's query string what a saved view holds, always in the same order."""
    return urlencode({name: parameters[name] for name in KEPT if parameters.get(name)})


@require_POST
@needs(Right.LOOK)
def save(request: DeskRequest, page: SavedFilter.Page) -> HttpResponse:
    query = kept(dict(parse_qsl(request.POST.get("query", ""))))
    try:
        services.save(actor=request.user, page=page, name=request.POST.get("name", ""), query=query)
    except Invalid as error:
        messages.info(request, error.message)
    return redirect(f"{reverse(page)}?{query}")


@require_POST
@needs(Right.LOOK)
def delete(request: DeskRequest, filter_id: int) -> HttpResponse:
    saved = get_object_or_404(SavedFilter, pk=filter_id)
    try:
        services.delete(actor=request.user, saved=saved)
    except Invalid as error:
        messages.info(request, error.message)
    return redirect(saved.page)
