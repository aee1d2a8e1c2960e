"""What is seen of each request: a line of the log with its ids, and the numbers behind /metrics."""

import logging
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

from config.middleware import Handler
from monitors.services import metrics

logger = logging.getLogger("monitors.requests")
SIGNS_OF_LIFE = {"/healthz", "/readyz", "/metrics"}  # asked for all the time, by machines


class Observation:
    """Stands behind the middleware that gives a request its id."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        structlog.contextvars.clear_contextvars()  # of the request before, on this thread
        structlog.contextvars.bind_contextvars(request=getattr(request, "request_id", ""))
        began = time.perf_counter()
        response = self._get_response(request)
        self._note(request, response, time.perf_counter() - began)
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        """Only where somebody signed in is asked for anyway."""
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            structlog.contextvars.bind_contextvars(user=request.user.pk)

    def _note(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        match = request.resolver_match
        view = (match.url_name or match.route) if match else "none"
        metrics.REQUESTS.labels(view, request.method, response.status_code).inc()
        metrics.REQUEST_SECONDS.labels(view).observe(seconds)
        operation = getattr(request, "operation", None)
        if operation is not None:
            structlog.contextvars.bind_contextvars(operation=str(operation.pk))
        if request.path not in SIGNS_OF_LIFE:
            logger.info("request answered", extra=_facts(request, response, seconds))


def _facts(request: HttpRequest, response: HttpResponse, seconds: float) -> dict[str, Any]:
    """Without the query string: what was searched for is nobody's business."""
    return {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000),
    }
