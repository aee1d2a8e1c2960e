"""A link by which one person chooses a password, once."""

from django.conf import settings
from django.db import models


class AccessLink(models.Model):
    """At most one a person: a new one replaces the old. The link itself is kept nowhere, only its hash."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_link"
    )
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret in the link
    is_invitation = models.BooleanField()  # else a new password for somebody who had one
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{'invitation' if self.is_invitation else 'reset'} of {self.person_id}"
