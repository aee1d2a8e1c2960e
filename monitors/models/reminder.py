"""Who was told by e-mail, on which day, that something of theirs ends: once a day, however many workers run."""

from django.conf import settings
from django.db import models

from monitors.limits import MAX_NOTE


class Reminder(models.Model):
    """Committed before its message leaves. Neither sent nor failed: the desk died meanwhile, and does not try again."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    attachments = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=MAX_NOTE, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_reminder_a_person_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.day}"
