"""The audit log, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import history
from monitors.views.access import DeskRequest, needs


@require_safe
@needs(Right.AUDIT)
def audit(request: DeskRequest) -> HttpResponse:
    return render(request, "monitors/audit.html", {"log": history.log(request.GET.get("before"))})
