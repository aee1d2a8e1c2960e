"""One attempt at one task of the API: what was asked, what the upstream said, how it ended."""

from datetime import datetime
from typing import Any, Protocol, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from monitors.limits import MAX_NAME, MAX_NOTE, MAX_REASON
from monitors.models.plan import MAX_UNTIL
from monitors.models.states_index import STATE_BEFORE_VERDICT, index_of, is_in
from monitors.models.task import RECORD_TASKS, RULES, Task


class State(models.TextChoices):
    """Where an operation stands; the labels are what people read."""

    QUEUED = "queued", "Sending"
    PENDING = "pending", "Under way"
    ACCEPTED = "accepted", "Accepted, confirming"
    CONFIRMED = "confirmed", "Confirmed"
    CONTRADICTED = "contradicted", "Contradicted by a list"
    REFUSED = "refused", "Refused"
    NOT_SENT = "not_sent", "Not sent"
    UNKNOWN = "unknown", "Unknown, checking"
    NOT_APPLIED = "not_applied", "Not shown by a list"


# The note of an accepted operation that no list can show.
RECORD_MISSING = "The record was no longer in the list, so no list can show this."
UNSETTLED = (State.PENDING, State.UNKNOWN)
# What the next one on the same record or customer waits for.
IN_THE_WAY = (State.QUEUED, *UNSETTLED)
MAY_HAVE_ACTED = (*UNSETTLED, State.ACCEPTED, State.CONFIRMED)
UNDER_WAY = (State.QUEUED, State.PENDING, State.UNKNOWN, State.ACCEPTED)
# What was wanted is not so.
UNSUCCESSFUL = (State.REFUSED, State.NOT_SENT, State.NOT_APPLIED, State.CONTRADICTED)
# Whoever asked for one of these should know: alone, and not as a part of a plan.
NEEDS_SOMEBODY = (State.UNKNOWN, *UNSUCCESSFUL)


def said_success(words: list[str], state: str | None) -> bool:
    """SendGrid said `success`; its other words are refusals."""
    return bool(words) and state != State.REFUSED


class Source(models.TextChoices):
    WEB = "web", "Web"
    PLAN = "plan", "Plan"
    EXPIRY = "expiry", "Expiry"
    COMMAND = "command", "Command"


class Touching(Protocol):
    """What an operation touches, or would: by the API's own names, and the record's key where it has one."""

    @property
    def task(self) -> str: ...
    @property
    def record_id(self) -> int | None: ...
    @property
    def record_name(self) -> str: ...
    @property
    def new_record_name(self) -> str: ...
    @property
    def username(self) -> str: ...


class OperationQuerySet(models.QuerySet["Operation"]):
    def under_way(self) -> Self:
        """Not settled, and nothing more is needed but time."""
        return self.filter(is_in(UNDER_WAY, by=STATE_BEFORE_VERDICT))

    def unsuccessful(self) -> Self:
        return self.filter(is_in(UNSUCCESSFUL))

    def needing(self, person: User) -> Self:
        """This person's own, of which somebody has to know: each until it is dismissed."""
        alone = self.filter(dismissed_at=None, change=None, shown_by=None)
        return alone.filter(is_in(NEEDS_SOMEBODY), actor=person)

    def in_the_way(self, of: Touching) -> "OperationQuerySet":
        """Those on the same record (by its names) or customer, for which it must wait."""
        own_names = [name for name in (of.record_name, of.new_record_name) if name]
        on_record = Q(record_name__in=own_names) | Q(new_record_name__in=own_names)
        if of.record_id is not None:
            on_record |= Q(record=of.record_id)
        clash = on_record if of.task in RECORD_TASKS else on_record & Q(task__in=RECORD_TASKS)
        if of.username:
            clash |= Q(username=of.username)
        return self.filter(clash, settled_at=None, state__in=IN_THE_WAY)


class Operation(models.Model):
    """Committed before its call leaves. `parameters` are the API's own names and values, without the key."""

    uuid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    # What makes a double click one operation: the form's own number.
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    task = models.CharField(max_length=10, choices=Task.choices)
    parameters = models.JSONField(default=dict)
    # Its own index counts somebody's operations on PostgreSQL, which would read the table by a wider one.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=300)
    actor_username = models.CharField(max_length=150, null=True)  # noqa: DJ001 - null: from before it was written
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.WEB)
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    record = models.ForeignKey(
        "MonitorRecord",  # without an index of its own, like the customer: others begin with them
        null=True,
        on_delete=models.PROTECT,
        related_name="operations",
        db_index=False,
    )
    customer = models.ForeignKey(
        "Customer", null=True, on_delete=models.PROTECT, related_name="operations", db_index=False
    )
    # The exact keys it touches upstream: what later operations and lists are compared with.
    record_name = models.CharField(max_length=MAX_NAME, blank=True)
    new_record_name = models.CharField(max_length=MAX_NAME, blank=True)
    username = models.CharField(max_length=MAX_NAME, blank=True)
    # The record's fields as the mirror had them before, to say what an edit or delete changed.
    before = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    # Of an append: how long, as asked for ("4h", a moment, "none"); docs/plans.md.
    until = models.CharField(max_length=MAX_UNTIL, blank=True)
    # The change of a plan that it carries out; None: a single click.
    change = models.ForeignKey("Change", null=True, on_delete=models.PROTECT, related_name="operations")
    # Somebody was told that SendGrid does not answer, and sends it anyway.
    is_insisted = models.BooleanField(default=False)
    started_at = models.DateTimeField()  # when it was asked for
    send_by = models.DateTimeField(null=True)  # queued: one that nobody sent until then is not sent
    claimed_at = models.DateTimeField(null=True)  # when a sender took it
    deadline_at = models.DateTimeField()  # after this nothing of the call can still be under way
    ended_at = models.DateTimeField(null=True)  # when the call came back
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("Refresh", null=True, on_delete=models.PROTECT, related_name="settled")
    # SendGrid refused it in words, and yet this list shows it.
    shown_by = models.ForeignKey("Refresh", null=True, on_delete=models.PROTECT, related_name="+")
    words = models.JSONField(default=list)  # the upstream's own, one entry a message
    # Ours: why it is unknown, not sent or contradicted.
    outcome_note = models.CharField(max_length=MAX_NOTE, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    retry_after = models.FloatField(null=True)  # seconds from `ended_at`, where the next try must wait
    request_id = models.CharField(max_length=64, blank=True)
    # Whoever asked for it has seen what became of it.
    dismissed_at = models.DateTimeField(null=True)

    objects = OperationQuerySet.as_manager()
    waits_for: "Operation | None" = None  # of a queued one, where a selector has looked

    class Meta:
        constraints = [
            # So that whoever looks for these may read the index of what is unsettled.
            models.CheckConstraint(
                condition=~models.Q(state__in=UNSETTLED) | models.Q(settled_at=None),
                name="pending_and_unknown_are_unsettled",
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "started_at"],
                condition=models.Q(settled_at=None),
                name="operation_unsettled",
            ),
            models.Index(fields=["record", "-started_at"], name="operation_by_record"),
            models.Index(fields=["customer", "-started_at"], name="operation_by_customer"),
            models.Index(fields=["-started_at"], name="operation_by_time"),
            models.Index(fields=["claimed_at"], name="operation_by_claim"),
            models.Index(fields=["deadline_at"], name="operation_by_deadline"),
            models.Index(fields=["state", "settled_at"], name="operation_by_verdict"),
            # The orders of /operations/.
            models.Index(fields=["actor", "-started_at", "-uuid"], name="operation_by_actor"),
            models.Index(
                fields=["-started_at", "-uuid"],
                condition=index_of(UNDER_WAY, by=STATE_BEFORE_VERDICT),
                name="operation_under_way",
            ),
            models.Index(
                fields=["-started_at", "-uuid"],
                condition=index_of(UNSUCCESSFUL),
                name="operation_unsuccessful",
            ),
            models.Index(
                fields=["actor", "-started_at", "-uuid"],
                condition=index_of(NEEDS_SOMEBODY) & Q(dismissed_at=None, change=None, shown_by=None),
                name="operation_needing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.uuid}"

    @property
    def brief(self) -> str:
        """What it is to do, in plain text."""
        record = self.record_name or "every record"
        return RULES[Task(self.task)].brief.format(record=record, customer=self.username)

    @property
    def left_at(self) -> datetime:
        """When its call left at the earliest; of one that a sender has taken."""
        assert self.claimed_at is not None
        return self.claimed_at

    @property
    def has_success(self) -> bool:
        return said_success(self.words, self.state)

    @cached_property
    def left(self) -> tuple[str, ...]:
        """The names of the records that the customer left by this append, as lists have shown."""
        if self.task != Task.APPEND or not self.before.get("records"):
            return ()
        attachment = self._meta.apps.get_model("monitors", "Attachment")
        ended = attachment.objects.filter(ended_by=self).order_by("record__sort_name")
        return tuple(ended.values_list("record__name", flat=True))

    @property
    def details(self) -> dict[str, Any]:
        """Of a create: owner, description and tags that the record gets once it is there; empty for none."""
        kept: dict[str, Any] = self.before.get("details", {})
        return kept

    @property
    def is_contradicted(self) -> bool:
        return self.state == State.CONTRADICTED
