"""One operation's page, and what an open page asks while operations are under way."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from monitors.models import RECORD_TASKS, Operation, Right
from monitors.selectors import mirror as mirrors
from monitors.selectors import operations as selectors
from monitors.selectors.operation_lists import neighbours
from monitors.selectors.touched import MAX_AT_ONCE
from monitors.services.outbound import preview
from monitors.views.access import DeskRequest, needs, or_404
from monitors.views.frame import desk_of
from monitors.views.in_place import of_operations, place_of
from monitors.wording.states import look, notice_version, version


@require_safe
@needs(Right.LOOK)
def operation(request: DeskRequest, uuid: UUID) -> HttpResponse:
    operation = or_404(selectors.get(uuid))
    context = {
        "operation": operation,
        "events": selectors.events(operation),
        "neighbours": neighbours(operation),
        "call": preview.api_call(task=operation.task, parameters=operation.parameters),
    }
    return render(request, "monitors/operation.html", context)


@require_safe
@needs(Right.LOOK)
def states(request: DeskRequest) -> HttpResponse:
    """What has changed of an open page's operations: `ids` and `notice` are `uuid.version`, `undoing` is a plan.

    204 when nothing has. One request for all of them, and it writes nothing.
    """
    shown = _versions(request.GET.get("ids", ""))
    told = _versions(request.GET.get("notice", ""))
    begun = _begun(request.GET.get("undoing", ""))
    known = selectors.by_keys({*shown, *told})
    changed = [each for each in known if each.pk in shown and version(each) != shown[each.pk]]
    place = place_of(request.GET)
    notice = _notice(request, known, changed, told) or (begun[-1] if begun else None)
    if not changed and notice is None:
        return HttpResponse(status=204)
    response = of_operations(request, place, begun or changed, notice=notice, is_new=bool(begun))
    if place is None or any(each.task in RECORD_TASKS for each in changed):
        return trigger_client_event(response, "settled")
    return response


def _versions(text: str) -> dict[UUID, str]:
    """What the page shows of each operation; at most so many as one request may ask after."""
    pairs = (each.partition(".") for each in text.split(",")[:MAX_AT_ONCE])
    return {uuid: shown for key, _, shown in pairs if (uuid := _uuid(key))}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _begun(plan: str) -> list[Operation]:
    """What a plan that takes something back has begun; the page waits for it to know what."""
    uuid = _uuid(plan)
    return selectors.of_plan(uuid) if uuid else []


def _notice(
    request: DeskRequest, known: list[Operation], changed: list[Operation], told: dict[UUID, str]
) -> Operation | None:
    """The newest of their own that came to nothing; else that of the notice, where it must say something else."""
    own = [each for each in changed if each.actor_id == request.user.pk]
    failed = [each for each in own if look(each).tone in ("bad", "ask")]
    if failed:
        return failed[-1]
    for each in known:
        if each.pk in told:
            selectors.add_waits_for(each)
            is_alone = mirrors.is_worker_silent(desk_of(request).mirror)
            return each if notice_version(each, is_alone) != told[each.pk] else None
    return None
