"""The desk's tables; one file a noun."""

from monitors.models.attachment import Attachment
from monitors.models.audit import AuditAnchor, AuditChain, AuditEvent
from monitors.models.audit_kind import Kind
from monitors.models.customer import Customer
from monitors.models.day_totals import DayTotals, Totals
from monitors.models.operation import UNDER_WAY, UNSETTLED, Operation, Source, State
from monitors.models.record import MonitorRecord, RecordRevision, SampleRate
from monitors.models.refresh import Failure, HeldChange, Mirror, Refresh, RefreshAnomaly, RefreshOutcome
from monitors.models.role import Right, Role
from monitors.models.saved_filter import SavedFilter
from monitors.models.task import RECORD_TASKS, RULES, Task, TaskRules
from monitors.models.throttle import Throttle

__all__ = [
    "RECORD_TASKS",
    "RULES",
    "UNDER_WAY",
    "UNSETTLED",
    "Attachment",
    "AuditAnchor",
    "AuditChain",
    "AuditEvent",
    "Customer",
    "DayTotals",
    "Failure",
    "HeldChange",
    "Kind",
    "Mirror",
    "MonitorRecord",
    "Operation",
    "RecordRevision",
    "Refresh",
    "RefreshAnomaly",
    "RefreshOutcome",
    "Right",
    "Role",
    "SampleRate",
    "SavedFilter",
    "Source",
    "State",
    "Task",
    "TaskRules",
    "Throttle",
    "Totals",
]
