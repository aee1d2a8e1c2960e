"""The time as the database tells it, so that several machines agree."""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """PostgreSQL's clock at this instant (not the transaction's start); the machine's own on SQLite."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
