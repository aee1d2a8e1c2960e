"""The gateway as services use it: behind the rate gate and the breaker."""

from monitors import wiring
from monitors.gateway.client import Gateway
from monitors.services.gate import SharedGate


def gateway(*, is_probe: bool = False) -> Gateway:
    """`is_probe`: a person asked, so the breaker lets this one try."""
    return wiring.gateway(SharedGate(is_probe=is_probe))
