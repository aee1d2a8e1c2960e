"""The six tasks as parameter tables: what each takes, the rules for it, and how it is carried out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monitors.sandbox.messages import Invented
from monitors.sandbox.store import Store

MAX_NAME = 255  # characters
MAX_EMAIL = 254  # characters
MAX_FREQUENCY = 2**63 - 1
_FREQUENCY = re.compile(r"[0-9]{1,19}", re.ASCII)
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)

Rule = Callable[[str], str | None]


def _name_problem(value: str) -> str | None:
    if not value:
        return Invented.NAME_MISSING
    return Invented.NAME_TOO_LONG if len(value) > MAX_NAME else None


def _email_problem(value: str) -> str | None:
    fits = len(value) <= MAX_EMAIL and value.isascii() and _EMAIL.fullmatch(value)
    return None if fits else Invented.EMAIL_MALFORMED


def _frequency_problem(value: str) -> str | None:
    fits = _FREQUENCY.fullmatch(value) and 0 < int(value) <= MAX_FREQUENCY
    return None if fits else Invented.FREQUENCY_WRONG


def _no_problem(_value: str) -> str | None:
    """The store checks whether the record or the customer exists."""
    return None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of a parameter table. `missing` is the error without the parameter, None where it is optional.

    An optional parameter that is sent must meet its rule even if it is blank.
    """

    name: str
    rule: Rule
    missing: str | None = None

    def problem(self, parameters: Mapping[str, str]) -> str | None:
        if self.name not in parameters:
            return self.missing
        return self.rule(parameters[self.name])


TABLES: dict[str, tuple[Parameter, ...]] = {
    "create": (
        Parameter("name", _name_problem, Invented.NAME_MISSING),
        Parameter("email", _email_problem, Invented.EMAIL_MISSING),
        Parameter("frequency", _frequency_problem, Invented.FREQUENCY_MISSING),
    ),
    "edit": (
        Parameter("name", _no_problem, Invented.NAME_MISSING),
        Parameter("new_name", _name_problem),
        Parameter("new_email", _email_problem),
        Parameter("new_frequency", _frequency_problem),
    ),
    "delete": (Parameter("name", _no_problem, Invented.NAME_MISSING),),
    "append": (
        Parameter("user", _no_problem, Invented.USER_MISSING),
        Parameter("name", _no_problem, Invented.NAME_MISSING),
    ),
    "detach": (
        Parameter("user", _no_problem, Invented.USER_MISSING),
        Parameter("name", _no_problem),
    ),
}
WRITES = frozenset(TABLES)
TASKS = WRITES | {"list"}


def problems(task: str, parameters: Mapping[str, str]) -> list[str]:
    """The errors of the parameters, without a look at the state, in the order of the table."""
    errors = (row.problem(parameters) for row in TABLES[task])
    return [error for error in errors if error is not None]


def carry_out(store: Store, task: str, parameters: Mapping[str, str]) -> None:
    """Change the state. The parameters must have no problems. Raises the store's `Refused`."""
    arguments: dict[str, Any] = {
        row.name: int(parameters[row.name]) if row.rule is _frequency_problem else parameters[row.name]
        for row in TABLES[task]
        if row.name in parameters
    }
    getattr(store, task)(**arguments)
