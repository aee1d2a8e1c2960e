"""Telling people by e-mail what of theirs ends within a day: one message a person a day, where a host is set."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from monitors.limits import MAX_NOTE
from monitors.models import Attachment, Reminder
from monitors.services import clock

logger = logging.getLogger(__name__)

FROM_HOUR, TO_HOUR = 7, 18  # in TIME_ZONE; a worker that was down at seven sends later in the day
AHEAD = timedelta(hours=24)
Write = Callable[[Sequence[Attachment]], tuple[str, str]]  # subject and text


def send_due(write: Write) -> int:
    """How many messages were sent."""
    now = clock.now()
    local = timezone.localtime(now)
    if not settings.EMAIL_HOST or not FROM_HOUR <= local.hour < TO_HOUR:
        return 0
    return sum(_send(person, local.date(), rows, write) for person, rows in _ending(now))


def _ending(now: datetime) -> Iterator[tuple[User, list[Attachment]]]:
    """Everybody who can be reached, with what they appended and what ends soon."""
    reachable = (
        Attachment.objects.ending(now, now + AHEAD).filter(owner__is_active=True).exclude(owner__email="")
    )
    rows = reachable.select_related("owner", "record", "customer").order_by("owner", "expires_at", "pk")
    for person, own in groupby(rows, key=lambda row: row.owner):
        if person is not None:
            yield person, list(own)


def _send(person: User, day: date, rows: Sequence[Attachment], write: Write) -> bool:
    reminder = _claim(person, day, len(rows))
    if reminder is None:
        return False
    subject, text = write(rows)
    try:
        send_mail(subject, text, None, [person.email])
    except (SMTPException, OSError) as error:
        logger.warning("the reminder of %s could not be sent: %s", person.pk, error)
        Reminder.objects.filter(pk=reminder.pk).update(problem=str(error)[:MAX_NOTE] or type(error).__name__)
        return False
    Reminder.objects.filter(pk=reminder.pk).update(sent_at=clock.now())
    return True


def _claim(person: User, day: date, count: int) -> Reminder | None:
    """Committed before the message leaves; None where it has left already, or another worker sends it."""
    with transaction.atomic():
        row, is_new = Reminder.objects.get_or_create(
            person=person, day=day, defaults={"attachments": count, "began_at": clock.now()}
        )
        if is_new:
            return row
        failed = Reminder.objects.filter(pk=row.pk, sent_at=None).exclude(problem="")
        return row if failed.update(problem="", began_at=clock.now()) else None
