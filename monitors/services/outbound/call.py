"""One call of an operation, made outside of any transaction, and how it ended."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from monitors.gateway.errors import BadCredentials, GatewayError, NotSent, RateLimited, Refused
from monitors.models import Operation, State
from monitors.services import clock
from monitors.services.outbound import gateway as outbound_gateway
from monitors.services.outbound.spool import CallEnd

NOT_OUR_KEY = "SendGrid refused the desk's own user and key, not you. An administrator must check them."
TOO_LATE = CallEnd(state=State.NOT_SENT, note="The desk was too busy to send it in time.")
DATABASE_SILENT = CallEnd(state=State.NOT_SENT, note="The desk's own database did not answer.")


def make(operation: Operation, *, is_admitted: bool) -> CallEnd:
    """Never raises for the upstream's faults, nor for a silent database."""
    with structlog.contextvars.bound_contextvars(operation=str(operation.pk)):
        return _make(operation, is_admitted=is_admitted)


def _now() -> datetime:
    """Asked again where the connection was lost since the last call, which a look before each call would cost more."""
    try:
        return clock.now()
    except DatabaseError:
        if connection.in_atomic_block:
            raise
        connection.close()
        return clock.now()


def _make(operation: Operation, *, is_admitted: bool) -> CallEnd:
    try:
        if _now() + timedelta(seconds=settings.SENDGRID_DEADLINE) > operation.deadline_at:
            # The process slept: sent now, the call could outlive the moment from which others judge it.
            return TOO_LATE
    except DatabaseError:
        return DATABASE_SILENT
    try:
        gateway = outbound_gateway.connect(is_probe=operation.is_insisted, is_admitted=is_admitted)
        gateway.write(operation.task, operation.parameters)
    except NotSent as error:
        return CallEnd(state=State.NOT_SENT, note=error.reason, retry_after=error.retry_after)
    except Refused as error:
        return CallEnd(
            state=State.REFUSED,
            words=error.words,
            note=NOT_OUR_KEY if isinstance(error, BadCredentials) else "",
            http_status=error.http_status,
            retry_after=error.retry_after if isinstance(error, RateLimited) else None,
        )
    except GatewayError as error:
        return CallEnd(state=State.UNKNOWN, note=error.reason, http_status=error.http_status)
    return CallEnd(state=State.ACCEPTED, words=("success",))
