"""Filters of the audit log that somebody named."""

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """A name for a query string of /audit/; anybody who may see the log may use it."""

    name = models.CharField(max_length=100)
    query = models.CharField(max_length=2000)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_saved_filter_per_name")]

    def __str__(self) -> str:
        return self.name
