"""When somebody was here last, and what they have seen since."""

from django.conf import settings
from django.db import models


class Visit(models.Model):
    """One row a person, written when they sign in and when they say that they have seen what is new."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="visit"
    )
    began_at = models.DateTimeField()  # the last sign-in
    before_at = models.DateTimeField(null=True)  # the one before it
    seen_number = models.BigIntegerField()  # of the audit event up to which changes outside are seen

    def __str__(self) -> str:
        return f"{self.person_id} since {self.began_at:%Y-%m-%d %H:%M}"
