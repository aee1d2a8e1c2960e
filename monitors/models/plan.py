"""Many wanted changes, drawn against one list, with a reason, a start, an end and an inverse."""

from uuid import uuid4

from django.conf import settings
from django.db import models

from monitors.limits import MAX_NAME, MAX_NOTE, MAX_REASON
from monitors.models.states_index import index_of
from monitors.models.task import Task

MAX_UNTIL = 40


class PlanState(models.TextChoices):
    """Where a plan stands; the labels are what people read."""

    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class PlanSource(models.TextChoices):
    """What a plan was drawn from."""

    NAMES = "names", "Pasted names"
    FILE = "file", "A file"
    SELECTION = "selection", "A selection"
    DELETION = "deletion", "Deleting a record"
    MOVE = "move", "A move"
    UNDO = "undo", "An undo"
    DRIFT = "drift", "A change outside the desk"


class Effect(models.TextChoices):
    """What a change would do, by the mirror. Only the first three are sent."""

    APPLIES = "applies", "Will be done"
    MOVES = "moves", "Moves here"
    WAITS = "waits", "Waits for an unknown one"
    ALREADY = "already", "Already so"
    UNKNOWN_CUSTOMER = "unknown-customer", "Unknown customer"
    TWICE = "twice", "Twice in the list"
    NOT_ALLOWED = "not-allowed", "Not allowed"


SENT_EFFECTS = (Effect.APPLIES, Effect.MOVES, Effect.WAITS)


class ChangeKind(models.TextChoices):
    """The tasks, and a move: an append, and a detach if the next list says that one is needed."""

    APPEND = Task.APPEND.value, "Append"
    DETACH = Task.DETACH.value, "Detach"
    MOVE = "move", "Move"
    EDIT = Task.EDIT.value, "Edit"
    CREATE = Task.CREATE.value, "Create"
    DELETE = Task.DELETE.value, "Delete"


PLAIN_KINDS = (ChangeKind.APPEND, ChangeKind.DETACH, ChangeKind.MOVE)  # whoever attaches may


class ChangeState(models.TextChoices):
    """Where one change of a plan stands; the labels are what people read."""

    LEFT = "left", "Left"
    SENDING = "sending", "Sending"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    NOT_SENT = "not_sent", "Not sent"
    NOT_SHOWN = "not_shown", "Not shown by a list"
    UNKNOWN = "unknown", "Unknown, checking"
    LEFT_OUT = "left_out", "Left out"
    CANCELLED = "cancelled", "Cancelled"


# An edit, and a run, is possible before it began; after it ended nothing is sent any more.
NOT_STARTED = (PlanState.DRAFT, PlanState.SCHEDULED)
STARTED = (PlanState.RUNNING, PlanState.PAUSED)
WAITING = (PlanState.DRAFT, PlanState.PAUSED)  # for somebody to go on with it
FAILED = (ChangeState.REFUSED, ChangeState.NOT_SENT, ChangeState.NOT_SHOWN)
UNFINISHED = (ChangeState.LEFT, ChangeState.SENDING, ChangeState.UNKNOWN)


class Step(models.TextChoices):
    """Of a move: what is sent, or waited for."""

    APPEND = "append", "Append"
    LIST = "list", "A list says whether a detach is needed"
    DETACH = "detach", "Detach"
    BACK = "back", "Put back"


class Plan(models.Model):
    """What somebody wants done. `digest` covers exactly what it will do; running it names the digest."""

    uuid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)  # a double click draws one plan
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    source = models.CharField(max_length=10, choices=PlanSource.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=300)
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    until = models.CharField(max_length=MAX_UNTIL, blank=True)  # for what it appends, as asked for
    elsewhere = models.CharField(max_length=4, blank=True)  # too, move
    undoes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    digest = models.CharField(max_length=64, blank=True)
    # What its title says: kind, record, changes and how many of them are sent.
    outline = models.JSONField(default=dict)
    drawn_at = models.DateTimeField()
    # When the list was asked for that it was drawn against; None: there was none.
    drawn_against = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)  # scheduled for
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Who started or scheduled it: its operations are theirs.
    run_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    is_waiting = models.BooleanField(
        default=False
    )  # paused until SendGrid answers; then it goes on by itself
    paused_by = models.CharField(max_length=300, blank=True)  # a person, or empty: the desk itself
    why_paused = models.CharField(max_length=MAX_NOTE, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    # Its author has seen what became of it.
    dismissed_at = models.DateTimeField(null=True)
    failed = 0  # changes, where a selector has counted them

    class Meta:
        indexes = [
            models.Index(fields=["state", "starts_at"], name="plan_by_state"),
            models.Index(fields=["author", "-created_at"], name="plan_by_author"),
            models.Index(fields=["-created_at"], name="plan_by_time"),
            models.Index(
                fields=["author", "-created_at"],
                condition=index_of(WAITING),
                name="plan_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.uuid}"


class Change(models.Model):
    """One wanted change. `number` is its place in the plan, from 1; `line` the one of its file."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="changes", db_index=False)
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    record = models.ForeignKey("MonitorRecord", null=True, on_delete=models.PROTECT, related_name="+")
    record_name = models.CharField(max_length=MAX_NAME, blank=True)
    customer = models.ForeignKey("Customer", null=True, on_delete=models.PROTECT, related_name="+")
    username = models.CharField(max_length=MAX_NAME, blank=True)
    # The API's own parameters beyond names: a create's and an edit's.
    parameters = models.JSONField(default=dict)
    from_record = models.ForeignKey("MonitorRecord", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=MAX_REASON, blank=True)  # its own; empty: the plan's
    until = models.CharField(max_length=MAX_UNTIL, blank=True)  # its own; empty: the plan's
    effect = models.CharField(max_length=16, choices=Effect.choices)
    # Somebody knows better than the mirror: sent though the desk has never seen the customer.
    is_insisted = models.BooleanField(default=False)
    # What the mirror showed when it was drawn: the records that the customer was on, a former end.
    before = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.LEFT)
    step = models.CharField(max_length=10, choices=Step.choices, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=MAX_NOTE, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="one_change_per_number")]
        indexes = [models.Index(fields=["plan", "state", "number"], name="change_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.plan_id}"
