"""Where somebody tries once more what was not done: its form, filled in."""

from django.urls import reverse

from monitors.models import UNSUCCESSFUL, Operation, State, Task

UNDONE = (State.REFUSED, State.NOT_SENT)


def may_be_repeated(operation: Operation) -> bool:
    """Nothing of it can still be under way, and no list shows what it wanted."""
    return operation.state in UNSUCCESSFUL and operation.shown_by_id is None


def again_address(operation: Operation) -> str:
    """The form's address, or empty where there is nothing to try again."""
    if not may_be_repeated(operation):
        return ""
    path = _form_of(operation)
    return f"{path}?again={operation.pk}" if path else ""


def _form_of(operation: Operation) -> str:
    if operation.task == Task.CREATE:
        return reverse("create")
    if operation.record_id is not None:
        return reverse(operation.task, args=[operation.record_id])
    return reverse("detach_customer", args=[operation.customer_id]) if operation.customer_id else ""
