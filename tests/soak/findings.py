"""What must be true at the end of a round, once the faults are over and everything has settled."""

from collections.abc import Callable
from typing import Any

from tests.endurance.answers import Answers, false_pages
from tests.endurance.ledger import calls_of_nobody, false_words, let_settle, lines
from tests.endurance.outsiders import OUTSIDERS_RECORDS
from tests.endurance.visitor import Visitor
from tests.product import Product
from tests.soak.history import History
from tests.soak.log import unexpected_errors

SETTLING_SECONDS = 120
_EVENTS = """
    SELECT o.uuid, o.state,
        (SELECT COUNT(*) FROM monitors_auditevent e WHERE e.operation_id = o.uuid AND kind = 'operation.started'),
        (SELECT COUNT(*) FROM monitors_auditevent e WHERE e.operation_id = o.uuid AND kind = 'operation.ended'),
        o.ended_at IS NOT NULL
    FROM monitors_operation o
"""


def differences(desk: Product, administrator: Visitor, answers: Answers, *, users: list[str]) -> list[str]:
    """Everything that is not as it must be, a line each; the checks follow each other, settling comes first."""
    checks: dict[str, Callable[[], list[Any]]] = {
        "unsettled": lambda: _complaint(lambda: let_settle(desk, administrator, within=SETTLING_SECONDS)),
        "kept and never recorded": lambda: list(desk.spool.glob("*")),
        "left without an operation, or twice": lambda: calls_of_nobody(desk),
        "false word": lambda: false_words(desk, but_for=OUTSIDERS_RECORDS),
        "false page": lambda: false_pages(desk, answers),
        "events": lambda: _wrong_events(desk),
        "history": lambda: History(desk).differences(users=users),
        "audit chain": lambda: _complaint(lambda: desk.manage("verify_audit")),
        "surprising answer": lambda: answers.surprises,
        "error in the log": lambda: unexpected_errors(desk.log_text()),
        "nothing was written": lambda: [] if any(line.acted for line in lines(desk)) else ["no write at all"],
    }
    return [f"{name}: {problem}" for name, check in checks.items() for problem in check()]


def _complaint(demand: Callable[[], object]) -> list[str]:
    try:
        demand()
    except AssertionError as error:
        return [str(error)]
    return []


def _wrong_events(desk: Product) -> list[str]:
    """One beginning each, and one end where the call came back."""
    return [
        f"{uuid} {state}: {begun} beginnings, {ended} ends"
        for uuid, state, begun, ended, is_recorded in desk.rows(_EVENTS)
        if (begun, ended) != (1, int(is_recorded))
    ]
