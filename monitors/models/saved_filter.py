"""What somebody asked a long table for, under a name."""

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """A name for a query string of one of the tables; anybody who may see the table may use it."""

    class Page(models.TextChoices):
        """The table's address by its name."""

        AUDIT = "audit"
        RECORDS = "records"
        CUSTOMERS = "customers"

    name = models.CharField(max_length=100)
    page = models.CharField(max_length=20, choices=Page.choices, default=Page.AUDIT)
    query = models.CharField(max_length=2000)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"], name="one_saved_filter_per_page_and_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
