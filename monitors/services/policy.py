"""Our rules on top of the API's: which mailboxes may receive samples, what needs a reason, what must be settled."""

from django.conf import settings
from django.db.models import Q, QuerySet

from monitors.models import RECORD_TASKS, UNSETTLED, MonitorRecord, Operation, Task
from monitors.services.errors import Invalid


def check_mailbox(email: str, *, field: str) -> None:
    """Raise Invalid when MONITOR_EMAIL_DOMAINS does not allow the mailbox."""
    if not is_allowed(email):
        domains = ", ".join(settings.MONITOR_EMAIL_DOMAINS)
        raise Invalid(field, f"Samples may only go to mailboxes at {domains}.")


def is_allowed(email: str) -> bool:
    domains: list[str] = settings.MONITOR_EMAIL_DOMAINS
    return not domains or email.rpartition("@")[2].lower() in domains


def check_reason(reason: str, *, task: str) -> None:
    """Raise Invalid when REQUIRE_REASON asks for one and there is none."""
    if task in settings.REQUIRE_REASON and not reason.strip():
        raise Invalid("reason", "A reason or ticket is needed here.")


def unsettled_on_target(
    *, task: Task, record: MonitorRecord | None, names: tuple[str, ...], username: str
) -> QuerySet[Operation]:
    """Earlier operations on the same record (by its names) or customer, while which this task must wait."""
    own_names = [name for name in names if name]
    on_record = Q(record_name__in=own_names) | Q(new_record_name__in=own_names)
    if record is not None:
        on_record |= Q(record=record)
    clash = on_record if task in RECORD_TASKS else on_record & Q(task__in=RECORD_TASKS)
    if username:
        clash |= Q(username=username)
    return Operation.objects.filter(clash, settled_at=None, state__in=UNSETTLED)
