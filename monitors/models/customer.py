"""Customers: usernames that a list once showed; they are never removed."""

from django.db import models

from monitors.limits import MAX_NAME


class Customer(models.Model):
    """One customer by its exact username. The API knows nothing else of it."""

    username = models.CharField(max_length=MAX_NAME, unique=True)
    sort_name = models.CharField(max_length=MAX_NAME, editable=False)
    first_seen = models.DateTimeField()
    record_count = models.PositiveIntegerField(default=0)  # living attachments

    class Meta:
        indexes = [
            models.Index(fields=["sort_name", "id"], name="customer_by_name"),
            models.Index(fields=["record_count", "id"], name="customer_by_count"),
            models.Index(fields=["first_seen", "id"], name="customer_by_first_seen"),
            models.Index(
                fields=["record_count", "id"],
                condition=models.Q(record_count__gt=1),
                name="customer_on_several",
            ),
        ]

    def __str__(self) -> str:
        return self.username
