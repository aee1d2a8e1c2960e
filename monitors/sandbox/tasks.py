"""The six tasks as parameter tables: what each takes, which rules it must meet, what is then done."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monitors.sandbox.messages import Invented
from monitors.sandbox.store import Store

MAX_NAME = 255
MAX_EMAIL = 254
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
    fits = _FREQUENCY.fullmatch(value) and 0 < int(value) < 2**63
    return None if fits else Invented.FREQUENCY_WRONG


def _no_problem(_value: str) -> str | None:
    """Whether the record or the customer exists is for the store to say."""
    return None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of a parameter table; `missing` is None where the row says "No" under "Required".

    An optional parameter that is given must meet its rule also when it is blank.
    """

    name: str
    rule: Rule
    missing: str | None = None

    def problem(self, given: Mapping[str, str]) -> str | None:
        if self.name not in given:
            return self.missing
        return self.rule(given[self.name])


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


def problems(task: str, given: Mapping[str, str]) -> list[str]:
    """What is wrong with the parameters by themselves, in the order of the table."""
    found = (parameter.problem(given) for parameter in TABLES[task])
    return [words for words in found if words is not None]


def carry_out(store: Store, task: str, given: Mapping[str, str]) -> None:
    """Change the state; the parameters have no problems. Raises the store's `Refused`."""
    arguments: dict[str, Any] = {
        parameter.name: int(given[parameter.name])
        if parameter.rule is _frequency_problem
        else given[parameter.name]
        for parameter in TABLES[task]
        if parameter.name in given
    }
    getattr(store, task)(**arguments)
