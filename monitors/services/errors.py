"""Why a service refused at once: nothing was sent and no operation was recorded."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied

from monitors.models.operation import Operation, State
from monitors.models.role import Right, Role, holders


class Denied(PermissionDenied):
    """The person lacks the right; `roles` have it."""

    def __init__(self, right: Right) -> None:
        self.right = right
        self.roles: tuple[Role, ...] = holders(right)
        *others, last = (role.lower() for role in self.roles)
        who = f"{', '.join(others)} and {last}" if others else last
        super().__init__(f"Only {who} may do this.")


class Invalid(Exception):
    """The mirror or a rule of ours forbids it; `field` is the form's field, None for the whole form."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class TooMany(Exception):
    """Somebody asks for more at once than the desk gives one person; the message says what to do."""


class Elsewhere(Invalid):
    """The customer is on other `records` (names by key), and nobody said whether to append too or to move."""

    def __init__(self, user: str, records: Mapping[int, str]) -> None:
        self.user, self.records = user, dict(records)
        names = " and ".join(records.values())
        super().__init__("elsewhere", f"{user} is on {names}. Append it too, or move it?")


class NotRecorded(Exception):
    """The call is over and the database did not take its end; `is_kept` when a file holds it until it does."""

    def __init__(self, operation: Operation, state: State, *, is_kept: bool) -> None:
        super().__init__(f"The end of operation {operation.uuid} is not recorded yet: {state}.")
        self.operation = operation
        self.state = state
        self.is_kept = is_kept


class Busy(Exception):
    """An earlier operation on the same target is not settled yet."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(f"Operation {operation.uuid} on the same target is not settled yet.")
        self.operation = operation
