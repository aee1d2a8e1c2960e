"""Customers: user names once seen, kept for ever."""

from django.db import models


class Customer(models.Model):
    """One customer by its exact user name. The API knows nothing else of it."""

    username = models.CharField(max_length=255, unique=True)
    sort_name = models.CharField(max_length=255, editable=False, db_index=True)
    first_seen = models.DateTimeField()
    record_count = models.PositiveIntegerField(default=0, db_index=True)  # living attachments

    def __str__(self) -> str:
        return self.username
