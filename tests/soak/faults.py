"""Faults that an honest upstream may have: its list is never false, nor is a success or a refusal."""

import random
from typing import Any

from monitors.sandbox.faults import FAULTS, NAMES
from monitors.sandbox.server import SandboxServer
from tests.gateway.fault_ends import (
    EXPECTED,
    HONEST,
    NO_ANSWER,
    ODD_ROWS_IN_XML,
    OPTIONS,
    RACE,
    UNREADABLE,
)

UNTRUE = {"lie", "late", "stale_list", "half_list", "empty_list"}
NEEDS_OPTIONS = {"raw"}
HONEST_FAULTS = [name for name in NAMES if name not in UNTRUE | NEEDS_OPTIONS]
ON_WRITES = [name for name in HONEST_FAULTS if "create" in FAULTS[name].tasks]
ON_LISTS = [name for name in HONEST_FAULTS if "list" in FAULTS[name].tasks and name not in ODD_ROWS_IN_XML]
LISTS_SHARE = 0.1
# A pause of the default minute would be most of a round.
PAUSES: dict[str, dict[str, Any]] = {
    "e7": {"reset_in": 2},
    **{name: {"retry_after": "2"} for name in NAMES if name.startswith("status_429")},
}


def break_something(sandbox: SandboxServer, chance: random.Random) -> None:
    """Arm one fault for the next call that it fits."""
    if chance.random() < LISTS_SHARE:
        name = chance.choice(ON_LISTS)
        sandbox.fault(name, task="list", **_options(name))
        return
    name = chance.choice(ON_WRITES)
    is_open = EXPECTED[name] in (HONEST, NO_ANSWER, UNREADABLE, RACE)
    sandbox.fault(name, task="write", applied=is_open and chance.random() < 0.5, **_options(name))


def _options(name: str) -> dict[str, Any]:
    return {**OPTIONS.get(name, {}), **PAUSES.get(name, {})}
