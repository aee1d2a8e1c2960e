"""The request that a form would make, for people who read APIs."""

from monitors import wiring
from monitors.gateway.request import curl


def api_call(*, task: str, parameters: dict[str, str]) -> str:
    """The exact call as a curl command line, its key hidden."""
    return curl(wiring.upstream(), task, parameters)
