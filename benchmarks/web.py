"""The desk under gunicorn with the admin's change list beside it, for benchmarks that ask over HTTP."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Web:
    """Its port, the session of an administrator, and the process that has the workers as children."""

    port: int
    session: str
    pid: int

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, connection: HTTPConnection, path: str) -> int:
        """Ask as a browser does; the number of bytes of the answer."""
        headers = {"Cookie": f"sessionid={self.session}", "Accept-Encoding": "gzip"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status)
        return len(body)

    def workers(self) -> list[int]:
        """The keys of the worker processes."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]


@contextmanager
def served(*, workers: int, threads: int) -> Iterator[Web]:
    """Of the database that a benchmark has set up and filled."""
    with tempfile.TemporaryDirectory() as static, socket.socket() as free:
        _collect(static)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        options = ["--workers", str(workers), "--threads", str(threads), "--bind", f"127.0.0.1:{port}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "benchmarks.web_application", "-k", "gthread", *options],
            env=os.environ | {"BENCH_STATIC": static, "MALLOC_ARENA_MAX": "2"},  # as in the Procfile
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(port)
            yield Web(port, _session(), process.pid)
        finally:
            process.terminate()
            process.wait()


def _collect(static: str) -> None:
    from django.conf import settings
    from django.core.management import call_command

    settings.STATIC_ROOT = static
    call_command("collectstatic", "--no-input", verbosity=0)


def _session() -> str:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_superuser("root", password=None))
    return client.cookies["sessionid"].value


def _wait_for(port: int) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.1)
        else:
            return
