"""A process that dies at any of its steps: an SQL statement, a call's way there and back, a file of the spool."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction
from requests.adapters import HTTPAdapter

FILE_STEPS = ("mkdir", "fchmod", "fsync", "replace", "unlink")  # of the module os


class Killed(BaseException):
    """The process is gone: nothing after this runs, not even its own clean-up."""


class Process:
    """Lets so many steps through, then none until the process is replaced."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

    def sql(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """A wrapper of SQL statements."""
        if "SAVEPOINT" not in sql:
            self.step()
        return execute(sql, *rest)

    def before(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self.step()
            return run(*arguments, **named)

        return counted

    def around(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """Dies before the request leaves, or once it is upstream and before its answer is read."""

        def counted(*arguments: Any, **named: Any) -> Any:
            self.step()
            try:
                return send(*arguments, **named)
            finally:
                self.step()

        return counted


@contextmanager
def killed_after(steps: int) -> Iterator[None]:
    """The block's process dies after so many steps; what it had committed or written stays."""
    process = Process(steps)
    with (
        transaction.atomic(),
        connection.execute_wrapper(process.sql),
        patch.object(HTTPAdapter, "send", process.around(HTTPAdapter.send)),
        killed_at_a_file(process),
    ):
        yield


@contextmanager
def killed_at_a_file(process: Process) -> Iterator[None]:
    """Only the steps of the spool count: each write to the disk, and what comes after the last."""
    with ExitStack() as stack:
        for name in FILE_STEPS:
            stack.enter_context(patch.object(os, name, process.before(getattr(os, name))))
        try:
            yield
        except Killed:
            # What was committed before the kill stays; the atomic block around is only the test's.
            connection.needs_rollback = False


@contextmanager
def unwrapped() -> Iterator[None]:
    """The test's own look at the database, also while the product's process counts as dead."""
    before = connection.execute_wrappers, connection.needs_rollback
    connection.execute_wrappers, connection.needs_rollback = [], False
    try:
        yield
    finally:
        connection.execute_wrappers, connection.needs_rollback = before
