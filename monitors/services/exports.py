"""Files: each is an audit event before its first row leaves, and a person gets one at a time."""

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet

from monitors.models import ExportTurn, Kind, Right
from monitors.services import clock, rights
from monitors.services.errors import TooMany
from monitors.services.log import audit

logger = logging.getLogger(__name__)
MAX_AT_ONCE = 4  # files of all people: threads of the web that write them answer nobody else
LEASE = timedelta(minutes=2)  # after which a turn whose process was killed is over
RENEWAL_SECONDS = 30.0
OWN_FIRST = "Your last file is not finished yet. People get one file at a time; try again when it is there."
OTHERS_FIRST = "Too many files are being written for others. Try again in a minute."
T = TypeVar("T")


class Turn:
    """A person's file under way. `end` it when the file has gone out, or nobody takes it any more."""

    def __init__(self, actor: User) -> None:
        """Raises TooMany."""
        self.key: UUID = uuid4()
        self._renewed = time.monotonic()
        try:
            _take(actor, self.key)
        except IntegrityError:  # two at the same moment
            raise TooMany(OWN_FIRST) from None

    def keep(self, rows: Iterable[T]) -> Iterator[T]:
        """The rows; while they are taken, the turn goes on."""
        for row in rows:
            if time.monotonic() - self._renewed > RENEWAL_SECONDS:
                self._renew()
            yield row

    def end(self) -> None:
        try:
            self._own().delete()
        except DatabaseError:
            logger.exception("the turn of a file was not ended; it is over in %s", LEASE)

    def _renew(self) -> None:
        self._renewed = time.monotonic()
        self._own().update(until=clock.now() + LEASE)

    def _own(self) -> QuerySet[ExportTurn]:
        return ExportTurn.objects.filter(key=self.key)


def _take(actor: User, key: UUID) -> None:
    now = clock.now()
    with transaction.atomic():
        ExportTurn.objects.filter(until__lte=now).delete()
        under_way = set(ExportTurn.objects.values_list("person", flat=True))
        if actor.pk in under_way:
            raise TooMany(OWN_FIRST)
        if len(under_way) >= MAX_AT_ONCE:
            raise TooMany(OTHERS_FIRST)
        ExportTurn.objects.create(person=actor, key=key, until=now + LEASE)


def note(
    *,
    actor: User,
    table: str,
    file_format: str,
    filters: dict[str, str],
    rows: int,
    right: Right = Right.AUDIT,
) -> None:
    """`table` is monitored, audit, plan or held; `filters` as they stand in the address. Raises Denied."""
    rights.demand(actor, right)
    details = {"table": table, "format": file_format, "filters": filters, "rows": rows}
    audit.write(audit.Event(kind=Kind.EXPORT, source="web", details=details, **audit.by(actor)))
