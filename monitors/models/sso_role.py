"""Roles that somebody has because of a group at the identity provider."""

from django.conf import settings
from django.db import models


class SsoRole(models.Model):
    """What single sign-on gave and may take again. A role without a row here was given by hand."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sso_roles")
    role = models.CharField(max_length=40)  # a Role

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "role"], name="sso_role_once")]

    def __str__(self) -> str:
        return f"{self.role} of {self.person_id}"
