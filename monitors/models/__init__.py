"""The desk's tables; one file a noun."""

from monitors.models.access_link import AccessLink
from monitors.models.attachment import Attachment
from monitors.models.audit import AuditAnchor, AuditChain, AuditEvent, Proof, ProofCheck
from monitors.models.audit_kind import Kind
from monitors.models.customer import Customer
from monitors.models.day_totals import DayTotals, Totals
from monitors.models.details import RecordDetails, RecordTag
from monitors.models.export_turn import ExportTurn
from monitors.models.move import Move, MoveState
from monitors.models.operation import (
    IN_THE_WAY,
    MAY_HAVE_ACTED,
    NEEDS_SOMEBODY,
    UNDER_WAY,
    UNSETTLED,
    UNSUCCESSFUL,
    Operation,
    Source,
    State,
)
from monitors.models.plan import (
    FAILED,
    NOT_STARTED,
    SENT_EFFECTS,
    STARTED,
    UNFINISHED,
    Change,
    ChangeKind,
    ChangeState,
    Effect,
    Plan,
    PlanSource,
    PlanState,
    Step,
)
from monitors.models.record import MonitorRecord, RecordRevision, SampleRate
from monitors.models.refresh import Failure, HeldChange, Mirror, Refresh, RefreshAnomaly, RefreshOutcome
from monitors.models.reminder import Reminder
from monitors.models.role import Right, Role, RoleGroup
from monitors.models.saved_filter import SavedFilter
from monitors.models.sign_in import MAX_SUBJECT, SOMEBODY_UNKNOWN, FailedSignIns, SignInStep
from monitors.models.sso_role import SsoRole
from monitors.models.task import RECORD_TASKS, RULES, Task, TaskRules
from monitors.models.throttle import Throttle
from monitors.models.visit import Visit

__all__ = [
    "FAILED",
    "IN_THE_WAY",
    "MAX_SUBJECT",
    "MAY_HAVE_ACTED",
    "NEEDS_SOMEBODY",
    "NOT_STARTED",
    "RECORD_TASKS",
    "RULES",
    "SENT_EFFECTS",
    "SOMEBODY_UNKNOWN",
    "STARTED",
    "UNDER_WAY",
    "UNFINISHED",
    "UNSETTLED",
    "UNSUCCESSFUL",
    "AccessLink",
    "Attachment",
    "AuditAnchor",
    "AuditChain",
    "AuditEvent",
    "Change",
    "ChangeKind",
    "ChangeState",
    "Customer",
    "DayTotals",
    "Effect",
    "ExportTurn",
    "FailedSignIns",
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
    "Proof",
    "ProofCheck",
    "RecordDetails",
    "RecordRevision",
    "RecordTag",
    "Refresh",
    "RefreshAnomaly",
    "RefreshOutcome",
    "Reminder",
    "Right",
    "Role",
    "RoleGroup",
    "SampleRate",
    "SavedFilter",
    "SignInStep",
    "Source",
    "SsoRole",
    "State",
    "Step",
    "Task",
    "TaskRules",
    "Throttle",
    "Totals",
    "Visit",
]
