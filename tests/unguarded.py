"""Operations in any state, for tests of what is shown of them: the guards of their history would not let them there."""

from django.db import connection

from monitors.models import guards


def free_operations() -> None:
    """Until the test is taken back."""
    guards.remove(
        connection,
        *("operation_fixed", "operation_forward", "operation_judged", "operation_closed", "operation_aimed"),
    )
