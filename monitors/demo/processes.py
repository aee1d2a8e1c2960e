"""The demo's processes: sandbox, worker and web server, started and stopped together."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

GRACE_SECONDS = 10.0  # from SIGTERM to SIGKILL
START_TIMEOUT_SECONDS = 30.0


class Stopped(Exception):
    """SIGTERM, or Ctrl-C."""


class ProcessGroup:
    """Child processes that live no longer than the `with` block."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "ProcessGroup":
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self.children.values()):
            child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def start(self, name: str, *command: str) -> None:
        # A session of its own: Ctrl-C reaches the parent alone, which ends the children in order.
        self.children[name] = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, *command], start_new_session=True, env=os.environ
        )

    def wait_until(self, is_ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"monitor-desk: the {what} did not start within {START_TIMEOUT_SECONDS:.0f} s."
                )
            time.sleep(0.05)

    def check(self) -> None:
        """Raise SystemExit when a child has ended by itself."""
        for name, child in self.children.items():
            if child.poll() is not None:
                raise SystemExit(f"monitor-desk: the {name} ended by itself (status {child.returncode}).")

    def watch(self) -> NoReturn:
        while True:
            self.check()
            time.sleep(0.5)


def answers(url: str) -> bool:
    """Whether something speaks HTTP there."""
    try:
        urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own loopback address
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False
    return True


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped
