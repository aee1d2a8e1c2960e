"""/metrics for Prometheus: what the processes of this machine counted, and the state of the desk."""

import os
import secrets
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from monitors.selectors.state_of_the_desk import Numbers, numbers
from monitors.services.metrics import FOLDER


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """With `Authorization: Bearer` and METRICS_TOKEN; without that setting there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").encode()
    if not secrets.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(
            "Unauthorized\n",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return HttpResponse(_counted() + _state(), content_type=CONTENT_TYPE_LATEST)


def _counted() -> bytes:
    folder = os.environ.get(FOLDER)
    if not folder:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)
    return generate_latest(registry)


def _state() -> bytes:
    registry = CollectorRegistry()
    registry.register(_StateOfTheDesk())
    return generate_latest(registry)


class _StateOfTheDesk(Collector):
    """Read from the database, so it is the same from whichever process answers."""

    def collect(self) -> Iterator[Metric]:
        try:
            found: Numbers | None = numbers()
        except DatabaseError:
            found = None
        yield _gauge("desk_database_up", "Whether the database answers", found is not None)
        if found is not None:
            yield from _gauges(found)


def _gauges(found: Numbers) -> Iterator[Metric]:
    operations = GaugeMetricFamily(
        "desk_operations", "Operations that are not settled, by state", labels=["state"]
    )
    for state, count in found.operations.items():
        operations.add_metric([state], count)
    yield operations
    yield _gauge(
        "desk_queue_age_seconds", "How long the oldest queued operation has waited", found.queue_age or 0
    )
    yield _gauge("desk_list_failing", "Whether the last list was none or unusable", found.is_failing)
    yield _gauge("desk_worker_alive", "Whether a worker gave a sign of life", found.is_worker_alive)
    if found.list_age is not None:
        yield _gauge(
            "desk_list_age_seconds", "Since the list that the pages show was asked for", found.list_age
        )
    if found.worker_age is not None:
        yield _gauge("desk_worker_age_seconds", "Since the last sign of life of a worker", found.worker_age)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=float(value))
