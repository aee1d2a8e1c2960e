"""A customer on its way to another record: appended there first, then taken off the old one if still shown on it."""

from django.conf import settings
from django.db import models

from monitors.limits import MAX_REASON


class MoveState(models.TextChoices):
    """Which step a move has reached; the labels are what people read."""

    APPENDING = "appending", "Appending"
    DETACHING = "detaching", "Taking it off the old record"
    PUTTING_BACK = "putting_back", "Putting it back"
    MOVED = "moved", "Moved"
    NOT_APPENDED = "not_appended", "Not moved"
    PUT_BACK = "put_back", "Put back"
    ON_BOTH = "on_both", "On both records"


class Move(models.Model):
    """A row that is due until it is over (`due_at` None). Its operations are found by their tokens, made of `token`."""

    token = models.UUIDField(unique=True, editable=False)  # of the append
    record = models.ForeignKey("MonitorRecord", on_delete=models.PROTECT, related_name="+")
    from_record = models.ForeignKey("MonitorRecord", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=MoveState.choices, default=MoveState.APPENDING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="move_due"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} from {self.from_record_id} to {self.record_id}"
