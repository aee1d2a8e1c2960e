"""The desk's tables; one file a noun."""

from monitors.models.attachment import Attachment
from monitors.models.audit import AuditChain, AuditEvent
from monitors.models.audit_kind import Kind
from monitors.models.customer import Customer
from monitors.models.move import Move, MoveState
from monitors.models.operation import (
    IN_THE_WAY,
    MAY_HAVE_ACTED,
    UNDER_WAY,
    UNSETTLED,
    Operation,
    Source,
    State,
)
from monitors.models.plan import (
    SENT_EFFECTS,
    Change,
    ChangeKind,
    ChangeState,
    Effect,
    Plan,
    PlanSource,
    PlanState,
)
from monitors.models.record import MonitorRecord, RecordRevision
from monitors.models.refresh import Failure, HeldChange, Mirror, Refresh, RefreshAnomaly, RefreshOutcome
from monitors.models.reminder import Reminder
from monitors.models.role import Right, Role
from monitors.models.saved_filter import SavedFilter
from monitors.models.task import RECORD_TASKS, RULES, Task, TaskRules
from monitors.models.throttle import Throttle

__all__ = [
    "IN_THE_WAY",
    "MAY_HAVE_ACTED",
    "RECORD_TASKS",
    "RULES",
    "SENT_EFFECTS",
    "UNDER_WAY",
    "UNSETTLED",
    "Attachment",
    "AuditChain",
    "AuditEvent",
    "Change",
    "ChangeKind",
    "ChangeState",
    "Customer",
    "Effect",
    "Failure",
    "HeldChange",
    "Kind",
    "Mirror",
    "MonitorRecord",
    "Move",
    "MoveState",
    "Operation",
    "Plan",
    "PlanSource",
    "PlanState",
    "RecordRevision",
    "Refresh",
    "RefreshAnomaly",
    "RefreshOutcome",
    "Reminder",
    "Right",
    "Role",
    "SavedFilter",
    "Source",
    "State",
    "Task",
    "TaskRules",
    "Throttle",
]
