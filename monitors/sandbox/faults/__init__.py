"""Every fault of the sandbox by name; docs/sandbox.md says how to play them."""

from monitors.sandbox.faults import connection, content, envelopes, status, transfer, truth
from monitors.sandbox.faults.fault import Fault, Moment

FAULTS: dict[str, Fault] = {
    **connection.TABLE,
    **transfer.TABLE,
    **status.TABLE,
    **content.TABLE,
    **envelopes.TABLE,
    **truth.TABLE,
}
NAMES = tuple(FAULTS)

__all__ = ["FAULTS", "NAMES", "Fault", "Moment"]
