"""The kinds of audit events, with the words and in the groups that people meet them."""

from django.db import models


class Kind(models.TextChoices):
    STARTED = "operation.started", "Asked for"
    ENDED = "operation.ended", "Call ended"
    ABANDONED = "operation.abandoned", "Abandoned"
    SETTLED = "operation.settled", "Settled by a list"
    SHOWN = "operation.shown", "Refused, but shown by a list"
    DIFFERENCE = "list.difference", "Changed outside, or first seen in a list"
    LIST_ASKED = "list.asked", "List asked for"
    BASELINE = "list.baseline", "First list loaded"
    ANOMALIES = "list.anomalies", "Anomalies in a list"
    JOINED = "record.joined", "Histories joined"
    DETAILS = "record.details", "Details changed"
    HELD = "list.held", "List held"
    HELD_ACCEPTED = "list.accepted", "Held list accepted"
    HELD_REJECTED = "list.rejected", "Held list rejected"
    PLAN_SCHEDULED = "plan.scheduled", "Plan scheduled"
    PLAN_STARTED = "plan.started", "Plan started"
    PLAN_LEFT_OUT = "plan.left_out", "Left out of a plan"
    PLAN_PAUSED = "plan.paused", "Plan paused"
    PLAN_RESUMED = "plan.resumed", "Plan resumed"
    PLAN_RETRIED = "plan.retried", "Plan tried again"
    PLAN_CANCELLED = "plan.cancelled", "Plan cancelled"
    PLAN_ENDED = "plan.ended", "Plan ended"
    END_SET = "attachment.end_set", "End set"
    KEPT = "attachment.kept", "Kept"
    END_NEEDLESS = "attachment.end_needless", "End reached, nothing to do"
    MOVE_FAILED = "move.failed", "Move failed"
    SIGN_IN = "sign_in", "Signed in"
    SIGN_IN_FAILED = "sign_in_failed", "Failed to sign in"
    SIGN_OUT = "sign_out", "Signed out"
    PERSON_ADDED = "person_added", "Person added"
    PERSON_CHANGED = "person_changed", "Person changed"
    PERSON_REMOVED = "person_removed", "Person removed"
    ROLES_CHANGED = "roles_changed", "Roles changed"
    LINK_MADE = "link_made", "Password link made"
    SECOND_FACTOR = "second_factor", "Second factor changed"
    PERMISSIONS_CHANGED = "permissions_changed", "Permissions changed"
    SESSIONS_ENDED = "sessions_ended", "Sessions ended"
    DIGEST = "history.digest", "Digest of the history"
    EXPORT = "export", "Exported"
    FILTER_SAVED = "filter.saved", "View saved"
    FILTER_DELETED = "filter.deleted", "View deleted"
    SETTINGS_CHANGED = "settings_changed", "Settings noted"


GROUPS: dict[str, tuple[Kind, ...]] = {
    "Operations": (Kind.STARTED, Kind.ENDED, Kind.ABANDONED, Kind.SETTLED, Kind.SHOWN),
    "Plans": (
        Kind.PLAN_SCHEDULED,
        Kind.PLAN_STARTED,
        Kind.PLAN_LEFT_OUT,
        Kind.PLAN_PAUSED,
        Kind.PLAN_RESUMED,
        Kind.PLAN_RETRIED,
        Kind.PLAN_CANCELLED,
        Kind.PLAN_ENDED,
    ),
    "Ends and moves": (Kind.END_SET, Kind.KEPT, Kind.END_NEEDLESS, Kind.MOVE_FAILED),
    "Records": (Kind.DETAILS, Kind.JOINED),
    "Lists": (
        Kind.LIST_ASKED,
        Kind.DIFFERENCE,
        Kind.BASELINE,
        Kind.ANOMALIES,
        Kind.HELD,
        Kind.HELD_ACCEPTED,
        Kind.HELD_REJECTED,
    ),
    "People": (
        Kind.SIGN_IN,
        Kind.SIGN_IN_FAILED,
        Kind.SIGN_OUT,
        Kind.PERSON_ADDED,
        Kind.PERSON_CHANGED,
        Kind.PERSON_REMOVED,
        Kind.ROLES_CHANGED,
        Kind.LINK_MADE,
        Kind.SECOND_FACTOR,
        Kind.PERMISSIONS_CHANGED,
        Kind.SESSIONS_ENDED,
    ),
    "The desk": (Kind.DIGEST, Kind.EXPORT, Kind.FILTER_SAVED, Kind.FILTER_DELETED, Kind.SETTINGS_CHANGED),
}
