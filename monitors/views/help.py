"""What the words on the chips mean."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.views.access import DeskRequest, needs
from monitors.wording.state_help import sections


@require_safe
@needs(Right.LOOK)
def states(request: DeskRequest) -> HttpResponse:
    return render(request, "monitors/states.html", {"sections": sections()})
