"""The audit log: append-only, each event carrying the hash of the one before."""

from django.db import models

from monitors.limits import MAX_ADDRESS, MAX_NAME, MAX_REASON


class AuditChain(models.Model):
    """The one row that writers lock, so that the chain cannot fork."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    length = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.length} events, head {self.head[:12]}"


class AuditAnchor(models.Model):
    """How far the log was verified, and when the whole of it. As safe as the database (docs/audit.md)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    verified_at = models.DateTimeField()
    whole_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number}:{self.hash[:12]}"

    @property
    def anchor(self) -> tuple[int, str]:
        return self.number, self.hash


class Proof(models.TextChoices):
    """What is verified of the evidence; the labels are what people read."""

    GUARDS = "guards", "Triggers"
    LOG = "log", "Audit log"
    HISTORY = "history", "History"


class ProofCheck(models.Model):
    """How each was found the last time, for the page of the log. As safe as the database (docs/audit.md)."""

    proof = models.CharField(max_length=10, primary_key=True, choices=Proof.choices)
    at = models.DateTimeField()
    problem = models.TextField(blank=True)  # a sentence; empty: it held

    def __str__(self) -> str:
        return f"{self.proof} at {self.at}: {self.problem or 'holds'}"


class AuditEvent(models.Model):
    """One thing that happened. Names are copied, not referenced: an event must stand by itself.

    `hash` is SHA-256 over the previous hash and the canonical JSON of every other column
    (services.log.audit.digest). Triggers refuse UPDATE, DELETE and replacing (migrations 0003, 0008).

    Who it was is `actor_id` and `actor_username`; `actor_name` is how they were called then, and decoration.
    Columns that came later (services.log.audit.LATER_COLUMNS) are null in events from before.
    """

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=40)  # a Kind
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=300, blank=True)
    actor_roles = models.CharField(max_length=200, blank=True)
    actor_username = models.CharField(max_length=150, null=True)  # noqa: DJ001 - null: from before it was written
    person_id = models.BigIntegerField(null=True)  # whose account it is about
    task = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    source = models.CharField(max_length=10, blank=True)  # web, job, expiry, command, outside, refresh
    record_id = models.BigIntegerField(null=True)
    record_name = models.CharField(max_length=MAX_NAME, blank=True)
    customer_id = models.BigIntegerField(null=True)
    username = models.CharField(max_length=MAX_NAME, blank=True)
    operation_id = models.UUIDField(null=True)
    refresh_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    details = models.JSONField(default=dict)
    # Of whoever asked, as text; None where nobody outside did, and before there was this column.
    address = models.CharField(max_length=MAX_ADDRESS, null=True)  # noqa: DJ001 - a default would build the table anew
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["record_id", "-number"], name="audit_by_record"),
            models.Index(fields=["customer_id", "-number"], name="audit_by_customer"),
            models.Index(fields=["actor_id", "-number"], name="audit_by_actor"),
            # Without the events of no operation: by their statistics all would be read for each operation.
            models.Index(
                fields=["operation_id"],
                condition=models.Q(operation_id__isnull=False),
                name="audit_by_operation",
            ),
            models.Index(
                fields=["person_id", "-number"],
                condition=models.Q(person_id__isnull=False),
                name="audit_by_person",
            ),
            models.Index(fields=["refresh_id", "-number"], name="audit_by_refresh"),
            models.Index(fields=["kind", "-number"], name="audit_by_kind"),
            models.Index(fields=["task", "-number"], name="audit_by_task"),
            models.Index(fields=["outcome", "-number"], name="audit_by_outcome"),
            models.Index(fields=["source", "-number"], name="audit_by_source"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.kind}"
