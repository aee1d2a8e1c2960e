"""Moments that strangers write: those with which arithmetic works in every time zone, and which both databases hold."""

from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

FIRST_YEAR, YEAR_AFTER_LAST = 1900, 9000


def parse(text: str) -> datetime | None:
    """ISO 8601 as a moment in TIME_ZONE, which also holds for one without an offset; None for anything else."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None or not is_usable(moment):
        return None
    return timezone.localtime(moment if timezone.is_aware(moment) else timezone.make_aware(moment))


def is_usable(moment: datetime) -> bool:
    return FIRST_YEAR <= moment.year < YEAR_AFTER_LAST
