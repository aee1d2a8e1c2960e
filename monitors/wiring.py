"""Settings become a gateway, and the queue a doorbell: the one place that knows both sides."""

import logging

from django.conf import settings

from monitors.gateway.client import Format, Gate, Gateway, Upstream

logger = logging.getLogger(__name__)


def upstream() -> Upstream:
    return Upstream(
        url=settings.SENDGRID_API_URL,
        user=settings.SENDGRID_API_USER,
        key=settings.SENDGRID_API_KEY,
        format=Format(settings.SENDGRID_API_FORMAT),
        connect_timeout=settings.SENDGRID_CONNECT_TIMEOUT,
        read_timeout=settings.SENDGRID_READ_TIMEOUT,
        deadline=settings.SENDGRID_DEADLINE,
        max_list_bytes=int(settings.SENDGRID_MAX_ANSWER_MB * 2**20),
        ca_bundle=settings.SENDGRID_CA_BUNDLE or None,
        proxy=settings.SENDGRID_PROXY or None,
    )


def gateway(gate: Gate) -> Gateway:
    return Gateway(upstream(), gate=gate)


def wake_worker(*, delay: float = 0) -> None:
    """Ask the worker to look for due work in `delay` seconds. A lost wake-up is made good by the minute's own."""
    from monitors import tasks  # noqa: PLC0415 - tasks import the services, which import this

    try:
        tasks.do_due_work.schedule(delay=delay)
    except Exception:  # the engine raises its driver's own errors; the row that is due stays due
        logger.exception("the queue did not take a wake-up")
