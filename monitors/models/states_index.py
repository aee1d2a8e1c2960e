"""Partial indexes of the rows that are in some states, and the condition by which a planner finds them.

Both name the state in a way that no other index answers: a planner would take that one, and sort. The condition
has the states' words in the SQL itself, because SQLite knows by them which partial index holds the rows.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Expression, Lookup, Q, TextChoices, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

STATE = Coalesce("state", "state")
STATE_BEFORE_VERDICT = Case(When(settled_at=None, then="state"))  # nothing once it is settled


def index_of(states: Sequence[TextChoices], *, by: Expression = STATE) -> Q:
    """The condition of a partial index."""
    return Q(In(by, list(states)))


def is_in(states: Sequence[TextChoices], *, by: Expression = STATE) -> "_WrittenOut":
    """The same condition for a query."""
    return _WrittenOut(by, states)


class _WrittenOut(Lookup):
    lookup_name = "written_out"
    prepare_rhs = False
    rhs: Sequence[TextChoices]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        state, parameters = self.process_lhs(compiler, connection)
        words = ", ".join(f"'{each.value}'" for each in self.rhs)
        return f"{state} IN ({words})", parameters
