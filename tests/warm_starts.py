"""Processes of the product that are there at once: copies of one that has imported everything and then waits.

What is killed again and again spends most of its processor on importing. A copy does all that its program does after
that, and it dies as any other process does.
"""

import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

from tests.template_database import ROOT

IMPORTED = ("gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "huey.consumer", "huey.contrib.djhuey")


class WarmStarts:
    """Until `close`. The copies have what `environment` says, and inherit these files."""

    def __init__(self, environment: dict[str, str], *, pass_fds: Sequence[int]) -> None:
        self._lock = Lock()
        self._original = subprocess.Popen(
            [sys.executable, "-m", "tests.warm_starts"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=pass_fds,
        )

    def start(self, arguments: Sequence[str], log: Path) -> "Copy":
        """What `python ARGUMENTS…` would be; `log` is what it writes to."""
        assert self._original.stdin is not None
        assert self._original.stdout is not None
        with self._lock:
            print(json.dumps([*arguments, str(log)]), file=self._original.stdin, flush=True)
            return Copy(int(self._original.stdout.readline()))

    def close(self) -> None:
        self._original.communicate()


class Copy:
    """As subprocess.Popen has it, but nobody knows how it ended."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle: int | None = None
        with suppress(ProcessLookupError):  # it is over already
            self._handle = os.pidfd_open(pid)

    def __del__(self) -> None:
        if self._handle is not None:
            os.close(self._handle)

    def poll(self) -> int | None:
        return 0 if self._is_over(within=0) else None

    def wait(self, timeout: float | None = None) -> int:
        if not self._is_over(within=timeout):
            raise subprocess.TimeoutExpired("a copy", timeout or 0)
        return 0

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _is_over(self, *, within: float | None) -> bool:
        return self._handle is None or bool(select.select([self._handle], [], [], within)[0])

    def _send(self, number: signal.Signals) -> None:
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)


def main() -> None:
    import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a copy ended
    gc.freeze()
    for line in sys.stdin:
        *arguments, log = json.loads(line)
        copy = os.fork()
        if not copy:
            become(arguments, log)
        print(copy, flush=True)


def import_everything() -> None:
    """All but what a program does when it starts: config.wsgi notes that it has."""
    import django

    django.setup()
    from django.conf import settings
    from django.template import engines

    for name in (*IMPORTED, settings.ROOT_URLCONF):
        import_module(name)
    engines.all()


def become(arguments: list[str], log: str) -> NoReturn:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, path, mode in (
        (0, os.devnull, os.O_RDONLY),
        (1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT),
    ):
        os.dup2(os.open(path, mode, 0o644), number)
    os.dup2(1, 2)
    os._exit(run(arguments))


def run(arguments: list[str]) -> Any:
    """The exit status."""
    is_module = arguments[0] == "-m"
    sys.argv = arguments[1:] if is_module else arguments
    try:
        if is_module:
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    main()
