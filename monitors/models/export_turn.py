"""Who is getting a file at the moment."""

from django.conf import settings
from django.db import models


class ExportTurn(models.Model):
    """One row a person while a file of theirs goes out; it counts until `until`, which its process moves on."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField()  # whose turn it is: a later one of the same person has another
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person} until {self.until}"
