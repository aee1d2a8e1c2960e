"""Where somebody tries once more what was not done: its form, filled in."""

from django.urls import reverse

from monitors.models import Operation, State, Task

UNDONE = (State.REFUSED, State.NOT_SENT)


def again_address(operation: Operation) -> str:
    """The form's address, or empty where there is nothing to try again."""
    if operation.state not in UNDONE:
        return ""
    path = _form_of(operation)
    return f"{path}?again={operation.pk}" if path else ""


def _form_of(operation: Operation) -> str:
    if operation.task == Task.CREATE:
        return reverse("create")
    if operation.record_id is not None:
        return reverse(operation.task, args=[operation.record_id])
    return reverse("detach_customer", args=[operation.customer_id]) if operation.customer_id else ""
