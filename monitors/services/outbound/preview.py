"""The request that a form would make, for people who read APIs."""

from monitors import wiring
from monitors.gateway.client import Unthrottled


def api_call(*, task: str, parameters: dict[str, str]) -> str:
    """The exact call as a curl command line, its key hidden."""
    return wiring.gateway(Unthrottled()).as_curl(task=task, parameters=parameters)
