"""The gateway as services use it: behind the throttle that all processes share."""

from typing import TYPE_CHECKING

from monitors import wiring
from monitors.services.outbound.throttle import SharedThrottle

if TYPE_CHECKING:
    from monitors.gateway.client import Gateway


def connect(*, is_probe: bool = False, is_admitted: bool = False) -> "Gateway":
    """`is_probe`: a person asked, so the circuit breaker lets this one try.

    `is_admitted`: the first call is counted already (throttle.take_at_once).
    """
    return wiring.gateway(SharedThrottle(is_probe=is_probe, is_admitted=is_admitted))
