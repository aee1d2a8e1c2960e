"""The worker's sign of life, by which the pages know whether somebody fetches lists for them."""

import logging

from django.db import DatabaseError

from monitors.models import Mirror
from monitors.services import clock

SECONDS = 5.0
logger = logging.getLogger(__name__)


def beat() -> None:
    try:
        Mirror.objects.filter(pk=1).update(worker_seen_at=clock.now())
    except DatabaseError:  # the next beat tries again
        logger.exception("the heartbeat could not be written")
